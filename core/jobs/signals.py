"""Wake-up calls. They only save waiting: whoever misses one looks again shortly after.

Inside one process they are events; a relay, if there is one, carries them to the other processes.
"""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Protocol

from core.errors import StoreError


class Bell:
    """Wakes everybody who waits. A ring that nobody waits for is kept for the next one who asks."""

    def __init__(self) -> None:
        self._event = asyncio.Event()
        self._waiting = 0
        self._attended = asyncio.Event()

    def ring(self) -> None:
        self._event.set()

    async def wait(self, seconds: float) -> None:
        """Until the next ring, at most so long."""
        self._waiting += 1
        self._attended.set()
        try:
            async with asyncio.timeout(seconds):
                await self._event.wait()
        except TimeoutError:
            return
        finally:
            self._waiting -= 1
            if not self._waiting:
                self._attended.clear()
        self._event.clear()

    async def attended(self) -> None:
        """Until somebody waits for a ring."""
        await self._attended.wait()


class Relay(Protocol):
    """Carries wake-up calls to other processes. It never blocks and never raises; calls may get lost."""

    def queued(self) -> None: ...

    def changed(self, channel: str) -> None: ...

    def progressed(self, job: str, channel: str, done: float) -> None: ...

    def said(self, job: str, channel: str, text: str) -> None: ...

    def ended(self, job: str, channel: str) -> None: ...

    def stop(self, job: str) -> None: ...


class NoRelay:
    """There is no other process."""

    def queued(self) -> None:
        pass

    def changed(self, channel: str) -> None:
        pass

    def progressed(self, job: str, channel: str, done: float) -> None:
        pass

    def said(self, job: str, channel: str, text: str) -> None:
        pass

    def ended(self, job: str, channel: str) -> None:
        pass

    def stop(self, job: str) -> None:
        pass


class Heard:
    """What is heard inside this process.

    `work` rings when a job is queued; listeners of a channel are rung when something shown there changed;
    `progress` is how far running jobs are, 0 to 1; `answers` is what they have said so far.
    """

    def __init__(self) -> None:
        self.work = Bell()
        self.progress: dict[str, float] = {}
        self.answers: dict[str, str] = {}
        self._listeners: defaultdict[str, set[Bell]] = defaultdict(set)
        self._stops: dict[str, asyncio.Event] = {}

    def queued(self) -> None:
        self.work.ring()

    def changed(self, channel: str) -> None:
        for bell in self._listeners.get(channel, ()):
            bell.ring()

    def progressed(self, job: str, channel: str, done: float) -> None:
        self.progress[job] = done
        self.changed(channel)

    def said(self, job: str, channel: str, text: str) -> None:
        self.answers[job] = text
        self.changed(channel)

    def ended(self, job: str, channel: str) -> None:
        self.progress.pop(job, None)
        self.answers.pop(job, None)
        self.changed(channel)

    def stop(self, job: str) -> None:
        if job in self._stops:
            self._stops[job].set()

    def everything_may_have_changed(self) -> None:
        """Calls from other processes may have been missed: everybody looks again."""
        self.work.ring()
        self.progress.clear()
        self.answers.clear()
        for channel in list(self._listeners):
            self.changed(channel)

    @contextmanager
    def stopping(self, job: str) -> Iterator[asyncio.Event]:
        """Inside, the event is set when somebody asks this job to stop."""
        self._stops[job] = asyncio.Event()
        try:
            yield self._stops[job]
        finally:
            del self._stops[job]

    @asynccontextmanager
    async def listening(self, channel: str) -> AsyncIterator[Bell]:
        bell = Bell()
        self._listeners[channel].add(bell)
        try:
            yield bell
        finally:
            self._listeners[channel].discard(bell)
            if not self._listeners[channel]:
                del self._listeners[channel]


class Signals:
    """Wake-up calls for this process and, through the relay, for the others.

    `trouble` is why the workers of this process cannot work right now, if they cannot.
    """

    def __init__(self) -> None:
        self.here = Heard()
        self.relay: Relay = NoRelay()
        self.trouble: StoreError | None = None
        self.work = self.here.work
        self.progress = self.here.progress
        self.answers = self.here.answers
        self.stopping = self.here.stopping
        self.listening = self.here.listening

    def queued(self) -> None:
        """A job is there to be worked off."""
        self.here.queued()
        self.relay.queued()

    def changed(self, channel: str) -> None:
        """Something shown in this channel is new."""
        self.here.changed(channel)
        self.relay.changed(channel)

    def progressed(self, job: str, channel: str, done: float) -> None:
        """A running job is so far, 0 to 1."""
        self.here.progressed(job, channel, done)
        self.relay.progressed(job, channel, done)

    def said(self, job: str, channel: str, text: str) -> None:
        """A running job has said so much of its answer."""
        self.here.said(job, channel, text)
        self.relay.said(job, channel, text)

    def ended(self, job: str, channel: str) -> None:
        """This process does not work on the job any more."""
        self.here.ended(job, channel)
        self.relay.ended(job, channel)

    def stop(self, job: str) -> None:
        """Whoever works on this job should look whether it was cancelled."""
        self.here.stop(job)
        self.relay.stop(job)
