"""Who may do what as an admin: for each action, the least role, and the scope that a program's token needs."""

from dataclasses import dataclass

from core.accounts.model import Role
from core.admin.model import Actor, Scope
from core.admin.refusals import NotAllowed


@dataclass(frozen=True, slots=True)
class Rule:
    role: Role = Role.ADMIN
    scope: Scope = Scope.ADMIN


RULES: dict[str, Rule] = {
    **dict.fromkeys(
        ("stats", "costs", "users", "user", "ledger", "orders", "jobs", "job", "events", "audit", "health"),
        Rule(scope=Scope.READ),
    ),
    "event": Rule(scope=Scope.EVENTS),
}


def allow(actor: Actor, action: str) -> Rule:
    """The rule of this action, which this actor may do. Raises NotAllowed."""
    rule = RULES[action]
    if actor.role < rule.role:
        raise NotAllowed(f"This is for the role {rule.role.label}.")
    if not {rule.scope, Scope.ADMIN} & actor.scopes:
        raise NotAllowed(f"This needs a token with the scope {rule.scope.value}.")
    return rule
