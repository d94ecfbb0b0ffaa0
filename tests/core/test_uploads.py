"""Attached pictures: many people send them at once, and each may be huge when it is opened."""

import asyncio
import time
from pathlib import Path

import pytest

from core.errors import BadOption, InsufficientCredits
from core.generation.wishes import Chat, Upload
from core.media.checks import Checked, NotAPicture
from core.media.local import LocalMedia
from core.uploads import Uploads
from tests.fakes.pixels import png
from tests.support import ManualClock, imagine, opened, settings_in


class Slowly:
    """Prepares nothing, and counts how often that happens at a time."""

    def __init__(self) -> None:
        self.now = self.most = self.times = 0

    def __call__(self, data: bytes) -> Checked:
        self.now += 1
        self.times += 1
        self.most = max(self.most, self.now)
        time.sleep(0.01)
        self.now -= 1
        if not data:
            raise NotAPicture("This is nothing.")
        return Checked(data, "image/png", 16, 16)


async def test_however_many_are_sent_at_once_only_one_is_opened_at_a_time(tmp_path: Path) -> None:
    slowly = Slowly()
    uploads = Uploads(LocalMedia(tmp_path, "http://here"), slowly)
    sent = (Upload(png(16, 16, 1)), Upload(png(16, 16, 2)))
    await asyncio.gather(*(uploads.checked(Chat("hi", uploads=sent)) for _ in range(5)))
    assert (slowly.times, slowly.most) == (10, 1)


async def test_one_that_cannot_be_opened_does_not_keep_the_next_from_it(tmp_path: Path) -> None:
    uploads = Uploads(LocalMedia(tmp_path, "http://here"), Slowly())
    with pytest.raises(BadOption, match="This is nothing"):
        await uploads.checked(Chat("hi", uploads=(Upload(b""),)))
    [attached] = await uploads.checked(Chat("hi", uploads=(Upload(png(16, 16, 1)),)))
    assert attached.source.name == f"{attached.token}.png"


async def test_what_came_with_a_refused_request_is_not_kept(tmp_path: Path, clock: ManualClock) -> None:
    """Refused requests do not count, so nothing else would limit what they leave on the disk."""
    async with opened(settings_in(tmp_path, signup_credits=0), clock) as app:
        with pytest.raises(InsufficientCredits):
            await app.requests.submit(imagine(uploads=(Upload(png(64, 64, 1)), Upload(png(64, 64, 2)))))
        assert [path for path in (tmp_path / "data" / "media").rglob("*") if path.is_file()] == []
