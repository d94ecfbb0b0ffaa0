"""How soon 200 slash commands at once are acknowledged, against a bare Bolt app that only acknowledges, in one run."""

import asyncio
import statistics
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from slack_bolt.app.async_app import AsyncApp

from tests.bench.measure import alternated
from tests.bots.slack.running import core_of, running
from tests.fakes.bolt import bolt_app, over_http, over_socket
from tests.fakes.slack import SlackFake

AT_ONCE = 200
ROUNDS = 5


async def burst(fake: SlackFake) -> list[float]:
    handles = await asyncio.gather(*(fake.command("/imagine a red fox", user="alice") for _ in range(AT_ONCE)))
    assert all(handle.acked for handle in handles)
    return sorted(handle.took or 0.0 for handle in handles)


def bare(fake: SlackFake) -> AsyncApp:
    app = bolt_app(fake)

    @app.command("/imagine")
    async def imagine(ack: Any) -> None:
        await ack()

    return app


async def test_acknowledgements_of_200_commands_at_once(tmp_path: Path) -> None:
    for mode in ("socket", "http"):
        ours: list[float] = []
        theirs: list[float] = []

        async def we(number: int, mode: Any = mode, taken: list[float] = ours) -> None:
            folder = tmp_path / f"{mode}{number}"
            folder.mkdir()
            async with SlackFake(ack_seconds=10) as fake, core_of(fake, folder) as core, running(core, mode) as easel:
                taken += await burst(easel.fake)

        async def they(number: int, mode: Any = mode, taken: list[float] = theirs) -> None:
            async with SlackFake(ack_seconds=10) as fake:
                app = bare(fake)
                async with over_socket(fake, app) if mode == "socket" else over_http(fake, app):
                    taken += await burst(fake)

        await alternated(we, they, rounds=ROUNDS)
        print(f"\n{mode}: {line(ours)}; bare Bolt {line(theirs)}; "
              f"ratio of medians {statistics.median(ours) / statistics.median(theirs):.2f}")  # fmt: skip


def line(taken: Sequence[float]) -> str:
    ordered = sorted(taken)
    return f"p50 {ordered[len(ordered) // 2] * 1000:.0f} ms, p99 {ordered[len(ordered) * 99 // 100] * 1000:.0f} ms"
