"""What every media store does, wherever it keeps pictures."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from core.cloudinary_url import parse_cloudinary_url
from core.errors import MediaError
from core.ids import media_token
from core.jobs.results import Picture
from core.media.cloudinary import CloudinaryMedia
from core.media.local import LocalMedia
from core.media.ports import MediaStore, Stored
from tests.fakes.cloudinary import CloudinaryFake
from tests.fakes.pixels import png

TOKEN = "abcdefghijklmnopqrstuvwxyz234567"
PNG = "image/png"
FOLDER = "a018f0000000"
NAME = f"{TOKEN}.png"


@pytest.fixture(params=["local", "cloudinary"])
async def media(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[MediaStore]:
    local = LocalMedia(tmp_path / "media", "http://here")
    if request.param == "local":
        yield local
        return
    async with CloudinaryFake() as fake:
        store = CloudinaryMedia(local, parse_cloudinary_url(fake.account_url, fake.url))
        yield store
        await store.close()


def picture_of(stored: Stored) -> Picture:
    return Picture(name=stored.name, mime=PNG, width=64, height=64, size=9, url=stored.url)


@pytest.mark.parametrize(
    ("mime", "kind", "suffix"), [(PNG, "PNG", "png"), ("image/jpeg", "JPEG", "jpg"), ("image/webp", "WEBP", "webp")]
)
async def test_a_stored_picture_is_read_back_under_its_name(
    media: MediaStore, mime: str, kind: str, suffix: str
) -> None:
    data = png(kind=kind)
    stored = await media.save(TOKEN, mime, data, FOLDER)
    assert stored.name == f"{TOKEN}.{suffix}"
    assert await media.read(stored.name, stored.url) == data
    found = media.find(stored.name)
    assert found is not None
    assert found.read_bytes() == data


async def test_the_same_token_again_replaces_the_picture(media: MediaStore) -> None:
    await media.save(TOKEN, PNG, png(), FOLDER)
    stored = await media.save(TOKEN, PNG, png(shade=9), FOLDER)
    assert await media.read(stored.name, stored.url) == png(shade=9)


async def test_a_picture_without_a_folder_is_kept_here(media: MediaStore) -> None:
    stored = await media.save(TOKEN, PNG, png(), None)
    assert stored == Stored(NAME)
    assert await media.read(NAME) == png()


async def test_a_deleted_picture_is_gone_and_may_be_deleted_again(media: MediaStore) -> None:
    stored = await media.save(TOKEN, PNG, png(), FOLDER)
    other = await media.save(media_token(), PNG, png(shade=9), FOLDER)
    await media.delete(TOKEN, FOLDER)
    await media.delete(TOKEN, FOLDER)
    assert await media.read(stored.name, stored.url) is None
    assert media.find(stored.name) is None
    assert await media.read(other.name, other.url) == png(shade=9)


async def test_what_was_never_stored_is_nowhere_and_may_be_deleted(media: MediaStore) -> None:
    assert await media.read(NAME) is None
    assert media.find(NAME) is None
    await media.delete(TOKEN, FOLDER)


async def test_a_picture_has_an_address_and_one_for_a_smaller_version(media: MediaStore) -> None:
    picture = picture_of(await media.save(TOKEN, PNG, png(), FOLDER))
    for address in (media.url(picture), media.preview(picture, 200)):
        assert address.startswith("http://")
        assert TOKEN in address
    here = picture.model_copy(update={"url": None})
    assert media.url(here) == media.preview(here, 200) == f"http://here/media/{NAME}"


@pytest.mark.parametrize(
    "address", ["http://127.0.0.1:1/x.png", "file:///etc/passwd", "https://evil.example/x", "", "x"]
)
async def test_nothing_is_fetched_from_addresses_of_others(media: MediaStore, address: str) -> None:
    assert await media.read(NAME, address) is None


@pytest.mark.parametrize("name", ["", "../secret.png", f"{NAME}/..", "nothing", TOKEN, f"{TOKEN}.svg"])
async def test_names_of_others_lead_to_nothing(media: MediaStore, name: str) -> None:
    assert await media.read(name) is None
    assert media.find(name) is None


async def test_a_kind_of_picture_easel_does_not_keep_is_a_media_error(media: MediaStore) -> None:
    with pytest.raises(MediaError):
        await media.save(TOKEN, "image/svg+xml", b"<svg/>", FOLDER)


async def test_a_disk_that_cannot_be_written_is_a_media_error(media: MediaStore, tmp_path: Path) -> None:
    (tmp_path / "media").write_text("in the way")
    with pytest.raises(MediaError):
        await media.save(TOKEN, PNG, png(), FOLDER)


async def test_a_store_can_be_closed_twice(media: MediaStore) -> None:
    await media.close()
    await media.close()
