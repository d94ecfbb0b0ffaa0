"""Every sentence about what an admin does. What an admin looks at is worded in `bots.admin_tables`."""

from collections.abc import Mapping

from pydantic import JsonValue

from bots.texts import count, money
from core.admin.model import Audited

HOW = {
    "grant": "`/admin grant @name 50 for the bug`",
    "revoke": "`/admin revoke @name 50 and why`",
    "refund": "`/admin refund ORDER all and why`, or an amount of money, such as 4.99, instead of all",
    "role": "`/admin role @name subscriber` (user, subscriber or admin)",
    "suspend": "`/admin suspend @name and why`, which they are told",
    "unsuspend": "`/admin unsuspend @name`, which forgives their strikes",
    "user": "`/admin user @name`",
    "orders": "`/admin orders`, or of somebody: `/admin orders @name`, or `/admin orders disputed`",
    "job": "`/admin job ID`",
    "retry": "`/admin retry ID`: what failed is made after all",
    "cancel": "`/admin cancel ID`",
    "codes": "`/admin codes 10 50`: ten gift codes of 50 credits; then for how many people each, and days",
    "price": "`/admin price MODEL 12`, or `usual`",
    "model": "`/admin model disable MODEL`, or `enable`",
    "limit": "`/admin limit user 30` requests a day, or `usual`",
    "pause": "`/admin pause and why`: nothing is made for anybody",
    "resume": "`/admin resume`",
    "announce": "`/admin announce TEXT` to everybody; `/admin announce status`, `/admin announce stop`",
    "stats": "`/admin stats 7` days",
    "costs": "`/admin costs 7 model` (or provider, operation, account, day)",
    "margin": "`/admin margin 30` days",
    "health": "`/admin health`",
    "audit": "`/admin audit`, or of one action: `/admin audit grant`",
    "dashboard": "`/admin dashboard`: a link to the page with all of it",
    "confirm": "`/admin confirm CODE`",
}
NAMING = "@name, an identity such as telegram:42, the id of an account, or the code that /invite shows them"
UNKNOWN_ACTION = "Type /admin for all of them."
NOTHING_ANNOUNCED = "Nothing was announced yet."


def how(action: str) -> str:
    """How an action is typed."""
    return f"Type {HOW[action]}." if action in HOW else ""


def overview() -> str:
    lines = [f"- {line}" for line in HOW.values()]
    return "\n".join(["What admins can type:", *lines, f"People are named by {NAMING}."])


def nobody(who: str) -> str:
    return f"is not known here; you gave {who[:40]!r}."


def naming() -> str:
    return f"Name them by {NAMING}."


def no_order(id: str) -> str:
    return f"There is no order {id[:40]!r}. Type /admin orders for the latest."


def done(line: Audited) -> str:
    """What an action has come to."""
    after = line.after
    match line.action:
        case "grant":
            return f"Given {_credits(after)}. They have **{after['available']:,}** now."
        case "revoke":
            return f"Taken {_credits(after)}. They have **{after['available']:,}** left."
        case "refund":
            return f"{_money(line.before, after)} of order `{line.target}` is paid back: {after.get('state_now')}."
        case "role":
            return f"They have the role **{after['role']}** now, and had {line.before.get('was')}."
        case "suspend":
            return f"Suspended: {after['suspended']}."
        case "unsuspend":
            return "Not suspended any more, and their strikes are forgiven."
        case "retry":
            return f"It is made as request `{after['job']}`; the person gets the result."
        case "cancel":
            return "Cancelled." if after.get("state_now") == "cancelled" else "It is being stopped."
        case "price":
            return f"**{line.target}** costs {count(_number(after['price']), 'credit')} now."
        case "model":
            return f"**{line.target}** is {'on' if after['enabled'] else 'off'} now, within seconds everywhere."
        case "limit":
            return f"The role {line.target} has {count(_number(after['limit']), 'request')} a day now."
        case "pause":
            return "Paused. What was accepted before is finished; `/admin resume` lets it go on."
        case "resume":
            return "It goes on."
        case "announce":
            return "It begins within a minute. `/admin announce status` says how far it is."
        case "silence":
            return f"Stopped. Told until then: {after['told']:,}."
    return "Done."


def asked(
    action: str, target: str, args: Mapping[str, JsonValue], before: Mapping[str, JsonValue], why: str = ""
) -> str:
    """What would be done, in a question. `target` as people know it."""
    match action:
        case "revoke":
            return f"Take {_credits(args)} from {target}, who has {before['available']:,}?"
        case "refund":
            what = _money(before, args) if args["amount"] is not None else "what is left"
            return f"Pay {what} of order `{target}` back, and take its credits?"
        case "role":
            return f"Give {target}, who has the role {before['was']}, the role **{args['role']}**?"
        case "suspend":
            return f"Suspend {target}?{_they_are_told(why)}"
        case "announce":
            return f"Tell everybody this?\n\n{args['text']}\n"
        case "pause":
            return f"Let nothing be made for anybody until `/admin resume`?{_they_are_told(why)}"
        case "price":
            credits = args["credits"]
            price = "what the file says" if credits is None else count(_number(credits), "credit")
            return f"Let **{target}**, which costs {count(_number(before['price']), 'credit')}, cost {price}?"
    return f"{action} {target}?"


def to_confirm(question: str, code: str) -> str:
    return f"{question}\nType `/admin confirm {code}` within ten minutes to do it."


def codes_made(number: int, credits: int) -> str:
    what = f"{count(number, 'code')} of {count(credits, 'credit')} each"
    return f"{what}, in the file. They are shown this once only."


def announced(state: str, told: int, passed: int, text: str) -> str:
    return f"{state}: told {told:,}, passed over {passed:,}.\n\n{text}"


def dashboard(url: str) -> str:
    return f"The dashboard is open for you here, once and within ten minutes: {url}\nKeep this link to yourself."


WANTS_NONE = "You get no more announcements. `/announcements on` brings them back."
WANTS_SOME = "You get announcements from the operator."


def _they_are_told(why: str) -> str:
    return f" They are told: {why}" if why else ""


def _credits(values: Mapping[str, JsonValue]) -> str:
    return count(_number(values["credits"]), "credit")


def _money(before: Mapping[str, JsonValue], args: Mapping[str, JsonValue]) -> str:
    amount, currency = args.get("amount"), str(before.get("currency"))
    return money(amount, currency) if isinstance(amount, int) else "What is left"


def _number(value: JsonValue) -> int:
    return value if isinstance(value, int) else 0
