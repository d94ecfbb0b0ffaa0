"""Accounts: everybody, the newest first, and one of them with all that belongs to them."""

import asyncio
import re
from collections.abc import Mapping

from fastapi import Request

from core.accounts.model import Account, Identity, Role
from core.admin.figures import Filter
from core.admin.model import Actor
from core.app import App
from core.clock import Millis
from core.credits.model import Balance, Entry, Kind
from core.errors import BadRequest, NotFound
from core.stores.trade import all_of
from webhooks.dashboard import formats
from webhooks.dashboard.actions import offered
from webhooks.dashboard.audit import trail
from webhooks.dashboard.jobs import jobs_table
from webhooks.dashboard.orders import orders_table
from webhooks.dashboard.periods import latest
from webhooks.dashboard.tables import Cell, Column, Table
from webhooks.dashboard.views import ADMIN, PAGE, Shown, chosen, paging, user_page

PATH = f"{ADMIN}/users"
ROLES = (("", "All"), *((role.label, role.label.capitalize()) for role in Role))
STATES = (("", "All"), ("no", "Active"), ("yes", "Suspended"))
SUSPENDED = {"": None, "no": False, "yes": True}
COLUMNS = (Column("Account"), Column("Role"), Column("State"), Column("Credits", True), Column("Since", is_short=True))
LEDGER = (
    Column("No."), Column("What"), Column("Credits", True), Column("When", is_short=True), Column("About"),
    Column("Operation"),
)  # fmt: skip
MOVES = {Kind.HOLD: "reserved", Kind.RELEASE: "freed"}
OF_A_JOB = re.compile(r"job:([a-z0-9]+):(?:hold|end)")
FEW = 10
DAYS = 30


class Users:
    """The pages of people."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._store = app.stores.accounts

    async def everybody(self, request: Request, actor: Actor) -> Shown:
        query = dict(request.query_params)
        role, state = chosen(query, "role", "Role", ROLES), chosen(query, "suspended", "State", STATES)
        who = query.get("who", "").strip()
        older: str | None = None
        newest: str | None = PATH
        if who:
            accounts = [await self.find(who)]
        else:
            before = query.get("before") or None
            wanted = Role[role.chosen.upper()] if role.chosen else None
            accounts = await self._store.page(before, PAGE + 1, role=wanted, suspended=SUSPENDED[state.chosen])
            more = accounts[PAGE - 1].id if len(accounts) > PAGE else None
            older, newest = paging(PATH, query, more)
        shown = accounts[:PAGE]
        ids = [account.id for account in shown]
        names, balances = await asyncio.gather(self._app.accounts.names(ids), self._app.ledger.balances(ids))
        rows = [_row(account, names[account.id], balances[account.id]) for account in shown]
        table = Table("Accounts", COLUMNS, rows, "Nobody is like that. Choose All to see everybody.", older, newest)
        return Shown("users", "Users", {"choices_of": [role, state], "who": who, "users": table})

    async def one(self, request: Request, actor: Actor) -> Shown:
        account, query = await self.find(request.path_params["account"]), dict(request.query_params)
        await self._app.looking.watched(actor, "user", account.id)
        app, family, period = self._app, await self._store.family(account.id), latest(DAYS, self._app.clock)
        (names, balance, strikes, figures), (ledger, orders, every, jobs, acts) = await asyncio.gather(
            asyncio.gather(
                self._store.identities(family),
                app.ledger.balance(account.id),
                asyncio.gather(*(self._store.strikes(each) for each in family)),
                app.reports.total(period.span, Filter(account=account.id)),
            ),
            asyncio.gather(
                self._ledger(account, query),
                app.stores.orders.of_accounts(family, FEW),
                all_of(app.stores.orders, family),
                app.stores.jobs.history(family, FEW),
                app.stores.audit.page(None, FEW, target=account.id),
            ),
        )
        names.sort(key=str)
        data = {
            "account": account,
            "names": [str(name) for name in names],
            "balance": balance,
            "strikes": sum(strikes),
            "disputes": sum(order.was_disputed for order in every),
            "joined": formats.when(account.created_at),
            "figures": figures,
            "days": DAYS,
            "ledger": ledger,
            "jobs": jobs_table(jobs, "Latest jobs"),
            "orders": orders_table(orders, "Latest orders"),
            "audit": trail(acts, {account.id: title_of(account, names)}, "What admins did"),
            "acts": offered("users", "suspend" if account.suspended else "unsuspend"),
            "roles": [role.label for role in Role if role is not account.role],
        }
        return Shown("users", title_of(account, names), data)

    async def find(self, text: str) -> Account:
        """By an account's id, or a name such as discord:123. Raises NotFound."""
        found = await self._store.get(text) if ":" not in text else await self._named(text)
        if found is None:
            raise NotFound("There is no such account. It is an id, or a name such as discord:123.")
        return await self._app.accounts.root(found)

    async def _named(self, text: str) -> Account | None:
        try:
            return await self._store.find(Identity.parse(text))
        except ValueError:
            return None

    async def _ledger(self, account: Account, query: Mapping[str, str]) -> Table:
        entries = await self._app.stores.ledger.latest(account.id, _number(query.get("before")), FEW + 1)
        more = entries[FEW - 1].seq if len(entries) > FEW else None
        older, newest = paging(user_page(account.id), {k: v for k, v in query.items() if k != "done"}, more)
        rows = [_line(entry) for entry in entries[:FEW]]
        return Table("Ledger", LEDGER, rows, "No credits have moved yet.", older, newest)


def title_of(account: Account, names: list[Identity]) -> str:
    return str(names[0]) if names else account.id


def state_of(account: Account) -> Cell:
    if account.closing:
        return Cell("deleted", tone="calm")
    if account.suspended:
        return Cell("suspended", tone="bad", hint=account.suspended)
    return Cell("active", tone="good")


def _row(account: Account, names: list[Identity], balance: Balance) -> list[Cell]:
    shown = title_of(account, names)
    others = ", ".join(map(str, names[1:]))
    return [
        Cell(shown, href=user_page(account.id), hint=others or (account.id if names else "")),
        Cell(account.role.label, tone="accent" if account.role is Role.ADMIN else "calm"),
        state_of(account),
        Cell(f"{balance.available:,}", value=balance.available, hint=f"{balance.held:,} held" if balance.held else ""),
        Cell(formats.when(account.created_at)),
    ]


def _line(entry: Entry) -> list[Cell]:
    return [
        Cell(str(entry.seq)), Cell(entry.kind.value.replace("_", " "), tone="calm"),
        Cell(f"{entry.amount:+,}" if entry.amount else "0", value=entry.amount, hint=_moved(entry)),
        Cell(formats.when(entry.at)), Cell(entry.ref), Cell(entry.op, href=_page_of(entry.op)),
    ]  # fmt: skip


def _moved(entry: Entry) -> str:
    """Of an entry that only reserves credits, or gives them free: how many."""
    return f"{sum(part.amount for part in entry.parts):,} {MOVES[entry.kind]}" if entry.kind in MOVES else ""


def _page_of(op: str) -> str | None:
    """The job that an entry belongs to."""
    found = OF_A_JOB.fullmatch(op)
    return f"{ADMIN}/jobs/{found[1]}" if found else None


def _number(text: str | None) -> Millis | None:
    if not text:
        return None
    if not text.isascii() or not text.isdigit() or len(text) > 15:
        raise BadRequest("This address is not complete. Start again from the newest.")
    return int(text)
