"""Forms of what several areas are asked with: ids in addresses, the word of a form, a reason, all fields of a form."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Form, Request
from fastapi import Path as InPath
from starlette.datastructures import FormData

SourceName = Annotated[str, InPath(pattern=r"^[a-z][a-z0-9_]{1,40}$")]
PatternName = Annotated[str, InPath(pattern=r"^[0-9a-f]{12}$")]
BATCH = r"^[a-z][a-z0-9_]{1,40}-[0-9]{6,12}$"
BatchId = Annotated[str, InPath(pattern=BATCH)]
RowNumber = Annotated[int, InPath(ge=1, lt=2**53)]
PlanId = Annotated[int, InPath(ge=1, lt=2**53)]
Word = Annotated[str, Form(pattern=r"^[0-9a-f]{64}$")]
Text = Annotated[str, Form(max_length=300)]


async def fields(request: Request) -> FormData:
    """Give every field of a form whose names follow the row's columns."""
    return await request.form()


Fields = Annotated[FormData, Depends(fields)]
