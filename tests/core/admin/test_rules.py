"""One table says who may do what; here is each of its cells."""

import pytest

from core.accounts.model import Role
from core.admin.model import Actor, Scope
from core.admin.rules import RULES, check, is_allowed
from core.errors import NotAllowed

READ = {"user", "orders", "job", "stats", "costs", "margin", "health", "audit", "events", "dashboard"}
ACT = {
    "grant", "revoke", "refund", "role", "suspend", "unsuspend", "retry", "codes", "price", "model", "limit", "pause",
    "resume", "announce",
}  # fmt: skip
NEEDED = {**dict.fromkeys(READ, Scope.READ), **dict.fromkeys(ACT, Scope.ADMIN), "event": Scope.EVENTS}


def test_every_action_is_in_the_table_of_this_test() -> None:
    assert set(NEEDED) == set(RULES)


@pytest.mark.parametrize("action", sorted(NEEDED))
@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("scope", list(Scope))
def test_a_cell_of_the_table(action: str, role: Role, scope: Scope) -> None:
    actor = Actor("token:x", "x", role, frozenset({scope}))
    expected = role is Role.ADMIN and scope in (NEEDED[action], Scope.ADMIN)
    assert is_allowed(actor, action) is expected
    if not expected:
        with pytest.raises(NotAllowed):
            check(actor, action)


def test_what_is_not_in_the_table_nobody_may() -> None:
    assert not is_allowed(Actor("a", "a", Role.ADMIN), "drop_everything")


def test_who_acts_on_others_money_or_rights_is_asked_twice() -> None:
    asked = {name for name, rule in RULES.items() if rule.is_destructive}
    assert {"revoke", "refund", "role", "suspend", "pause", "announce", "price"} <= asked
    assert asked.isdisjoint(READ)
