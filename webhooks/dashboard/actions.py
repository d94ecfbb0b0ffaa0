"""What can be done on the pages: asked for by a form, confirmed on a page that says what it changes, done once.

The page to confirm has the id of the request for the action in it. Whoever presses its button twice sends the same
request twice, and `Admin` does it once.
"""

import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from fastapi import Request
from pydantic import JsonValue

from core.accounts.model import Role
from core.admin.model import Actor, Audited, Doc
from core.admin.refunds import left
from core.admin.rules import RULES
from core.app import App
from core.errors import BadRequest, NotFound
from core.money import price
from core.payments.orders import Order
from webhooks.dashboard.changes import LEFT, facts
from webhooks.dashboard.forms import money_in
from webhooks.dashboard.views import ADMIN, Shown, user_page
from webhooks.pay.words import count

MAX_DIGITS = 9
MAX_WHY = 500
_REQUEST = re.compile(r"[A-Za-z0-9_-]{16}")


@dataclass(frozen=True, slots=True)
class Act:
    """`args`: the fields that it takes besides the reason. `says`: what it is called where it is confirmed.

    `is_told`: whom it concerns reads the reason.
    """

    action: str
    section: str
    button: str
    says: str
    args: tuple[str, ...] = ()
    is_told: bool = False

    @property
    def is_grave(self) -> bool:
        return RULES[self.action].confirmed

    def page(self, target: str) -> str:
        """The page of what it is done to."""
        return user_page(target) if self.section == "users" else f"{ADMIN}/{self.section}/{target}"


ACTS = {
    act.action: act
    for act in (
        Act("grant", "users", "Give credits", "Give {credits} to {target}", ("credits",), is_told=True),
        Act("revoke", "users", "Take credits", "Take {credits} from {target}", ("credits",), is_told=True),
        Act("role", "users", "Change the role", "Give {target} the role {role}", ("role",)),
        Act("suspend", "users", "Suspend", "Suspend {target}", is_told=True),
        Act("unsuspend", "users", "Lift the suspension", "Let {target} go on"),
        Act("retry", "jobs", "Make it anew", "Ask for job {target} anew, in the name of the person"),
        Act("cancel", "jobs", "Cancel", "Cancel job {target}"),
        Act(
            "refund",
            "orders",
            "Pay back",
            "Pay {amount} of order {target} back, and take its credits",
            ("payment", "amount"),
        ),
    )
}


def offered(section: str, *but: str) -> list[Act]:
    """What can be done on a page of this section, without those that its subject makes senseless."""
    return [act for act in ACTS.values() if act.section == section and act.action not in but]


class Actions:
    """Pages to confirm, and what follows."""

    def __init__(self, app: App) -> None:
        self._app = app

    async def confirm(self, request: Request, actor: Actor) -> Shown:
        """What would be done. Raises what doing it would raise, as far as that is known before."""
        act, target = act_of(request.path_params), request.path_params["target"]
        given, why = request.query_params, request.query_params.get("why", "").strip()[:MAX_WHY]
        args = await self._args(act, target, given)
        before = await self._app.admin.preview(actor, act.action, target, args, why)
        data = {
            "act": act, "target": target, "args": {name: given.get(name, "").strip() for name in act.args},
            "why": why, "facts": facts(before),
            "question": act.says.format(target=await self._named(act, target), **_said(args, before)),
            "request": secrets.token_urlsafe(12), "back": act.page(target),
        }  # fmt: skip
        return Shown(act.section, act.button, data)

    async def do(self, act: Act, target: str, form: Mapping[str, str], actor: Actor) -> Audited:
        """Do it, once for each page that asked. Raises Refusal, StoreError or what else keeps it from being done."""
        if not _REQUEST.fullmatch(form.get("request", "")):
            raise BadRequest("This form is not complete. Go back and start again.")
        why = form.get("why", "").strip()[:MAX_WHY]
        args = await self._args(act, target, form)
        return await self._app.admin.perform(actor, act.action, f"page:{form['request']}", target, args, why)

    async def _args(self, act: Act, target: str, given: Mapping[str, str]) -> dict[str, JsonValue]:
        """Raises BadRequest."""
        order = await self._app.stores.orders.get(target) if "amount" in act.args else None
        currency = order.goods.currency if order is not None and order.goods is not None else ""
        args = {name: READ[name](given.get(name, "").strip(), currency) for name in act.args}
        if order is not None:
            _check_amount(order, args, currency)
        return args

    async def _named(self, act: Act, target: str) -> str:
        if act.section != "users":
            return target
        names = await self._app.stores.accounts.identities(await self._app.stores.accounts.family(target))
        return min(map(str, names), default=target)


def act_of(path: Mapping[str, str]) -> Act:
    """Raises NotFound."""
    if path["action"] not in ACTS:
        raise NotFound("There is no such action.")
    return ACTS[path["action"]]


def _check_amount(order: Order, args: Doc, currency: str) -> None:
    """Raises BadRequest in money; who is refused by the refund itself reads of minor units."""
    amount, taken = args["amount"], order.payment(str(args["payment"])) or (order.payments or (None,))[0]
    if taken is not None and isinstance(amount, int) and not 1 <= amount <= left(taken):
        most = price(left(taken), currency, ",")
        raise BadRequest(f"At most {most} can be paid back; you asked for {price(amount, currency, ',')}.")


def _said(args: Doc, before: Doc) -> dict[str, str]:
    """What is asked for, in words. All that is left is said as money where it is known how much that is."""
    said = {name: count(value) if isinstance(value, int) else str(value) for name, value in args.items()}
    if "amount" in args:
        amount = args["amount"] if args["amount"] is not None or before["credits_back"] else before["paid"]
        said["amount"] = price(amount, str(before["currency"]), ",") if isinstance(amount, int) else LEFT
    return said


def _credits(text: str, currency: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > MAX_DIGITS:
        raise BadRequest("Credits must be a whole number from 1 to 1,000,000.")
    return int(text)


def _amount(text: str, currency: str) -> int | None:
    """In minor units; None: all that is left."""
    return None if text.lower() in ("", "all") else money_in(text, currency)


def _role(text: str, currency: str) -> str:
    if text not in {role.label for role in Role}:
        raise BadRequest("There is no such role.")
    return text


READ: dict[str, Callable[[str, str], JsonValue]] = {
    "credits": _credits, "amount": _amount, "role": _role, "payment": lambda text, currency: text[:MAX_WHY],
}  # fmt: skip
"""How what a form says is read, by the name of the field. Money is in the currency of the order."""
