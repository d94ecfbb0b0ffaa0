"""What an admin looks at in a chat, as short tables. Numbers are those of `core.admin.reports`."""

from collections.abc import Mapping, Sequence

from pydantic import JsonValue

from bots.texts import count, day, money
from core.admin.announcing import Announcement
from core.admin.figures import Dimension, Figures, Line, Queue, Stats
from core.admin.looking import Person
from core.admin.model import Audited
from core.admin.switches import Switched
from core.clock import iso
from core.jobs.model import Job
from core.observe.model import NOBODY
from core.payments.orders import Order

CENT = 10_000_000
"""Nano-USD."""
LONGEST = 1_000
CHAT = "chat"
NOTHING = "Nothing so far."
UTC = "Times are UTC."


def usd(nano: int) -> str:
    """Money of the operator; below a cent with more digits."""
    if nano and abs(nano) < CENT:
        return f"{nano / 1e9:.4f} USD"
    return f"{nano / 1e9:,.2f} USD"


def stats(stats: Stats) -> str:
    """A span at a glance."""
    total, books = stats.total, stats.books
    chats = sum(line.figures.count("done") for line in stats.operations if line.by["operation"] == CHAT)
    revenue = ", ".join(money(amount, currency) for currency, amount in sorted(books.revenue.items())) or "none"
    speed = total.latency("totalMs")
    lines = [
        f"**{stats.span.first} to {stats.span.last}** (UTC)",
        f"- people: {books.users:,}, {books.newcomers:,} of them new; {books.active:,} active",
        f"- requests: {total.count('requests'):,}; {_percent(total.rate('failed'))} failed, "
        f"{_percent(total.rate('refused'))} refused, {_percent(total.rate('cached'))} from the cache",
        f"- made: {count(total.count('pictures'), 'picture')}, {count(chats, 'chat answer')}",
        f"- credits: {books.sold:,} sold, {books.spent:,} spent, {books.outstanding:,} outstanding",
        f"- revenue: {revenue}",
        f"- cost: {usd(total.cost_nano)}; earned {usd(total.earned_nano)}; margin {usd(total.margin_nano)}",
    ]
    if speed.p50 is not None and speed.p95 is not None:
        lines.append(f"- time: half within {speed.p50 / 1000:.2g} s, 95 % within {speed.p95 / 1000:.2g} s")
    return "\n".join(lines)


def costs(lines: Sequence[Line], by: Dimension, total: Figures, names: Mapping[str, str]) -> str:
    """The dearest first. `names` of accounts by their ids."""
    rows = [
        f"- **{_name(line.by[by], names)}**: {usd(line.figures.cost_nano)}, "
        f"{count(line.figures.count('requests'), 'request')}"
        for line in lines
    ]
    unknown = total.count("cost_unknown")
    missing = [f"The cost of {count(unknown, 'call')} is not known."] if unknown else []
    return "\n".join([*rows, f"In all {usd(total.cost_nano)}.", *missing]) if rows else NOTHING


def _name(said: str, names: Mapping[str, str]) -> str:
    return "served by nobody" if said == NOBODY else names.get(said, said) or "not noted"


def margins(lines: Sequence[Line], total: Figures) -> str:
    rows = [
        f"- **{_name(line.by['model'], {})}**: {usd(line.figures.margin_nano)} "
        f"({usd(line.figures.earned_nano)} earned, {usd(line.figures.cost_nano)} cost)"
        for line in sorted(lines, key=lambda line: line.figures.margin_nano)
    ]
    return "\n".join([*rows, f"In all {usd(total.margin_nano)}."]) if rows else NOTHING


def health(queue: Queue, switched: Switched, providers: Mapping[str, str], now: int) -> str:
    """What is in the works, what is switched, and which providers this process is in trouble with."""
    troubled = [f"{name} ({state})" for name, state in sorted(providers.items()) if state != "closed"]
    waits = f", the oldest for {(now - queue.oldest_queued_at) // 1000:,} s" if queue.oldest_queued_at else ""
    lines = [
        f"- queue: {queue.queued:,} waiting{waits}; {queue.running:,} running",
        f"- to be done: {queue.unsettled:,} to settle, {queue.undelivered:,} to deliver",
        f"- models off: {', '.join(switched.off) or 'none'}",
        f"- providers in trouble: {', '.join(troubled) or 'none'}",
    ]
    if switched.prices:
        lines.append(f"- other prices: {', '.join(f'{name} {price:,}' for name, price in switched.prices.items())}")
    if switched.per_day:
        lines.append(f"- other limits: {', '.join(f'{role} {most:,}' for role, most in switched.per_day.items())}")
    if switched.pause is not None:
        lines.insert(0, f"**Paused** since {_when(switched.pause.since)}: {switched.pause.why or 'no reason given'}")
    return "\n".join(lines)


def audit(lines: Sequence[Audited]) -> str:
    """The latest first."""
    return "\n".join([*(_audited(line) for line in lines), UTC]) if lines else NOTHING


def _audited(line: Audited) -> str:
    told = line.why or str(line.after.get("what", ""))
    why = f": {told}" if told and line.after.get("suspended") != told else ""
    return f"- {_when(line.at)} {line.label}: **{line.action}** `{line.target[:40]}`{_changed(line)}{why}"


def _changed(line: Audited) -> str:
    """What it was and what it is now."""
    was = {"role": line.before["was"]} if "was" in line.before else line.before
    changes = [
        f"{name} {_short(was[name])} → {_short(now)}" for name, now in line.after.items()
        if name in was and now not in (was[name], "")
    ]  # fmt: skip
    return f", {', '.join(changes)}" if changes else ""


def _short(value: JsonValue) -> str:
    if value is None or isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:,}" if isinstance(value, int) else str(value)[:40]


def orders(orders: Sequence[Order]) -> str:
    return "\n".join([*(_order(order) for order in orders), UTC]) if orders else NOTHING


def _order(order: Order) -> str:
    goods = f"{order.goods.name} {money(order.goods.price, order.goods.currency)}" if order.goods else "nothing chosen"
    payments = "".join(f", payment `{taken.payment}`" for taken in order.payments) if len(order.payments) > 1 else ""
    return f"- `{order.id}` {_when(order.created_at)} {goods}: {order.state.value} ({order.gateway or '-'}){payments}"


def person(who: Person) -> str:
    """Everything at a glance; what they asked for is not part of it."""
    account, balance = who.account, who.balance
    lines = [
        f"**{', '.join(map(str, who.identities)) or 'nobody'}** `{account.id}`, since {day(account.created_at)}",
        f"- role {account.role.label}; {count(who.strikes, 'strike')}",
        f"- credits: {balance.available:,} to spend, {balance.held:,} held, {balance.debt:,} owed",
    ]
    if account.suspended:
        lines.append(f"- **suspended**: {account.suspended}")
    if who.disputes:
        lines.append(f"- **flagged**: {count(who.disputes, 'order')} of theirs disputed, now or before")
    if account.closing:
        lines.append("- has deleted their data")
    if not who.wants_announcements:
        lines.append("- wants no announcements")
    moved = [entry for entry in who.entries if entry.amount]
    lines += [f"- {_when(entry.at)} {entry.amount:+,} {entry.kind.value} {entry.ref}".rstrip() for entry in moved]
    return "\n".join([*lines, *(_job_line(job) for job in who.jobs), *(_order(order) for order in who.orders), UTC])


def _job_line(job: Job) -> str:
    return f"- `{job.id}` {_when(job.created_at)} {job.spec.kind} {job.state.value}"


def job(job: Job, *, with_prompt: bool) -> str:
    """A request. Its words only where the operator has decided that admins may read them."""
    words = (job.spec.prompt[:LONGEST] or "(deleted)") if with_prompt else "hidden (ADMINS_SEE_PROMPTS)"
    charged = "not settled" if job.charged is None else count(job.charged, "credit")
    lines = [
        f"**{job.id}** {job.spec.kind} {job.state.value}, {_when(job.created_at)}",
        f"- of {job.identity} `{job.account}`; charged: {charged} of {job.quote.total:,}",
        f"- model {job.spec.model}; runs: {job.attempt}",
        *(f"- call: {each.provider} {each.model}: {each.outcome}" for each in job.attempts),
        f"- words: {words}",
    ]
    if job.failure is not None:
        lines.append(f"- failed: {job.failure.code}: {job.failure.message}")
    if job.finished_at is not None:
        lines.append(f"- ended {_when(job.finished_at)}, {'shown' if job.delivered_at else 'not shown yet'}")
    return "\n".join(lines)


def announcement(latest: Announcement) -> tuple[str, int, int, str]:
    return latest.state, latest.told, latest.passed, latest.text


def _percent(rate: float) -> str:
    return f"{rate * 100:.1f} %"


def _when(at: int) -> str:
    return iso(at)[:16].replace("T", " ")
