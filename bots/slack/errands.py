"""What was acknowledged to Slack and is not done yet: side by side, and seen through when Easel stops.

Slack does not send again what was acknowledged. So whoever stops Easel waits a little for it; what takes longer is
broken off, and its excuse is made: a sentence where the person waits for an answer.
"""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any
from weakref import WeakValueDictionary

from bots.slack.refusals import Trouble, code_of
from core.log import logger
from core.tasks import stopped

AT_ONCE = 24
"""So many of one workspace are worked on side by side: Slack limits each workspace by itself, and none waits for it."""
FINISH_SECONDS = 1.5
EXCUSE_SECONDS = 0.8
"""Together less than what a process has from the signal to its end (`bots.serve.STOP_SECONDS`), with room for the web
server and the workers, who stop before."""

Work = Coroutine[Any, Any, object]
Excuse = Callable[[], Work]


class Errands:
    """All that one process has taken on for Slack."""

    def __init__(self, finish_seconds: float = FINISH_SECONDS, excuse_seconds: float = EXCUSE_SECONDS) -> None:
        self._finish_seconds = finish_seconds
        self._excuse_seconds = excuse_seconds
        self._lanes: WeakValueDictionary[str, asyncio.Semaphore] = WeakValueDictionary()
        self._asked: set[asyncio.Task[object]] = set()
        self._shown: set[asyncio.Task[object]] = set()
        self.is_late = False

    def soon(self, work: Work) -> None:
        """Do this now: what is over in a moment, such as a sentence, or a modal, for which there are three seconds."""
        _kept(self._asked, logged(work))

    def in_turn(self, lane: str, work: Work, excuse: Excuse) -> None:
        """Do this when it is its turn among those of the same lane; `excuse` if it is broken off."""
        _kept(self._asked, self._in_turn(lane, work, excuse))

    def beside(self, work: Work) -> None:
        """Do this as long as there is nothing better to do: it may be broken off at any time."""
        _kept(self._shown, logged(work))

    async def finished(self) -> None:
        """See through what was taken on, or make its excuse. Nothing more may be taken on by then."""
        await stopped(set(self._shown))
        if self._asked:
            await asyncio.wait(set(self._asked), timeout=self._finish_seconds)
        self.is_late = True
        for task in (late := set(self._asked)):
            task.cancel()
        if late:
            logger().warning("slack requests broken off", count=len(late))
            await asyncio.wait(late, timeout=self._excuse_seconds)
        await stopped(set(self._asked))

    async def _in_turn(self, lane: str, work: Work, excuse: Excuse) -> None:
        turns = self._lanes.get(lane) or asyncio.Semaphore(AT_ONCE)
        self._lanes[lane] = turns
        try:
            async with turns:
                await logged(work)
        except asyncio.CancelledError:
            if self.is_late:
                await logged(excuse())
            raise
        finally:
            work.close()  # if it was stopped before its turn came


def _kept(among: set[asyncio.Task[object]], work: Work) -> None:
    task = asyncio.create_task(work)
    among.add(task)
    task.add_done_callback(among.discard)


async def logged(work: Work) -> None:
    """There is nobody above us who could do better."""
    try:
        await work
    except Trouble as error:
        logger().warning("slack call failed", errorName=code_of(error) or type(error).__name__)
    except Exception:
        logger().exception("slack listener crashed")
