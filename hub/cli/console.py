"""`hub console`: the web desk."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from hub.cli import show
from hub.errors import ConfigError
from warehouse import accounts, migrate


def console(
    port: Annotated[int, typer.Option("--port")] = 8443,
    host: Annotated[str, typer.Option("--host", help="address to listen on; name it in HUB_CONSOLE_HOSTS too")] = "127.0.0.1",
    certificate: Annotated[Path | None, typer.Option("--certificate", help="PEM, with its chain (default: one made for a trial)")] = None,
    key: Annotated[Path | None, typer.Option("--key", help="PEM")] = None,
    workers: Annotated[int, typer.Option("--workers", min=1, max=64, help="processes that answer: one for each core the desk may use")] = 1,
) -> None:
    """Run the web desk over TLS; the first run makes one administrator and prints a one-time password."""
    if (certificate is None) != (key is None):
        raise ConfigError("--certificate and --key belong together; give both or neither")
    from console.serve import serve  # the web server takes a second to import

    migrate.upgrade()
    password = accounts.first()
    if password is not None:
        show.out.print(f"first account: {accounts.FIRST}; one-time password, good for {accounts.ONE_TIME.days} days and shown once: {password}", markup=False)
    show.out.print(f"console: https://{'localhost' if host == '127.0.0.1' else host}:{port}")
    serve(host, port, certificate, key, workers)


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command("console")(console)
