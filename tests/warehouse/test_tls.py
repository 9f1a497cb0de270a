"""The way to the warehouse: encrypted and with the server's name checked, where the address asks for it (Debian's server)."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from console.serve import trial_certificate
from hub.errors import RetryableError
from warehouse import migrate, server
from warehouse.db import connect
from warehouse.server_account import account_of
from warehouse.server_binaries import candidates

DEBIAN = [found for found in candidates() if not found.wheel and found.major >= 15]


@pytest.fixture(scope="module")
def encrypted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[server.Server, Path, Path]]:
    """A server with a certificate for localhost; the certificate, and one of somebody else."""
    folder = tmp_path_factory.mktemp("tls")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HUB_PG_MAJOR", str(DEBIAN[0].major))
        patch.delenv("PG_BINDIR", raising=False)
        made = server.ensure(folder / "pg")
        certificate, key = trial_certificate(folder / "own")
        stranger, _ = trial_certificate(folder / "stranger")
        for source, name in ((certificate, "server.crt"), (key, "server.key")):
            target = made.data.resolve() / name
            shutil.copy(source, target)
            target.chmod(0o600)
            account_of(made.data).give(target)
        with psycopg.connect(made.url, autocommit=True) as connection:
            connection.execute("alter system set ssl = on")
            connection.execute("select pg_reload_conf()")
        time.sleep(1)
        yield made, certificate, stranger
        server.remove(made.data)


def address(made: server.Server, host: str, root: Path) -> str:
    return made.url.replace("@127.0.0.1", f"@{host}") + f"?sslmode=verify-full&sslrootcert={root}"


def test_the_whole_warehouse_over_a_verified_connection(encrypted: tuple[server.Server, Path, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    made, certificate, _ = encrypted
    monkeypatch.setenv("DATABASE_URL", address(made, "localhost", certificate))
    assert migrate.upgrade()
    with connect() as connection:
        assert connection.execute("select ssl, version from pg_stat_ssl where pid = pg_backend_pid()").fetchone() == (True, "TLSv1.3")


@pytest.mark.parametrize(
    ("wrong", "said"), [("name", "does not match host name"), ("authority", "certificate verify failed"), ("plain", "does not support SSL")]
)
def test_another_server_in_its_place_is_not_spoken_to(
    encrypted: tuple[server.Server, Path, Path], wrong: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, certificate, stranger = encrypted
    host, root = "elsewhere.example" if wrong == "name" else "localhost", stranger if wrong == "authority" else certificate
    if wrong == "plain":
        with psycopg.connect(made.url, autocommit=True) as connection:
            connection.execute("alter system set ssl = off")
            connection.execute("select pg_reload_conf()")
        time.sleep(1)
    url = address(made, host, root) + "&hostaddr=127.0.0.1"
    with pytest.raises(psycopg.OperationalError, match=said):
        psycopg.connect(url)
    monkeypatch.setenv("DATABASE_URL", url)
    with pytest.raises(RetryableError, match="no connection"), connect():
        pass


def test_debians_server_is_there() -> None:
    """Without it this file would show nothing; `deploy/system.sh test` installs it."""
    assert DEBIAN
