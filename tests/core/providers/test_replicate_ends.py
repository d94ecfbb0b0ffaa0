"""How predictions end, also when nobody wants them any more: nothing is left running, and the bill is right."""

import asyncio
from collections.abc import Coroutine
from typing import Any

import pytest

from core.providers.ports import ProviderError, ProviderFailed, ProviderRefused, ProviderUnknown
from core.providers.replicate import Replicate
from core.tasks import stopped
from tests.core.providers.replicate_parts import (
    DREAMS,
    PRO,
    QUICK,
    SCHNELL,
    SECONDS,
    Caller,
    hasty,
    looked_at,
    order,
    replicate,
    so,
)
from tests.fakes import skip
from tests.fakes.replicate import Answer, Drop, Fault, Hang, ReplicateFake, Script, Slow
from tests.fakes.replicate.faults import html, malformed, problem, throttled

FOR_EVER = 1_000
GONE = problem(404, "Not found", "The requested resource could not be found.")
NSFW = "All generated images contained NSFW content. Try running it again with a different prompt."
SENSITIVE = "The input or output was flagged as sensitive. Please try again with different inputs. (E005) (uIJ6l3ruRD)"


async def failure(provider: Replicate, caller: Caller, **call: Any) -> ProviderError:
    """What an order brings instead of pictures."""
    with pytest.raises(ProviderError) as raised:
        await provider.draw(order(), caller.call(**call))
    return raised.value


@pytest.mark.parametrize(
    ("script", "outcome"),
    [
        (Script(end="failed", error="CUDA out of memory"), ProviderFailed),
        (Script(end="failed", error="Prediction interrupted; please retry (code: PA)"), ProviderFailed),
        (Script(end="failed"), ProviderFailed),
        (Script(end="failed", error=NSFW), ProviderRefused),
        (Script(end="failed", error=SENSITIVE), ProviderRefused),
        (Script(end="failed", error="Request Moderated"), ProviderRefused),
        (Script(end="canceled"), ProviderFailed),
    ],
)
async def test_an_end_without_pictures_costs_nothing_at_a_model_that_is_paid_by_the_picture(
    fake: ReplicateFake, provider: Replicate, caller: Caller, script: Script, outcome: type[ProviderError]
) -> None:
    fake.script(script)
    error = await failure(provider, caller)
    assert (type(error), error.bill.billed) == (outcome, False)
    assert fake.tries == 1


@pytest.mark.parametrize(
    ("script", "outcome", "billed"),
    [
        (Script(end="failed", error="CUDA out of memory"), ProviderFailed, True),
        (Script(end="failed", error=NSFW), ProviderRefused, True),
        (Script(end="canceled"), ProviderFailed, True),
        (Script(end="canceled", started=False), ProviderFailed, False),
        (Script(end="aborted"), ProviderFailed, False),
    ],
)
async def test_a_version_costs_the_time_it_ran(
    fake: ReplicateFake, provider: Replicate, caller: Caller, script: Script, outcome: type[ProviderError], billed: bool
) -> None:
    fake.script(script)
    error = await failure(provider, caller, model=DREAMS)
    assert (type(error), error.bill.billed) == (outcome, billed)


async def test_a_status_that_the_sdk_does_not_know_is_an_end_like_others(
    fake: ReplicateFake, provider: Replicate, caller: Caller
) -> None:
    fake.script(Script(end="aborted"))
    error = await failure(provider, caller)
    assert (type(error), error.bill.billed) == (ProviderFailed, False)


@pytest.mark.parametrize(
    "fault",
    [
        problem(500, "Oh", "No."),
        problem(503, "Oh", "No."),
        throttled(Retry_After_Ms="5"),
        Drop(),
        html(),
        malformed(),
        Answer(200, {"id": "other", "model": "m", "version": "v", "status": "succeeded", "output": "x"}),
    ],
)
async def test_answers_that_are_lost_while_waiting_are_asked_for_again(
    fake: ReplicateFake, provider: Replicate, caller: Caller, fault: Fault
) -> None:
    fake.script(Script(polls=3, on_get=[fault, fault, fault]))
    drawing = await provider.draw(order(), caller.call())
    assert (len(drawing.pictures), drawing.billed) == (1, 1)
    assert (fake.tries, fake.created[0].looks) == (1, 4)


async def test_the_sdk_does_not_try_by_itself(fake: ReplicateFake, caller: Caller) -> None:
    fake.script(Script(polls=None, on_get=[throttled(Retry_After="600")]))
    async with replicate(fake, hasty()) as provider:
        await failure(provider, caller)
    # One look that was answered with 429, and those that see whether it was stopped.
    assert fake.created[0].looks <= 2
    assert fake.created[0].status == "canceled"


@pytest.mark.parametrize("fault", [GONE, problem(401, "Unauthenticated", "No."), problem(403, "Forbidden", "No.")])
async def test_a_prediction_that_cannot_be_looked_at_any_more_is_unknown_at_once(
    fake: ReplicateFake, provider: Replicate, caller: Caller, fault: Fault
) -> None:
    fake.script(Script(polls=None, on_get=[None, fault]))
    assert type(await failure(provider, caller)) is ProviderUnknown
    assert fake.created[0].looks == 2


async def test_an_interrupted_call_that_nobody_knows_is_unknown(provider: Replicate, caller: Caller) -> None:
    assert type(await failure(provider, caller, resume="p000000gone")) is ProviderUnknown


async def test_a_prediction_that_never_ends_is_stopped_in_time(fake: ReplicateFake, caller: Caller) -> None:
    fake.script(Script(polls=None))
    async with replicate(fake, hasty()) as provider:
        error = await failure(provider, caller)
    assert (type(error), error.bill.billed) == (ProviderFailed, False)
    assert error.message == "flux-schnell took too long and was stopped."
    assert (fake.created[0].status, fake.created[0].cancels, fake.tries) == ("canceled", 1, 1)


async def test_a_version_that_never_ends_costs_the_time_it_ran(fake: ReplicateFake, caller: Caller) -> None:
    fake.script(Script(polls=None))
    async with replicate(fake, hasty()) as provider:
        error = await failure(provider, caller, model=DREAMS)
    assert (type(error), error.bill.billed) == (ProviderFailed, True)


async def test_stopping_that_takes_a_while_is_seen_through(fake: ReplicateFake, caller: Caller) -> None:
    fake.script(Script(polls=None, cancelling="processing", on_cancel=[Drop(), problem(500, "Oh", "No."), None]))
    async with replicate(fake, hasty()) as provider:
        assert type(await failure(provider, caller)) is ProviderFailed
    assert fake.created[0].status == "canceled"


async def test_a_picture_that_came_in_the_last_moment_is_used(fake: ReplicateFake, caller: Caller) -> None:
    fake.script(Script(polls=None, cancelling="succeeded"))
    async with replicate(fake, hasty()) as provider:
        drawing = await provider.draw(order(), caller.call())
    assert (len(drawing.pictures), drawing.billed) == (1, 1)


async def test_a_picture_that_came_too_late_to_be_fetched_is_billed(fake: ReplicateFake, caller: Caller) -> None:
    fake.script(Script(polls=None, cancelling="succeeded"))
    async with replicate(fake, hasty(last=60)) as provider:
        error = await failure(provider, caller)
    assert (type(error), error.bill.billed) == (ProviderFailed, True)
    assert fake.files.asked == []


@pytest.mark.parametrize("fault", [Drop(), Hang(), problem(500, "Oh", "No."), malformed()])
async def test_when_nobody_can_be_asked_the_outcome_is_unknown(
    fake: ReplicateFake, caller: Caller, fault: Fault
) -> None:
    fake.script(Script(polls=None, on_get=[fault] * FOR_EVER, on_cancel=[fault]))
    async with replicate(fake, hasty(stop=0.1)) as provider:
        error = await failure(provider, caller)
    assert (type(error), error.bill.billed) == (ProviderUnknown, True)
    assert fake.tries == 1


async def test_pictures_that_came_are_kept_when_others_had_to_be_stopped(
    fake: ReplicateFake, provider: Replicate, caller: Caller
) -> None:
    fake.script(Script(), Script(polls=None), Script(end="failed", error=NSFW))
    task = asyncio.create_task(provider.draw(order(count=3), caller.call(PRO)))
    await so(lambda: len([made for made in fake.created if made.has_ended]) == 2)
    skip(SECONDS - QUICK.margin)
    drawing = await task
    assert (len(drawing.pictures), drawing.billed) == (1, 1)
    assert sorted(made.status for made in fake.created) == ["canceled", "failed", "succeeded"]


async def test_a_call_that_is_gone_on_with_after_its_time_is_stopped(fake: ReplicateFake, caller: Caller) -> None:
    fake.script(Script(polls=None))
    async with replicate(fake) as provider:
        first = asyncio.create_task(provider.draw(order(), caller.call()))
        await looked_at(fake, 1)
        fake.created[0].script.cancelling = "succeeded"
        await stopped([first])
        drawing = await provider.draw(order(), caller.call(seconds=5, resume=caller.ids[0]))
    assert len(drawing.pictures) == 1
    assert fake.tries == 1


@pytest.mark.parametrize("count", [1, 3])
async def test_a_cancelled_call_stops_its_predictions_before_it_ends(
    fake: ReplicateFake, provider: Replicate, caller: Caller, count: int
) -> None:
    fake.script(*[Script(polls=None)] * count)
    drawing = asyncio.create_task(provider.draw(order(count=count), caller.call(PRO)))
    await looked_at(fake, count)
    drawing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await drawing
    assert [made.status for made in fake.created] == ["canceled"] * count


async def test_a_call_that_is_cancelled_again_and_again_stops_its_prediction_all_the_same(
    fake: ReplicateFake, provider: Replicate, caller: Caller
) -> None:
    slow = Slow()
    fake.script(Script(polls=None, on_cancel=[slow]))
    drawing = asyncio.create_task(provider.draw(order(), caller.call()))
    await looked_at(fake, 1)
    drawing.cancel()
    await slow.arrived.wait()
    for _ in range(5):
        drawing.cancel()
        await asyncio.sleep(0.01)
    assert not drawing.done()
    slow.released.set()
    with pytest.raises(asyncio.CancelledError):
        await drawing
    assert (fake.created[0].status, fake.created[0].cancels) == ("canceled", 1)


async def cancelled_at(slow: Slow, call: Coroutine[Any, Any, object]) -> None:
    """Cancel the call while Replicate is slow to answer."""
    drawing = asyncio.create_task(call)
    await slow.arrived.wait()
    drawing.cancel()
    await asyncio.sleep(0.01)
    slow.released.set()
    with pytest.raises(asyncio.CancelledError):
        await drawing


async def test_a_call_that_is_cancelled_while_it_is_stopped_for_its_time_ends_cancelled(
    fake: ReplicateFake, caller: Caller
) -> None:
    slow = Slow()
    fake.script(Script(polls=None, on_cancel=[slow]))
    async with replicate(fake, hasty()) as provider:
        await cancelled_at(slow, provider.draw(order(), caller.call()))


async def test_a_call_that_is_cancelled_before_its_prediction_has_a_name_stops_it_when_it_has_one(
    fake: ReplicateFake, provider: Replicate, caller: Caller
) -> None:
    slow = Slow()
    fake.script(Script(polls=None, on_create=slow))
    await cancelled_at(slow, provider.draw(order(), caller.call()))
    assert fake.created[0].status == "canceled"


async def test_stopping_a_cancelled_call_has_its_limit(fake: ReplicateFake, caller: Caller) -> None:
    fake.script(Script(polls=None, on_get=[None, *[Hang()] * FOR_EVER], on_cancel=[Hang()]))
    async with replicate(fake, hasty(after=50, stop=0.1)) as provider:
        drawing = asyncio.create_task(provider.draw(order(), caller.call()))
        await looked_at(fake, 1)
        async with asyncio.timeout(30):
            assert await stopped([drawing]) == []
    assert drawing.cancelled()


async def test_the_callers_own_limit_finds_nothing_running_either(
    fake: ReplicateFake, provider: Replicate, caller: Caller
) -> None:
    fake.script(Script(polls=None))
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.3):
            await provider.draw(order(), caller.call(SCHNELL))
    assert [made.status for made in fake.created] == ["canceled"]
