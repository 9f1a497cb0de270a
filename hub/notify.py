"""Mail and webhook: how people hear of an incident.  Nothing here decides what is told or when (`hub.pipeline.incidents`)."""

from __future__ import annotations

import smtplib
import socket
import ssl
from dataclasses import asdict, dataclass
from email.message import EmailMessage
from urllib.parse import unquote, urlsplit

import httpx

from hub import settings
from hub.errors import ConfigError, RetryableError

SECONDS = 10.0
PORTS = {"smtp": 25, "smtps": 465}


@dataclass(frozen=True)
class Message:
    """What happened, in both languages, with the fields a script would read; no value of a person."""

    state: str
    """`open` or `over`"""
    source: str
    kind: str
    batch: str
    en: str
    zh: str
    since: str

    @property
    def subject(self) -> str:
        """One line."""
        return f"[guiyi] {self.source}: {self.kind}" + (" is over · 已恢复" if self.state == "over" else "")

    @property
    def text(self) -> str:
        """The whole message."""
        over = "Over now. · 现已恢复。\n" if self.state == "over" else ""
        return f"{over}{self.en}\n{self.zh}\nsince {self.since}\n\n`hub status` shows all sources."


def send(message: Message) -> None:
    """Send a message everywhere that is configured; RetryableError when a place does not take it."""
    found = settings.load()
    if found.webhook:
        _post(found.webhook, message)
    if found.smtp_url and found.mail_to:
        _mail(found.smtp_url, found.mail_to, message)


def _post(url: str, message: Message) -> None:
    # `msgtype` and `text.content` are what the webhooks of DingTalk and WeCom read; others read the fields.
    body = {**asdict(message), "subject": message.subject, "msgtype": "text", "text": {"content": f"{message.subject}\n{message.text}"}}
    try:
        answer = httpx.post(url, json=body, timeout=SECONDS)
    except (httpx.HTTPError, httpx.InvalidURL):
        raise RetryableError("webhook: no answer; is HUB_WEBHOOK right, and the service up?") from None
    if answer.is_error:
        raise RetryableError(f"webhook: answers {answer.status_code}; look at HUB_WEBHOOK and at the service")


def _mail(url: str, to: tuple[str, ...], message: Message) -> None:
    address = urlsplit(url)
    if address.scheme not in PORTS or not address.hostname:
        raise ConfigError("HUB_SMTP_URL: expected smtp://user:password@host:587 or smtps://…; correct it")
    mail = EmailMessage()
    user = unquote(address.username or "")
    mail["From"] = user if "@" in user else f"guiyi@{socket.getfqdn()}"
    mail["To"], mail["Subject"] = ", ".join(to), message.subject
    mail.set_content(message.text)
    secure = ssl.create_default_context()
    port = address.port or PORTS[address.scheme]
    try:
        with (
            smtplib.SMTP_SSL(address.hostname, port, timeout=SECONDS, context=secure)
            if address.scheme == "smtps"
            else smtplib.SMTP(address.hostname, port, timeout=SECONDS)
        ) as server:
            if address.scheme == "smtp" and server.has_extn("starttls"):
                server.starttls(context=secure)
            if user:
                server.login(user, unquote(address.password or ""))
            server.send_message(mail)
    except (smtplib.SMTPException, OSError) as error:
        raise RetryableError(f"mail: the server does not take it ({type(error).__name__}); look at HUB_SMTP_URL and HUB_MAIL_TO") from None
