"""Files that pages are made of: those of one part of the web app, and the palette that all pages share."""

from collections.abc import Mapping
from pathlib import Path

from fastapi import APIRouter, HTTPException
from fastapi.responses import FileResponse

PALETTE = "/static/palette.css"
STATIC = Path(__file__).parent / "static"


def router() -> APIRouter:
    """What belongs to no part: the palette."""
    routes = APIRouter()

    @routes.get(PALETTE, include_in_schema=False)
    async def palette() -> FileResponse:
        return asset(STATIC, {"palette.css": "text/css"}, "palette.css")

    return routes


def asset(folder: Path, types: Mapping[str, str], name: str) -> FileResponse:
    """One of the files of `types`, which says what each is. A browser asks each time whether it has changed.

    Raises HTTPException for every other name.
    """
    if name not in types:
        raise HTTPException(404, "There is no such file.")
    return FileResponse(folder / name, media_type=types[name], headers={"cache-control": "no-cache"})
