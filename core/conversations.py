"""What was said before in a conversation, as far as it is worth sending along.

Conversations are not stored by themselves: they are the finished chats that name them, so that deleting, retention and
recovery hold for them, too. Only the moment of a /reset is kept.
"""

import json
from collections.abc import Sequence

from core.catalogue import ChatTable
from core.clock import HOUR, Clock, Millis
from core.ids import digest
from core.jobs.model import Job
from core.jobs.specs import Turn
from core.stores.ports import JobStore, SettingStore

TURNS_LOOKED_AT = 50
CHARACTERS_PER_TOKEN = 4
"""A rough count that is right within a third for European languages; providers count for themselves."""


class Conversations:
    """One conversation for each place and person."""

    def __init__(self, table: ChatTable, jobs: JobStore, settings: SettingStore, clock: Clock) -> None:
        self._table = table
        self._jobs = jobs
        self._settings = settings
        self._clock = clock

    async def history(self, name: str) -> tuple[Turn, ...]:
        """The latest turns that fit into the budget, the oldest first."""
        since = self._clock.now() - self._table.memory_hours * HOUR
        jobs = await self._jobs.conversation(name, max(since, await self._begun(name)), TURNS_LOOKED_AT)
        return remembered(jobs, self._table.memory_tokens)

    async def reset(self, name: str) -> None:
        """Begin anew: nothing that was said until now is sent along any more."""
        scope, doc = _scope(name), json.dumps({"begun": self._clock.now() + 1})
        while True:
            kept = await self._settings.get(scope)
            if await self._settings.put(scope, doc, kept.version if kept else 0):
                return

    async def _begun(self, name: str) -> Millis:
        kept = await self._settings.get(_scope(name))
        return int(json.loads(kept.doc)["begun"]) if kept else 0


def remembered(jobs: Sequence[Job], budget: int) -> tuple[Turn, ...]:
    """As many of the latest turns as fit, and never a later one without those between."""
    turns: list[Turn] = []
    for job in reversed(jobs):
        if job.result is None:
            continue
        turn = Turn(question=job.spec.prompt, answer=job.result.text)
        budget -= tokens_in(turn.question) + tokens_in(turn.answer)
        if budget < 0:
            break
        turns.append(turn)
    return tuple(reversed(turns))


def tokens_in(text: str) -> int:
    return -(-len(text) // CHARACTERS_PER_TOKEN)


def _scope(name: str) -> str:
    """Without the person's id in it: it stays when the person is forgotten."""
    return f"conversation:{digest(name)}"
