"""Pictures at Cloudinary: uploaded signed, served, deleted, and never missed when Cloudinary has a bad day."""

import asyncio
import time
from collections.abc import AsyncIterator, Sized
from pathlib import Path

import pytest

from core.cloudinary_url import parse_cloudinary_url
from core.errors import MediaError
from core.jobs.results import Picture
from core.log import configure_logging
from core.media.checks import MAX_BYTES
from core.media.cloudinary import CloudinaryMedia
from core.media.cloudinary_api import REST_SECONDS, TOTAL_SECONDS
from core.media.local import LocalMedia
from core.media.ports import Stored
from tests.fakes import skip, until
from tests.fakes.cloudinary import CloudinaryFake, Fault
from tests.fakes.pixels import png

TOKEN = "abcdefghijklmnopqrstuvwxyz234567"
OTHER = "b" * 32
NAME = f"{TOKEN}.png"
FOLDER = "a018f0000000"
PUBLIC_ID = f"easel/{FOLDER}/{TOKEN}"
PNG = "image/png"


@pytest.fixture
async def fake() -> AsyncIterator[CloudinaryFake]:
    async with CloudinaryFake() as fake:
        yield fake


def store(fake: CloudinaryFake, folder: Path, prefix: str = "") -> CloudinaryMedia:
    account = parse_cloudinary_url(fake.account_url, prefix or fake.url)
    return CloudinaryMedia(LocalMedia(folder / "media", "http://here"), account)


@pytest.fixture
async def media(fake: CloudinaryFake, tmp_path: Path) -> AsyncIterator[CloudinaryMedia]:
    media = store(fake, tmp_path)
    yield media
    await media.close()


@pytest.fixture
async def elsewhere(fake: CloudinaryFake, tmp_path: Path) -> AsyncIterator[CloudinaryMedia]:
    """Another machine: the same account, another disk."""
    media = store(fake, tmp_path / "elsewhere")
    yield media
    await media.close()


def save(media: CloudinaryMedia, token: str = TOKEN, data: bytes | None = None) -> asyncio.Future[Stored]:
    return asyncio.ensure_future(media.save(token, PNG, png() if data is None else data, FOLDER))


async def arrived(calls: Sized) -> None:
    """Wait for the first call."""

    async def there() -> bool:
        return len(calls) > 0

    await until(there)


async def test_a_picture_is_uploaded_into_its_accounts_folder(fake: CloudinaryFake, media: CloudinaryMedia) -> None:
    stored = await save(media)
    [call] = fake.calls
    assert call.values["public_id"] == PUBLIC_ID
    assert call.values["asset_folder"] == f"easel/{FOLDER}"
    assert abs(int(call.values["timestamp"]) - time.time()) < 60
    assert (call.file_name, call.file_type) == (NAME, PNG)
    assert fake.assets[PUBLIC_ID].data == png()
    version = fake.assets[PUBLIC_ID].version
    assert stored.url == f"{fake.url}/{fake.cloud}/image/upload/v{version}/{PUBLIC_ID}.png"


async def test_the_local_copy_is_there_before_and_after(fake: CloudinaryFake, media: CloudinaryMedia) -> None:
    fake.faults.append("hang")
    work = save(media)
    await arrived(fake.calls)
    assert media.find(NAME) is not None
    work.cancel()
    with pytest.raises(asyncio.CancelledError):
        await work
    await save(media)
    assert media.find(NAME) is not None


async def test_what_is_not_for_the_web_is_not_uploaded(fake: CloudinaryFake, media: CloudinaryMedia) -> None:
    await media.save(TOKEN, PNG, png(), None)
    assert fake.calls == []


BAD_DAYS: list[Fault] = [
    "500", "503", "420", "429", "429 long", "401", "400", "drop", "drop after commit", "bad json", "html", "a list",
    "endless", "no address", "wrong host", "http address", "other picture", "foreign port",
]  # fmt: skip


@pytest.mark.parametrize("fault", BAD_DAYS)
async def test_on_a_bad_day_the_picture_is_kept_here_and_nobody_sees_an_error(
    fake: CloudinaryFake, media: CloudinaryMedia, fault: Fault, capfd: pytest.CaptureFixture[str]
) -> None:
    configure_logging("WARNING")
    fake.always = fault
    stored = await save(media)
    assert stored == Stored(NAME)
    assert await media.read(NAME) == png()
    shown = Picture(name=NAME, mime=PNG, width=64, height=64, size=9, url=stored.url)
    assert media.url(shown) == f"http://here/media/{NAME}"
    log = capfd.readouterr().err
    assert "picture is on the local disk only" in log
    assert not any(word in log for word in (fake.secret, fake.key, TOKEN))


async def test_cloudinary_that_never_answers_is_given_up(fake: CloudinaryFake, media: CloudinaryMedia) -> None:
    fake.always = "hang"
    work = save(media)
    await arrived(fake.calls)
    skip(TOTAL_SECONDS)
    assert await work == Stored(NAME)


async def test_cloudinary_that_answers_letter_by_letter_is_given_up(
    fake: CloudinaryFake, media: CloudinaryMedia
) -> None:
    fake.always = "drip"
    work = save(media)
    for _ in range(2 * int(TOTAL_SECONDS)):
        seen = fake.sent

        async def more(seen: int = seen) -> bool:
            return fake.sent > seen + 1 or work.done()

        await until(more)
        skip(1)
    assert work.done()
    assert await work == Stored(NAME)


async def test_cloudinary_that_cannot_be_reached_is_given_up(fake: CloudinaryFake, tmp_path: Path) -> None:
    media = store(fake, tmp_path, "http://127.0.0.1:9")
    assert await save(media) == Stored(NAME)
    assert await media.read(NAME) == png()
    await media.close()


@pytest.mark.parametrize("fault", ["500", "503", "420", "429", "drop", "drop after commit"])
async def test_a_short_hiccup_is_survived(fake: CloudinaryFake, media: CloudinaryMedia, fault: Fault) -> None:
    fake.faults.append(fault)
    stored = await save(media)
    assert stored.url is not None
    assert await media.read(NAME, stored.url) == png()
    assert len(fake.calls) == 2


@pytest.mark.parametrize(("fault", "calls"), [("500", 2), ("429", 2), ("429 long", 1), ("401", 1), ("400", 1)])
async def test_a_call_is_tried_twice_at_most_and_not_when_that_cannot_help(
    fake: CloudinaryFake, media: CloudinaryMedia, fault: Fault, calls: int
) -> None:
    fake.always = fault
    await save(media)
    assert len(fake.calls) == calls


async def test_after_an_outage_nobody_waits_for_a_while(fake: CloudinaryFake, media: CloudinaryMedia) -> None:
    fake.always = "500"
    await save(media)
    fake.always = None
    assert (await save(media, OTHER)).url is None
    with pytest.raises(MediaError):
        await media.delete(TOKEN, FOLDER)
    assert len(fake.calls) == 2
    skip(REST_SECONDS)
    assert (await save(media, OTHER)).url is not None


async def test_a_refusal_makes_nobody_else_wait(fake: CloudinaryFake, media: CloudinaryMedia) -> None:
    fake.faults.append("400")
    assert (await save(media)).url is None
    assert (await save(media, OTHER)).url is not None


async def test_each_try_is_signed_anew(tmp_path: Path) -> None:
    times = iter([1_000_000.0, 1_005_000.0])
    async with CloudinaryFake(now=lambda: 1_005_000.0) as fake:
        account = parse_cloudinary_url(fake.account_url, fake.url)
        media = CloudinaryMedia(LocalMedia(tmp_path, ""), account, lambda: next(times))
        fake.faults.append("500")
        assert (await save(media)).url is not None
        await media.close()


async def test_a_clock_that_is_wrong_is_a_refusal_and_no_outage(fake: CloudinaryFake, tmp_path: Path) -> None:
    account = parse_cloudinary_url(fake.account_url, fake.url)
    media = CloudinaryMedia(LocalMedia(tmp_path, ""), account, lambda: time.time() - 4000)
    assert (await save(media)).url is None
    assert len(fake.calls) == 1
    await media.close()


async def test_a_wrong_secret_is_turned_down(fake: CloudinaryFake, tmp_path: Path) -> None:
    account = parse_cloudinary_url(fake.account_url.replace(fake.secret, "wrong"), fake.url)
    media = CloudinaryMedia(LocalMedia(tmp_path, ""), account)
    assert (await save(media)).url is None
    assert fake.assets == {}
    await media.close()


# --- a machine that lacks the file ---------------------------------------------------------------------------


async def test_another_machine_reads_the_picture_from_its_address(
    fake: CloudinaryFake, media: CloudinaryMedia, elsewhere: CloudinaryMedia
) -> None:
    stored = await save(media)
    assert await elsewhere.read(NAME) is None
    assert await elsewhere.read(NAME, stored.url) == png()
    [look] = fake.looks
    assert not {"authorization", "cookie", "x-api-key"} & set(map(str.lower, look.headers))
    assert fake.secret not in str(look.url)


@pytest.mark.parametrize("fault", ["500", "401", "drop", "endless"])
async def test_a_picture_that_cannot_be_fetched_is_a_media_error(
    fake: CloudinaryFake, media: CloudinaryMedia, elsewhere: CloudinaryMedia, fault: Fault
) -> None:
    stored = await save(media)
    fake.picture_faults.append(fault)
    with pytest.raises(MediaError):
        await elsewhere.read(NAME, stored.url)
    assert fake.sent < 2 * MAX_BYTES


async def test_a_picture_that_never_comes_is_given_up(
    fake: CloudinaryFake, media: CloudinaryMedia, elsewhere: CloudinaryMedia
) -> None:
    stored = await save(media)
    fake.picture_faults.append("hang")
    work = asyncio.ensure_future(elsewhere.read(NAME, stored.url))
    await arrived(fake.looks)
    skip(TOTAL_SECONDS)
    with pytest.raises(MediaError):
        await work


async def test_who_has_the_file_asks_nobody(fake: CloudinaryFake, media: CloudinaryMedia) -> None:
    stored = await save(media)
    assert await media.read(NAME, stored.url) == png()
    assert fake.looks == []


# --- smaller versions ----------------------------------------------------------------------------------------


async def test_a_preview_is_small_and_served_by_cloudinary(fake: CloudinaryFake, media: CloudinaryMedia) -> None:
    stored = await save(media, data=png(400, 200))
    picture = Picture(name=NAME, mime=PNG, width=400, height=200, size=9, url=stored.url)
    address = media.preview(picture, 100)
    assert "/image/upload/f_auto,q_auto,w_100,c_limit/v" in address
    small = await media.read("nothing", address)
    assert small == png(100, 50)


# --- deleting --------------------------------------------------------------------------------------------------


async def test_deleting_removes_both_copies(fake: CloudinaryFake, media: CloudinaryMedia) -> None:
    await save(media)
    await media.delete(TOKEN, FOLDER)
    assert fake.assets == {}
    assert media.find(NAME) is None
    assert fake.calls[-1].action == "destroy"
    assert fake.calls[-1].values["invalidate"] == "true"


async def test_what_was_uploaded_without_our_knowing_is_deleted_too(
    fake: CloudinaryFake, media: CloudinaryMedia
) -> None:
    fake.always = "drop after commit"
    assert (await save(media)).url is None
    assert set(fake.assets) == {PUBLIC_ID}
    fake.always = None
    skip(REST_SECONDS)
    await media.delete(TOKEN, FOLDER)
    assert fake.assets == {}


@pytest.mark.parametrize("fault", ["500", "401", "400", "drop", "bad json", "html", "a list", "no address"])
async def test_a_deletion_that_fails_is_a_media_error_and_can_be_repeated(
    fake: CloudinaryFake, media: CloudinaryMedia, fault: Fault
) -> None:
    await save(media)
    fake.always = fault
    with pytest.raises(MediaError) as caught:
        await media.delete(TOKEN, FOLDER)
    assert fake.secret not in caught.value.message
    fake.always = None
    skip(REST_SECONDS)
    await media.delete(TOKEN, FOLDER)
    assert fake.assets == {}
