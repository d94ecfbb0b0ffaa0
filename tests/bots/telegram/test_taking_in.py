"""Updates: each has its effect once, and none is lost, whether fetched or brought, in outages and crashes."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import pytest
import uvicorn

from bots.service import Service
from bots.telegram import desk, hook, polling
from bots.telegram.app import open_telegram
from bots.telegram.client import webhook_secret
from bots.telegram.platform import TelegramPlatform
from core.app import App
from core.clock import SECOND
from core.errors import ConfigError
from core.settings import Settings
from core.tasks import stopped
from tests.bots.telegram.bots import Bot, balance, bot_on, photo, saying, settings_for, unpaced
from tests.fakes import Fault, app_on, meddled, until
from tests.fakes.telegram import TelegramFake, User
from tests.fakes.telegram_calls import client, png
from tests.servers import free_port
from tests.support import ManualClock, opened
from webhooks.app import create_web_app


async def test_an_update_that_comes_twice_has_one_effect(fake: TelegramFake, alice: User, bot: Bot) -> None:
    update = fake.send("/imagine a red fox", alice)
    fake.deliver(update, update)
    await fake.until(lambda: photo(fake, alice) and not fake.updates.pending)
    fake.deliver(update)
    await fake.until(lambda: not fake.updates.pending)
    assert len(fake.messages(alice)) == 1
    assert await bot.balance(alice) == -10


async def test_after_a_restart_an_update_that_comes_again_shows_no_second_placeholder(
    fake: TelegramFake, alice: User, settings: Settings
) -> None:
    async with opened(settings) as app, bot_on(app, works=False):
        update = fake.send("/imagine a red fox", alice)
        await fake.until(lambda: fake.messages(alice) and not fake.updates.pending)
    async with opened(settings) as app, bot_on(app):
        fake.deliver(update)
        await fake.until(lambda: photo(fake, alice))
        assert len(fake.messages(alice)) == len(fake.called("sendMessage")) == 1
        assert await balance(app, alice) == -10


async def test_updates_in_the_wrong_order_all_have_their_effect(fake: TelegramFake, alice: User, bot: Bot) -> None:
    with fake.held() as held:
        for number in range(5):
            fake.send(f"/imagine fox {number}", alice)
    fake.deliver(*reversed(held))
    await fake.until(lambda: sum("photo" in record.json for record in fake.messages(alice)) == 5)


async def test_an_outage_loses_neither_updates_nor_answers_nor_results(
    fake: TelegramFake, alice: User, bob: User, settings: Settings
) -> None:
    clock = ManualClock()
    async with opened(settings, clock) as app, bot_on(app):
        await outlasted(fake, alice, bob, clock)


async def outlasted(fake: TelegramFake, alice: User, bob: User, clock: ManualClock) -> None:
    gate = fake.faults.hold("sendMessage", times=2)
    fake.send("/about", alice)
    fake.send("/imagine a red fox", bob)
    await fake.until(lambda: len(fake.called("sendMessage")) == 2)
    fake.faults.outage = True
    fake.send("/models", alice)
    gate.set()
    await fake.until(lambda: "editMessageMedia" in {call.method for call in fake.calls} or fake.called("sendPhoto"))
    clock.move(31 * SECOND)  # a delivery that the outage swallowed comes again when its reservation is over
    await asyncio.sleep(0.5)
    fake.faults.outage = False
    await fake.until(lambda: saying(fake, alice, "one wallet"), 90)
    await fake.until(lambda: saying(fake, alice, "demo-art"), 90)
    clock.move(31 * SECOND)
    await fake.until(lambda: photo(fake, bob), 90)


async def test_what_was_lost_after_the_deed_is_said_again_rather_than_never(
    fake: TelegramFake, alice: User, bot: Bot
) -> None:
    fake.faults.drop("sendMessage")
    fake.send("/about", alice)
    assert await fake.until(lambda: saying(fake, alice, "one wallet"))


async def test_an_update_that_the_database_failed_comes_again(fake: TelegramFake, alice: User, app: App) -> None:
    stores = meddled(app.stores, before=Fault(1, reads=True))
    async with bot_on(app_on(app, stores)):
        fake.send("/imagine a red fox", alice)
        await fake.until(lambda: photo(fake, alice) or saying(fake, alice, "busy"))


async def test_a_bot_that_is_killed_in_the_middle_takes_the_update_after_its_restart(
    fake: TelegramFake, alice: User, settings: Settings
) -> None:
    gate = fake.faults.hold("sendMessage")
    async with opened(settings) as app, bot_on(app, works=False) as bot:
        fake.send("/imagine a red fox", alice)
        await fake.until(lambda: fake.called("sendMessage"))
        await stopped([bot.polling])
    gate.set()
    async with opened(settings) as app, bot_on(app):
        await fake.until(lambda: photo(fake, alice))
        assert await balance(app, alice) == -10


async def test_a_slow_update_holds_up_no_other_and_is_not_lost_by_a_crash(
    fake: TelegramFake, alice: User, bob: User, settings: Settings
) -> None:
    gate = fake.faults.hold("getFile")
    async with opened(settings) as app, bot_on(app, works=False) as bot:
        slow = fake.send(None, alice, photo=png(), caption="make it blue")
        await fake.until(lambda: fake.called("getFile"))
        for number in (1, 2):
            fake.send("/about", bob)
            await fake.until(partial(lambda count: len(fake.messages(bob)) == count, number))
        await stopped([bot.polling])
        assert [one.update for one in fake.updates.pending if one.update["update_id"] == slow["update_id"]]
    gate.set()
    async with opened(settings) as app, bot_on(app):
        await fake.until(lambda: photo(fake, alice))
        assert await balance(app, alice) == -10


async def test_an_update_without_an_end_keeps_no_new_ones_out(
    fake: TelegramFake, alice: User, bob: User, app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(polling, "PAGE", 2)
    monkeypatch.setattr(polling, "HELD_SECONDS", 0.1)
    gate = fake.faults.hold("getFile")
    async with bot_on(app, works=False):
        fake.send(None, alice, photo=png(), caption="make it blue")
        await fake.until(lambda: fake.called("getFile"))
        for _ in range(3):
            fake.send("/about", bob)
        await fake.until(lambda: len(fake.messages(bob)) == 3)
        gate.set()


async def test_a_placeholder_that_comes_too_late_does_not_stay(
    fake: TelegramFake, alice: User, bot: Bot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desk, "PLACEHOLDER_SECONDS", 0.1)
    gate = fake.faults.hold("sendMessage")
    fake.send("/imagine a red fox", alice)
    message = await fake.until(lambda: photo(fake, alice))
    gate.set()
    await fake.until(lambda: fake.called("deleteMessage"))
    await fake.until(lambda: fake.messages(alice) == [message])


# --- two on one token, and none ---------------------------------------------------------------------------


async def test_of_two_programs_on_one_token_the_new_one_leaves_with_one_line(
    fake: TelegramFake, alice: User, app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(polling, "NEW_SECONDS", 0.4)
    monkeypatch.setattr(polling, "CONFLICT_PAUSE", 0.1)
    async with bot_on(app) as first:
        await fake.until(lambda: fake.called("getUpdates"))
        await asyncio.sleep(0.5)
        async with bot_on(app) as second:
            with pytest.raises(ConfigError, match=r"^TELEGRAM_TOKEN: another program fetches this bot's updates"):
                await asyncio.wait_for(asyncio.shield(second.polling), 10)
        fake.send("/about", alice)
        assert await fake.until(lambda: saying(fake, alice, "one wallet"))
        assert not first.polling.done()


async def test_who_is_thrown_out_again_and_again_leaves_in_the_end(
    fake: TelegramFake, app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(polling, "NEW_SECONDS", 0.0)
    monkeypatch.setattr(polling, "CONFLICT_PAUSE", 0.01)
    async with bot_on(app) as bot:

        async def throw_out() -> None:
            while True:
                fake.updates.end_poll("terminated by other getUpdates request")
                await asyncio.sleep(0.01)

        other = asyncio.create_task(throw_out())
        with pytest.raises(ConfigError):
            await asyncio.wait_for(asyncio.shield(bot.polling), 10)
        await stopped([other])


@pytest.mark.parametrize("token", ["4242424242:AAF-another-token-that-is-not-known", "no token", "1:x"])
async def test_a_wrong_token_is_one_clear_line(fake: TelegramFake, tmp_path: Path, token: str) -> None:
    async with opened(settings_for(fake, tmp_path, telegram_token=token)) as app:
        with pytest.raises(ConfigError, match=r"^TELEGRAM_TOKEN: .* @BotFather"):
            async with open_telegram(app, unpaced()) as telegram:
                await telegram.run(Service(app))


async def test_a_start_during_an_outage_waits_for_its_end(fake: TelegramFake, alice: User, app: App) -> None:
    fake.faults.outage = True
    async with bot_on(app) as bot:
        await fake.until(lambda: fake.calls)
        fake.send("/about", alice)
        fake.faults.outage = False
        assert await fake.until(lambda: saying(fake, alice, "one wallet"))
        assert not bot.polling.done()


# --- webhook ----------------------------------------------------------------------------------------------


@asynccontextmanager
async def web(fake: TelegramFake, app: App) -> AsyncIterator[str]:
    """The web app and `easel run telegram` in webhook mode, as `easel run all` has them; the web app's address."""
    platform, service = TelegramPlatform(), Service(app)
    async with platform.messenger(app) as messenger:
        app.messengers["telegram"] = messenger
        config = uvicorn.Config(
            create_web_app(app, platform.routers(app, service)), port=app.settings.port, log_config=None, lifespan="off"
        )
        server = uvicorn.Server(config)
        tasks = [asyncio.create_task(server._serve()), asyncio.create_task(platform.run(app, service))]
        tasks += [asyncio.create_task(app.runner.run())]
        try:
            await fake.until(lambda: fake.receiving.hook is not None and server.started)
            yield f"http://127.0.0.1:{app.settings.port}{hook.PATH}"
        finally:
            server.should_exit = True
            await asyncio.wait({tasks[0]}, timeout=5)
            await stopped(tasks)


@pytest.fixture
def brought(fake: TelegramFake, tmp_path: Path) -> Settings:
    port = free_port()
    return settings_for(
        fake, tmp_path, telegram_mode="webhook", port=port, public_url=f"http://127.0.0.1:{port}",
        telegram_webhook_secret="a-secret_of-ours",
    )  # fmt: skip


async def test_updates_that_are_brought_become_pictures(fake: TelegramFake, alice: User, brought: Settings) -> None:
    async with opened(brought) as app, web(fake, app):
        fake.send("/imagine a red fox", alice)
        assert await fake.until(lambda: photo(fake, alice))
        assert fake.receiving.hook is not None
        assert fake.receiving.hook.statuses == [200]
        assert fake.receiving.hook.secret == "a-secret_of-ours"
        [registered] = fake.called("setWebhook")
        assert "pre_checkout_query" in registered.args["allowed_updates"]


@pytest.mark.parametrize("secret", [None, "", "a-secret_of-our", "a-secret_of-ours2", "ä"])
async def test_nobody_else_brings_updates(
    fake: TelegramFake, alice: User, brought: Settings, secret: str | None
) -> None:
    async with opened(brought) as app, web(fake, app) as address, client() as http:
        with fake.held() as held:
            fake.send("/about", alice)
        headers = [] if secret is None else [(hook.SECRET_HEADER.encode(), secret.encode())]
        answer = await http.post(address, json=held[0], headers=headers)
        assert answer.status_code == 401
        assert fake.messages(alice) == []


@pytest.mark.parametrize(
    ("body", "status"),
    [(b"", 400), (b"[]", 400), (b'{"update_id": "x"}', 400), (b"{" * 100, 400), (b"x" * 2_000_000, 413),
     (b'{"update_id": 1, "message": 7}', 200), (b'{"update_id": 2}', 200), (b'{"update_id": 3, "new": {}}', 200)],
)  # fmt: skip
async def test_what_is_no_update_does_no_harm(fake: TelegramFake, brought: Settings, body: bytes, status: int) -> None:
    async with opened(brought) as app, web(fake, app) as address, client() as http:
        answer = await http.post(address, content=body, headers={hook.SECRET_HEADER: "a-secret_of-ours"})
        assert answer.status_code == status
        assert answer.json()["success"] == (status == 200)


async def test_what_could_not_be_taken_is_brought_again(fake: TelegramFake, alice: User, brought: Settings) -> None:
    fake.faults.fail("getMe", times=1)
    async with opened(brought) as app:
        platform, service = TelegramPlatform(), Service(app)
        async with platform.messenger(app):
            telegram = platform._open[id(app)]
            with fake.held() as held:
                fake.send("/about", alice)
            assert not await telegram.brought(service, held[0])
            assert await telegram.brought(service, held[0])
            assert await fake.until(lambda: saying(fake, alice, "one wallet"))


def test_without_a_secret_each_process_makes_the_same_one(fake: TelegramFake, tmp_path: Path) -> None:
    one, other = (webhook_secret(settings_for(fake, tmp_path)) for _ in range(2))
    assert one == other
    assert len(one) == 64


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({"public_url": ""}, "^PUBLIC_URL: is not set"),
        ({"telegram_webhook_secret": "a b"}, "^TELEGRAM_WEBHOOK_SECRET:"),
    ],
)
async def test_a_webhook_that_cannot_work_is_one_clear_line(
    fake: TelegramFake, tmp_path: Path, changes: dict[str, str], line: str
) -> None:
    settings = settings_for(fake, tmp_path, telegram_mode="webhook", **({"public_url": "https://x.org"} | changes))
    async with opened(settings) as app:
        with pytest.raises(ConfigError, match=line):
            async with TelegramPlatform().messenger(app):
                pass


async def test_nothing_is_left_running(fake: TelegramFake, alice: User, app: App) -> None:
    before = asyncio.all_tasks()
    async with bot_on(app, works=False):
        fake.send("/imagine a red fox", alice)
        await fake.until(lambda: fake.messages(alice))

    async def alone() -> bool:
        return not [task for task in asyncio.all_tasks() - before if "telegram/bots" in repr(task.get_coro())]

    await until(alone)
