"""The audit log: what admins did, to whom, why, and what it changed."""

from collections.abc import Mapping, Sequence
from urllib.parse import quote

from fastapi import Request

from core.accounts.model import Identity
from core.admin.looking import VIEW
from core.admin.model import Actor, Audited, Scope
from core.admin.rules import RULES
from core.admin.service import OF_ACCOUNTS
from core.app import App
from webhooks.dashboard import formats
from webhooks.dashboard.changes import changes
from webhooks.dashboard.names import account_cell, names_of
from webhooks.dashboard.tables import Cell, Column, Table
from webhooks.dashboard.views import ADMIN, PAGE, Shown, chosen, paging, place_of, user_page

PATH = f"{ADMIN}/audit"
WRITTEN = sorted({VIEW, *(action for action, rule in RULES.items() if rule.scope is Scope.ADMIN)} - {"dashboard"})
"""What can be in the log. Whoever asks for the dashboard looks at it."""
ACTIONS = (("", "All"), *((action, action.capitalize()) for action in WRITTEN))
COLUMNS = (
    Column("When", is_short=True),
    Column("Who"),
    Column("Action"),
    Column("To"),
    Column("What changed"),
    Column("Why"),
)
SECTION_OF = {"retry": "jobs", "cancel": "jobs", "refund": "orders"}
"""Where the page is of what something was done to."""


class AuditLog:
    """The page of what admins did."""

    def __init__(self, app: App) -> None:
        self._store = app.stores.audit
        self._accounts = app.stores.accounts
        self._root = app.accounts.root

    async def show(self, request: Request, actor: Actor) -> Shown:
        query = dict(request.query_params)
        action, before = chosen(query, "action", "Action", ACTIONS), place_of(query)
        who, target = query.get("actor", "").strip(), query.get("target", "").strip()
        found = await self._store.page(
            before, PAGE + 1, actor=await self._meant(who), action=action.chosen or None,
            target=await self._meant(target),
        )  # fmt: skip
        last = found[PAGE - 1] if len(found) > PAGE else None
        older, newest = paging(PATH, query, (last.at, last.id) if last else None)
        shown = found[:PAGE]
        names = await names_of(self._accounts, (line.target for line in shown if _is_of_account(line)))
        data = {
            "choices_of": [action], "who": who, "target": target,
            "lines": trail(shown, names, "Audit log", older, newest),
        }  # fmt: skip
        return Shown("audit", "Audit log", data)

    async def _meant(self, text: str) -> str | None:
        """The account that a name such as discord:123 stands for; other words are as the log has them."""
        try:
            found = await self._accounts.find(Identity.parse(text))
        except ValueError:
            found = None
        return (await self._root(found)).id if found else text or None


def trail(
    lines: Sequence[Audited], names: Mapping[str, str], caption: str, older: str | None = None,
    newest: str | None = None,
) -> Table:  # fmt: skip
    """`names` of accounts by their ids."""
    rows = [_row(line, names) for line in lines]
    return Table(
        caption,
        COLUMNS,
        rows,
        "Nothing here. What admins do, in a chat or on these pages, is listed.",
        older,
        newest,
    )


def _row(line: Audited, names: Mapping[str, str]) -> list[Cell]:
    by = user_page(line.actor) if ":" not in line.actor else None  # tokens and other sessions have no page
    return [
        Cell(formats.when(line.at)), Cell(line.label, href=by), Cell(line.action, tone="accent"), _whom(line, names),
        Cell(changes(line.before, line.after) or formats.NOTHING), Cell(line.why or formats.NOTHING),
    ]  # fmt: skip


def _whom(line: Audited, names: Mapping[str, str]) -> Cell:
    if _is_of_account(line):
        return account_cell(line.target, names)
    section = SECTION_OF.get(line.action)
    return Cell(line.target, href=f"{ADMIN}/{section}/{quote(line.target)}" if section else None)


def _is_of_account(line: Audited) -> bool:
    return line.action in OF_ACCOUNTS or (line.action == VIEW and line.after.get("what") != "job")
