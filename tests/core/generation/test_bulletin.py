"""What one process learns about a provider, the pages of another one show."""

import pytest

from core.app import App
from core.clock import HOUR, MINUTE, SECOND
from core.errors import StoreBusy
from core.generation.bulletin import SCOPE, Bulletin, Standing
from core.generation.health import FAILURES_TO_OPEN, OPEN_SECONDS, Health
from core.providers.ports import ProviderFailed
from tests.fakes import app_on, meddled, settled, with_provider, working
from tests.fakes.providers import Raises
from tests.support import ManualClock, imagine


def in_trouble(app: App, state: str, seconds: int = 30) -> dict[str, Standing]:
    return {"gemini": Standing(state, app.clock.now() + seconds * SECOND)}


def of(app: App, process: str) -> Bulletin:
    return Bulletin(app.stores.settings, process, app.clock)


async def test_a_provider_that_failed_too_often_in_a_worker_is_shown_by_every_process(app: App) -> None:
    troubled = with_provider(app, Raises(ProviderFailed("It is down.")))
    async with working(troubled):
        for number in range(FAILURES_TO_OPEN):
            outcome = await app.requests.submit(imagine(f"r{number}"))
            await settled(app, outcome.job.id)  # type: ignore[union-attr]  # pictures are never cached
    assert await app_on(app, app.stores).bulletin.now() == {"demo": "opened"}


async def test_a_rest_that_is_over_does_not_hide_an_open_breaker(app: App) -> None:
    health = Health(failures_to_open=1)
    health.rest("gemini", 0.0)
    with pytest.raises(ProviderFailed):
        async with health.judged("gemini"):
            raise ProviderFailed("It is down.")
    await of(app, "a").tell(health.troubles(app.clock.now()))
    assert await app.bulletin.now() == {"gemini": "opened"}


async def test_the_worst_of_what_all_say_is_told_until_it_fades(app: App, clock: ManualClock) -> None:
    await of(app, "a").tell(in_trouble(app, "half-opened", 600))
    await of(app, "b").tell(in_trouble(app, "opened"))
    assert await app.bulletin.now() == {"gemini": "opened"}
    clock.move(round(OPEN_SECONDS) * SECOND)
    assert await app.bulletin.now() == {"gemini": "half-opened"}
    clock.move(HOUR)
    assert await app.bulletin.now() == {"gemini": "half-opened"}
    clock.move(10 * MINUTE)
    assert await app.bulletin.now() == {}


async def test_who_is_well_again_is_no_longer_told_of_but_what_others_say_stays(app: App) -> None:
    one = of(app, "a")
    await one.tell(in_trouble(app, "opened"))
    await of(app, "b").tell(in_trouble(app, "resting"))
    await one.tell({})
    assert await app.bulletin.now() == {"gemini": "resting"}


async def test_the_same_news_is_written_once(app: App) -> None:
    one = of(app, "a")
    for late in (0, 3, 7):  # a clock is read again and again
        await one.tell({"gemini": Standing("opened", app.clock.now() + 30_000 + late)})
    kept = await app.stores.settings.get(SCOPE)
    assert kept is not None
    assert kept.version == 1


async def test_a_database_that_is_away_fails_no_request_and_the_news_is_told_later(app: App) -> None:
    away = [True]

    async def busy(verb: str) -> None:
        if away[0]:
            raise StoreBusy

    one = Bulletin(meddled(app.stores, before=busy).settings, "a", app.clock)
    await one.tell(in_trouble(app, "opened"))
    assert await app.bulletin.now() == {}
    away[0] = False
    await one.tell(in_trouble(app, "opened"))
    assert await app.bulletin.now() == {"gemini": "opened"}


@pytest.mark.parametrize("state", ["opened", "half-opened", "resting"])
async def test_two_processes_that_write_at_once_are_both_heard(app: App, state: str) -> None:
    async def between(verb: str) -> None:
        if verb == "put" and not done:
            done.append(verb)
            await of(app, "b").tell(in_trouble(app, "half-opened"))

    done: list[str] = []
    await Bulletin(meddled(app.stores, before=between).settings, "a", app.clock).tell(in_trouble(app, state))
    kept = await app.stores.settings.get(SCOPE)
    assert kept is not None
    assert all(f'"{process}"' in kept.doc for process in "ab")
