"""Cloudinary in a running core: from a request to the reply, and until everything is deleted."""

import subprocess
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from bots.replies import ended
from core.app import App, compose
from core.clock import DAY, MINUTE
from core.errors import MediaError
from core.jobs.model import Job, JobState
from core.jobs.specs import ImageSpec
from core.providers.ports import Call, Drawing, Drawn, Providers
from core.retention import Retention
from tests.core.accounts.test_privacy import files, made, person
from tests.core.media.files import MANIFEST, SECRET, in_png, signed
from tests.fakes import app_on, job_of, settled, skip, until, working
from tests.fakes.cloudinary import CloudinaryFake
from tests.fakes.pixels import png
from tests.fakes.providers import Provider
from tests.support import ManualClock, environment, imagine, opened, settings_in

OUTAGE = 60.0


@dataclass
class World:
    app: App
    cloud: CloudinaryFake
    clock: ManualClock


@pytest.fixture
async def world(tmp_path: Path, clock: ManualClock) -> AsyncIterator[World]:
    async with CloudinaryFake() as cloud:
        settings = settings_in(tmp_path, cloudinary_url=cloud.account_url, cloudinary_upload_prefix=cloud.url)
        async with opened(settings, clock) as app:
            yield World(app, cloud, clock)


def only_picture(job: Job) -> tuple[str, str | None]:
    assert job.result is not None
    [picture] = job.result.pictures
    return picture.name, picture.url


async def test_a_picture_is_shown_from_cloudinary_and_kept_here(world: World) -> None:
    [job] = await made(world.app, imagine())
    name, url = only_picture(job)
    [shown] = ended(world.app, job).pictures
    assert url == shown.url
    assert shown.url.startswith(world.cloud.url)
    assert set(world.cloud.assets) == {f"easel/{job.account}/{name.removesuffix('.png')}"}
    async with httpx.AsyncClient() as client:
        assert (await client.get(shown.url)).content == await world.app.media.read(name)
    told = await world.app.privacy.export(await person(world.app))
    assert told["requests"][0]["pictures"] == [url]


@pytest.mark.parametrize("fault", ["500", "drop", "html", "wrong host", "401"])
async def test_without_cloudinary_the_job_is_done_and_paid_and_shown_from_here(world: World, fault: str) -> None:
    world.cloud.always = fault  # type: ignore[assignment]  # each is a fault
    [job] = await made(world.app, imagine())
    name, url = only_picture(job)
    assert (job.state, job.charged, url) == (JobState.DONE, 10, None)
    [shown] = ended(world.app, job).pictures
    assert shown.url == f"{world.app.settings.base_url}/media/{name}"
    assert await world.app.media.read(shown.name, shown.url) == png(64, 64)


async def test_deleting_an_account_deletes_its_pictures_at_cloudinary(world: World) -> None:
    await made(world.app, imagine("r1", count=2))
    assert len(world.cloud.assets) == 2
    await world.app.privacy.delete(await person(world.app))
    assert world.cloud.assets == {}
    assert files(world.app) == []


async def test_a_deletion_goes_on_when_cloudinary_is_back(world: World) -> None:
    await made(world.app, imagine("r1"))
    account = await person(world.app)
    world.cloud.always = "500"
    with pytest.raises(MediaError):
        await world.app.privacy.delete(account)
    world.clock.move(2 * MINUTE)
    skip(OUTAGE)
    await world.app.privacy.resume()
    assert len(world.cloud.assets) == 1
    world.cloud.always = None
    skip(OUTAGE)
    await world.app.privacy.resume()
    assert world.cloud.assets == {}
    assert await world.app.stores.accounts.identities([account.id]) == []


async def test_retention_tries_again_what_cloudinary_would_not_delete(world: World) -> None:
    [job] = await made(world.app, imagine())
    world.clock.move(31 * DAY)
    retention = Retention(world.app.stores, world.app.media, world.clock, 30)
    world.cloud.always = "500"
    await retention.enforce()
    assert not (await job_of(world.app, job.id)).blanked
    world.cloud.always = None
    skip(OUTAGE)
    await retention.enforce()
    assert (await job_of(world.app, job.id)).blanked
    assert world.cloud.assets == {}


async def test_another_core_with_an_empty_disk_reads_the_pictures(world: World, tmp_path: Path) -> None:
    [job] = await made(world.app, imagine())
    name, url = only_picture(job)
    for path in files(world.app):
        path.unlink()
    other = app_on(world.app, world.app.stores)
    assert await other.media.read(name) is None
    assert await other.media.read(name, url) == png(64, 64)
    await other.media.close()


async def test_a_core_that_ends_holds_nothing_open(world: World, tmp_path: Path) -> None:
    settings = world.app.settings.model_copy(update={"data_dir": tmp_path / "other"})
    async with opened(settings, world.clock) as app:
        await made(app, imagine())
        assert world.cloud.connections == 1

    async def none() -> bool:
        return world.cloud.connections == 0

    await until(none)


class Signs(Provider):
    """Draws a signed picture that tells its prompt."""

    def __init__(self, data: bytes) -> None:
        super().__init__()
        self._data = data

    async def draw(self, spec: ImageSpec, call: Call) -> Drawing:
        return Drawing((Drawn(self._data, spec.seed),))


@pytest.mark.parametrize("keep", [True, False])
@pytest.mark.parametrize("is_signed", [True, False])
async def test_what_the_provider_signed_is_kept_as_it_is_if_so_configured(
    tmp_path: Path, clock: ManualClock, keep: bool, is_signed: bool
) -> None:
    drawn = in_png(png(), b"tEXt", b"parameters\0" + SECRET)
    drawn = signed(drawn) if is_signed else drawn
    providers = {"demo": Signs(drawn)}
    async with opened(settings_in(tmp_path, keep_provenance=keep), clock) as here:
        app = compose(here.settings, here.catalogue, clock, here.stores, Providers(providers, providers))
        app.messengers.update(here.messengers)
        job = (await app.requests.submit(imagine())).job  # type: ignore[union-attr]  # never None here: it was just made
        async with working(app):
            name, _ = only_picture(await settled(app, job.id))
        stored = await app.media.read(name)
        assert stored is not None
        assert (MANIFEST in stored, SECRET in stored) == ((True, True) if keep and is_signed else (False, False))


LOADED = """
import asyncio, os, sys
from core.app import open_app
from core.settings import load_settings
async def main():
    for url in ("", "cloudinary://key:secret@cloud"):
        os.environ["CLOUDINARY_URL"] = url
        async with open_app(load_settings()):
            print("cloudinary" in sys.modules)
asyncio.run(main())
"""


def test_what_cloudinary_needs_is_loaded_only_where_it_is_used(tmp_path: Path) -> None:
    env = environment(settings_in(tmp_path))
    done = subprocess.run(
        [sys.executable, "-c", LOADED], cwd=tmp_path, env=env, capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.split() == ["False", "True"]
