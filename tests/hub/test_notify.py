"""Mail and webhook over real sockets; what they refuse becomes an error that shows no address."""

from __future__ import annotations

from email import message_from_bytes, policy

import pytest

from hub import notify
from hub.errors import ConfigError, RetryableError
from hub.notify import Message
from tests.hub.receivers import mailbox, webhook

OPEN = Message("open", "tax", "late", "", "tax: nothing published for 40 hours.", "税务局（tax）：已 40 小时无新数据发布。", "2026-11-22T08:00+08:00")
OVER = Message("over", "tax", "late", "", OPEN.en, OPEN.zh, OPEN.since)


def test_nobody_is_told_when_nothing_is_configured() -> None:
    notify.send(OPEN)


def test_the_webhook_gets_the_fields_and_the_text(monkeypatch: pytest.MonkeyPatch) -> None:
    with webhook() as (port, got):
        monkeypatch.setenv("HUB_WEBHOOK", f"http://127.0.0.1:{port}/hook?token=t0ken")
        notify.send(OPEN)
    [body] = got
    assert (body["state"], body["source"], body["kind"], body["zh"]) == ("open", "tax", "late", OPEN.zh)
    assert OPEN.en in body["text"]["content"]


def test_mail_goes_to_everybody_in_both_languages(monkeypatch: pytest.MonkeyPatch) -> None:
    with mailbox() as (port, got):
        monkeypatch.setenv("HUB_SMTP_URL", f"smtp://127.0.0.1:{port}")
        monkeypatch.setenv("HUB_MAIL_TO", "ops@county.example, tax@county.example")
        notify.send(OVER)
    [mail] = (message_from_bytes(text, policy=policy.default) for text in got)
    assert mail["To"] == "ops@county.example, tax@county.example"
    assert mail["Subject"] == "[guiyi] tax: late is over · 已恢复"
    assert OPEN.zh in mail.get_content()


@pytest.mark.parametrize("status", [404, 500])
def test_a_refusal_shows_no_address(status: int, monkeypatch: pytest.MonkeyPatch) -> None:
    with webhook(status) as (port, _):
        monkeypatch.setenv("HUB_WEBHOOK", f"http://127.0.0.1:{port}/hook?token=t0ken")
        with pytest.raises(RetryableError, match=str(status)) as raised:
            notify.send(OPEN)
    assert "t0ken" not in str(raised.value)


@pytest.mark.parametrize(
    ("variable", "value", "kind"),
    [
        ("HUB_WEBHOOK", "http://127.0.0.1:1/t0ken", RetryableError),
        ("HUB_WEBHOOK", "http://[t0ken", RetryableError),
        ("HUB_SMTP_URL", "smtp://user:t0ken@127.0.0.1:1", RetryableError),
        ("HUB_SMTP_URL", "http://t0ken", ConfigError),
    ],
)
def test_what_cannot_be_reached_shows_no_secret(variable: str, value: str, kind: type[Exception], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(variable, value)
    monkeypatch.setenv("HUB_MAIL_TO", "ops@county.example")
    with pytest.raises(kind) as raised:
        notify.send(OPEN)
    assert "t0ken" not in str(raised.value)
    assert raised.value.__suppress_context__ or raised.value.__context__ is None
