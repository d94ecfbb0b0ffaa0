"""`easel run telegram` as a process of its own."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import AbstractContextManager, asynccontextmanager
from pathlib import Path

from core.settings import Settings
from tests.bots.telegram.bots import photo, saying
from tests.fakes.telegram import TelegramFake, User
from tests.parts import Part, part
from tests.servers import free_port
from tests.support import environment


@asynccontextmanager
async def running(settings: Settings, folder: Path, **env: str) -> AsyncIterator[Part]:
    """Started and ended in a thread, as this process is the Telegram that it talks to."""
    entering: AbstractContextManager[Part] = part(settings, folder, ["run", "telegram"], **env)
    process = await asyncio.to_thread(entering.__enter__)
    try:
        yield process
    finally:
        await asyncio.to_thread(entering.__exit__, None, None, None)


def env_of(fake: TelegramFake, **more: str) -> dict[str, str]:
    return {"TELEGRAM_TOKEN": fake.token, "TELEGRAM_API_URL": fake.url, **more}


async def test_it_polls_draws_and_sells(fake: TelegramFake, alice: User, settings: Settings, tmp_path: Path) -> None:
    async with running(settings, tmp_path, **env_of(fake)) as process:
        assert process.banner == "Easel's telegram is ready."
        fake.send("/imagine a red fox", alice)
        message = await fake.until(lambda: photo(fake, alice), 60)
        assert message is not None
        assert fake.content(message).startswith(b"\x89PNG")
        fake.send("/buy small", alice)
        sent = await fake.until(lambda: next((one for one in fake.messages(alice) if "invoice" in one.json), None), 60)
        assert sent is not None
        await fake.pay(sent, alice)
        assert await fake.until(lambda: saying(fake, alice, "Thank you! 500 credits were added."), 60)
        code, _ = await asyncio.to_thread(process.stop)
        assert code == 0
        assert fake.token not in process.log.read_text()


async def test_it_takes_what_is_brought_to_its_webhook(
    fake: TelegramFake, alice: User, settings: Settings, tmp_path: Path
) -> None:
    port = free_port()
    hooked = settings.model_copy(update={"port": port})
    more = {"TELEGRAM_MODE": "webhook", "PUBLIC_URL": f"http://127.0.0.1:{port}"}
    async with running(hooked, tmp_path, **env_of(fake, **more)):
        fake.send("/imagine a red fox", alice)
        assert await fake.until(lambda: photo(fake, alice), 60)
        assert fake.called("getUpdates") == []


async def test_a_killed_bot_loses_no_purchase(
    fake: TelegramFake, alice: User, settings: Settings, tmp_path: Path
) -> None:
    async with running(settings, tmp_path, **env_of(fake)) as process:
        fake.send("/buy small", alice)
        sent = await fake.until(lambda: next((one for one in fake.messages(alice) if "invoice" in one.json), None), 60)
        assert sent is not None
        paying = asyncio.create_task(fake.pay(sent, alice))
        await fake.until(lambda: fake.payments.checkouts.asked)
        with fake.held() as held:  # it is killed before it hears of the payment that it said yes to
            await paying
            process.process.kill()
    fake.deliver(*held, *held)
    async with running(settings, tmp_path, **env_of(fake)):
        assert await fake.until(lambda: saying(fake, alice, "Thank you"), 60)
        fake.send("/balance", alice)
        assert await fake.until(lambda: saying(fake, alice, "You have 1,500 credits."), 60)


async def test_a_wrong_token_ends_it_with_one_line_and_2(
    fake: TelegramFake, settings: Settings, tmp_path: Path
) -> None:
    said = await asyncio.to_thread(
        subprocess.run, [sys.executable, "-m", "bots.cli", "run", "telegram"], cwd=tmp_path,
        env=environment(settings, **env_of(fake, TELEGRAM_TOKEN="1234567:AAF-some-other-token-of-nobody")),
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert said.returncode == 2
    [line] = [line for line in said.stderr.splitlines() if not line.startswith("{")]
    assert line.startswith("TELEGRAM_TOKEN: Telegram does not know this token.")


async def test_two_on_one_token_end_one_of_them_with_one_line_and_2(
    fake: TelegramFake, alice: User, settings: Settings, tmp_path: Path
) -> None:
    async with running(settings, tmp_path / "one", **env_of(fake)) as first:
        await fake.until(lambda: fake.called("getUpdates"), 60)
        other = settings.model_copy(update={"data_dir": tmp_path / "two" / "data"})
        async with running(other, tmp_path / "two", **env_of(fake)) as second:
            await fake.until(lambda: _one(first, second), 60)
            gone, stays = (first, second) if first.process.poll() is not None else (second, first)
            assert gone.process.returncode == 2
            assert stays.process.poll() is None
            lines = [line for line in gone.log.read_text().splitlines() if not line.startswith("{")]
            assert [line.partition(":")[0] for line in lines] == ["TELEGRAM_TOKEN"]
            fake.send("/about", alice)
            assert await fake.until(lambda: saying(fake, alice, "one wallet"), 60)


def _one(first: Part, second: Part) -> bool:
    return first.process.poll() is not None or second.process.poll() is not None
