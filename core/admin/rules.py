"""Who may do what as an admin: one table, for commands in chats, the API and the dashboard alike."""

from collections.abc import Collection
from dataclasses import dataclass

from core.accounts.model import Account, Identity, Role
from core.admin.model import Actor, Scope
from core.errors import ActionRefused, RoleNeeded, ScopeNeeded


@dataclass(frozen=True, slots=True)
class Rule:
    """The least role, and the scope that a program's token needs. `confirmed`: people are asked before it is done."""

    role: Role = Role.ADMIN
    scope: Scope = Scope.ADMIN
    confirmed: bool = False


READ = Rule(scope=Scope.READ)
PLAIN = Rule()
GRAVE = Rule(confirmed=True)
RULES: dict[str, Rule] = {
    "stats": READ, "costs": READ, "latencies": READ, "margin": READ, "health": READ, "queue": READ, "providers": READ,
    "users": READ, "user": READ, "ledger": READ, "orders": READ, "jobs": READ, "job": READ, "events": READ,
    "audit": READ, "announcement": READ,
    "event": Rule(scope=Scope.EVENTS),
    "grant": PLAIN, "unsuspend": PLAIN, "retry": PLAIN, "cancel": PLAIN, "codes": PLAIN, "model": PLAIN,
    "limit": PLAIN, "resume": PLAIN, "dashboard": PLAIN, "silence": PLAIN,
    "revoke": GRAVE, "refund": GRAVE, "role": GRAVE, "suspend": GRAVE, "announce": GRAVE, "pause": GRAVE,
    "price": GRAVE,
}  # fmt: skip
"""By action. The first lines only look; `event` is a program's own event; `silence` stops an announcement."""


def allow(actor: Actor, action: str) -> Rule:
    """The rule of this action, which this actor may do. Raises RoleNeeded or ScopeNeeded."""
    rule = RULES[action]
    if actor.role < rule.role:
        raise RoleNeeded(f"admin {action}", rule.role.label)
    if rule.scope not in actor.scopes and Scope.ADMIN not in actor.scopes:
        raise ScopeNeeded(action, rule.scope.value)
    return rule


@dataclass(frozen=True, slots=True)
class Hierarchy:
    """Who is above whom. `chiefs` are the identities that the setting ADMINS names.

    Nobody changes their own role or suspends themselves. Only a chief, or a token made on the machine, acts on another
    admin; and on a chief nobody does, as the next message would make them an admin again. So the last admin stays:
    without a chief, no person in a chat can demote one.
    """

    chiefs: frozenset[Identity]

    def check(self, actor: Actor, own: Collection[Identity], target: Account, theirs: Collection[Identity]) -> None:
        """`own` and `theirs`: the identities of the two accounts. Raises ActionRefused."""
        if actor.account == target.id:
            raise ActionRefused("Nobody does that to themselves.")
        if not self.chiefs.isdisjoint(theirs):
            raise ActionRefused("The setting ADMINS names this person: take them out there first.")
        if target.role >= Role.ADMIN and self.chiefs.isdisjoint(own) and not actor.id.startswith("token:"):
            raise ActionRefused("Only somebody whom the setting ADMINS names does that to another admin.")
