"""What the admins of a server (a Discord server, a Slack workspace, a Telegram group) have set for it."""

from pydantic import BaseModel, ConfigDict

from core.catalogue import Catalogue
from core.errors import BadOption
from core.stores.ports import SettingStore


class ServerSettings(BaseModel):
    """None: as easel.toml says. `persona` is the name of one."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    persona: str | None = None
    private: bool = False


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
        if name is not None and name not in self._catalogue.personas:
            known = ", ".join(self._catalogue.personas) or "none: easel.toml lists no personas"
            raise BadOption("persona", f"must be one of {known}; you gave {name[:20]}.")
        return await self._change(server, persona=name)

    async def _change(self, server: str, **changes: object) -> ServerSettings:
        scope = f"server:{server}"
        while True:
            kept = await self._settings.get(scope)
            now = ServerSettings.model_validate_json(kept.doc) if kept else ServerSettings()
            changed = now.model_copy(update=changes)
            if await self._settings.put(scope, changed.model_dump_json(), kept.version if kept else 0):
                return changed
