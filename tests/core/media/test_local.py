"""Pictures on the local disk."""

import asyncio
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import MediaError
from core.ids import media_token
from core.jobs.results import Picture
from core.media.local import LocalMedia

PNG = "image/png"
TOKEN = "abcdefghijklmnopqrstuvwxyz234567"
NAME = f"{TOKEN}.png"
FOLDER = "a1"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "media"


@pytest.fixture
def media(folder: Path) -> LocalMedia:
    return LocalMedia(folder, "http://localhost:8000")


def files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*") if not path.is_dir())


@contextmanager
def no_file_larger_than(size: int) -> Iterator[None]:
    """A disk that is full after so many bytes of a file."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.parametrize(("mime", "suffix"), [(PNG, "png"), ("image/jpeg", "jpg"), ("image/webp", "webp")])
async def test_a_stored_picture_is_read_back(media: LocalMedia, folder: Path, mime: str, suffix: str) -> None:
    name = (await media.save(TOKEN, mime, b"picture", FOLDER)).name
    assert name == f"{TOKEN}.{suffix}"
    assert await media.read(name) == b"picture"
    assert files(folder) == [name]


async def test_a_fresh_token_makes_a_name_that_is_found(media: LocalMedia) -> None:
    name = (await media.save(media_token(), PNG, b"picture", FOLDER)).name
    path = media.find(name)
    assert path is not None
    assert path.read_bytes() == b"picture"


async def test_whatever_is_stored_under_a_token_is_deleted(media: LocalMedia, folder: Path) -> None:
    for mime in (PNG, "image/jpeg", "image/webp"):
        await media.save(TOKEN, mime, b"picture", FOLDER)
    other = (await media.save(media_token(), PNG, b"other", FOLDER)).name
    await media.delete(TOKEN, FOLDER)
    assert files(folder) == [other]


async def test_the_same_token_again_replaces_the_picture(media: LocalMedia, folder: Path) -> None:
    await media.save(TOKEN, PNG, b"a longer first picture", FOLDER)
    await media.save(TOKEN, PNG, b"second", FOLDER)
    assert await media.read(NAME) == b"second"
    assert files(folder) == [NAME]


async def test_a_picture_never_stored_is_not_found(media: LocalMedia) -> None:
    assert await media.read(NAME) is None
    assert media.find(NAME) is None


async def test_a_deleted_picture_is_gone_and_may_be_deleted_again(media: LocalMedia, folder: Path) -> None:
    await media.save(TOKEN, PNG, b"picture", FOLDER)
    await media.delete(TOKEN, FOLDER)
    await media.delete(TOKEN, FOLDER)
    assert await media.read(NAME) is None
    assert files(folder) == []


def test_the_address_of_a_picture_is_below_media(media: LocalMedia) -> None:
    picture = Picture(name=NAME, mime=PNG, width=64, height=64, size=7)
    assert media.url(picture) == media.preview(picture, 200) == f"http://localhost:8000/media/{NAME}"


def test_a_picture_that_went_elsewhere_is_still_there_when_easel_does_not_use_that_any_more(media: LocalMedia) -> None:
    picture = Picture(name=NAME, mime=PNG, width=64, height=64, size=7, url="https://res.cloudinary.com/x.png")
    assert media.url(picture) == media.preview(picture, 200) == "https://res.cloudinary.com/x.png"


# --- names that are not ours -------------------------------------------------------------------------------

FOREIGN = [
    "", ".", "..", "../secret.png", "../../etc/passwd", "/etc/passwd", f"../{NAME}", f"ab/{NAME}", f"{NAME}/..",
    f"{NAME}\n", f"{NAME}\x00", f" {NAME}", NAME.upper(), f"{TOKEN}.PNG", f"{TOKEN}.part", f"{TOKEN}.svg", TOKEN,
    f"{TOKEN}..png", f"{TOKEN[:-1]}.png", f"{TOKEN}a.png", f"{'..%2f' * 6}ab.png", f"{'0' * 32}.png",
]  # fmt: skip


@pytest.mark.parametrize("name", FOREIGN)
async def test_a_name_that_is_not_ours_is_never_opened(media: LocalMedia, name: str) -> None:
    assert media.find(name) is None
    assert await media.read(name) is None


@pytest.mark.parametrize("name", ["../secret", *(name for name in FOREIGN if name != TOKEN), NAME])
async def test_what_is_no_token_of_ours_deletes_nothing(media: LocalMedia, tmp_path: Path, name: str) -> None:
    secret = tmp_path / "secret.png"
    secret.write_bytes(b"mine")
    await media.save(TOKEN, PNG, b"picture", FOLDER)
    await media.delete(name, FOLDER)
    assert secret.exists()
    assert await media.read(NAME) == b"picture"


@pytest.mark.parametrize("name", [f"{NAME}.bak", f"{NAME}\n", f"{TOKEN}.part", f"{TOKEN}.svg", "abc.png"])
async def test_a_file_beside_the_pictures_that_is_none_is_never_opened(
    media: LocalMedia, folder: Path, name: str
) -> None:
    await media.save(TOKEN, PNG, b"picture", FOLDER)
    (folder / "ab" / name).touch()
    assert media.find(name) is None
    assert await media.read(name) is None


@given(st.text(st.sampled_from("ab2./\\\x00\n%~ "), max_size=48))
def test_whatever_is_asked_for_the_file_found_is_inside_the_folder(name: str) -> None:
    assert LocalMedia(Path("/"), "").find(name) is None


async def test_a_folder_with_the_name_of_a_picture_is_no_picture(media: LocalMedia, folder: Path) -> None:
    (folder / "ab" / NAME).mkdir(parents=True)
    assert media.find(NAME) is None
    assert await media.read(NAME) is None


# --- disks that fail ---------------------------------------------------------------------------------------


async def test_a_full_disk_is_a_media_error(media: LocalMedia) -> None:
    with no_file_larger_than(100), pytest.raises(MediaError):
        await media.save(TOKEN, PNG, b"x" * 5000, FOLDER)
    assert await media.read(NAME) is None


async def test_a_full_disk_keeps_the_former_picture(media: LocalMedia) -> None:
    await media.save(TOKEN, PNG, b"former", FOLDER)
    with no_file_larger_than(100), pytest.raises(MediaError):
        await media.save(TOKEN, PNG, b"x" * 5000, FOLDER)
    assert await media.read(NAME) == b"former"


async def test_a_full_disk_is_not_filled_further_by_half_pictures(media: LocalMedia, folder: Path) -> None:
    with no_file_larger_than(100), pytest.raises(MediaError):
        await media.save(TOKEN, PNG, b"x" * 5000, FOLDER)
    assert files(folder) == []


async def test_after_the_disk_has_space_again_the_picture_is_stored(media: LocalMedia, folder: Path) -> None:
    with no_file_larger_than(100), pytest.raises(MediaError):
        await media.save(TOKEN, PNG, b"x" * 5000, FOLDER)
    await media.save(TOKEN, PNG, b"x" * 5000, FOLDER)
    assert files(folder) == [NAME]


async def test_a_folder_that_cannot_be_made_is_a_media_error() -> None:
    folder = Path(__file__) / "media"
    with pytest.raises(MediaError) as caught:
        await LocalMedia(folder, "").save(TOKEN, PNG, b"picture", FOLDER)
    assert str(folder) not in caught.value.message


async def test_a_place_that_is_taken_by_a_folder_is_a_media_error(folder: Path, media: LocalMedia) -> None:
    (folder / "ab" / NAME).mkdir(parents=True)
    with pytest.raises(MediaError):
        await media.save(TOKEN, PNG, b"picture", FOLDER)


async def test_a_picture_that_cannot_be_read_is_a_media_error(folder: Path, media: LocalMedia) -> None:
    (folder / "ab").mkdir(parents=True)
    (folder / "ab" / NAME).symlink_to("/proc/self/mem")
    with pytest.raises(MediaError):
        await media.read(NAME)


async def test_a_picture_that_cannot_be_deleted_is_a_media_error(folder: Path, media: LocalMedia) -> None:
    (folder / "ab" / NAME).mkdir(parents=True)
    with pytest.raises(MediaError):
        await media.delete(TOKEN, FOLDER)


async def test_a_kind_of_picture_easel_does_not_know_is_a_media_error(media: LocalMedia) -> None:
    with pytest.raises(MediaError):
        await media.save(TOKEN, "image/tiff", b"picture", FOLDER)


async def test_two_workers_on_one_picture_leave_one_whole_picture(folder: Path, media: LocalMedia) -> None:
    pictures = [bytes([number]) * 200_000 for number in range(16)]
    workers = [LocalMedia(folder, "") for _ in pictures]
    pairs = zip(workers, pictures, strict=True)
    await asyncio.gather(*(worker.save(TOKEN, PNG, picture, FOLDER) for worker, picture in pairs))
    assert await media.read(NAME) in pictures
    assert files(folder) == [NAME]
