"""Memory, personas, and pictures to start from, as people type for them."""

import json
from pathlib import Path

import pytest

from bots.ask import Question, ask
from bots.incoming import Incoming
from bots.replies import ended
from bots.service import Service
from core.app import App
from core.clock import HOUR
from core.errors import StoreBusy
from core.generation.wishes import Upload
from core.ids import job_id
from core.jobs.model import Job
from core.jobs.specs import ChatSpec, ImageSpec
from core.uploads import Attached
from tests.bots.people import Person
from tests.fakes import job_of, settled, working
from tests.fakes.pixels import png
from tests.support import ALICE, BOB, ManualClock, settings_in, to_feed


async def made(app: App, message: Incoming) -> Job:
    reply = await Service(app).say(message)
    assert reply.job is not None, reply.text
    async with working(app):
        return await settled(app, reply.job.id)


async def test_reset_says_that_it_starts_anew_and_does(alice: Person) -> None:
    await alice.draw("/chat one")
    assert "start anew" in (await alice.say("/reset")).text
    job = await alice.draw("/chat two")
    assert isinstance(job.spec, ChatSpec)
    assert job.spec.history == ()


async def test_a_picture_that_is_attached_is_edited_and_can_be_deleted_with_all_else(app: App) -> None:
    message = Incoming("m1", ALICE, "/imagine make it blue", to_feed(), uploads=(Upload(png(80, 60)),))
    job = await made(app, message)
    assert isinstance(job.spec, ImageSpec)
    assert job.spec.operation == "edit"
    source = job.spec.sources[0].name
    assert await app.media.read(source) is not None
    await app.privacy.delete(await app.accounts.for_identity(ALICE))
    assert await app.media.read(source) is None


async def test_a_question_about_an_attached_picture_is_answered(app: App) -> None:
    job = await made(app, Incoming("m1", ALICE, "what is this?", to_feed(), uploads=(Upload(png()),)))
    assert job.result is not None
    assert "with 1 pictures" in job.result.text


@pytest.mark.parametrize("data", [b"", b"<svg/>", b"GIF89a", png()[:40], b"\x89PNG\r\n\x1a\n"])
async def test_what_is_no_picture_is_refused_before_anything_is_counted(app: App, data: bytes) -> None:
    reply = await Service(app).say(Incoming("m1", ALICE, "/imagine blue", to_feed(), uploads=(Upload(data),)))
    assert reply.kind == "error"
    assert "attachment cannot be used" in reply.text
    assert "Attach a PNG, JPEG or WebP" in reply.text
    account = await app.accounts.for_identity(ALICE)
    assert (await app.limits.left(account.id, 20)).remaining == 20


async def test_too_many_pictures_are_refused(app: App) -> None:
    uploads = tuple(Upload(png(shade=n)) for n in range(5))
    reply = await Service(app).say(Incoming("m1", ALICE, "/imagine blue", to_feed(), uploads=uploads))
    assert "4 at most" in reply.text


async def test_edit_and_upscale_start_from_the_latest_picture(alice: Person) -> None:
    first = await alice.draw("/imagine a fox --count 2")
    edited = await alice.draw("/edit add a hat --picture 2")
    assert isinstance(edited.spec, ImageSpec)
    assert first.result is not None
    assert edited.spec.sources[0].name == first.result.pictures[1].name
    larger = await alice.draw(f"/upscale --request {first.id}")
    assert larger.result is not None
    assert larger.result.pictures[0].width == first.result.pictures[0].width * 2


async def test_a_picture_that_is_attached_is_enlarged_and_not_the_latest(app: App, alice: Person) -> None:
    await alice.draw("/imagine a fox")
    attached = (Upload(png(90, 60)), Upload(png(80, 60)))
    job = await made(app, Incoming("m1", ALICE, "/upscale --picture 2", to_feed(), uploads=attached))
    assert job.result is not None
    [picture] = job.result.pictures
    assert (picture.width, picture.height, len(job.spec.sources)) == (160, 120, 1)
    reply = ended(app, job)
    assert (reply.text, reply.facts[1]) == ("Your picture, enlarged", ("Size", "160 x 120 pixels"))
    edited = await alice.draw("/edit add a hat")
    assert isinstance(edited.spec, ImageSpec)
    assert edited.spec.sources[0].name == picture.name


@pytest.mark.parametrize(
    ("words", "width", "said"),
    [("/upscale --picture 2", 64, "must be at most 1"), ("/upscale", 2049, "2048 is the most to enlarge")],
)
async def test_what_cannot_be_enlarged_is_refused_before_anything_is_counted(
    app: App, words: str, width: int, said: str
) -> None:
    reply = await Service(app).say(Incoming("m1", ALICE, words, to_feed(), uploads=(Upload(png(width)),)))
    assert (reply.kind, said in reply.text) == ("error", True), reply.text
    account = await app.accounts.for_identity(ALICE)
    assert (await app.limits.left(account.id, 20)).remaining == 20


async def test_a_picture_that_is_attached_keeps_its_proportions_unless_told_otherwise(app: App) -> None:
    upright = (Upload(png(60, 100)),)
    alike = await made(app, Incoming("m1", ALICE, "/edit make it blue", to_feed(), uploads=upright))
    told = await made(app, Incoming("m2", ALICE, "/imagine blue --aspect 16:9", to_feed(), uploads=upright))
    assert isinstance(alike.spec, ImageSpec)
    assert isinstance(told.spec, ImageSpec)
    assert (alike.spec.aspect, told.spec.aspect) == ("9:16", "16:9")


async def test_without_a_picture_edit_says_what_to_do(alice: Person) -> None:
    reply = await alice.say("/edit add a hat")
    assert reply.text.startswith("You have no picture to start from.")


async def test_the_buttons_edit_and_upscale_do_the_same(alice: Person) -> None:
    job = await alice.draw()
    assert (await alice.press("upscale", job.id, 1)).kind == "job"
    service = Service(alice.app)
    pressed = await service.press(Incoming("p9", ALICE, "add a hat", to_feed()), "edit", job.id, 1)
    assert pressed.kind == "job"


async def test_nobody_edits_another_persons_picture(app: App, alice: Person) -> None:
    job = await alice.draw()
    pressed = await Service(app).press(Incoming("p1", BOB, "a hat", to_feed(BOB)), "edit", job.id, 1)
    assert pressed.kind == "error"


async def test_a_persona_is_chosen_by_the_admins_of_a_server(app: App) -> None:
    service = Service(app)

    def said(number: int, text: str, *, admin: bool, server: str | None = "discord:9") -> Incoming:
        return Incoming(f"m{number}", ALICE, text, to_feed(), server=server, is_server_admin=admin)

    assert "for the admins of a server" in (await service.say(said(1, "/persona pirate", admin=False))).text
    assert "for the admins of a server" in (await service.say(said(2, "/persona pirate", admin=True, server=None))).text
    assert "**pirate** answers here" in (await service.say(said(3, "/persona pirate", admin=True))).text
    assert (await service.say(said(4, "/persona", admin=False))).text.startswith("**pirate** answers here")
    job = await made(app, said(5, "/chat hello", admin=False))
    assert isinstance(job.spec, ChatSpec)
    assert job.spec.system == "Be a pirate."
    elsewhere = await made(app, said(6, "/chat hello", admin=False, server="discord:8"))
    assert isinstance(elsewhere.spec, ChatSpec)
    assert elsewhere.spec.system == ""


async def test_an_unknown_persona_is_refused_with_those_there_are(app: App) -> None:
    message = Incoming("m1", ALICE, "/persona ghost", to_feed(), server="discord:9", is_server_admin=True)
    assert "pirate" in (await Service(app).say(message)).text


async def test_what_was_attached_to_an_interrupted_request_is_deleted_with_it(app: App, clock: ManualClock) -> None:
    message = Incoming("m1", ALICE, "/imagine make it blue", to_feed(), uploads=(Upload(png()),))
    requests, keep = app.requests, app.requests._uploads.keep

    async def crash(job: Job, attached: tuple[Attached, ...]) -> None:
        await keep(job, attached)
        raise StoreBusy

    requests._uploads.keep = crash  # type: ignore[method-assign]  # the process dies just after that
    assert (await Service(app).say(message)).kind == "error"
    job = await job_of(app, job_id("m1"))
    [token] = job.attachments
    assert await app.media.read(f"{token}.jpg") is not None
    for _ in range(2):
        clock.move(2 * HOUR)
        await app.sweeper.sweep()
    assert await app.media.read(f"{token}.jpg") is None


async def test_a_request_that_comes_again_before_its_picture_was_stored_stores_it_where_the_job_looks(app: App) -> None:
    message = Incoming("m1", ALICE, "/imagine make it blue", to_feed(), uploads=(Upload(png(80, 60)),))
    requests, keep = app.requests, app.requests._uploads.keep

    async def crash(*_: object) -> None:
        raise StoreBusy

    requests._uploads.keep = crash  # type: ignore[method-assign, assignment]  # the process dies just there
    assert (await Service(app).say(message)).kind == "error"
    requests._uploads.keep = keep  # type: ignore[method-assign]  # this test puts its own in that place
    job = await made(app, message)
    assert job.result is not None


async def test_on_a_terminal_too_the_picture_that_is_attached_is_enlarged(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    question = Question("/upscale", ALICE, tmp_path / "out", as_json=True, uploads=(Upload(png(80, 60)),))
    assert await ask(settings_in(tmp_path), question) == 0
    [image] = json.loads(capsys.readouterr().out)["images"]
    assert (image["width"], image["height"]) == (160, 120)
