"""Who is it? Bearer tokens of programs, the one-time links of `/admin dashboard`, and the sessions made by them.

Every secret has 192 bits and is stored by its digest only; looking a digest up tells nothing about a secret.

Crash table of `enter`:
  link taken        the link is used up; whoever followed it asks for another one
  session saved     it is there; if its cookie did not arrive, it ends by itself
"""

import hmac
import secrets
from typing import TYPE_CHECKING

from core.accounts.model import Account, Role
from core.admin.model import Actor, Key, KeyKind, Scope
from core.admin.refusals import NotSignedIn
from core.clock import DAY, HOUR, MINUTE, Clock, Millis
from core.ids import digest
from core.stores.admin import KeyStore
from core.stores.ports import AccountStore

if TYPE_CHECKING:
    from core.admin.oidc import Oidc

SECRET_BYTES = 24
PREFIX = "easel_"
MAX_SECRET = 128
"""Characters. Whatever is longer is none of ours."""
LINK_LIFE: Millis = 10 * MINUTE
SESSION_LIFE: Millis = 12 * HOUR
LINK_GONE = "This link was used or has expired. Ask for a new one with /admin dashboard in the chat."


class Access:
    """Makes and recognises keys. `fixed` is a token from the settings that may do everything; "" is none.

    Every method may raise StoreError. `oidc` knows the tokens of a sign-in service, if there is one.
    """

    def __init__(
        self, keys: KeyStore, accounts: AccountStore, clock: Clock, fixed: str = "", oidc: "Oidc | None" = None
    ) -> None:
        self._keys = keys
        self._accounts = accounts
        self._clock = clock
        self._fixed = digest(fixed) if fixed else None
        self._oidc = oidc

    async def bearer(self, token: str) -> Actor:
        """Who shows this token. Raises NotSignedIn or IssuerAway."""
        shown = digest(token)
        if self._fixed is not None and hmac.compare_digest(shown, self._fixed):
            return Actor("token:settings", "ADMIN_API_TOKEN", Role.ADMIN)
        if self._oidc is not None and "." in token:
            return await self._oidc.actor(token)
        key = await self._known(token) if token.startswith(PREFIX) else None
        if key is None or key.kind != "token":
            raise NotSignedIn
        return Actor(key.actor, key.label, Role.ADMIN, frozenset(key.scopes))

    async def create(self, name: str, scopes: frozenset[Scope], days: int) -> str | None:
        """A new token, told this once. None when there is one of that name."""
        await self._keys.purge(self._clock.now())
        token, actor = f"{PREFIX}{secrets.token_urlsafe(SECRET_BYTES)}", f"token:{name}"
        return token if await self._keys.add(self._key(token, "token", name, actor, name, scopes, days * DAY)) else None

    async def tokens(self) -> list[Key]:
        return await self._keys.listed("token")

    async def revoke(self, name: str) -> bool:
        """Whether there was a token of that name."""
        return await self._keys.revoke("token", name) > 0

    async def link(self, actor: Actor) -> str:
        """The secret of a one-time link, good for ten minutes, for the account that the actor is."""
        secret, owner = secrets.token_urlsafe(SECRET_BYTES), actor.account or ""
        await self._keys.add(self._key(secret, "link", owner, owner, actor.label, actor.scopes, LINK_LIFE))
        return secret

    async def enter(self, secret: str) -> str:
        """Use a link up for a new session; its secret. Raises NotSignedIn."""
        key = await self._keys.take(digest(secret), self._clock.now()) if len(secret) <= MAX_SECRET else None
        if key is None or await self._account(key.actor) is None:
            raise NotSignedIn(LINK_GONE)
        session, scopes = secrets.token_urlsafe(SECRET_BYTES), frozenset(key.scopes)
        await self._keys.add(self._key(session, "session", key.actor, key.actor, key.label, scopes, SESSION_LIFE))
        return session

    async def session(self, secret: str) -> Actor:
        """Whose session it is, with the role that the account has now. Raises NotSignedIn."""
        key = await self._known(secret)
        account = await self._account(key.actor) if key is not None and key.kind == "session" else None
        if key is None or account is None:
            raise NotSignedIn("Your session has ended. Ask for a new link with /admin dashboard in the chat.")
        return Actor(account.id, key.label, account.role, frozenset(key.scopes), account.id)

    async def leave(self, secret: str) -> None:
        """End a session, if it is one."""
        key = await self._known(secret)
        if key is not None and key.kind == "session":
            await self._keys.remove(key.digest)

    async def _known(self, secret: str) -> Key | None:
        return await self._keys.find(digest(secret), self._clock.now()) if len(secret) <= MAX_SECRET else None

    async def _account(self, id: str) -> Account | None:
        """The account after all merges; None if it may not come in any more."""
        account = await self._accounts.get(id)
        while account is not None and account.merged_into is not None:
            account = await self._accounts.get(account.merged_into)
        return None if account is None or account.suspended or account.closing else account

    def _key(
        self, secret: str, kind: KeyKind, name: str, actor: str, label: str, scopes: frozenset[Scope], life: Millis
    ) -> Key:
        now = self._clock.now()
        return Key(digest(secret), kind, name, actor, label, tuple(sorted(scopes)), now, now + life)
