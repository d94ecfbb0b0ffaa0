"""`/admin` from a chat: what is typed, who may, what is answered, and what it does."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bots.incoming import Incoming
from bots.replies import Reply
from bots.service import Service
from core.accounts.model import Identity, Role
from core.app import App
from tests.support import ALICE, ManualClock, opened, settings_in, to_feed

BOSS, ANNE = Identity("playground", "boss"), ALICE


class Desk:
    """Somebody who types; each message has an id of its own unless it says which."""

    def __init__(self, app: App, clock: ManualClock) -> None:
        self.app = app
        self.clock = clock
        self.service = Service(app)
        self._count = 0

    async def say(self, text: str, who: Identity = BOSS, id: str = "") -> Reply:
        self._count += 1
        return await self.service.say(Incoming(id or f"m{self._count}", who, text, to_feed(who)))

    async def told(self, text: str, who: Identity = BOSS, id: str = "") -> str:
        reply = await self.say(text, who, id)
        assert reply.kind == "text", reply.text
        return reply.text

    async def refused(self, text: str, who: Identity = BOSS) -> str:
        reply = await self.say(text, who)
        assert reply.error is not None, reply.text
        return reply.text

    async def has(self, who: Identity = ANNE) -> int:
        account = await self.app.accounts.for_identity(who)
        return (await self.app.ledger.balance(account.id)).available - self.app.settings.signup_credits

    async def actions(self) -> list[str]:
        """What the audit log has, the latest first, without views."""
        return [line.action for line in await self.app.stores.audit.page(None, 99) if line.action != "view"]


@pytest.fixture
async def desk(tmp_path: Path, clock: ManualClock) -> AsyncIterator[Desk]:
    settings = settings_in(tmp_path, admins=(BOSS,))
    async with opened(settings, clock) as app:
        await app.accounts.for_identity(ANNE)
        yield Desk(app, clock)


async def test_an_admin_gives_credits_by_typing(desk: Desk) -> None:
    assert await desk.told(f"/admin grant {ANNE} 50 for the bug") == "Given 50 credits. They have **150** now."
    assert await desk.has() == 50
    [line] = await desk.app.stores.audit.page(None, 9)
    assert (line.label, line.action, line.why) == (str(BOSS), "grant", "for the bug")


async def test_people_are_named_in_several_ways(desk: Desk) -> None:
    account = await desk.app.accounts.for_identity(ANNE)
    code = await desk.app.referrals.code(account)
    for who in (str(ANNE), account.id, code, code.lower()):
        await desk.told(f"/admin grant {who} 5")
    assert await desk.has() == 20


async def test_a_mention_is_a_person_of_the_same_platform(desk: Desk) -> None:
    boss, carl = Identity("discord", "1"), Identity("discord", "42")
    await desk.app.accounts.for_identity(carl)
    await desk.app.stores.accounts.set_role((await desk.app.accounts.for_identity(boss)).id, Role.ADMIN)
    await desk.told("/admin grant <@42> 7 hello", boss)
    assert await desk.has(carl) == 7


async def test_the_same_message_delivered_twice_gives_once(desk: Desk) -> None:
    first = await desk.told(f"/admin grant {ANNE} 50", id="same")
    assert await desk.told(f"/admin grant {ANNE} 50", id="same") == first
    assert await desk.has() == 50


async def test_nobody_else_may_and_nothing_is_said_about_what_there_is(desk: Desk) -> None:
    refused = await desk.refused(f"/admin grant {ANNE} 50", ANNE)
    assert "is for the role admin" in refused
    assert await desk.has() == 0
    assert "/admin" not in await desk.told("/help", ANNE)
    assert "/admin" in await desk.told("/help")


@pytest.mark.parametrize("text", [
    "grant", "grant anne", f"grant {ANNE}", f"grant {ANNE} many", f"grant {ANNE} -5", f"grant {ANNE} 0",
    f"grant {ANNE} 1000001", f"grant {ANNE} ١٢", "grant discord:9 5", "fly", f"revoke {ANNE} 9999",
])  # fmt: skip
async def test_what_makes_no_sense_is_refused_and_nothing_is_done(desk: Desk, text: str) -> None:
    await desk.refused(f"/admin {text}")
    assert (await desk.has(), await desk.actions()) == (0, [])


async def test_what_can_be_typed_is_told(desk: Desk) -> None:
    assert "/admin grant @name 50" in await desk.told("/admin")
