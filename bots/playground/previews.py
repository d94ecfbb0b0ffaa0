"""Small copies of attached pictures, kept within the conversation itself: who deletes that deletes them.

So they need no file of their own, no address that somebody could guess, and no sweeping up.
"""

import asyncio
from collections.abc import Sequence

from core.generation.wishes import Upload
from core.media.checks import NotAPicture, checked
from core.media.data_urls import data_url
from core.media.fitting import fit_for_upload

SIDE = 192
"""Pixels: twice of what the page shows, for fine screens."""
MOST_BYTES = 12_000
"""Four of them and the text stay below 70 kB in the feed, as base64 makes them a third larger."""


async def previews(uploads: Sequence[Upload]) -> list[str]:
    """A `data:` address for each of them that is a picture; the core says what is wrong with the others."""
    made = [await asyncio.to_thread(_preview, upload.data) for upload in uploads]
    return [preview for preview in made if preview is not None]


def _preview(data: bytes) -> str | None:
    try:
        small = fit_for_upload(checked(data, keep_provenance=False).data, MOST_BYTES, SIDE)
    except NotAPicture:
        return None
    return data_url(small.mime, small.data)
