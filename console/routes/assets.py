"""What every page rests on, and the sign of life."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, HTTPException, Request
from fastapi import Path as InPath
from starlette.responses import Response

from console.files import files

router = APIRouter()


@router.get("/health")
def health() -> dict[str, str]:
    """Say that the console answers."""
    return {"state": "up"}


@router.get("/static/{name}")
def static(request: Request, name: Annotated[str, InPath(pattern=r"^[A-Za-z0-9.-]{1,40}$")]) -> Response:
    """Give one of the files pages rest on."""
    file = files().get(name)
    if file is None:
        raise HTTPException(404, "file")
    mark = f'"{file.mark}"'
    keep = "max-age=31536000, immutable" if request.url.query == f"v={file.mark}" else "max-age=300"
    headers = {"ETag": mark, "Cache-Control": keep}
    if request.headers.get("if-none-match") == mark:
        return Response(status_code=304, headers=headers)
    return Response(file.content, media_type=file.media_type, headers=headers)
