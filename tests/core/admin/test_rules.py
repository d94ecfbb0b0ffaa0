"""Who may do what: every cell of the table, and who is above whom."""

from itertools import product

import pytest

from core.accounts.model import Account, Identity, Role
from core.admin.model import Actor, Scope
from core.admin.rules import RULES, Hierarchy, allow
from core.errors import ActionRefused, RoleNeeded, ScopeNeeded
from tests.support import ALICE, BOB

READING = {
    "stats", "costs", "latencies", "margin", "health", "queue", "providers", "users", "user", "ledger", "orders",
    "jobs", "job", "events", "audit", "announcement",
}  # fmt: skip
ASKED_FIRST = {"revoke", "refund", "role", "suspend", "announce", "pause", "price"}
SCOPES = [frozenset[Scope](), frozenset({Scope.READ}), frozenset({Scope.EVENTS}), frozenset({Scope.ADMIN})]


@pytest.mark.parametrize(("action", "role", "scopes"), list(product(sorted(RULES), Role, SCOPES)))
def test_each_action_needs_an_admin_and_the_right_scope(action: str, role: Role, scopes: frozenset[Scope]) -> None:
    actor = Actor("token:t", "t", role, scopes)
    needed = Scope.READ if action in READING else Scope.EVENTS if action == "event" else Scope.ADMIN
    if role < Role.ADMIN:
        with pytest.raises(RoleNeeded):
            allow(actor, action)
    elif scopes & {needed, Scope.ADMIN}:
        assert allow(actor, action).scope is needed
    else:
        with pytest.raises(ScopeNeeded, match=needed.value):
            allow(actor, action)


def test_people_are_asked_before_what_cannot_be_taken_back_easily() -> None:
    assert {action for action, rule in RULES.items() if rule.confirmed} == ASKED_FIRST


CHIEF, ADMIN, USER = Account("c", 0, Role.ADMIN), Account("a", 0, Role.ADMIN), Account("u", 0)
NAMES: dict[str, list[Identity]] = {"c": [ALICE], "a": [BOB], "u": [Identity("slack", "T1/U1")]}
TOKEN = Actor("token:ops", "ops", Role.ADMIN)
SOMEBODY = Actor("oidc:x", "x", Role.ADMIN)


@pytest.mark.parametrize(("actor", "target", "is_allowed"), [
    (CHIEF, CHIEF, False), (CHIEF, ADMIN, True), (CHIEF, USER, True),
    (ADMIN, CHIEF, False), (ADMIN, ADMIN, False), (ADMIN, USER, True),
    (TOKEN, CHIEF, False), (TOKEN, ADMIN, True), (TOKEN, USER, True),
    (SOMEBODY, CHIEF, False), (SOMEBODY, ADMIN, False), (SOMEBODY, USER, True),
])  # fmt: skip
def test_who_is_above_whom(actor: Account | Actor, target: Account, is_allowed: bool) -> None:
    own = NAMES[actor.id] if isinstance(actor, Account) else []
    if isinstance(actor, Account):
        actor = Actor(actor.id, "x", actor.role, account=actor.id)
    hierarchy = Hierarchy(frozenset({ALICE}))
    if is_allowed:
        hierarchy.check(actor, own, target, NAMES[target.id])
    else:
        with pytest.raises(ActionRefused):
            hierarchy.check(actor, own, target, NAMES[target.id])
