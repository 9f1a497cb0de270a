"""Real sources for the tests: a file folder, a PostgreSQL database, a MariaDB with TLS, a certificate."""

from __future__ import annotations

import ipaddress
import secrets
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pymysql
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from county.systems import mariadb
from county.systems.processes import free_port
from warehouse.server_account import account_of

Connect = Callable[[str], str]


@pytest.fixture
def connected(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], str]:
    """Give a connection of this address a name."""

    def name(uri: str) -> str:
        chosen = f"c{secrets.token_hex(4)}"
        monkeypatch.setenv(f"HUB_CONN_{chosen.upper()}", uri)
        return chosen

    return name


@pytest.fixture(scope="session")
def postgres_url(server_url: str) -> Iterator[str]:
    """A database of its own on the run's server."""
    name = f"conn_{secrets.token_hex(4)}"
    with psycopg.connect(server_url, autocommit=True) as admin:
        admin.execute(f"create database {name}")
    yield server_url.rpartition("/")[0] + f"/{name}"
    with psycopg.connect(server_url, autocommit=True) as admin:
        admin.execute(f"drop database {name} with (force)")


@dataclass(frozen=True)
class Certificate:
    """A self-signed certificate of 127.0.0.1 and localhost, and its key."""

    certificate: Path
    key: Path


@pytest.fixture(scope="session")
def certificate() -> Iterator[Certificate]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    names = x509.SubjectAlternativeName([x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=2))
        .add_extension(names, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    folder = Path(tempfile.mkdtemp(prefix="guiyi-cert-"))
    folder.chmod(0o755)
    made = Certificate(folder / "cert.pem", folder / "key.pem")
    made.certificate.write_bytes(signed.public_bytes(serialization.Encoding.PEM))
    made.key.write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
    yield made
    shutil.rmtree(folder)


@dataclass(frozen=True)
class Maria:
    """A running MariaDB that offers TLS."""

    host: str
    port: int
    user: str
    password: str
    ca: Path

    @property
    def uri(self) -> str:
        return f"mysql://{self.user}:{self.password}@{self.host}:{self.port}/hub"

    def open(self) -> pymysql.connections.Connection[pymysql.cursors.Cursor]:
        return pymysql.connect(host=self.host, port=self.port, user=self.user, password=self.password, database="hub", charset="utf8mb4")

    def run(self, *statements: str) -> None:
        with self.open() as connection:
            for statement in statements:
                with connection.cursor() as cursor:
                    cursor.execute(statement)
            connection.commit()


@pytest.fixture(scope="session")
def maria(certificate: Certificate) -> Iterator[Maria]:
    folder = Path(tempfile.mkdtemp(prefix="guiyi-maria-"))
    folder.chmod(0o755)
    data, password = folder / "data", secrets.token_urlsafe(12)
    mariadb.ensure(data, "hub", "reader", password, 0)
    mariadb.stop(data)
    real = data.resolve()
    for file in (certificate.certificate, certificate.key):
        account_of(data).give(Path(shutil.copy(file, real)))
    port = free_port()
    uid, gid = account_of(data).ids or (None, None)
    server = subprocess.Popen(
        [
            (mariadb.programs() or {})["mariadbd"], "--no-defaults", f"--datadir={real}", f"--port={port}", "--bind-address=127.0.0.1", "--socket=s",
            "--skip-name-resolve", "--character-set-server=utf8mb4", "--ssl-cert=cert.pem", "--ssl-key=key.pem", "--log-error=err", "--max-allowed-packet=64M",
        ],
        user=uid, group=gid, extra_groups=[] if uid else None, cwd="/",
    )  # fmt: skip
    started = Maria("127.0.0.1", port, "reader", password, certificate.certificate)
    deadline = datetime.now(UTC) + timedelta(seconds=30)
    while True:
        try:
            started.run("select 1")
            break
        except pymysql.err.OperationalError:
            assert datetime.now(UTC) < deadline
    yield started
    server.terminate()
    server.wait(30)
    mariadb.remove(data)
    shutil.rmtree(folder)
