"""Who may do what: one table for the chat commands, the API and the dashboard."""

from dataclasses import dataclass

from core.accounts.model import Role
from core.admin.model import Actor, Scope
from core.errors import NotAllowed


@dataclass(frozen=True, slots=True)
class Rule:
    """What an action needs. `is_destructive`: a person is asked whether they mean it."""

    role: Role = Role.ADMIN
    scope: Scope = Scope.ADMIN
    is_destructive: bool = False


LOOK = Rule(scope=Scope.READ)
ACT = Rule()
DESTROY = Rule(is_destructive=True)

RULES: dict[str, Rule] = {
    "grant": ACT,
    "revoke": DESTROY,
    "refund": DESTROY,
    "role": DESTROY,
    "suspend": DESTROY,
    "unsuspend": ACT,
    "retry": ACT,
    "codes": ACT,
    "price": DESTROY,
    "model": DESTROY,
    "limit": DESTROY,
    "pause": DESTROY,
    "resume": ACT,
    "announce": DESTROY,
    "user": LOOK,
    "orders": LOOK,
    "job": LOOK,
    "stats": LOOK,
    "costs": LOOK,
    "margin": LOOK,
    "health": LOOK,
    "audit": LOOK,
    "events": LOOK,
    "dashboard": LOOK,
    "event": Rule(scope=Scope.EVENTS),
}


def is_allowed(actor: Actor, action: str) -> bool:
    """Nobody may do what is not in the table."""
    rule = RULES.get(action)
    if rule is None or actor.role < rule.role:
        return False
    return rule.scope in actor.scopes or Scope.ADMIN in actor.scopes


def check(actor: Actor, action: str) -> None:
    """Raises NotAllowed."""
    if not is_allowed(actor, action):
        raise NotAllowed(action)
