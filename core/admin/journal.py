"""Note what happened, once, for the reports and for the operator's own programs."""

import re

from pydantic import JsonValue

from core.admin.model import Doc, Event
from core.clock import Clock, Millis
from core.credits.model import Entry, Kind, Origin
from core.errors import BadOption, StoreError
from core.log import logger
from core.stores.admin import EventStore

CUSTOM = re.compile(r"custom\.[a-z0-9_.-]{1,60}")
MAX_DATA = 8_192
"""Characters of a custom event's JSON."""
PURCHASE, REFUND = "purchase", "refund"
BOUGHT = frozenset({Origin.PAID, Origin.SUBSCRIPTION})


class Journal:
    """Adds events. The same id again is the same event."""

    def __init__(self, store: EventStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def happened(self, kind: str, account: str | None, data: Doc, *, id: str, at: Millis | None = None) -> bool:
        """Whether that was news. Raises StoreError."""
        return await self._store.append(Event(id, self._clock.now() if at is None else at, kind, account, data))

    async def custom(self, kind: str, account: str | None, data: Doc, *, id: str) -> bool:
        """An event of the operator's own programs. Raises BadOption or StoreError."""
        if not CUSTOM.fullmatch(kind):
            raise BadOption("kind", "must be custom. and a name of a-z 0-9 _ . -, such as custom.contest_won.")
        if len(repr(data)) > MAX_DATA:
            raise BadOption("data", f"must be at most {MAX_DATA:,} characters of JSON.")
        return await self.happened(kind, account, data, id=id)

    async def entered(self, entry: Entry) -> None:
        """Credits were given or taken by the house; what is bought is told by `bought`.

        The entry stands whether or not this can be noted: that is no reason to fail whoever asked for it.
        """
        data: dict[str, JsonValue] = {"credits": entry.amount, "op": entry.op, "why": entry.ref}
        match entry.kind:
            case Kind.GRANT if entry.lots and entry.lots[0].origin not in BOUGHT:
                kind, data["origin"] = "grant", entry.lots[0].origin.name.lower()
            case Kind.ADJUST:
                kind = "grant" if entry.amount > 0 else "revoke"
            case _:
                return
        try:
            await self.happened(kind, entry.account, data, id=f"entry:{entry.account}:{entry.op}", at=entry.at)
        except StoreError as error:
            logger().error("event not noted", op=entry.op, errorName=error.code)
