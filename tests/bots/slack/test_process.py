"""`easel run slack` as an operator starts it, against the fake Slack."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from core.accounts.model import Identity
from core.settings import Settings
from tests.bots.slack.running import actions_of
from tests.fakes import until
from tests.fakes.slack import Message, SlackFake
from tests.parts import part
from tests.servers import free_port
from tests.support import easel as run_easel
from tests.support import opened, settings_in


@pytest.fixture
async def fake() -> AsyncIterator[SlackFake]:
    async with SlackFake(ack_seconds=10) as fake:
        yield fake
        assert not fake.problems


def variables(fake: SlackFake) -> dict[str, str]:
    return {
        "SLACK_BOT_TOKEN": fake.team.bot_token, "SLACK_APP_TOKEN": fake.app.app_token, "SLACK_API_URL": fake.api_url,
        "SLACK_SIGNING_SECRET": fake.app.signing_secret, "LOG_LEVEL": "INFO",
    }  # fmt: skip


async def finished(fake: SlackFake, count: int) -> list[Message]:
    async def those() -> list[Message] | None:
        found = [message for message in fake.replies_of_app if "easel.delete" in actions_of(message)]
        return found if len(found) >= count else None

    messages: list[Message] = await until(those, 60)
    return messages


async def test_it_draws_and_its_buttons_outlive_it(fake: SlackFake, tmp_path: Path) -> None:
    settings = settings_in(tmp_path, port=free_port())
    for count in (1, 2):
        before = fake.socket.opened
        context = part(settings, tmp_path / "run", ["run", "slack"], **variables(fake))
        running = await asyncio.to_thread(context.__enter__)
        try:
            await fake.socket.connected(before + 1, 60)
            if count == 1:
                assert (await fake.command("/imagine a red fox")).acked
            else:
                assert (await fake.press("easel.reroll", fake.replies_of_app[0], "alice")).acked
            await finished(fake, count)
            if count == 2:
                fake.troubles.rate_limit("chat.postMessage", seconds=1)
                assert (await fake.command("/imagine a hare")).acked
            code, _ = await asyncio.to_thread(running.stop)
            assert code == 0, running.log.read_text()
        finally:
            await asyncio.to_thread(context.__exit__, None, None, None)
    async with opened(settings) as app:
        alice = Identity("slack", f"{fake.team.id}/{fake.team.user('alice').id}")
        account = await app.accounts.for_identity(alice)
        jobs = await app.stores.jobs.history([account.id], 9)
    is_taken = "a hare" in [job.spec.prompt for job in jobs]
    is_excused = any("being restarted" in message.text for message in fake.replies_of_app)
    assert is_taken or is_excused, "it was acknowledged"


async def test_the_web_app_takes_signed_requests_in(fake: SlackFake, tmp_path: Path) -> None:
    settings = settings_in(tmp_path, port=free_port())
    context = part(settings, tmp_path / "run", ["run", "web"], **variables(fake))
    running = await asyncio.to_thread(context.__enter__)
    try:
        fake.request_url = f"http://127.0.0.1:{settings.port}/webhooks/slack/events"

        async def verified() -> bool:
            return await fake.verify_url()

        await until(verified, 60)
        assert (await fake.command("/imagine a red fox")).acked
        await finished(fake, 1)
        assert (await asyncio.to_thread(running.stop))[0] == 0
    finally:
        await asyncio.to_thread(context.__exit__, None, None, None)


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({"SLACK_BOT_TOKEN": "xoxb-wrong"}, "SLACK_BOT_TOKEN: Slack does not accept it (invalid_auth). Copy it anew."),
        ({"SLACK_APP_TOKEN": "xapp-wrong"}, "SLACK_APP_TOKEN: Slack does not accept it (invalid_auth)."),
        ({"SLACK_BOT_TOKEN": ""}, "SLACK_BOT_TOKEN: is not set."),
    ],
)
async def test_a_wrong_token_is_one_line_and_exit_2(
    fake: SlackFake, settings: Settings, tmp_path: Path, changes: dict[str, str], line: str
) -> None:
    env = variables(fake) | changes
    done = await asyncio.to_thread(lambda: run_easel(settings, "run", "slack", cwd=tmp_path, timeout=60, **env))
    assert done.returncode == 2, done.stderr
    assert line in done.stderr
    assert "Traceback" not in done.stderr
