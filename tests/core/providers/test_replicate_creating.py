"""What may go wrong while a prediction is made: the right outcome, the right bill, and never a second try."""

import asyncio
import socket
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from core.providers.ports import (
    ProviderCannot,
    ProviderError,
    ProviderFailed,
    ProviderFatal,
    ProviderRefused,
    ProviderUnknown,
)
from core.providers.replicate import Replicate
from core.providers.replicate.errand import Pace
from tests.core.providers.replicate_parts import PRO, QUICK, SCHNELL, Caller, hasty, model, order, replicate
from tests.fakes.replicate import Answer, Drop, Fault, Hang, ReplicateFake, Script
from tests.fakes.replicate.faults import html, malformed, no_credit, problem, throttled

FORBIDDEN = "The input or output was flagged as sensitive. Please try again with different inputs. (E005)"


async def failure(provider: Replicate, caller: Caller, count: int = 1) -> ProviderError:
    """What an order brings instead of pictures."""
    with pytest.raises(ProviderError) as raised:
        await provider.draw(order(count=count), caller.call(PRO if count > 1 else SCHNELL))
    return raised.value


@pytest.mark.parametrize(
    ("fault", "outcome", "made"),
    [
        (problem(500, "Internal server error", "Boom."), ProviderFailed, 0),
        (problem(503, "Service unavailable", "Try again."), ProviderFailed, 0),
        (problem(504, "Gateway timeout", "Try again."), ProviderFailed, 0),
        (throttled(), ProviderFailed, 0),
        (html(), ProviderFailed, 0),
        (Answer(301, headers={"location": "https://elsewhere.example/"}), ProviderFailed, 0),
        (no_credit(), ProviderFatal, 0),
        (problem(401, "Unauthenticated", "You did not pass a valid authentication token"), ProviderFatal, 0),
        (problem(403, "Forbidden", "Not for you."), ProviderFatal, 0),
        (problem(404, "Not found", "The requested resource could not be found."), ProviderCannot, 0),
        (problem(422, "Input validation failed", "- input.aspect_ratio: Invalid value"), ProviderCannot, 0),
        (problem(422, "Input validation failed", FORBIDDEN), ProviderRefused, 0),
        (Answer(500, b"\xff\xfe not even text"), ProviderFailed, 0),
        (Answer(429, [1, 2, 3]), ProviderFailed, 0),
        (malformed(), ProviderUnknown, 0),
        (malformed(after=True), ProviderUnknown, 1),
        (Answer(201, {"status": "starting"}, after=True), ProviderUnknown, 1),
        (Answer(201, ["surprise"], after=True), ProviderUnknown, 1),
        (Answer(201, {"id": "../../x", "model": "m", "version": "v", "status": "starting"}), ProviderUnknown, 0),
        (Drop(), ProviderUnknown, 0),
        (Drop(after=True), ProviderUnknown, 1),
    ],
)
async def test_a_fault_has_its_outcome_and_nothing_is_tried_again(
    fake: ReplicateFake, provider: Replicate, caller: Caller, fault: Fault, outcome: type[ProviderError], made: int
) -> None:
    fake.script(Script(on_create=fault))
    error = await failure(provider, caller)
    assert type(error) is outcome
    assert error.bill.billed is (outcome is ProviderUnknown)
    assert (fake.tries, len(fake.created)) == (1, made)
    assert caller.ids == []


async def test_what_is_said_to_people_names_the_model_and_nothing_else(
    fake: ReplicateFake, provider: Replicate, caller: Caller
) -> None:
    fake.script(Script(on_create=throttled()), Script(on_create=no_credit()), Script(on_create=Drop()))
    said = [(await failure(provider, caller)).message for _ in range(3)]
    assert said[0] == "flux-schnell is overloaded."
    for sentence in said:
        assert sentence.startswith("flux-schnell ")
        assert sentence.endswith(".")
        assert not any(word in sentence for word in (fake.token, "http", "replicate.com", "127.0.0.1"))


def at(seconds: int) -> str:
    return format_datetime(datetime.now(UTC) + timedelta(seconds=seconds), usegmt=True)


@pytest.mark.parametrize(
    ("headers", "least", "most"),
    [
        (lambda: {"Retry_After": "12"}, 12, 12),
        (lambda: {"Retry_After": at(40)}, 30, 40),
        (lambda: {"Retry_After": at(-40)}, 0, 0),
        (lambda: {"Retry_After_Ms": "1500", "Retry_After": "2"}, 1.5, 1.5),
        (lambda: {"Retry_After": "soon"}, 7, 7),
        (lambda: {"Retry_After": "-3"}, 7, 7),
        (lambda: {"Retry_After": "nan"}, 7, 7),
        (lambda: {"Retry_After": "9" * 30}, 3600, 3600),
        (dict, 7, 7),
    ],
    ids=["seconds", "date", "past-date", "milliseconds", "nonsense", "negative", "nan", "for-ever", "only-in-words"],
)
async def test_how_long_to_wait_is_told(
    fake: ReplicateFake,
    provider: Replicate,
    caller: Caller,
    headers: Callable[[], dict[str, str]],
    least: float,
    most: float,
) -> None:
    fake.script(Script(on_create=throttled(**headers())))
    error = await failure(provider, caller)
    assert error.retry_after is not None
    assert least <= error.retry_after <= most


async def test_nothing_is_said_of_waiting_when_nothing_was_said(
    fake: ReplicateFake, provider: Replicate, caller: Caller
) -> None:
    fake.script(Script(on_create=problem(500, "Oh", "No.")))
    assert (await failure(provider, caller)).retry_after is None


async def test_a_wrong_key_is_fatal(fake: ReplicateFake, caller: Caller) -> None:
    async with replicate(fake, token="r8_wrong") as provider:
        assert type(await failure(provider, caller)) is ProviderFatal
    assert fake.created == []


async def test_a_model_that_is_no_more_is_fatal(provider: Replicate, caller: Caller) -> None:
    with pytest.raises(ProviderCannot):
        await provider.draw(order(), caller.call(model("black-forest-labs/flux-of-yesterday")))


async def test_a_request_that_the_model_cannot_take_is_fatal(caller: Caller) -> None:
    async with ReplicateFake() as fake, replicate(fake) as provider:
        with pytest.raises(ProviderCannot):
            await provider.draw(order(aspect="7:5"), caller.call())
        assert fake.problems == ["- input.aspect_ratio: Invalid value"]


async def test_a_server_that_is_not_there_was_not_asked(fake: ReplicateFake, caller: Caller) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        async with replicate(fake, base_url=f"http://127.0.0.1:{taken.getsockname()[1]}") as provider:
            error = await failure(provider, caller)
    assert (type(error), error.bill.billed) == (ProviderFailed, False)


async def test_an_answer_that_never_comes_leaves_the_outcome_unknown(fake: ReplicateFake, caller: Caller) -> None:
    fake.script(Script(on_create=Hang(after=True)))
    async with replicate(fake, hasty(stop=0.1)) as provider:
        error = await failure(provider, caller)
    assert type(error) is ProviderUnknown
    assert (fake.tries, len(fake.created)) == (1, 1)


async def test_nothing_is_begun_when_too_little_time_is_left(fake: ReplicateFake, caller: Caller) -> None:
    async with replicate(fake, Pace(margin=6)) as provider:
        with pytest.raises(ProviderFailed) as raised:
            await provider.draw(order(), caller.call(seconds=6))
    assert not raised.value.bill.billed
    assert fake.tries == 0


async def test_pictures_that_came_are_kept_when_others_could_not_be_asked_for(
    fake: ReplicateFake, provider: Replicate, caller: Caller
) -> None:
    fake.script(Script(), Script(on_create=throttled()), Script())
    drawing = await provider.draw(order(count=3), caller.call(PRO))
    assert (len(drawing.pictures), drawing.billed) == (2, 2)
    assert fake.tries == 3


async def test_a_picture_of_which_nobody_knows_is_on_the_bill_of_those_that_came(
    fake: ReplicateFake, provider: Replicate, caller: Caller
) -> None:
    fake.script(Script(), Script(on_create=Drop(after=True)))
    drawing = await provider.draw(order(count=2), caller.call(PRO))
    assert (len(drawing.pictures), drawing.billed) == (1, 2)


@pytest.mark.parametrize(
    ("faults", "outcome"),
    [
        ([throttled(), Drop()], ProviderUnknown),
        ([throttled(), problem(422, "No", FORBIDDEN)], ProviderRefused),
        ([no_credit(), throttled()], ProviderFailed),
        ([no_credit(), no_credit()], ProviderFatal),
    ],
)
async def test_of_several_faults_the_gravest_decides(
    fake: ReplicateFake, provider: Replicate, caller: Caller, faults: list[Fault], outcome: type[ProviderError]
) -> None:
    fake.script(*(Script(on_create=fault) for fault in faults))
    assert type(await failure(provider, caller, count=2)) is outcome


async def test_what_cannot_be_remembered_is_stopped(fake: ReplicateFake, caller: Caller) -> None:
    """The job was lost to another worker: whatever runs for this one is not wanted any more."""

    class JobLost(Exception):
        pass

    async def remember(provider_job: str) -> None:
        raise JobLost

    fake.script(Script(polls=None), Script(polls=None))
    async with replicate(fake, replace(QUICK, stop=20)) as provider:
        with pytest.raises(JobLost):
            await provider.draw(order(count=2), caller.call(PRO, remember=remember))
    assert [made.status for made in fake.created] == ["canceled", "canceled"]


async def test_calls_do_not_disturb_each_other(fake: ReplicateFake, provider: Replicate) -> None:
    fake.script(Script(on_create=Drop()))
    results = await asyncio.gather(
        *(provider.draw(order(seed=seed), Caller().call()) for seed in range(1, 9)), return_exceptions=True
    )
    failed = [result for result in results if isinstance(result, BaseException)]
    assert [type(error) for error in failed] == [ProviderUnknown]
    assert fake.tries == 8
