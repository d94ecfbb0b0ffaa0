"""What admins are about to do, saved before it is done, so that whatever happens it is done, and in the audit log.

All that is under way is one small document, changed by compare-and-set.
"""

from collections.abc import Callable

from pydantic import BaseModel, ConfigDict, JsonValue

from core.clock import Millis
from core.stores.ports import SettingStore

SCOPE = "admin:intents"
Opened = dict[str, "Intent"]


class Intent(BaseModel):
    """One action. `request` is the id of the request for it, and what makes it be done once.

    `args` is what the action needs to know besides its target; `before` is how its target was.
    """

    model_config = ConfigDict(frozen=True)

    request: str
    actor: str
    label: str
    action: str
    target: str
    args: dict[str, JsonValue] = {}
    why: str = ""
    at: Millis
    before: dict[str, JsonValue] = {}

    @property
    def op(self) -> str:
        """Its id in ledgers and at providers."""
        return f"admin:{self.request}"

    def number(self, name: str) -> int:
        value = self.args[name]
        assert isinstance(value, int)  # noqa: S101  # who made the intent has put one there
        return value

    def text(self, name: str) -> str:
        return str(self.args[name])


class Open(BaseModel):
    """The document."""

    model_config = ConfigDict(frozen=True)

    intents: dict[str, Intent] = {}


class Intents:
    """Every method may raise StoreError."""

    def __init__(self, settings: SettingStore) -> None:
        self._settings = settings

    async def open(self) -> list[Intent]:
        return list((await self._read())[0].values())

    async def find(self, request: str) -> Intent | None:
        return (await self._read())[0].get(request)

    async def before(self, request: str) -> list[Intent]:
        """Those that began before this one, as `begin` puts each in front of the others."""
        found = await self.open()
        places = [place for place, each in enumerate(found) if each.request == request]
        return found[places[0] + 1 :] if places else []

    async def begin(self, intent: Intent) -> Intent:
        """Save it; if the request is known already, as it was saved then."""
        saved = await self._change(lambda now: {intent.request: intent} | now)
        return saved[intent.request]

    async def end(self, request: str) -> None:
        await self._change(lambda now: {id_: each for id_, each in now.items() if id_ != request})

    async def _change(self, change: Callable[[Opened], Opened]) -> Opened:
        while True:
            now, version = await self._read()
            changed = change(now)
            if changed == now:
                return now
            if await self._settings.put(SCOPE, Open(intents=changed).model_dump_json(), version):
                return changed

    async def _read(self) -> tuple[Opened, int]:
        kept = await self._settings.get(SCOPE)
        return (Open.model_validate_json(kept.doc).intents, kept.version) if kept else ({}, 0)
