"""Serve stored pictures under names nobody can guess."""

from fastapi import APIRouter, HTTPException
from fastapi.responses import FileResponse

from core.media.ports import MIME_BY_SUFFIX, MediaStore

HEADERS = {
    "cache-control": "private, max-age=31536000, immutable",
    "content-security-policy": "default-src 'none'; sandbox",
    "x-robots-tag": "noindex",
}


def router(store: MediaStore) -> APIRouter:
    """`GET /media/{name}`. The store opens only names of its own making, so no path can lead outside."""
    routes = APIRouter()

    @routes.api_route("/media/{name:path}", methods=["GET", "HEAD"], include_in_schema=False)
    async def picture(name: str) -> FileResponse:
        path = store.find(name)
        if path is None:
            raise HTTPException(404, "There is no such picture.")
        return FileResponse(path, media_type=MIME_BY_SUFFIX[path.suffix[1:]], headers=HEADERS)

    return routes
