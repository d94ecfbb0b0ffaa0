"""The operator's words to everybody: one person after the other, slowly, and on from there after a crash.

An announcement is one small document, changed by compare-and-set: whom it has reached, in the order of accounts. One
process at a time goes on with it. Crash table of a step:
  before the person is told    the document without them   whoever goes on tells them
  after                        the same                    told again, once where the platform lets it be known
  after the document is saved  they are counted            whoever goes on begins with the next person
People who want no announcements, are suspended, have deleted everything, or cannot be reached, are passed over.
"""

import asyncio
import secrets
from collections.abc import Mapping
from typing import Literal

from pydantic import BaseModel, ConfigDict

from core.accounts.model import Account
from core.accounts.service import Accounts
from core.admin.intents import Intent
from core.admin.model import Actor, Doc
from core.clock import MINUTE, SECOND, Clock, Millis
from core.errors import ActionRefused, BadOption, StoreError
from core.jobs.delivery import Messenger
from core.log import logger
from core.news import Announced
from core.stores.ports import SettingStore, SlotStore

SCOPE = "announcement"
EVERYBODY = "everybody"
MAX_TEXT = 1_500
"""Characters: one message on each platform, with what is added to it."""
SECONDS_BETWEEN = 1.0
"""Far below what a platform takes (https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this)."""
AT_ONCE: Millis = 50 * SECOND
LEASE: Millis = 2 * MINUTE
BATCH = 50
TRIES = 3
"""So often somebody is tried whose platform is in trouble, each time a minute later."""


class Announcement(BaseModel):
    """`place`: the account that came last; `tries` of the one that follows. `id` is the request that began it."""

    model_config = ConfigDict(frozen=True)

    id: str
    text: str
    at: Millis
    state: Literal["running", "done", "stopped"] = "running"
    place: str = ""
    tries: int = 0
    told: int = 0
    passed: int = 0


class Announcements:
    """Every method may raise StoreError."""

    def __init__(
        self,
        settings: SettingStore,
        slots: SlotStore,
        accounts: Accounts,
        messengers: Mapping[str, Messenger],
        clock: Clock,
        seconds_between: float = SECONDS_BETWEEN,
    ) -> None:
        self._settings = settings
        self._slots = slots
        self._accounts = accounts
        self._messengers = messengers
        self._clock = clock
        self._seconds_between = seconds_between
        self._me = secrets.token_hex(8)

    async def latest(self) -> Announcement | None:
        return (await self._read())[0]

    async def start(self, id: str, text: str, at: Millis) -> None:
        """Begin, once per id. Raises ActionRefused while another one is under way."""
        while True:
            now, version = await self._read()
            if now is not None and now.id == id:
                return
            if now is not None and now.state == "running":
                raise ActionRefused("Another announcement is under way. Stop it first.")
            if await self._put(Announcement(id=id, text=text, at=at), version):
                return

    async def stop(self, id: str) -> None:
        """Tell nobody else of this one."""
        while True:
            now, version = await self._read()
            if now is None or now.id != id or now.state != "running":
                return
            if await self._put(now.model_copy(update={"state": "stopped"}), version):
                return

    async def run(self) -> None:
        """Go on for a while, unless another process does."""
        begun, now = self._clock.now(), await self.latest()
        if now is None or now.state != "running":
            return
        if not await self._slots.take(SCOPE, self._me, 1, begun, begun + LEASE):
            return
        try:
            while self._clock.now() < begun + AT_ONCE and await self._batch():
                await self._slots.renew(SCOPE, self._me, self._clock.now() + LEASE)
        finally:
            await self._slots.free(SCOPE, self._me)

    # --- who wants none ----------------------------------------------------------------------------------------

    async def wants(self, account: str) -> bool:
        """Whether a person wants announcements: not if any account that was linked with this one said no."""
        for member in await self._accounts.store.family(account):
            kept = await self._settings.get(_wish(member))
            if kept is not None and kept.doc == OFF:
                return False
        return True

    async def wish(self, account: str, wanted: bool) -> None:
        for member in await self._accounts.store.family(account):
            while True:
                kept = await self._settings.get(_wish(member))
                if await self._settings.put(_wish(member), ON if wanted else OFF, kept.version if kept else 0):
                    break

    # --- one person after the other ----------------------------------------------------------------------------

    async def _batch(self) -> bool:
        """Tell some people; whether there is more to do now."""
        now, version = await self._read()
        if now is None or now.state != "running":
            return False
        people = await self._accounts.store.independent(now.place, BATCH)
        if not people:
            await self._put(now.model_copy(update={"state": "done"}), version)
            return False
        for account in people:
            stepped = await self._step(now, account)
            if not await self._put(stepped, version):
                return True  # it was stopped, or another process goes on with it
            if stepped.place != account:
                return False
            now, version = stepped, version + 1
            await asyncio.sleep(self._seconds_between if now.told else 0)
        return True

    async def _step(self, now: Announcement, account: str) -> Announcement:
        """The document after this person."""
        try:
            was_told = await self._tell(account, now)
        except StoreError:
            raise
        except Exception as error:
            logger().warning("announcement not told", account=account, errorName=type(error).__name__)
            if now.tries + 1 < TRIES:
                return now.model_copy(update={"tries": now.tries + 1})
            was_told = False
        counted = {"told": now.told + 1} if was_told else {"passed": now.passed + 1}
        return now.model_copy(update={"place": account, "tries": 0, **counted})

    async def _tell(self, id: str, now: Announcement) -> bool:
        account = await self._accounts.store.get(id)
        if account is None or account.closing or account.suspended or not await self.wants(id):
            return False
        identities = await self._accounts.store.identities(await self._accounts.store.family(id))
        for identity in sorted(identities, key=str):
            if messenger := self._messengers.get(identity.platform):
                await messenger.tell(identity, Announced(now.text), f"{now.id}:{_short(account)}")
                return True
        return False

    async def _read(self) -> tuple[Announcement | None, int]:
        kept = await self._settings.get(SCOPE)
        return (Announcement.model_validate_json(kept.doc), kept.version) if kept else (None, 0)

    async def _put(self, announcement: Announcement, version: int) -> bool:
        return await self._settings.put(SCOPE, announcement.model_dump_json(), version)


ON, OFF = '{"announcements": true}', '{"announcements": false}'


def _wish(account: str) -> str:
    return f"announcements:{account}"


def _short(account: Account) -> str:
    """Enough of an account's id to tell it from others in a platform's short keys."""
    return account.id[-10:]


class Announcing:
    """The deed of beginning one."""

    def __init__(self, announcements: Announcements) -> None:
        self._announcements = announcements

    async def look(self, actor: Actor, intent: Intent) -> Doc:
        """Raises BadOption or ActionRefused."""
        if not 1 <= len(intent.text("text")) <= MAX_TEXT:
            raise BadOption("text", f"must have 1 to {MAX_TEXT:,} characters; yours has {len(intent.text('text')):,}.")
        latest = await self._announcements.latest()
        if latest is not None and latest.state == "running":
            raise ActionRefused("Another announcement is under way. Stop it first.")
        return {}

    async def act(self, intent: Intent) -> Doc:
        await self._announcements.start(intent.request, intent.text("text"), intent.at)
        return {}

    async def tell(self, intent: Intent, after: Doc) -> None:
        """The scheduler does."""


class Silencing:
    """The deed of stopping the one under way."""

    def __init__(self, announcements: Announcements) -> None:
        self._announcements = announcements

    async def look(self, actor: Actor, intent: Intent) -> Doc:
        """Raises ActionRefused."""
        latest = await self._announcements.latest()
        if latest is None or latest.state != "running":
            raise ActionRefused("No announcement is under way.")
        return {"announcement": latest.id}

    async def act(self, intent: Intent) -> Doc:
        await self._announcements.stop(str(intent.before["announcement"]))
        latest = await self._announcements.latest()
        return {"told": latest.told if latest else 0}

    async def tell(self, intent: Intent, after: Doc) -> None:
        """Who was told already, was."""
