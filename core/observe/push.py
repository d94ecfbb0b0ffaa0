"""Send events to the operator's own program: signed, in order, until they are taken.

Crash table of one batch (the program may get a batch twice; each event in it has its own id):
  before it is sent     the cursor is where it was        it is sent by whoever comes next
  sent, not answered    the same                          the same, and the events of the batch come again
  taken                 the same                          the same
  cursor saved          it is behind the batch            nobody

One of all processes sends: it holds a slot, and whoever else saved the cursor meanwhile ends it. An address that does
not answer is asked less and less often, and for ever.
"""

import asyncio
import json
import secrets
from collections.abc import Sequence
from contextlib import suppress

import httpx
from pydantic import ValidationError

from core import __version__
from core.admin.model import Event
from core.clock import MINUTE, SECOND, Clock, Millis, iso
from core.errors import StoreError
from core.ids import digest
from core.log import logger
from core.observe.cursor import MOST_KNOWN, SCOPE, SETTLED, Cursor
from core.observe.signing import signed
from core.stores.admin import EventStore
from core.stores.ports import Kept, SettingStore, SlotStore

SLOT = "events-push"
BATCH = 50
TIMEOUT_SECONDS = 10.0
SLOT_LIFE: Millis = 30 * SECOND
"""Longer than a batch takes."""
LOOK_BACK: Millis = MINUTE
BATCHES_AT_ONCE = 100


class Push:
    """`key`: of the signature. Only `url` is ever asked; what it redirects to is not."""

    def __init__(
        self, url: str, key: bytes, events: EventStore, settings: SettingStore, slots: SlotStore, clock: Clock
    ) -> None:
        self._url = url
        self._key = key
        self._events = events
        self._settings = settings
        self._slots = slots
        self._clock = clock
        self._holder = secrets.token_hex(8)
        self._looked_back: Millis = 0

    async def run(self) -> None:
        """Send what there is. Raises StoreError."""
        try:
            for _ in range(BATCHES_AT_ONCE):
                if not await self._may_send() or not await self._step():
                    return
        finally:
            with suppress(StoreError):  # it gets free by itself
                await self._slots.free(SLOT, self._holder)

    async def _may_send(self) -> bool:
        now = self._clock.now()
        return await self._slots.take(SLOT, self._holder, 1, now, now + SLOT_LIFE)

    async def _step(self) -> bool:
        """One batch. Whether there may be more."""
        kept, cursor = await self._saved()
        now = self._clock.now()
        if cursor is None:
            await self._save(Cursor.starting(now), kept)
            return False
        if cursor.next_at > now:
            return False
        batch = await self._due(cursor, now)
        if not batch:
            return False
        pause = await self._sent(batch, now)
        if pause is None:
            return await self._save(cursor.sent(batch), kept)
        await self._save(cursor.failed(now, pause), kept)
        return False

    async def _due(self, cursor: Cursor, now: Millis) -> list[Event]:
        """The next events; or, once a minute, such as were noted too late for their turn."""
        until = now - SETTLED
        if now - self._looked_back >= LOOK_BACK:
            seen = await self._events.after((cursor.since - 1, "\U0010ffff"), min(cursor.at + 1, until), MOST_KNOWN)
            if late := cursor.missed(seen):
                return late[:BATCH]
            self._looked_back = now
        return await self._events.after(cursor.place, until, BATCH)

    async def _sent(self, batch: Sequence[Event], now: Millis) -> Millis | None:
        """None when they were taken, else for how long to wait at least."""
        body = _body(batch)
        id = f"msg_{digest(' '.join(event.id for event in batch))[:32]}"
        headers = {
            "content-type": "application/json", "user-agent": f"Easel/{__version__}",
            **signed(self._key, id, now // SECOND, body),
        }  # fmt: skip
        try:
            async with (
                asyncio.timeout(TIMEOUT_SECONDS),
                httpx.AsyncClient(timeout=TIMEOUT_SECONDS, follow_redirects=False) as client,
                client.stream("POST", self._url, content=body, headers=headers) as answer,
            ):
                if answer.is_success:
                    return None
                logger().warning("events not taken", status=answer.status_code, events=len(batch))
                return _retry_after(answer)
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            logger().warning("events not sent", errorName=type(error).__name__, events=len(batch))
            return 0

    async def _saved(self) -> tuple[Kept | None, Cursor | None]:
        """No cursor where nobody has listened yet."""
        kept = await self._settings.get(SCOPE)
        if kept is not None:
            with suppress(ValidationError):
                return kept, Cursor.model_validate_json(kept.doc)
        return kept, None

    async def _save(self, cursor: Cursor, before: Kept | None) -> bool:
        """Whether nobody else has saved it meanwhile."""
        return await self._settings.put(SCOPE, cursor.model_dump_json(), before.version if before else 0)


def _body(batch: Sequence[Event]) -> bytes:
    events = [
        {"id": event.id, "at": iso(event.at), "atMs": event.at, "kind": event.kind, "account": event.account,
         "data": event.data}
        for event in batch
    ]  # fmt: skip
    whole = {"type": "easel.events", "timestamp": iso(batch[-1].at), "data": {"events": events}}
    return json.dumps(whole, ensure_ascii=False, separators=(",", ":")).encode()


def _retry_after(answer: httpx.Response) -> Millis:
    """In whole seconds; a date is left to our own pauses."""
    said = answer.headers.get("retry-after", "")
    return int(said) * SECOND if said.isascii() and said.isdecimal() and len(said) < 7 else 0
