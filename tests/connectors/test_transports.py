"""The same file from this machine, an SFTP server and an S3-compatible store: other configuration, nothing else."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import asyncssh
import botocore.session
import pytest
from moto.server import ThreadedMotoServer

from connectors import CONNECTORS
from connectors.base import Request
from hub.errors import ConfigError, HubError, RetryableError, SourceError
from tests.connectors.contract import RARE, SECRET, taken

Connected = Callable[[str], str]
NAME = "参保_20251031.csv"
CONTENT = f"key,name\n1,张{RARE}\n2,李四\n".encode("gb18030")
ROWS = [{"key": "1", "name": f"张{RARE}"}, {"key": "2", "name": "李四"}]


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("connectors.retry.time.sleep", lambda seconds: None)
    monkeypatch.setattr("connectors.retry.Retry.wait", lambda self, attempt: 0.0)


def request(**options: Any) -> Request:
    return Request("here", "rows", {"type": "delimited", "encoding": "gb18030", **options}, ("key",))


def extract(asked: Request) -> Any:
    return taken(list(CONNECTORS[asked.options["type"]]().extract(asked)))


def everywhere(connection: str) -> None:
    """What must work wherever the folder of the connection is."""
    assert extract(request(connection=connection, path=NAME)) == ROWS
    assert extract(request(connection=connection, path="参保_*.csv")) == ROWS
    dated = request(connection=connection, path="参保_{date}.csv")
    assert extract(replace(dated, start=datetime(2025, 10, 31), end=datetime(2025, 11, 1))) == ROWS
    assert [day.isoformat() for day in CONNECTORS["delimited"]().intervals(dated)] == ["2025-10-31"]
    with pytest.raises(RetryableError, match=r"参保_20251101\.csv not found; run again"):
        extract(replace(dated, start=datetime(2025, 11, 1), end=datetime(2025, 11, 2)))
    with pytest.raises(SourceError, match=r"gone\.csv not found"):
        extract(request(connection=connection, path="gone.csv"))
    with pytest.raises(SourceError, match=r"nothing\*\.csv not found"):
        extract(request(connection=connection, path="nothing*.csv"))


def test_this_machine(tmp_path: Path, connected: Connected) -> None:
    (tmp_path / NAME).write_bytes(CONTENT)
    everywhere(connected(f"file://{tmp_path}"))
    assert extract(request(path=f"file://{tmp_path}/{NAME}")) == ROWS
    assert extract(request(path=str(tmp_path / NAME))) == ROWS


@dataclass(frozen=True)
class Sftp:
    """A running SFTP server: where, its host key, and the private key its user may log in with."""

    port: int
    host_key: str
    user_key: Path

    def uri(self, login: str = "me:pw", **extra: str) -> str:
        return f"sftp://{login}@127.0.0.1:{self.port}/drops?{urlencode(extra)}"


class _Gate(asyncssh.SSHServer):
    allowed: asyncssh.SSHAuthorizedKeys

    def begin_auth(self, username: str) -> bool:
        return True

    def password_auth_supported(self) -> bool:
        return True

    def validate_password(self, username: str, password: str) -> bool:
        return (username, password) == ("me", "pw")


@pytest.fixture(scope="module")
def sftp(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sftp]:
    root = tmp_path_factory.mktemp("sftp")
    (root / "drops").mkdir()
    (root / "drops" / NAME).write_bytes(CONTENT)
    host, user = asyncssh.generate_private_key("ssh-ed25519"), asyncssh.generate_private_key("ssh-ed25519")
    user_key = root / "id"
    user.write_private_key(user_key)
    (root / "authorized").write_bytes(user.export_public_key())
    loop = asyncio.new_event_loop()

    async def start() -> Any:
        return await asyncssh.create_server(
            _Gate, "127.0.0.1", 0, server_host_keys=[host], authorized_client_keys=str(root / "authorized"),
            sftp_factory=lambda channel: asyncssh.SFTPServer(channel, chroot=str(root).encode()),
        )  # fmt: skip

    server = loop.run_until_complete(start())
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    yield Sftp(server.sockets[0].getsockname()[1], host.export_public_key().decode().strip(), user_key)
    loop.call_soon_threadsafe(server.close)
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    with suppress(RuntimeError):
        loop.close()


def test_sftp(sftp: Sftp, connected: Connected) -> None:
    everywhere(connected(sftp.uri(host_key=sftp.host_key)))


def test_sftp_with_a_key_and_a_known_hosts_file(sftp: Sftp, connected: Connected, tmp_path: Path) -> None:
    (tmp_path / "known_hosts").write_text(f"[127.0.0.1]:{sftp.port} {sftp.host_key}\n")
    name = connected(sftp.uri("me", known_hosts=str(tmp_path / "known_hosts"), key_file=str(sftp.user_key)))
    assert extract(request(connection=name, path=NAME)) == ROWS
    assert extract(request(connection=name, path=f"sftp://127.0.0.1:{sftp.port}/drops/{NAME}")) == ROWS


REFUSED: list[tuple[dict[str, str], type[HubError], str]] = [
    ({}, ConfigError, "host key is not the known one; verify it"),
    ({"host_key": asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode()}, ConfigError, "host key is not the known one"),
    ({"login": f"me:{SECRET}"}, ConfigError, "refused login or key"),
    ({"port": "1"}, RetryableError, "not reached"),
]


@pytest.mark.parametrize(("changes", "error", "message"), REFUSED)
def test_sftp_that_is_refused(sftp: Sftp, connected: Connected, changes: dict[str, str], error: type[HubError], message: str) -> None:
    uri = sftp.uri(changes.get("login", "me:pw"), **({"host_key": sftp.host_key} if "login" in changes or "port" in changes else changes))
    with pytest.raises(error, match=message) as caught:
        extract(request(connection=connected(uri.replace(f":{sftp.port}", ":1") if "port" in changes else uri), path=NAME))
    assert SECRET not in str(caught.value)
    assert "127.0.0.1" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_an_sftp_connection_is_closed_afterwards(sftp: Sftp, connected: Connected) -> None:
    name = connected(sftp.uri(host_key=sftp.host_key))
    before = {thread.name for thread in threading.enumerate()}
    extract(request(connection=name, path=NAME))
    stream = CONNECTORS["delimited"]().extract(request(connection=name, path=NAME))
    next(stream)
    stream.close()  # type: ignore[attr-defined]
    for thread in threading.enumerate():
        if thread.name not in before:
            thread.join(5)
            assert not thread.is_alive()


@pytest.fixture(scope="module")
def s3() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    host, port = server.get_host_and_port()
    url = f"http://{host}:{port}"
    client = botocore.session.get_session().create_client("s3", endpoint_url=url, aws_access_key_id="me", aws_secret_access_key="pw", region_name="cn-north-1")
    client.create_bucket(Bucket="drops", CreateBucketConfiguration={"LocationConstraint": "cn-north-1"})
    client.put_object(Bucket="drops", Key=f"tax/{NAME}", Body=CONTENT)
    yield url
    server.stop()


def test_s3(s3: str, connected: Connected) -> None:
    everywhere(connected(f"s3://me:pw@drops/tax?endpoint_url={s3}&region_name=cn-north-1"))
    airflow = f'{{"conn_type": "aws", "login": "me", "password": "pw", "extra": {{"endpoint_url": "{s3}", "region_name": "cn-north-1"}}}}'
    assert extract(request(connection=connected(airflow), path=f"drops/tax/{NAME}")) == ROWS
    assert extract(request(connection=connected(airflow), path=f"s3://drops/tax/{NAME}")) == ROWS


def test_s3_that_is_not_there(connected: Connected) -> None:
    name = connected("s3://me:pw@drops/tax?endpoint_url=http://127.0.0.1:1&region_name=cn-north-1")
    for path in (NAME, "*.csv"):
        with pytest.raises(RetryableError, match="not reached") as caught:
            extract(request(connection=name, path=path))
        assert "127.0.0.1" not in str(caught.value)


@pytest.mark.parametrize(
    ("uri", "path", "message"),
    [
        ("mysql://a:b@c/d", NAME, "kind mysql does not hold files; known: file, sftp, s3"),
        ("file:///tmp", "sftp://host/x", r"sftp:// with connection .* of kind file"),
    ],
)
def test_connections_that_do_not_fit(connected: Connected, uri: str, path: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        extract(request(connection=connected(uri), path=path))


def test_a_connection_nobody_set() -> None:
    with pytest.raises(ConfigError, match="connection nobody is not known; set HUB_CONN_NOBODY or AIRFLOW_CONN_NOBODY"):
        extract(request(connection="nobody", path=NAME))
