"""How a service is logged in to; login and secret always come from the connection."""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

from pydantic import Field

from connectors.connection import Connection
from connectors.options import Options
from hub.errors import ConfigError, SourceError


class ClientCredentials(Options):
    """OAuth 2.0 client credentials (RFC 6749, 4.4)."""

    type: Literal["oauth2_client_credentials"]
    token_path: str
    """below the service's address"""
    scope: str | None = None
    client_auth: Literal["basic", "form"] = "basic"
    """how client and secret are sent"""


class Basic(Options):
    """Login and password with every request (RFC 7617)."""

    type: Literal["basic"]


class Bearer(Options):
    """A fixed token, the connection's password (RFC 6750)."""

    type: Literal["bearer"]


class Header(Options):
    """A fixed key, the connection's password, in a header of its own."""

    type: Literal["header"]
    name: str


AuthOptions = Annotated[ClientCredentials | Basic | Bearer | Header, Field(discriminator="type")]

PostForm = Callable[[str, dict[str, str], dict[str, str]], Any]
"""Posts a form (path, fields, headers) and gives the answer's JSON."""


@dataclass
class Login:
    """The headers that prove who asks; a token is fetched when there is none and again before it runs out."""

    options: ClientCredentials | Basic | Bearer | Header | None
    connection: Connection | None
    where: str
    clock: Callable[[], float]
    _token: str | None = field(default=None, repr=False)
    _renew_at: float = 0.0

    @property
    def renewable(self) -> bool:
        """Whether a refused token can be replaced."""
        return isinstance(self.options, ClientCredentials)

    def forget(self) -> None:
        """Drop a token the service refused."""
        self._token = None

    def headers(self, post: PostForm) -> dict[str, str]:
        """Give the headers of the next request."""
        match self.options:
            case None:
                return {}
            case Basic():
                return {"Authorization": self._basic()}
            case Bearer():
                return {"Authorization": f"Bearer {self._secret()}"}
            case Header(name=name):
                return {name: self._secret()}
            case ClientCredentials() as options:
                if self._token is None or self.clock() >= self._renew_at:
                    self._fetch(options, post)
                return {"Authorization": f"Bearer {self._token}"}

    def _fetch(self, options: ClientCredentials, post: PostForm) -> None:
        fields = {"grant_type": "client_credentials"} | ({"scope": options.scope} if options.scope else {})
        headers = {"Authorization": self._basic()} if options.client_auth == "basic" else {}
        if options.client_auth == "form":
            fields |= {"client_id": self._login(), "client_secret": self._secret()}
        asked_at = self.clock()
        answer = post(options.token_path, fields, headers)
        token = answer.get("access_token") if isinstance(answer, dict) else None
        if not isinstance(token, str) or not token:
            raise SourceError(f"{self.where}: the token service gave no access_token; correct `token_path` or ask the department")
        self._token = token
        try:
            lifetime = float(answer.get("expires_in") or "inf")
        except ValueError:
            lifetime = float("inf")
        self._renew_at = asked_at + lifetime - min(30.0, lifetime / 10)

    def _login(self) -> str:
        if self.connection is None or not self.connection.login:
            raise ConfigError(f"{self.where}: no login; put it into the connection (http://login:secret@host)")
        return self.connection.login

    def _secret(self) -> str:
        if self.connection is None or not self.connection.password:
            raise ConfigError(f"{self.where}: no secret; put it into the connection (http://login:secret@host)")
        return self.connection.password

    def _basic(self) -> str:
        return "Basic " + base64.b64encode(f"{self._login()}:{self._secret()}".encode()).decode()
