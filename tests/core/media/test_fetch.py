"""Files are fetched from listed places only, and neither more nor longer than they may be."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from core.errors import MediaError
from core.media.fetch import Fetcher, FetchError, NotAllowed, NotFetched, Place, TooLarge, origin
from tests.fakes.replicate import ReplicateFake
from tests.fakes.replicate.files import CHUNK, picture

LISTED = ("replicate.delivery", "*.replicate.delivery", "https://files.example:8443", "10.0.0.5", "*.wide.example:444")


@pytest.fixture
async def host() -> AsyncIterator[ReplicateFake]:
    """A server with good and bad files."""
    async with ReplicateFake() as fake:
        yield fake


@pytest.fixture
async def fetcher(host: ReplicateFake) -> AsyncIterator[Fetcher]:
    fetcher = Fetcher([host.url], max_bytes=10 * len(CHUNK))
    yield fetcher
    await fetcher.close()


@pytest.mark.parametrize(
    "url",
    [
        "https://replicate.delivery/a.png",
        "https://REPLICATE.delivery:443/a.png?size=1#top",
        "https://pbxt.replicate.delivery/a.png",
        "https://a.b-c.replicate.delivery/a.png",
        "https://files.example:8443/a.png",
        "https://10.0.0.5/a.png",
        "https://x.wide.example:444/",
    ],
)
def test_a_listed_place_is_allowed(url: str) -> None:
    assert _is_allowed(url)


@pytest.mark.parametrize(
    "url",
    [
        "http://replicate.delivery/a.png",
        "https://replicate.delivery:8443/a.png",
        "https://replicate.delivery:99999/a.png",
        "https://replicate.delivery./a.png",
        "https://xreplicate.delivery/a.png",
        "https://.replicate.delivery/a.png",
        "https://a..replicate.delivery/a.png",
        "https://replicate.delivery.evil.example/a.png",
        "https://evil.example/replicate.delivery/a.png",
        "https://evil.example?replicate.delivery",
        "https://evil.example#.replicate.delivery",
        "https://evil.example%00.replicate.delivery/",
        "https://evil.example\\.replicate.delivery/",
        "https://evil.example\\@x.replicate.delivery/",
        "https://someone@replicate.delivery/a.png",
        "https://someone:secret@pbxt.replicate.delivery/a.png",
        "https://replicate.delivery:443@evil.example/",
        "https://replicate.delivery\t.evil.example/",
        "https://replicate.delivery\n.evil.example/",
        "https://\uff52eplicate.delivery/a.png",
        "https://files.example/a.png",
        "http://files.example:8443/a.png",
        "https://sub.files.example:8443/a.png",
        "https://x.wide.example/",
        "https://wide.example:444/",
        "http://10.0.0.5/a.png",
        "https://10.0.0.6/a.png",
        "https://10.5/a.png",
        "https://127.0.0.1/a.png",
        "https://2130706433/a.png",
        "https://0x7f000001/a.png",
        "https://[::1]/a.png",
        "https://[::ffff:10.0.0.5]/a.png",
        "https://169.254.169.254/latest/meta-data/",
        "https://localhost/a.png",
        "ftp://replicate.delivery/a.png",
        "file:///etc/passwd",
        "file://replicate.delivery/etc/passwd",
        "data:image/png;base64,iVBORw0KGgo=",
        "javascript:alert(1)",
        "https:replicate.delivery/a.png",
        "https:///a.png",
        "https://",
        "//replicate.delivery/a.png",
        "/a.png",
        "replicate.delivery/a.png",
        "",
        "https://" + "a" * 70_000,
    ],
)
async def test_any_other_place_is_refused_before_anything_is_sent(url: str) -> None:
    fetcher = Fetcher(LISTED)
    try:
        with pytest.raises(NotAllowed) as raised:
            await fetcher.get(url)
    finally:
        await fetcher.close()
    assert "example" not in raised.value.message


@pytest.mark.parametrize(
    "entry",
    ["", "*.", "ftp://files.example", "https://files.example/path", "https://me@files.example", "https://x?y", "a b:c"],
)
def test_a_list_of_anything_else_than_places_is_refused(entry: str) -> None:
    with pytest.raises(ValueError, match="is no host and no origin"):
        Place.parse(entry)


def test_the_origin_of_an_address_is_its_scheme_host_and_port() -> None:
    assert origin("http://127.0.0.1:8080/v1/x?y#z") == "http://127.0.0.1:8080"
    assert origin("https://me:secret@files.example/") == "https://files.example"
    assert origin("https://files.example:443") == "https://files.example"


async def test_a_file_is_fetched_as_it_is(host: ReplicateFake, fetcher: Fetcher) -> None:
    assert await fetcher.get(f"{host.url}/files/7.png") == picture(7)


async def test_another_port_is_another_place(host: ReplicateFake, fetcher: Fetcher) -> None:
    async with ReplicateFake() as other:
        with pytest.raises(NotAllowed):
            await fetcher.get(f"{other.url}/files/1.png")
        with pytest.raises(NotAllowed):
            await fetcher.get(f"{host.url}/files/1.png".replace("127.0.0.1", "localhost"))
        assert other.files.asked == host.files.asked == []


async def test_nothing_is_sent_along_but_what_the_caller_wants(host: ReplicateFake, fetcher: Fetcher) -> None:
    await fetcher.get(f"{host.url}/files/1.png")
    assert host.files.leaks == []
    with pytest.raises(NotFetched):
        await fetcher.get(f"{host.url}/files/1.png", headers={"Authorization": "Bearer for-this-host"})
    assert [headers["Authorization"] for headers in host.files.leaks] == ["Bearer for-this-host"]
    await fetcher.get(f"{host.url}/files/1.png")
    assert len(host.files.leaks) == 1


async def test_a_server_cannot_send_us_elsewhere(host: ReplicateFake, fetcher: Fetcher) -> None:
    with pytest.raises(NotFetched, match="302"):
        await fetcher.get(f"{host.url}/files/moved.png")
    assert host.files.asked == ["/files/moved.png"]


@pytest.mark.parametrize(("name", "most"), [("huge.png", 10), ("endless.png", 99)])
async def test_a_file_that_is_too_large_is_not_read_to_its_end(
    host: ReplicateFake, fetcher: Fetcher, name: str, most: int
) -> None:
    """Nor at all, when its server says its size."""
    with pytest.raises(TooLarge, match="10,485,760 bytes"):
        await fetcher.get(f"{host.url}/files/{name}")
    assert host.files.sent < most * len(CHUNK)


async def test_a_file_of_just_the_limit_is_fetched(host: ReplicateFake) -> None:
    size = len(picture(1))
    for limit, fits in ((size, True), (size - 1, False)):
        fetcher = Fetcher([host.url], max_bytes=limit)
        try:
            assert await fetcher.get(f"{host.url}/files/1.png") == picture(1)
            assert fits
        except TooLarge:
            assert not fits
        finally:
            await fetcher.close()


async def test_a_server_that_trickles_is_too_slow(host: ReplicateFake) -> None:
    fetcher = Fetcher([host.url], seconds=0.1)
    try:
        with pytest.raises(NotFetched, match="too slow"):
            await fetcher.get(f"{host.url}/files/slow.png")
    finally:
        await fetcher.close()


@pytest.mark.parametrize("name", ["gone.png", "cut.png", "packed.png", "nothing"])
async def test_what_is_no_whole_file_is_none(host: ReplicateFake, fetcher: Fetcher, name: str) -> None:
    with pytest.raises(NotFetched):
        await fetcher.get(f"{host.url}/files/{name}")


async def test_a_server_that_is_not_there_cannot_be_reached() -> None:
    async with ReplicateFake() as gone:
        url = gone.url
    fetcher = Fetcher([url])
    try:
        with pytest.raises(NotFetched, match="cannot be reached"):
            await fetcher.get(f"{url}/files/1.png")
    finally:
        await fetcher.close()


async def test_a_cancelled_fetch_is_cancelled(host: ReplicateFake, fetcher: Fetcher) -> None:
    task = asyncio.create_task(fetcher.get(f"{host.url}/files/slow.png"))
    async with asyncio.timeout(20):
        while not host.files.asked:  # noqa: ASYNC110  # what a server has seen cannot be waited for
            await asyncio.sleep(0.005)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


def test_all_that_may_go_wrong_is_an_error_of_media() -> None:
    assert all(issubclass(error, FetchError) for error in (NotAllowed, NotFetched, TooLarge))
    assert issubclass(FetchError, MediaError)


def _is_allowed(url: str) -> bool:
    import httpx

    return any(Place.parse(entry).covers(httpx.URL(url)) for entry in LISTED)
