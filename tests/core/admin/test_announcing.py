"""Announcements: everybody once, slowly, on from there after a crash, and nobody who wants none."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bots.playground.feed import PlaygroundMessenger
from core.accounts.model import Identity
from core.admin.announcing import LEASE, MAX_TEXT, TRIES, Announcements
from core.app import App
from core.errors import ActionRefused, BadOption, StoreBusy
from core.news import News
from tests.core.accounts.test_linking import link
from tests.core.admin.acts import acts
from tests.core.admin.boss import BOSS, heard
from tests.fakes import Fault, meddled
from tests.support import ALICE, BOB, ManualClock, Silent, opened, settings_in

PEOPLE = [Identity("playground", name) for name in ("anne", "bert", "carl", "dora")]


@pytest.fixture
async def app(tmp_path: Path, clock: ManualClock) -> AsyncIterator[App]:
    async with opened(settings_in(tmp_path), clock) as app:
        for identity in PEOPLE:
            await app.accounts.for_identity(identity)
            clock.move(1)
        yield app


def teller(app: App, stores: object = None, pause: float = 0) -> Announcements:
    """Somebody who goes on with it, without waiting between people."""
    kept = meddled(app.stores, before=stores) if isinstance(stores, Fault) else app.stores
    return Announcements(kept.settings, kept.slots, app.accounts, app.messengers, app.clock, pause)


async def counts(app: App) -> tuple[str, int, int]:
    latest = await app.announcements.latest()
    assert latest is not None
    return latest.state, latest.told, latest.passed


async def test_everybody_is_told_once_and_how_to_have_no_more(app: App) -> None:
    await acts(app).announce(BOSS, "r1", "We move\nto new models.")
    await acts(app).announce(BOSS, "r1", "We move\nto new models.")
    for _ in range(3):
        await teller(app).run()
    for identity in PEOPLE:
        [told] = await heard(app, identity)
        assert "We move\\nto new models." in told
        assert "/announcements off" in told
    assert await counts(app) == ("done", 4, 0)


async def test_who_wants_none_is_suspended_or_is_not_reached_is_passed_over(app: App) -> None:
    anne, bert = [await app.accounts.for_identity(identity) for identity in PEOPLE[:2]]
    await app.accounts.for_identity(BOB)  # for whose platform there is no messenger
    await app.announcements.wish(anne.id, wanted=False)
    await acts(app).suspend(BOSS, "r0", bert.id)
    await acts(app).announce(BOSS, "r1", "Hello.")
    await teller(app).run()
    assert await counts(app) == ("done", 2, 3)
    assert await heard(app, PEOPLE[0]) == []


async def test_a_no_stays_a_no_after_linking_and_can_be_taken_back(app: App, clock: ManualClock) -> None:
    for identity in (ALICE, BOB):
        await app.accounts.for_identity(identity)
        clock.move(1)
    bob = await app.accounts.for_identity(BOB)
    await app.announcements.wish(bob.id, wanted=False)
    merged = await link(app, ALICE, BOB)
    assert not await app.announcements.wants(merged.id)
    await app.announcements.wish(merged.id, wanted=True)
    assert await app.announcements.wants(merged.id)


@pytest.mark.parametrize("write", range(1, 13))
async def test_after_a_crash_at_any_write_it_goes_on_and_tells_everybody_once(
    app: App, clock: ManualClock, write: int
) -> None:
    await acts(app).announce(BOSS, "r1", "Hello.")
    fault = Fault(write)
    try:
        await teller(app, fault).run()
    except StoreBusy:
        clock.move(LEASE)
    else:
        assert fault.calls < write  # there were no more writes to fail at
    await teller(app).run()
    assert [len(await heard(app, identity)) for identity in PEOPLE] == [1, 1, 1, 1]
    assert await counts(app) == ("done", 4, 0)


async def test_one_process_at_a_time_goes_on_with_it(app: App) -> None:
    class Meanwhile(PlaygroundMessenger):
        async def tell(self, identity: Identity, news: News, key: str) -> None:
            await other.run()
            await super().tell(identity, news, key)

    other = teller(app)
    await acts(app).announce(BOSS, "r1", "Hello.")
    app.messengers["playground"] = Meanwhile(app)
    await teller(app).run()
    assert await counts(app) == ("done", 4, 0)


async def test_it_can_be_stopped_and_only_one_is_under_way(app: App) -> None:
    class Stopping(PlaygroundMessenger):
        async def tell(self, identity: Identity, news: News, key: str) -> None:
            await super().tell(identity, news, key)
            if identity == PEOPLE[1]:
                await acts(app).silence(BOSS, "r2")

    await acts(app).announce(BOSS, "r1", "Hello.")
    with pytest.raises(ActionRefused, match="under way"):
        await acts(app).announce(BOSS, "r3", "Another.")
    app.messengers["playground"] = Stopping(app)
    await teller(app).run()
    await teller(app).run()
    assert [len(await heard(app, identity)) for identity in PEOPLE] == [1, 1, 0, 0]
    assert (await counts(app))[0] == "stopped"
    with pytest.raises(ActionRefused, match="No announcement"):
        await acts(app).silence(BOSS, "r4")


async def test_who_cannot_be_told_keeps_the_others_waiting_for_some_tries_only(app: App) -> None:
    class Down(PlaygroundMessenger):
        async def tell(self, identity: Identity, news: News, key: str) -> None:
            if identity == PEOPLE[1]:
                raise OSError("the platform is away")
            await super().tell(identity, news, key)

    await acts(app).announce(BOSS, "r1", "Hello.")
    app.messengers["playground"] = Down(app)
    for _ in range(TRIES - 1):
        await teller(app).run()
        assert await counts(app) == ("running", 1, 0)
    await teller(app).run()
    assert await counts(app) == ("done", 3, 1)


async def test_a_text_has_to_fit_into_one_message_everywhere(app: App) -> None:
    for text in ("", "x" * (MAX_TEXT + 1)):
        with pytest.raises(BadOption):
            await acts(app).announce(BOSS, "r1", text)
    app.messengers["playground"] = Silent()  # type: ignore[assignment]  # who is never asked
    await teller(app).run()
