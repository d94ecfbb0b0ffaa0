"""The pacer keeps Telegram's limits exactly, honours its 429, and holds nobody up who need not wait."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from telegram.error import RetryAfter

from bots.telegram.pacer import MOST_WAITING, NoRoom, Pacer, Window

FAST = (1_000, 0.01)


class Api:
    """Notes when each call came, and answers after a while."""

    def __init__(self, seconds: float = 0.0) -> None:
        self.came: list[tuple[str, float]] = []
        self.refusals: list[RetryAfter] = []
        self._seconds = seconds

    async def __call__(self, chat: str) -> str:
        self.came.append((chat, asyncio.get_running_loop().time()))
        await asyncio.sleep(self._seconds)
        if self.refusals:
            raise self.refusals.pop()
        return chat


async def send(
    pacer: Pacer,
    api: Api,
    chat: int | str = 1,
    patience: float | None = None,
    endpoint: str = "sendMessage",
    **data: Any,
) -> Any:
    return await pacer.process_request(api, (str(chat),), {}, endpoint, {"chat_id": chat} | data, patience)


def most_in(times: list[float], seconds: float) -> int:
    """The most calls that came within any so many seconds."""
    return max(sum(1 for other in times if 0 <= other - time < seconds) for time in times)


@pytest.mark.parametrize("slow", [0.0, 0.02])
async def test_never_more_in_any_window_than_is_allowed(slow: float) -> None:
    api, pacer = Api(slow), Pacer(overall=(5, 0.1), private=FAST)
    await asyncio.gather(*(send(pacer, api, chat) for chat in range(1, 26)))
    assert len(api.came) == 25
    assert most_in([at for _, at in api.came], 0.0999) <= 5


async def test_each_private_chat_has_its_own_pace() -> None:
    api, pacer = Api(), Pacer(overall=FAST, private=(1, 0.1))
    await asyncio.gather(*(send(pacer, api, chat) for chat in (1, 2, 3) for _ in range(3)))
    for chat in ("1", "2", "3"):
        assert most_in([at for name, at in api.came if name == chat], 0.0999) == 1


async def test_an_album_counts_as_its_pictures_in_a_group() -> None:
    api, pacer = Api(), Pacer(overall=FAST, group=(4, 0.2))
    begun = asyncio.get_running_loop().time()
    await send(pacer, api, -1, endpoint="sendMediaGroup", media=[1, 2, 3])
    await send(pacer, api, -1)
    await send(pacer, api, -1)
    assert asyncio.get_running_loop().time() - begun >= 0.2


async def test_an_album_fits_into_a_private_chat_though_it_has_more_pictures_than_the_limit() -> None:
    api, pacer = Api(), Pacer(overall=FAST, private=(1, 0.05))
    for _ in range(2):
        await send(pacer, api, endpoint="sendMediaGroup", media=[1, 2, 3])
    assert len(api.came) == 2


async def test_after_a_429_the_chat_waits_and_the_others_do_not() -> None:
    api, pacer = Api(), Pacer(FAST, FAST, FAST)
    api.refusals = [RetryAfter(1)]
    refused = asyncio.create_task(send(pacer, api, 1))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    await send(pacer, api, 2)
    assert not refused.done()
    with pytest.raises(NoRoom):
        await send(pacer, api, 1, patience=0.5)
    assert await refused == "1"
    assert [chat for chat, _ in api.came] == ["1", "2", "1"]
    assert api.came[2][1] - api.came[0][1] >= 1


async def test_answers_to_questions_never_wait() -> None:
    api, pacer = Api(), Pacer(overall=(1, 60.0))
    await send(pacer, api, 1)
    for _ in range(5):
        await pacer.process_request(api, ("x",), {}, "answerPreCheckoutQuery", {"pre_checkout_query_id": "1"}, None)
    assert len(api.came) == 6


async def test_a_question_that_is_answered_too_fast_holds_up_no_other() -> None:
    api, pacer = Api(), Pacer()
    api.refusals = [RetryAfter(60)]

    async def answer() -> Any:
        data = {"callback_query_id": "1"}
        async with asyncio.timeout(5):
            return await pacer.process_request(api, ("x",), {}, "answerCallbackQuery", data, None)

    with pytest.raises(RetryAfter):
        await answer()
    assert await answer() == "x"


async def test_who_is_willing_to_wait_only_so_long_does_not_wait_longer() -> None:
    api, pacer = Api(), Pacer(overall=FAST, private=(1, 60.0))
    await send(pacer, api)
    with pytest.raises(NoRoom):
        await send(pacer, api, patience=0.05)
    assert len(api.came) == 1


async def test_signs_take_nobodys_place_and_wait_for_none() -> None:
    api, pacer = Api(), Pacer(overall=(1, 60.0), signs=(2, 60.0))
    for _ in range(2):
        await send(pacer, api, 1, 0.0, "editMessageText")
    with pytest.raises(NoRoom):
        await send(pacer, api, 1, 0.0, "editMessageText")
    await send(pacer, api, 1)
    assert len(api.came) == 3


async def test_a_chat_that_is_written_to_too_fast_for_long_is_not_waited_for() -> None:
    api, pacer = Api(), Pacer(overall=FAST, private=(1, 60.0))
    waiting = [asyncio.create_task(send(pacer, api)) for _ in range(MOST_WAITING)]
    await asyncio.sleep(0)
    with pytest.raises(NoRoom):
        await send(pacer, api)
    assert await send(pacer, api, 2) == "2"
    for task in waiting:
        task.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)


async def test_a_call_that_is_given_up_leaves_its_place_to_the_next() -> None:
    window = Window(1, 0.01)

    async def enter(then: Callable[[], Any]) -> None:
        async with window.entered():
            await then()

    hanging = asyncio.create_task(enter(lambda: asyncio.sleep(60)))
    queued = asyncio.create_task(enter(lambda: asyncio.sleep(0)))
    await asyncio.sleep(0)
    hanging.cancel()
    await asyncio.wait_for(queued, 5)
    assert hanging.cancelled()


async def test_after_a_429_those_who_wait_for_the_chat_go_one_after_another() -> None:
    """All at once they would be a flood again, and each makes Telegram's patience shorter."""
    api, pacer = Api(0.01), Pacer(overall=FAST, private=(1, 0.1))
    api.refusals = [RetryAfter(1)]
    await asyncio.gather(*(send(pacer, api, 1) for _ in range(4)))
    assert len(api.came) == 5
    assert most_in([at for _, at in api.came], 0.0999) == 1
    assert [at for _, at in api.came[1:]] == [at for _, at in api.came if at >= api.came[0][1] + 1]


async def test_signs_of_many_jobs_in_a_group_are_as_rare_as_messages_may_be() -> None:
    api, pacer = Api(), Pacer(overall=FAST, group=(2, 60.0), signs=FAST)
    outcomes = await asyncio.gather(
        *(send(pacer, api, -1, 0.0, "editMessageText") for _ in range(5)), return_exceptions=True
    )
    assert [type(outcome) for outcome in outcomes].count(NoRoom) == 3
    await send(pacer, api, -1)
    await send(pacer, api, 1, 0.0, "editMessageText")
    assert len(api.came) == 4
