"""What a whole request adds to the provider's own time, beside what litellm's proxy adds to it.

All ask the same provider, in turns of a few questions each, so that whatever else the machine does falls on all alike.
Figures are printed next to their goals; they are not judged.
"""

import os
import statistics
import tempfile
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, closing
from pathlib import Path

import pytest
from openai import AsyncOpenAI

from core.app import App
from core.observe.model import LATENCIES
from tests.bench.asking import MODEL, PATIENCE_SECONDS, Bare, Disk, Easel, Taken
from tests.bench.rival import NotThere, Proxy, litellm
from tests.bench.upstream import upstream
from tests.fakes.openai import KEY
from tests.support import opened, settings_in

CATALOGUE = Path(__file__).parents[2] / "easel.toml"
MEMORY = Path("/dev/shm")
"""A folder that is on no disk, where a commit has nothing to wait for."""
WARM_UP_ROUNDS, ROUNDS, EACH = 2, 20, 10
GOAL_50, GOAL_95, GOAL_SHARE = 5.0, 15.0, 1 / 3

SDK, EASEL, IN_MEMORY, LITELLM, COMMIT = "the SDK alone", "Easel", "Easel in memory", "litellm", "one commit here"
SETTLED = f"{EASEL}, settled"
TIMED = (SDK, SETTLED, f"{EASEL}, delivered", f"{IN_MEMORY}, settled", LITELLM, COMMIT)
ADDING = TIMED[1:-1]

Block = Callable[[Sequence[int]], Awaitable[list[Taken]]]
Figures = dict[str, list[float]]


@pytest.fixture
def url() -> Iterator[str]:
    with upstream() as url:
        yield url


@pytest.fixture
def proxy(tmp_path: Path, url: str) -> Iterator[Proxy | NotThere]:
    """litellm, or why it cannot be measured."""
    try:
        with litellm(tmp_path, url, KEY, MODEL) as proxy:
            yield proxy
    except NotThere as why:
        yield why


@pytest.fixture
def memory() -> Iterator[Path | None]:
    if not MEMORY.is_dir():
        yield None
        return
    with tempfile.TemporaryDirectory(dir=MEMORY) as folder:
        yield Path(folder)


async def test_a_whole_request_against_the_sdk_alone(
    tmp_path: Path, url: str, proxy: Proxy | NotThere, memory: Path | None
) -> None:
    async with AsyncExitStack() as stack:
        app = await stack.enter_async_context(easel_in(tmp_path, url))
        disk = stack.enter_context(closing(Disk(COMMIT, tmp_path / "commits.db")))
        blocks = [await bare(stack, SDK, url, KEY, app), Easel(EASEL, app).block, disk.block]
        if memory is not None:
            blocks.append(Easel(IN_MEMORY, await stack.enter_async_context(easel_in(memory, url))).block)
        if isinstance(proxy, Proxy):
            blocks.append(await bare(stack, LITELLM, proxy.url, proxy.key, app))
        load = os.getloadavg()[0]
        taken = await in_turns(blocks)
    print(f"\n{ROUNDS * EACH} questions each, load {load:.1f} to {os.getloadavg()[0]:.1f}\n{table(taken)}")
    if isinstance(proxy, NotThere):
        pytest.skip(f"without litellm: {proxy}")


def easel_in(folder: Path, url: str) -> AbstractAsyncContextManager[App]:
    return opened(
        settings_in(
            folder, easel_config=CATALOGUE, openai_api_key=KEY, openai_base_url=url,
            signup_credits=1_000_000, rate_limit_per_day="100000",
        )
    )  # fmt: skip


async def bare(stack: AsyncExitStack, name: str, url: str, key: str, app: App) -> Block:
    client = AsyncOpenAI(base_url=url, api_key=key, max_retries=0, timeout=PATIENCE_SECONDS)
    await stack.enter_async_context(client)
    return Bare(name, client, app.catalogue.personas["default"]).block


async def in_turns(blocks: Sequence[Block]) -> Figures:
    """All figures by name, without the first rounds'. Who begins changes with each round."""
    taken: defaultdict[str, list[float]] = defaultdict(list)
    for number in range(WARM_UP_ROUNDS + ROUNDS):
        first = number % len(blocks)
        for block in (*blocks[first:], *blocks[:first]):
            for one in await block(range(number * EACH, (number + 1) * EACH)):
                for name, figure in one.items() if number >= WARM_UP_ROUNDS else ():
                    taken[name].append(figure)
    return taken


# --- the table --------------------------------------------------------------------------------------------------


def table(taken: Figures) -> str:
    """What each took, what it added to the SDK's time, and where a request of Easel says that its time went."""
    goals = {SETTLED: (GOAL_50, GOAL_95)}
    lines = [f"{'':34}     p50     p95", *(row(name, percentiles(taken[name])) for name in TIMED if name in taken)]
    lines += [row(f"added by {name}", added(taken, name), goals.get(name)) for name in ADDING if name in taken]
    if LITELLM in taken:
        shares = [ours / theirs for ours, theirs in zip(added(taken, SETTLED), added(taken, LITELLM), strict=True)]
        lines.append(row("Easel's part of what litellm adds", shares, (GOAL_SHARE, GOAL_SHARE)))
    for name in (EASEL, IN_MEMORY) if f"{IN_MEMORY}, settled" in taken else (EASEL,):
        parts = ", ".join(f"{part} {percentiles(taken[f'{name}, {part}'])[0]:.2f}" for part in LATENCIES)
        lines.append(f"{name}, p50 by its indicators: {parts}; {taken[f'{name}, commits'][0]:.0f} commits")
    return "\n".join(lines)


def row(name: str, figures: Sequence[float], goals: Sequence[float] | None = None) -> str:
    line = f"{name:34}" + "".join(f"{figure:8.2f}" for figure in figures)
    met = ("met" if figure <= goal else "not met" for figure, goal in zip(figures, goals or figures, strict=True))
    return line if goals is None else f"{line}   goals {goals[0]:.2f}, {goals[1]:.2f}: {', '.join(met)}"


def added(taken: Figures, name: str) -> list[float]:
    return [whole - alone for whole, alone in zip(percentiles(taken[name]), percentiles(taken[SDK]), strict=True)]


def percentiles(figures: Sequence[float]) -> tuple[float, float]:
    """p50 and p95."""
    cuts = statistics.quantiles(figures, n=20)
    return cuts[9], cuts[18]
