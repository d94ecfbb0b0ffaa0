"""The audit log: what admins did, to whom, why, and what it changed."""

from collections.abc import Sequence

from fastapi import Request

from core.admin.model import Actor, Audited
from core.admin.rules import RULES
from core.app import App
from webhooks.dashboard import formats
from webhooks.dashboard.changes import changes
from webhooks.dashboard.tables import Cell, Column, Table
from webhooks.dashboard.views import ADMIN, PAGE, Shown, chosen, paging, place_of, user_page

PATH = f"{ADMIN}/audit"
ACTIONS = (("", "All"), *((action, action.capitalize()) for action in sorted(RULES)))
COLUMNS = (
    Column("When", is_short=True),
    Column("Who"),
    Column("Action"),
    Column("To"),
    Column("What changed"),
    Column("Why"),
)
OF_ACCOUNTS = frozenset({"grant", "revoke", "role", "suspend", "unsuspend"})


class AuditLog:
    """The page of what admins did."""

    def __init__(self, app: App) -> None:
        self._store = app.stores.audit

    async def show(self, request: Request, actor: Actor) -> Shown:
        query = dict(request.query_params)
        action, before = chosen(query, "action", "Action", ACTIONS), place_of(query)
        who, target = query.get("actor", "").strip(), query.get("target", "").strip()
        found = await self._store.page(
            before, PAGE + 1, actor=who or None, action=action.chosen or None, target=target or None
        )
        last = found[PAGE - 1] if len(found) > PAGE else None
        older, newest = paging(PATH, query, (last.at, last.id) if last else None)
        data = {
            "choices_of": [action], "who": who, "target": target,
            "lines": trail(found[:PAGE], "Audit log", older, newest),
        }  # fmt: skip
        return Shown("audit", "Audit log", data)


def trail(lines: Sequence[Audited], caption: str, older: str | None = None, newest: str | None = None) -> Table:
    return Table(caption, COLUMNS, list(map(_row, lines)), "No admin has done anything here.", older, newest)


def _row(line: Audited) -> list[Cell]:
    href = user_page(line.target) if line.action in OF_ACCOUNTS else None
    return [
        Cell(formats.when(line.at)), Cell(line.label, hint=line.actor if line.actor != line.label else ""),
        Cell(line.action, tone="accent"), Cell(line.target, href=href), Cell(changes(line.before, line.after)),
        Cell(line.why),
    ]  # fmt: skip
