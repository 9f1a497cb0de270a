"""One service: asks, logs in again, waits and asks again, and says in the hub's words what went wrong.

No message holds a query, a token or what the service answered; certificates are always verified.
"""

from __future__ import annotations

import logging
import ssl
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urljoin, urlsplit

import httpx

from connectors.connection import Connection
from connectors.http.auth import Login
from connectors.http.json_rows import parsed
from connectors.retry import AskedToWait, Retry
from hub.errors import ConfigError, RetryableError, SourceError

TIMEOUT = httpx.Timeout(60.0, connect=15.0)
_BUSY = (408, 425, 429, 500, 502, 503, 504)
_EXTRAS = ("ca_file", "allow_http")

logging.getLogger("httpx").setLevel(logging.WARNING)  # at INFO it writes every address with its query


@dataclass(frozen=True)
class Answer:
    """What a service answered: its JSON, and the address of the next page if a Link header gives one (RFC 8288)."""

    body: Any
    next_link: str | None


@dataclass(frozen=True)
class Service:
    """A service at `address`; `close` when done."""

    address: str
    login: Login
    retry: Retry
    client: httpx.Client
    where: str

    def get(self, target: str, params: dict[str, str]) -> Answer:
        """Ask for a path below the address, or an address of the same origin.

        Raises RetryableError when the service is not reached or stays busy, ConfigError when it refuses login or path, SourceError for
        anything but JSON.
        """
        url = self._url(target)
        response = self.retry.call(lambda: self._logged_in(url, params))
        return Answer(parsed(response.content, response.charset_encoding, self.where), response.links.get("next", {}).get("url"))

    def _logged_in(self, url: str, params: dict[str, str]) -> httpx.Response:
        """Ask once; a token refused in between is replaced once."""
        response = self._send("GET", url, self.login.headers(self._post), params=params or None)  # {} would drop the address's own query
        if response.status_code == 401 and self.login.renewable:
            self.login.forget()
            response = self._send("GET", url, self.login.headers(self._post), params=params or None)
        return self._accepted(response)

    def _post(self, path: str, fields: dict[str, str], headers: dict[str, str]) -> Any:
        response = self._send("POST", self._url(path), headers, data=fields)
        if response.status_code in (400, 401, 403):
            raise ConfigError(f"{self.where}: the token service refused login or secret (status {response.status_code}); correct the connection")
        return parsed(self._accepted(response).content, response.charset_encoding, self.where)

    def _send(self, method: str, url: str, headers: dict[str, str], **content: Any) -> httpx.Response:
        encoded = {name.encode(): value.encode() for name, value in headers.items()}  # httpx would fail on, and show, a secret beyond ASCII
        try:
            return self.client.request(method, url, headers=encoded, **content)
        except httpx.TransportError as error:
            if "CERTIFICATE_VERIFY_FAILED" in str(error):
                raise ConfigError(f"{self.where}: the service's certificate could not be verified; set ca_file in the connection") from None
            raise RetryableError(f"{self.where}: the service was not reached or broke off ({type(error).__name__}); try again") from None
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise SourceError(f"{self.where}: the answer could not be read ({type(error).__name__}); correct `url` or ask the department") from None

    def _accepted(self, response: httpx.Response) -> httpx.Response:
        status = response.status_code
        if status == 200:
            return response
        if status in _BUSY:
            raise AskedToWait(f"{self.where}: the service is busy or out of order (status {status}); try again", _seconds(response))
        if status in (401, 403):
            raise ConfigError(f"{self.where}: the service refused the login (status {status}); correct the connection or ask for access")
        if status in (404, 405, 410):
            raise ConfigError(f"{self.where}: the service knows no such path (status {status}); correct `url` and `path`")
        if 300 <= status < 400:
            raise ConfigError(f"{self.where}: the service sends elsewhere (status {status}); set its present address")
        raise SourceError(f"{self.where}: the service refused the request (status {status}); correct `params`, `page` and `since_param` or ask the department")

    def _url(self, target: str) -> str:
        url = target if "://" in target else urljoin(self.address.rstrip("/") + "/", target.lstrip("/"))
        if _origin(url) != _origin(self.address):
            raise SourceError(f"{self.where}: the service's next page is on another host; a login is not sent there; ask the department")
        return url


def open_service(address: str, connection: Connection | None, login: Login, retry: Retry, where: str) -> Service:
    """Open a service; `client.close()` of it ends its connections."""
    loopback = (urlsplit(address).hostname or "") in ("localhost", "127.0.0.1", "::1")
    extra = dict(connection.extra) if connection else {}
    if unknown := sorted(set(extra) - set(_EXTRAS)):
        raise ConfigError(f"{where}: connection: unknown option {', '.join(unknown)}; known: {', '.join(_EXTRAS)}")
    allowed = str(extra.get("allow_http", "")).lower() == "true"
    if address.startswith("http:") and login.options is not None and not (loopback or allowed):
        raise ConfigError(f"{where}: the login would travel unencrypted; use https, or set allow_http=true in the connection")
    try:
        context = ssl.create_default_context(cafile=extra.get("ca_file"))
    except OSError:
        raise ConfigError(f"{where}: ca_file cannot be read; a PEM file is expected") from None
    return Service(address, login, retry, httpx.Client(verify=context, timeout=TIMEOUT, trust_env=not loopback), where)


def _origin(url: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port or {"http": 80, "https": 443}.get(parts.scheme)


def _seconds(response: httpx.Response) -> float | None:
    """Read Retry-After: seconds or a date (RFC 9110, 10.2.3)."""
    value = response.headers.get("Retry-After", "")
    if value.isdigit():
        return float(value)
    try:
        return max(0.0, (parsedate_to_datetime(value) - datetime.now(UTC)).total_seconds())
    except (ValueError, TypeError):
        return None
