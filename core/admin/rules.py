"""Who may do what: for each action, the least role, and the scope that a token needs for it."""

from core.accounts.model import Role
from core.admin.model import Scope

READING = (
    "stats", "costs", "latencies", "users", "user", "ledger", "orders", "jobs", "job", "events", "audit", "health",
)  # fmt: skip

ALLOWED: dict[str, tuple[Role, Scope]] = {
    **dict.fromkeys(READING, (Role.ADMIN, Scope.READ)),
    "event": (Role.ADMIN, Scope.EVENTS),
}
