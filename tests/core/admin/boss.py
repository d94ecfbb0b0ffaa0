"""What the tests of admins' actions share."""

from core.accounts.model import Account, Identity, Role
from core.admin.model import Actor
from core.app import App

BOSS = Actor("token:boss", "boss", Role.ADMIN)


async def actor_of(app: App, identity: Identity) -> Actor:
    """A person in a chat."""
    account = await app.accounts.for_identity(identity)
    return Actor(account.id, str(identity), account.role, account=account.id)


async def promoted(app: App, identity: Identity, role: Role = Role.ADMIN) -> Account:
    account = await app.accounts.for_identity(identity)
    await app.stores.accounts.set_role(account.id, role)
    return await app.accounts.for_identity(identity)


async def heard(app: App, who: Identity) -> list[str]:
    """What this person was told in the playground."""
    return [message.body for message in await app.stores.feed.since(str(who), 0, 99)]


async def is_over(app: App) -> bool:
    """Whether nothing is under way."""
    intents = await app.stores.settings.get("admin:intents")
    return intents is None or intents.doc == '{"intents":{}}'
