"""Where Easel is installed, with its tokens, and who may come back from Slack's page of consent.

Installations are kept in our stores, one for each workspace (or for an organisation as a whole); a removed one leaves
an empty document. States are signed and only noted once used, so nobody fills the database by opening the page.
"""

import hashlib
import hmac
import json
import logging
import secrets
from collections.abc import Callable
from typing import Any

from slack_sdk.oauth.installation_store import Bot, Installation
from slack_sdk.oauth.installation_store.async_installation_store import AsyncInstallationStore
from slack_sdk.oauth.state_store.async_state_store import AsyncOAuthStateStore

from core.clock import MINUTE, SECOND, Clock, Millis
from core.ids import digest
from core.stores.ports import LimitStore, SettingStore

STATE_LIFETIME: Millis = 10 * MINUTE
"""As long as Slack's own code lives: https://docs.slack.dev/authentication/installing-with-oauth"""
GONE = "null"


class Installations(AsyncInstallationStore):
    """`AsyncInstallationStore` on our stores. Methods may raise StoreError. Tokens of people are never asked for."""

    def __init__(self, store: SettingStore, logger: logging.Logger) -> None:
        self._store = store
        self._logger = logger

    @property
    def logger(self) -> logging.Logger:
        return self._logger

    async def async_save(self, installation: Installation) -> None:
        team = None if installation.is_enterprise_install else installation.team_id
        doc = json.dumps(installation.to_dict_for_copying(), default=_jsonable)
        await self._change(_scope(installation.enterprise_id, team), lambda _: doc)
        if installation.enterprise_id and team:  # it takes the place of one from before it joined the organisation
            await self._remove(_scope(None, team), None)

    async def async_save_bot(self, bot: Bot) -> None:
        """New tokens for an installation that is there. One that was removed meanwhile stays removed."""
        team = None if bot.is_enterprise_install else bot.team_id

        def renewed(kept: str | None) -> str | None:
            if (known := _read(kept)) is None:
                return None
            known.bot_token, known.bot_refresh_token = bot.bot_token, bot.bot_refresh_token
            known.bot_token_expires_at = bot.bot_token_expires_at
            return json.dumps(known.to_dict_for_copying(), default=_jsonable)

        await self._change(_scope(bot.enterprise_id, team), renewed)

    async def async_find_installation(
        self, *, enterprise_id: str | None, team_id: str | None, user_id: str | None = None,
        is_enterprise_install: bool | None = False,
    ) -> Installation | None:  # fmt: skip
        """The workspace's own installation, or that of its organisation as a whole.

        A workspace may have installed Easel before it joined the organisation.
        """
        scopes = [] if is_enterprise_install else _own_scopes(enterprise_id, team_id)
        for scope in [*scopes, *([_scope(enterprise_id, None)] if enterprise_id else [])]:
            kept = await self._store.get(scope)
            if kept and (found := _read(kept.doc)):
                return found
        return None

    async def async_find_bot(
        self, *, enterprise_id: str | None, team_id: str | None, is_enterprise_install: bool | None = False
    ) -> Bot | None:
        found = await self.async_find_installation(
            enterprise_id=enterprise_id, team_id=team_id, is_enterprise_install=is_enterprise_install
        )
        return found.to_bot() if found else None

    async def async_delete_bot(self, *, enterprise_id: str | None, team_id: str | None) -> None:
        await self.removed(enterprise_id, team_id, None)

    async def async_delete_installation(
        self, *, enterprise_id: str | None, team_id: str | None, user_id: str | None = None
    ) -> None:
        if user_id is None:
            await self.removed(enterprise_id, team_id, None)

    async def ended(self, enterprise_id: str | None, team_id: str | None, at: float | None, *, whole: bool) -> None:
        """Slack says that Easel was removed, or its token revoked: from a workspace, or from a `whole` organisation.

        Of an organisation Slack names some workspace, too. If that has an installation of its own, it lives on; if it
        never had one, only the organisation's can be meant, whatever `whole` says.
        https://docs.slack.dev/enterprise/organization-ready-apps
        """
        for scope in [] if whole else _own_scopes(enterprise_id, team_id):
            if await self._store.get(scope) is not None:
                await self._remove(scope, at)
                return
        await self.removed(enterprise_id, None, at)

    async def removed(self, enterprise_id: str | None, team_id: str | None, at: float | None) -> None:
        """Forget the tokens; not those of an installation made after `at` (seconds), as such news may come late."""
        await self._remove(_scope(enterprise_id, team_id), at)

    async def _remove(self, scope: str, at: float | None) -> None:
        def without(kept: str | None) -> str | None:
            known = _read(kept)
            return None if known is None or (at is not None and known.installed_at > at + 1) else GONE

        await self._change(scope, without)

    async def _change(self, scope: str, change: Callable[[str | None], str | None]) -> None:
        while True:
            kept = await self._store.get(scope)
            doc = change(kept.doc if kept else None)
            if doc is None or await self._store.put(scope, doc, kept.version if kept else 0):
                return


class States(AsyncOAuthStateStore):
    """`AsyncOAuthStateStore`: a state is good once, for ten minutes, in any process."""

    def __init__(self, key: str, limits: LimitStore, clock: Clock, logger: logging.Logger) -> None:
        self._key = key
        self._limits = limits
        self._clock = clock
        self._logger = logger

    @property
    def logger(self) -> logging.Logger:
        return self._logger

    async def async_issue(self, *args: Any, **kwargs: Any) -> str:
        said = f"{(self._clock.now() + STATE_LIFETIME) // SECOND}-{secrets.token_hex(16)}"
        return f"{said}-{self._signature(said)}"

    async def async_consume(self, state: str) -> bool:
        said, _, signature = str(state).rpartition("-")
        if not hmac.compare_digest(signature.encode(), self._signature(said).encode()):
            return False
        until = int(said.partition("-")[0]) * SECOND
        if self._clock.now() >= until:
            return False
        return await self._limits.take(f"slack-state:{digest(said)}", secrets.token_hex(8), 1, until) is not None

    def _signature(self, said: str) -> str:
        return hmac.new(self._key.encode(), f"slack-state:{said}".encode(), hashlib.sha256).hexdigest()


def _own_scopes(enterprise: str | None, team: str | None) -> list[str]:
    return list(dict.fromkeys([_scope(enterprise, team), _scope(None, team)])) if team else []


def _scope(enterprise: str | None, team: str | None) -> str:
    return f"slack-installation:{enterprise or ''}:{team or ''}"


def _read(doc: str | None) -> Installation | None:
    values = json.loads(doc) if doc else None
    return Installation(**values) if values else None


def _jsonable(value: Any) -> Any:
    """Dates, as the SDK gives them, in a form that it reads again."""
    return value.isoformat() if hasattr(value, "isoformat") else str(value)
