"""Runs the console over TLS: with a certificate of your own, or one made for a trial on this machine."""

from __future__ import annotations

import ipaddress
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import uvicorn
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from hub import settings

DAYS = 90


def serve(host: str, port: int, certificate: Path | None, key: Path | None, workers: int = 1) -> None:
    """Answer until stopped, with so many processes; without a certificate of your own one is made under `home/console`."""
    if certificate is None or key is None:
        certificate, key = trial_certificate(settings.load().home / "console")
    uvicorn.run(
        "console.app:create_app", factory=True, workers=workers, host=host, port=port, ssl_certfile=certificate, ssl_keyfile=key,
        access_log=False, server_header=False, log_level="warning", proxy_headers=False, h11_max_incomplete_event_size=16 * 1024,
        timeout_keep_alive=20, timeout_worker_healthcheck=60,
    )  # fmt: skip


def trial_certificate(folder: Path) -> tuple[Path, Path]:
    """Give certificate and key for localhost, made anew when there is none or it runs out; the browser will ask about it."""
    certificate, key = folder / "trial.crt", folder / "trial.key"
    if certificate.exists() and key.exists():
        known = x509.load_pem_x509_certificate(certificate.read_bytes())
        if known.not_valid_after_utc > datetime.now(UTC) + timedelta(days=1):
            return certificate, key
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    secret = ec.generate_private_key(ec.SECP256R1())
    name, now = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Guiyi trial")]), datetime.now(UTC)
    places = x509.SubjectAlternativeName([x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(secret.public_key()).serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1)).not_valid_after(now + timedelta(days=DAYS)).add_extension(places, critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True).sign(secret, hashes.SHA256())
    )  # fmt: skip
    text = secret.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    with os.fdopen(os.open(key, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(text)
    certificate.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    return certificate, key
