"""Pictures are served by names that nobody can guess, and nothing else is served by any name."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from tests.webhooks.test_app import Site, raw, site_of

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 40
TOKEN = "abcdefghijklmnopqrstuvwxyz234567"


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    async with site_of(tmp_path) as site:
        await site.app.media.save(TOKEN, "image/png", PNG, "a1")
        yield site


@pytest.fixture
async def client(site: Site) -> AsyncIterator[httpx.AsyncClient]:
    async with site.client() as client:
        yield client


async def test_a_picture_is_served_with_its_type_and_for_keeps(client: httpx.AsyncClient) -> None:
    answer = await client.get(f"/media/{TOKEN}.png")
    assert (answer.status_code, answer.content) == (200, PNG)
    assert answer.headers["content-type"] == "image/png"
    assert answer.headers["content-length"] == str(len(PNG))
    assert answer.headers["cache-control"] == "private, max-age=31536000, immutable"
    assert answer.headers["x-robots-tag"] == "noindex"


async def test_a_picture_cannot_act_as_a_page(client: httpx.AsyncClient) -> None:
    headers = (await client.get(f"/media/{TOKEN}.png")).headers
    assert headers["content-security-policy"] == "default-src 'none'; sandbox"
    assert headers["x-content-type-options"] == "nosniff"


async def test_a_look_at_the_head_tells_the_same_without_the_picture(client: httpx.AsyncClient) -> None:
    whole, head = await client.get(f"/media/{TOKEN}.png"), await client.head(f"/media/{TOKEN}.png")
    assert head.status_code == 200
    assert head.content == b""
    for name in ("content-type", "content-length", "etag", "cache-control"):
        assert head.headers[name] == whole.headers[name]


async def test_a_part_of_a_picture_can_be_asked_for(client: httpx.AsyncClient) -> None:
    part = await client.get(f"/media/{TOKEN}.png", headers={"range": "bytes=8-15"})
    assert (part.status_code, part.content) == (206, PNG[8:16])
    assert part.headers["content-range"] == f"bytes 8-15/{len(PNG)}"
    beyond = await client.get(f"/media/{TOKEN}.png", headers={"range": "bytes=999999-"})
    assert beyond.status_code == 416


async def test_another_picture_has_another_tag(site: Site, client: httpx.AsyncClient) -> None:
    other = TOKEN[::-1]
    await site.app.media.save(other, "image/png", PNG + b"more", "a1")
    tags = [(await client.get(f"/media/{token}.png")).headers["etag"] for token in (TOKEN, TOKEN, other)]
    assert tags[0] == tags[1] != tags[2]


@pytest.mark.parametrize(
    "name",
    [
        "{other}.png",
        "{token}.jpg",
        "{token}.PNG",
        "{token}.part",
        "{token}",
        "{token}.png%00",
        "{token}.png%0ax",
        "{token}.png/",
        "ab/{token}.png",
        "",
        "/",
        ".",
        "ab",
    ],
)
async def test_a_name_that_is_not_quite_one_of_ours_is_unknown(site: Site, name: str) -> None:
    path = name.format(token=TOKEN, other=TOKEN[::-1])
    assert (await raw(site, f"/media/{path}"))[0] == 404


@pytest.mark.parametrize(
    "path",
    [
        "../easel.db",
        "../../data/easel.db",
        "..%2feasel.db",
        "%2e%2e/easel.db",
        "%2e%2e%2feasel.db",
        "%252e%252e%252feasel.db",
        "..%5ceasel.db",
        "....//easel.db",
        "ab/../../easel.db",
        "/etc/passwd",
        "%2fetc%2fpasswd",
        "..;/easel.db",
        "%c0%ae%c0%ae/easel.db",
        "~root/.ssh/id_rsa",
    ],
)
async def test_no_path_leads_outside(site: Site, path: str) -> None:
    assert (site.app.settings.data_dir / "easel.db").is_file()
    status, answer = await raw(site, f"/media/{path}")
    assert status == 404
    assert "SQLite format" not in answer
    assert "root:" not in answer


async def test_nothing_can_be_written(client: httpx.AsyncClient) -> None:
    for method in ("POST", "PUT", "DELETE", "PATCH"):
        answer = await client.request(method, f"/media/{TOKEN}.png", content=b"x")
        assert answer.status_code == 405
        assert answer.json()["success"] is False
    assert (await client.get(f"/media/{TOKEN}.png")).content == PNG


async def test_a_deleted_picture_is_gone(site: Site, client: httpx.AsyncClient) -> None:
    await site.app.media.delete(TOKEN, "a1")
    assert (await client.get(f"/media/{TOKEN}.png")).status_code == 404


async def test_a_name_that_nobody_has_is_told_in_the_envelope(client: httpx.AsyncClient) -> None:
    body = (await client.get("/media/nothing.png")).json()
    assert body["error"]["message"] == "There is no such picture."
