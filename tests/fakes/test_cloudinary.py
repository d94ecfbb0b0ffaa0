"""The fake is Cloudinary enough: the real SDK works with it, and wrong calls do not."""

import asyncio
import io
import time
from functools import partial
from typing import Any

import cloudinary.exceptions  # type: ignore[import-untyped]  # the SDK has no types
import cloudinary.uploader  # type: ignore[import-untyped]  # the SDK has no types
import httpx
import pytest
from PIL import Image

from tests.fakes.cloudinary import CloudinaryFake
from tests.fakes.pixels import png


async def sdk(fake: CloudinaryFake, verb: str, *values: Any, **options: Any) -> dict[str, Any]:
    """A call by Cloudinary's own SDK."""
    account = {"cloud_name": fake.cloud, "api_key": fake.key, "api_secret": fake.secret, "upload_prefix": fake.url}
    call = getattr(cloudinary.uploader, verb)
    answer: dict[str, Any] = await asyncio.to_thread(partial(call, *values, timeout=5, **(account | options)))
    return answer


async def upload(fake: CloudinaryFake, **options: Any) -> dict[str, Any]:
    wished = {"public_id": "easel/a1/x", "asset_folder": "easel/a1", "overwrite": True, "invalidate": True}
    return await sdk(fake, "upload", io.BytesIO(png(40, 20)), **(wished | options))


async def test_the_sdk_uploads_looks_and_deletes() -> None:
    async with CloudinaryFake() as fake, httpx.AsyncClient() as client:
        told = await upload(fake)
        assert (told["width"], told["height"], told["format"], told["asset_folder"]) == (40, 20, "png", "easel/a1")
        assert (await client.get(told["secure_url"])).content == png(40, 20)
        assert await sdk(fake, "destroy", "easel/a1/x", invalidate=True) == {"result": "ok"}
        assert await sdk(fake, "destroy", "easel/a1/x", invalidate=True) == {"result": "not found"}
        assert (await client.get(told["secure_url"])).status_code == 404


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"api_secret": "wrong"}, cloudinary.exceptions.AuthorizationRequired),
        ({"api_key": "1"}, cloudinary.exceptions.AuthorizationRequired),
        ({"public_id": "a?b"}, cloudinary.exceptions.BadRequest),
        ({"cloud_name": "other"}, cloudinary.exceptions.NotFound),
        ({"tags": "surprise"}, cloudinary.exceptions.BadRequest),
    ],
)
async def test_wrong_calls_are_turned_down(options: dict[str, Any], error: type[Exception]) -> None:
    async with CloudinaryFake() as fake:
        with pytest.raises(error):
            await upload(fake, **options)
        assert fake.assets == {}


@pytest.mark.parametrize(("ago", "good"), [(3500, True), (3700, False), (-3700, False)])
async def test_a_signature_is_good_for_an_hour(ago: int, good: bool) -> None:
    async with CloudinaryFake(now=lambda: time.time() + ago) as fake:
        if not good:
            with pytest.raises(cloudinary.exceptions.BadRequest, match="Stale request"):
                await upload(fake)
        else:
            await upload(fake)
        assert len(fake.assets) == good


async def test_what_is_no_picture_is_turned_down() -> None:
    async with CloudinaryFake() as fake:
        with pytest.raises(cloudinary.exceptions.BadRequest, match="Invalid image file"):
            await sdk(fake, "upload", io.BytesIO(b"<svg/>"), public_id="x")


@pytest.mark.parametrize(
    ("change", "accept", "size", "kind"),
    [
        ("w_20,c_limit", "*/*", (20, 10), "PNG"),
        ("w_400,c_limit", "*/*", (40, 20), "PNG"),
        ("f_auto,q_auto,w_20,c_limit", "image/webp,*/*", (20, 10), "WEBP"),
    ],
)
async def test_smaller_versions_are_made_at_their_address(
    change: str, accept: str, size: tuple[int, int], kind: str
) -> None:
    async with CloudinaryFake() as fake, httpx.AsyncClient() as client:
        address = (await upload(fake))["secure_url"].replace("/upload/", f"/upload/{change}/")
        answer = await client.get(address, headers={"accept": accept})
        with Image.open(io.BytesIO(answer.content)) as picture:
            assert (picture.size, picture.format) == (size, kind)


async def test_a_picture_is_replaced_only_when_that_is_wished() -> None:
    async with CloudinaryFake() as fake:
        first = await upload(fake)
        with pytest.raises(cloudinary.exceptions.BadRequest):
            await upload(fake, overwrite=False)
        assert (await upload(fake))["version"] > first["version"]
