"""Replicate asked later: what became of a call whose answer was lost, and what it has at all."""

import pytest

from core.providers.ports import ProviderCannot, ProviderError, ProviderFailed, ProviderFatal, ProviderUnknown
from core.providers.replicate import Replicate
from tests.core.providers.replicate_parts import DREAMS, PRO, Caller, order, replicate
from tests.core.providers.test_replicate_ends import NSFW
from tests.fakes.replicate import Answer, Drop, Fault, ReplicateFake, Script
from tests.fakes.replicate.faults import html, malformed, problem, throttled
from tests.fakes.replicate.files import picture
from tests.fakes.replicate.models import VERSION


async def left_behind(fake: ReplicateFake, caller: Caller, *scripts: Script, model: object = PRO) -> str:
    """The name of a call that lost sight of its predictions."""
    for script in scripts:
        script.on_get = [problem(404, "Not found", "For now.")]
    fake.script(*scripts)
    async with replicate(fake) as provider:
        with pytest.raises(ProviderUnknown):
            await provider.draw(order(count=len(scripts)), caller.call(model))  # type: ignore[arg-type]  # whatever is given as an object here is a model
    return caller.ids[-1]


async def test_what_still_runs_is_not_known_yet(fake: ReplicateFake, provider: Replicate, caller: Caller) -> None:
    job = await left_behind(fake, caller, Script(polls=None), Script(polls=None))
    fake.created[0].finish()
    assert await provider.look(job) is None
    assert fake.created[1].cancels == 0


async def test_what_was_drawn_is_found_with_its_pictures(
    fake: ReplicateFake, provider: Replicate, caller: Caller
) -> None:
    job = await left_behind(fake, caller, Script(polls=0), Script(polls=0, end="failed", error=NSFW))
    found = await provider.look(job)
    assert found is not None
    assert found.drawing is not None
    assert [drawn.data for drawn in found.drawing.pictures] == [picture(1)]
    assert (found.drawing.served, found.drawing.billed) == ("black-forest-labs/flux-1.1-pro", 1)
    assert found.drawing.pictures[0].seed in {made.inputs["seed"] for made in fake.created}


@pytest.mark.parametrize("end", ["failed", "canceled", "aborted"])
async def test_what_brought_nothing_costs_nothing_at_a_model_that_is_paid_by_the_picture(
    fake: ReplicateFake, provider: Replicate, caller: Caller, end: str
) -> None:
    found = await provider.look(await left_behind(fake, caller, Script(polls=0, end=end)))
    assert found is not None
    assert (found.drawing, found.bill.billed) == (None, False)


@pytest.mark.parametrize(("end", "billed"), [("failed", True), ("canceled", True), ("aborted", False)])
async def test_what_brought_nothing_costs_its_time_at_a_version(
    fake: ReplicateFake, provider: Replicate, caller: Caller, end: str, billed: bool
) -> None:
    found = await provider.look(await left_behind(fake, caller, Script(polls=0, end=end), model=DREAMS))
    assert found is not None
    assert (found.drawing, found.bill.billed) == (None, billed)


async def test_pictures_that_are_gone_are_billed(fake: ReplicateFake, provider: Replicate, caller: Caller) -> None:
    found = await provider.look(await left_behind(fake, caller, Script(polls=0, gives_nothing=True)))
    assert found is not None
    assert (found.drawing, found.bill.billed) == (None, True)


async def test_pictures_that_must_not_be_fetched_are_billed(
    fake: ReplicateFake, provider: Replicate, caller: Caller
) -> None:
    found = await provider.look(await left_behind(fake, caller, Script(polls=0, output="https://a.example/1.png")))
    assert found is not None
    assert (found.drawing, found.bill.billed) == (None, True)


async def test_pictures_that_cannot_be_fetched_now_are_asked_for_another_time(
    fake: ReplicateFake, provider: Replicate, caller: Caller
) -> None:
    job = await left_behind(fake, caller, Script(polls=0, output=f"{fake.url}/files/cut.png"))
    with pytest.raises(ProviderFailed):
        await provider.look(job)


@pytest.mark.parametrize(
    ("fault", "outcome"),
    [
        (problem(500, "Oh", "No."), ProviderFailed),
        (throttled(), ProviderFailed),
        (html(), ProviderFailed),
        (problem(401, "Unauthenticated", "No."), ProviderFatal),
        (problem(404, "Not found", "No."), ProviderCannot),
        (malformed(), ProviderUnknown),
        (Drop(), ProviderUnknown),
    ],
)
async def test_looking_may_fail(
    fake: ReplicateFake, provider: Replicate, caller: Caller, fault: Fault, outcome: type[ProviderError]
) -> None:
    job = await left_behind(fake, caller, Script(polls=0))
    fake.created[0].script.on_get = [fault] * 3
    with pytest.raises(ProviderError) as raised:
        await provider.look(job)
    assert type(raised.value) is outcome


@pytest.mark.parametrize(
    ("model", "known"),
    [
        ("black-forest-labs/flux-schnell", True),
        ("black-forest-labs/flux-of-yesterday", False),
        (f"someone/dreams:{VERSION}", True),
        (f"someone/nightmares:{VERSION}", False),
    ],
)
async def test_a_model_can_be_asked_for_by_name(provider: Replicate, model: str, known: bool) -> None:
    assert await provider.has(model) is known


async def test_a_model_is_there_even_if_the_sdk_cannot_read_its_description(
    fake: ReplicateFake, provider: Replicate
) -> None:
    fake.on_model = Answer(200, {"owner": "black-forest-labs", "name": "flux-schnell", "visibility": "secret"})
    assert await provider.has("black-forest-labs/flux-schnell")


@pytest.mark.parametrize(
    ("fault", "outcome"),
    [
        (problem(500, "Oh", "No."), ProviderFailed),
        (problem(401, "No", "No."), ProviderFatal),
        (Drop(), ProviderUnknown),
    ],
)
async def test_asking_for_a_model_may_fail(
    fake: ReplicateFake, provider: Replicate, fault: Fault, outcome: type[ProviderError]
) -> None:
    fake.on_model = fault
    with pytest.raises(ProviderError) as raised:
        await provider.has("black-forest-labs/flux-schnell")
    assert type(raised.value) is outcome


async def test_a_version_alone_cannot_be_asked_for(provider: Replicate) -> None:
    with pytest.raises(ProviderFailed, match="owner/name"):
        await provider.has(VERSION)


async def test_what_replicate_lacks_is_asked_one_by_one(provider: Replicate) -> None:
    assert await provider.lacking(["black-forest-labs/flux-schnell", "nobody/nothing"]) == {"nobody/nothing"}


async def test_the_signing_secret_is_asked_for_once(fake: ReplicateFake, provider: Replicate) -> None:
    assert [await provider.webhook_secret() for _ in range(3)] == [fake.secret] * 3
    assert fake.secret_tries == 1


async def test_who_knocks_at_our_door_cannot_make_us_knock_at_replicates(
    fake: ReplicateFake, provider: Replicate
) -> None:
    fake.on_secret = problem(500, "Oh", "No.")
    for _ in range(3):
        with pytest.raises(ProviderFailed):
            await provider.webhook_secret()
    assert fake.secret_tries == 1
