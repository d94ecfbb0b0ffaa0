"""`easel token ...`: make, list and revoke the tokens with which programs use the admin API."""

import secrets
import sys
from collections.abc import Sequence

from core.admin.access import Access
from core.admin.model import Audited, Doc, Scope
from core.clock import Clock, utc_date
from core.settings import Settings
from core.stores.opening import open_stores
from core.stores.ports import Stores

OPERATOR = "operator"
"""Who acts on the machine itself."""


async def create_token(settings: Settings, name: str, scopes: Sequence[Scope], days: int) -> int:
    """Print a new token, alone on standard output. 1 when there is one of that name."""
    async with open_stores(settings.store_url) as (stores, clock):
        token = await _access(stores, clock).create(name, frozenset(scopes), days)
        if token is None:
            print(f"There is a token named {name}. Revoke it first, or take another name.", file=sys.stderr)
            return 1
        await _audited(stores, clock, "token create", name, {"scopes": [*sorted(scopes)], "days": days})
    print(token)
    print("Keep it safe: it is not shown again. Send it as  Authorization: Bearer easel_...", file=sys.stderr)
    return 0


async def list_tokens(settings: Settings) -> int:
    """A line per token, without the token."""
    async with open_stores(settings.store_url) as (stores, clock):
        tokens = await _access(stores, clock).tokens()
        now = clock.now()
    for key in tokens:
        end = f"until {utc_date(key.expires_at)}" if key.expires_at > now else "expired"
        print(f"{key.name}  {','.join(key.scopes)}  {end}")
    if not tokens:
        print("There are no tokens. Make one: easel token create NAME", file=sys.stderr)
    return 0


async def revoke_token(settings: Settings, name: str) -> int:
    """From now on nobody gets in by it. 1 when there is none of that name."""
    async with open_stores(settings.store_url) as (stores, clock):
        if not await _access(stores, clock).revoke(name):
            print(f"There is no token named {name}. See them: easel token list", file=sys.stderr)
            return 1
        await _audited(stores, clock, "token revoke", name, {})
    print(f"{name} is revoked.")
    return 0


def _access(stores: Stores, clock: Clock) -> Access:
    return Access(stores.keys, stores.accounts, clock)


async def _audited(stores: Stores, clock: Clock, action: str, name: str, after: Doc) -> None:
    id = f"cli:{secrets.token_hex(8)}"
    await stores.audit.append(Audited(id, clock.now(), OPERATOR, OPERATOR, action, name, after=after))
