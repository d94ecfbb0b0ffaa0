"""What admins have switched while Easel runs: a pause, models, prices, limits. Every process obeys within seconds.

One small document, changed by compare-and-set only. It names the requests that changed it last, so that one that is
repeated after a crash does not undo what another one changed since.
"""

from collections.abc import Callable, Mapping

from pydantic import BaseModel, ConfigDict

from core.accounts.model import Role
from core.catalogue import Catalogue
from core.clock import SECOND, Clock, Millis
from core.errors import Paused
from core.stores.ports import SettingStore

SCOPE = "switches"
KEPT_FOR: Millis = 2 * SECOND
REMEMBERED = 100


class Pause(BaseModel):
    """Why nothing is made, and since when."""

    model_config = ConfigDict(frozen=True)

    why: str
    since: Millis


class Switched(BaseModel):
    """As it is now. `off`: models; `prices` by model and `per_day` by role are instead of those in the files."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    pause: Pause | None = None
    off: tuple[str, ...] = ()
    prices: dict[str, int] = {}
    per_day: dict[str, int] = {}
    requests: tuple[str, ...] = ()

    def limits(self, overrides: Mapping[Role, int]) -> dict[Role, int]:
        """The limits of roles, where they are not those of easel.toml."""
        return dict(overrides) | {role: self.per_day[role.label] for role in Role if role.label in self.per_day}


Change = Callable[[Switched], Switched]


class Switches:
    """Reads are a few seconds old at most. Every method may raise StoreError."""

    def __init__(self, settings: SettingStore, catalogue: Catalogue, clock: Clock) -> None:
        self._settings = settings
        self._catalogue = catalogue
        self._clock = clock
        self._read: tuple[Millis, Switched] | None = None
        self._made: tuple[Switched, Catalogue] = (Switched(), catalogue)

    async def now(self) -> Switched:
        if self._read is None or not 0 <= self._clock.now() - self._read[0] < KEPT_FOR:
            self._remember((await self._kept())[0])
        assert self._read is not None  # noqa: S101  # it has just been read
        return self._read[1]

    async def catalogue(self) -> Catalogue:
        """The catalogue with its prices as they are now, and without the models that are switched off."""
        switched = await self.now()
        if self._made[0] != switched:
            self._made = switched, self._catalogue.switched(switched.off, switched.prices)
        return self._made[1]

    async def check_open(self) -> None:
        """Raises Paused."""
        if (pause := (await self.now()).pause) is not None:
            raise Paused(pause.why)

    async def change(self, request: str, change: Change) -> Switched:
        """Change something, once per request; how everything is then."""
        while True:
            now, version = await self._kept()
            if request in now.requests:
                return self._remember(now)
            requests = (*now.requests, request)[-REMEMBERED:]
            changed = change(now).model_copy(update={"requests": requests})
            if await self._settings.put(SCOPE, changed.model_dump_json(), version):
                return self._remember(changed)

    def _remember(self, switched: Switched) -> Switched:
        self._read = self._clock.now(), switched
        return switched

    async def _kept(self) -> tuple[Switched, int]:
        kept = await self._settings.get(SCOPE)
        return (Switched.model_validate_json(kept.doc), kept.version) if kept else (Switched(), 0)
