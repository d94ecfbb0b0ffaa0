"""Floods, faults and webhooks that fail: what the fake Telegram can do to a bot."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
from aiohttp import web
from telegram.error import ChatMigrated, NetworkError

from core.clock import MINUTE, SECOND
from tests.fakes.ptb import calling
from tests.fakes.serving import serve
from tests.fakes.telegram import TelegramFake, User
from tests.fakes.telegram_calls import call, refusal
from tests.support import ManualClock

Take = Callable[[web.Request], Awaitable[web.Response]]


@asynccontextmanager
async def hook(take: Take) -> AsyncIterator[str]:
    """A webhook of one's own: its address."""
    app = web.Application()
    app.router.add_post("/hook", take)
    runner, url = await serve(app)
    try:
        yield f"{url}/hook"
    finally:
        await runner.cleanup()


async def send(fake: TelegramFake, chat_id: int, times: int = 1) -> list[int]:
    """The statuses of so many messages."""
    words = {"chat_id": chat_id, "text": "x"}
    return [(await call(fake, "sendMessage", **words)).get("error_code", 200) for _ in range(times)]


async def test_a_private_chat_takes_one_message_a_second(fake: TelegramFake, alice: User, clock: ManualClock) -> None:
    fake.flood.enforced = True
    assert await send(fake, alice.id, 2) == [200, 429]
    answer = await call(fake, "sendMessage", chat_id=alice.id, text="x")
    assert answer["parameters"] == {"retry_after": 1}
    clock.move(SECOND)
    assert await send(fake, alice.id) == [200]


async def test_a_group_takes_twenty_messages_a_minute(fake: TelegramFake, alice: User, clock: ManualClock) -> None:
    fake.flood.enforced = True
    group = fake.group("Friends", alice)
    assert await send(fake, group.id, 21) == [200] * 20 + [429]
    clock.move(MINUTE - 5 * SECOND)
    assert (await call(fake, "sendMessage", chat_id=group.id, text="x"))["parameters"] == {"retry_after": 5}
    clock.move(5 * SECOND)
    assert await send(fake, group.id) == [200]


async def test_all_chats_together_take_thirty_messages_a_second(fake: TelegramFake) -> None:
    fake.flood.enforced = True
    people = [fake.world.private(fake.person(f"P{number}")).id for number in range(31)]
    statuses = [(await send(fake, chat_id))[0] for chat_id in people]
    assert statuses == [200] * 30 + [429]


async def test_floods_are_counted_even_if_not_punished(fake: TelegramFake, alice: User) -> None:
    assert await send(fake, alice.id, 2) == [200, 200]
    assert [(breach.allowance, breach.chat) for breach in fake.flood.breaches] == [("private chat", str(alice.id))]


async def test_a_flood_wait_can_be_ordered(fake: TelegramFake, alice: User) -> None:
    fake.flood.punish(60, times=2, method="sendMessage")
    assert (await call(fake, "getMe"))["ok"]
    assert await refusal(fake, "sendMessage", chat_id=alice.id, text="x") == "Too Many Requests: retry after 60"
    assert await send(fake, alice.id, 2) == [429, 200]


async def test_telegram_can_fail_without_doing_anything(fake: TelegramFake, alice: User) -> None:
    fake.faults.fail("sendMessage", status=502, times=1)
    fake.faults.fail("sendMessage", status=504, html=True)
    async with calling(fake) as bot:
        for _ in range(2):
            with pytest.raises(NetworkError):
                await bot.send_message(alice.id, "x")
        assert fake.messages(alice) == []
        await bot.send_message(alice.id, "x")
    assert [one.status for one in fake.called("sendMessage")] == [502, 504, 200]


async def test_an_answer_can_be_lost_before_or_after_the_deed(fake: TelegramFake, alice: User) -> None:
    async with calling(fake) as bot:
        for after, count in ((False, 0), (True, 1)):
            fake.faults.drop("sendMessage", after=after)
            with pytest.raises(NetworkError):
                await bot.send_message(alice.id, "x")
            assert len(fake.messages(alice)) == count


async def test_during_an_outage_nobody_answers(fake: TelegramFake) -> None:
    fake.faults.outage = True
    with pytest.raises(httpx.TransportError):
        await call(fake, "getMe")
    fake.faults.outage = False
    assert (await call(fake, "getMe"))["ok"]


async def test_a_call_can_be_held_back(fake: TelegramFake, alice: User) -> None:
    gate = fake.faults.hold("sendMessage")
    sending = asyncio.create_task(send(fake, alice.id))
    await fake.until(lambda: fake.called("sendMessage"))
    assert (await call(fake, "getMe"))["ok"]
    assert not sending.done()
    assert fake.messages(alice) == []
    gate.set()
    assert await sending == [200]


async def test_a_bot_learns_where_a_group_moved_to(fake: TelegramFake, alice: User) -> None:
    group = fake.group("Friends", alice, kind="group")
    new = fake.migrate(group, alice)
    async with calling(fake) as bot:
        with pytest.raises(ChatMigrated) as moved:
            await bot.send_message(group.id, "x")
    assert moved.value.new_chat_id == new.id


async def test_a_webhook_gets_its_secret_and_each_update_until_it_takes_it(fake: TelegramFake, alice: User) -> None:
    seen: list[tuple[str, str | None]] = []
    answers = iter([500, 503, 200, 200])

    async def take(request: web.Request) -> web.Response:
        body = await request.json()
        seen.append((body["message"]["text"], request.headers.get("X-Telegram-Bot-Api-Secret-Token")))
        return web.Response(status=next(answers))

    async with hook(take) as url:
        await call(fake, "setWebhook", url=url, secret_token="s3cret")
        fake.send("one", alice)
        fake.send("two", alice)
        await fake.until(lambda: not fake.updates.pending)
        info = (await call(fake, "getWebhookInfo"))["result"]
        await call(fake, "deleteWebhook")
    assert seen == [("one", "s3cret"), ("one", "s3cret"), ("one", "s3cret"), ("two", "s3cret")]
    assert info["last_error_message"] == "Wrong response from the webhook: 503 Service Unavailable"
    assert (info["url"], info["pending_update_count"]) == (url, 0)


async def test_a_webhook_may_answer_with_a_call(fake: TelegramFake, alice: User) -> None:
    async def take(request: web.Request) -> web.Response:
        chat = (await request.json())["message"]["chat"]["id"]
        return web.json_response({"method": "sendMessage", "chat_id": chat, "text": "at once"})

    async with hook(take) as url:
        await call(fake, "setWebhook", url=url)
        fake.send("hello", alice)
        [answer] = await fake.until(lambda: fake.messages(alice))
        await call(fake, "deleteWebhook")
    assert answer.text == "at once"


async def test_a_slow_chat_does_not_hold_up_another(fake: TelegramFake, alice: User) -> None:
    bob = fake.person("Bob")
    release = asyncio.Event()
    seen: list[str] = []

    async def take(request: web.Request) -> web.Response:
        message = (await request.json())["message"]
        if message["from"]["id"] == alice.id:
            await release.wait()
        seen.append(message["text"])
        return web.Response()

    async with hook(take) as url:
        await call(fake, "setWebhook", url=url)
        fake.send("slow", alice)
        fake.send("quick", bob)
        await fake.until(lambda: seen == ["quick"])
        release.set()
        await fake.until(lambda: seen == ["quick", "slow"])
        await call(fake, "deleteWebhook")


async def test_a_webhooks_address_and_secret_are_checked(fake: TelegramFake) -> None:
    assert await refusal(fake, "setWebhook", url="nowhere") == "invalid webhook URL specified"
    words: dict[str, Any] = {"url": "http://127.0.0.1:9/hook"}
    wrong = await refusal(fake, "setWebhook", **words, secret_token="no spaces")
    assert wrong == "secret token contains unallowed characters"
    assert await refusal(fake, "setWebhook", **words, secret_token="x" * 257) == "secret token is too long"


async def test_only_wanted_kinds_of_updates_arrive(fake: TelegramFake, alice: User) -> None:
    await call(fake, "getUpdates", allowed_updates=["message"])
    fake.inline("fox", alice)
    fake.send("hello", alice)
    first = (await call(fake, "getUpdates"))["result"]
    assert [list(update) for update in first] == [["update_id", "message"]]
    assert (await call(fake, "getUpdates"))["result"] == first
    assert (await call(fake, "getUpdates", offset=first[0]["update_id"] + 1))["result"] == []


async def test_updates_stay_until_a_higher_offset_confirms_them(fake: TelegramFake, alice: User) -> None:
    numbers = [fake.send(text, alice)["update_id"] for text in ("one", "two", "three")]

    async def fetched(**arguments: int) -> list[int]:
        return [update["update_id"] for update in (await call(fake, "getUpdates", **arguments))["result"]]

    assert await fetched(limit=1) == numbers[:1]
    assert await fetched() == await fetched() == numbers
    assert await fetched(offset=numbers[1]) == numbers[1:]
    assert await fetched(offset=-1) == numbers[2:]
    assert await fetched(offset=numbers[2] + 1) == []
