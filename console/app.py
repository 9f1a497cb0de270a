"""The console as an application: routes, the gate before each, headers after each, refusals without a value in them."""

from __future__ import annotations

import logging
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from fastapi import Depends, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from console import access, gate, nav
from console.page import page, warm
from console.routes import ROUTERS
from hub import settings
from hub.errors import HubError, RefusedError, RetryableError
from hub.pipeline import placing
from warehouse import audit_seal
from warehouse.db import connect, pooled

log = logging.getLogger(__name__)
LONGEST_BODY = 64 * 1024
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; font-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
    "Strict-Transport-Security": "max-age=31536000",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}
Next = Callable[[Request], Awaitable[Response]]


def create_app() -> FastAPI:
    """Make the console; ConfigError when a route is not in the table of who may call it."""
    app = FastAPI(title="Guiyi 归一", docs_url=None, redoc_url=None, openapi_url=None, dependencies=[Depends(gate.admit)], lifespan=_sealing)
    for router in ROUTERS:
        app.include_router(router)
    access.check(_routes(app))
    nav.opened({path for method, path in access.WHO if method == "GET"})
    app.middleware("http")(_around)
    app.add_exception_handler(gate.Elsewhere, _lead)
    app.add_exception_handler(HTTPException, _refuse)
    app.add_exception_handler(RequestValidationError, _refuse_parameters)
    app.add_exception_handler(HubError, _fault)
    return app


def _routes(app: FastAPI) -> list[object]:
    return [*(route for router in ROUTERS for route in router.routes), *app.routes]


@asynccontextmanager
async def _sealing(_: FastAPI) -> AsyncIterator[None]:
    """While the console runs, it keeps connections open and the audit trail sealed; beside the first requests it gets ready what takes seconds."""
    stop = threading.Event()
    seals = threading.Thread(target=audit_seal.keep, args=(stop,), daemon=True, name="audit-seals")
    ready = threading.Thread(target=_get_ready, daemon=True, name="get-ready")
    with pooled():
        seals.start()
        ready.start()
        yield
        stop.set()
        ready.join(60)


def _get_ready() -> None:
    warm()
    try:
        with connect() as connection:
            placing.warm(connection)
    except HubError as error:  # the first act that needs it tries again, and says so
        log.warning("the matching was not got ready: %s", error)


async def _around(request: Request, call_next: Next) -> Response:
    """Refuse hosts that are not ours and bodies no form of ours has; put the headers on every answer."""
    length = request.headers.get("content-length", "0")
    if request.url.hostname not in ("localhost", "127.0.0.1", *settings.load().console_hosts):
        response = await _refused(request, "host", 400)
    elif not length.isdigit() or int(length) > LONGEST_BODY or ("transfer-encoding" in request.headers and request.method == "POST"):
        response = await _refused(request, "body", 413)
    else:
        response = await call_next(request)
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    response.headers.setdefault("Cache-Control", "no-store")
    return response


async def _lead(_: Request, error: Exception) -> Response:
    return gate.to(error.path if isinstance(error, gate.Elsewhere) else "/")


async def _refuse(request: Request, error: Exception) -> Response:
    status, cause = (error.status_code, str(error.detail)) if isinstance(error, HTTPException) else (500, "fault")
    headers = dict(error.headers or {}) if isinstance(error, HTTPException) else {}
    return await _refused(request, cause, status, headers)


async def _refuse_parameters(request: Request, error: Exception) -> Response:
    """A value that does not fit its field: which field is said, the value is not."""
    return await _refused(request, "parameters", 422)


async def _fault(request: Request, error: Exception) -> Response:
    status = 403 if isinstance(error, RefusedError) else 503 if isinstance(error, RetryableError) else 500
    return await _refused(request, type(error).__name__, status)


async def _refused(request: Request, cause: str, status: int, headers: dict[str, str] | None = None) -> Response:
    await run_in_threadpool(gate.written, request, cause, status)
    if request.url.path.startswith("/api/") or getattr(request.state, "visit", None) is None:
        return JSONResponse({"error": cause if status < 500 else "fault"}, status, headers)
    return page(request, "refused", status, cause=cause)
