"""What the admins of a server (a Discord server, a Slack workspace, a Telegram group) have set for it."""

from collections.abc import Callable, Collection

from pydantic import BaseModel, ConfigDict

from core.catalogue import Catalogue
from core.errors import BadOption
from core.stores.ports import SettingStore

ADMINS = "admins"
"""In a rule: nobody but the server's admins, who may always do everything."""


class ServerSettings(BaseModel):
    """None or empty: as easel.toml says, and everything for everybody.

    `persona`, `model` and `style` are names in easel.toml; `model` and `style` are for pictures. `channels` are where
    things may be made. `who`: for each command, who may use it, as `admins`, `group:ID` or `user:ID`. `daily` is the
    most requests a day of each person here. `private`: only who asked sees results, where the platform can do that.
    `wallet`: the server pays for its members, at most `cap` credits a month for each. `purse`: the name under which its
    credits are, if it has gone by another one.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    persona: str | None = None
    model: str | None = None
    style: str | None = None
    channels: tuple[str, ...] = ()
    who: dict[str, tuple[str, ...]] = {}
    daily: int | None = None
    private: bool = False
    wallet: bool = False
    cap: int | None = None
    purse: str | None = None

    def has_place_for(self, channels: Collection[str | None]) -> bool:
        """Whether things may be made in one of these: a channel, or the channel that a thread belongs to."""
        return not self.channels or any(channel in self.channels for channel in channels)

    def allows(self, command: str, user: str, groups: Collection[str]) -> bool:
        """Whether this person, who is no admin, may use a command. `user` as in an identity."""
        rule = self.who.get(command, ())
        own = {f"user:{user.rpartition('/')[2]}", *(f"group:{group}" for group in groups)}
        return not rule or not own.isdisjoint(rule)


Change = Callable[[ServerSettings], dict[str, object]]


class Servers:
    """Settings by server, such as `discord:123`."""

    def __init__(self, catalogue: Catalogue, settings: SettingStore) -> None:
        self._catalogue = catalogue
        self._settings = settings

    async def get(self, server: str | None) -> ServerSettings:
        kept = await self._settings.get(f"server:{server}") if server else None
        return ServerSettings.model_validate_json(kept.doc) if kept else ServerSettings()

    async def set_persona(self, server: str, name: str | None) -> ServerSettings:
        """Raises BadOption when there is no such persona."""
        self._check("persona", name, self._catalogue.personas)
        return await self._change(server, persona=name)

    async def moved(self, server: str, to: str) -> None:
        """A server goes by another name from now on, and keeps its settings and its wallet.

        The settings it has there already stay. The credits stay where they are, as jobs may be holding some.
        """
        old = await self.get(server)
        purse = old.purse or server
        if not await self._settings.put(f"server:{to}", old.model_copy(update={"purse": purse}).model_dump_json(), 0):
            await self._changed(to, lambda now: {"purse": now.purse or purse})

    async def set_model(self, server: str, name: str | None) -> ServerSettings:
        """The model that draws unless somebody says otherwise. Raises BadOption when there is no such one."""
        self._check("model", name, [model.name for model in self._catalogue.of_kind("image") if model.draw])
        return await self._change(server, model=name)

    async def set_style(self, server: str, name: str | None) -> ServerSettings:
        """Raises BadOption when there is no such style."""
        self._check("style", name, self._catalogue.styles)
        return await self._change(server, style=name)

    async def set_channels(self, server: str, add: Collection[str], remove: Collection[str] = ()) -> ServerSettings:
        """Put channels on the list of those where things may be made, and take others off."""

        def changed(now: ServerSettings) -> dict[str, object]:
            kept = [channel for channel in now.channels if channel not in remove]
            return {"channels": tuple(dict.fromkeys([*kept, *add]))}

        return await self._changed(server, changed)

    async def open_channels(self, server: str) -> ServerSettings:
        """Things may be made everywhere."""
        return await self._change(server, channels=())

    async def set_who(self, server: str, command: str, rule: Collection[str]) -> ServerSettings:
        """Who may use a command; an empty rule is everybody."""

        def changed(now: ServerSettings) -> dict[str, object]:
            others = {name: who for name, who in now.who.items() if name != command}
            return {"who": others | ({command: tuple(rule)} if rule else {})}

        return await self._changed(server, changed)

    async def set_daily(self, server: str, requests: int | None) -> ServerSettings:
        return await self._change(server, daily=requests)

    async def set_wallet(self, server: str, pays: bool) -> ServerSettings:
        return await self._change(server, wallet=pays)

    async def set_cap(self, server: str, credits: int | None) -> ServerSettings:
        return await self._change(server, cap=credits)

    async def set_private(self, server: str, private: bool) -> ServerSettings:
        return await self._change(server, private=private)

    @staticmethod
    def _check(what: str, name: str | None, known: Collection[str]) -> None:
        if name is not None and name not in known:
            names = ", ".join(known) or f"none: easel.toml lists no {what}s"
            raise BadOption(what, f"must be one of {names}; you gave {name[:20]}.")

    async def _change(self, server: str, **changes: object) -> ServerSettings:
        return await self._changed(server, lambda now: changes)

    async def _changed(self, server: str, change: Change) -> ServerSettings:
        """Compare and set, so that two admins at once do not undo each other."""
        scope = f"server:{server}"
        while True:
            kept = await self._settings.get(scope)
            now = ServerSettings.model_validate_json(kept.doc) if kept else ServerSettings()
            changed = now.model_copy(update=change(now))
            if await self._settings.put(scope, changed.model_dump_json(), kept.version if kept else 0):
                return changed
