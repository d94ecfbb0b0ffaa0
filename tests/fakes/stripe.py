"""Stripe's API as a server on the wire, as far as buying goes. Every request is decoded and checked.

https://docs.stripe.com/api. `pay`, `settle`, `fail`, `expire`, `renew`, `give_back`, `bounce`, `dispute` and
`resolve` are what buyers and
banks do; `notice` is a webhook's body with its signature. `down`: 500 for everything; `lose`: the next POST is carried
out, and its answer lost.
"""

import hashlib
import hmac
import json
import re
from typing import Any
from urllib.parse import parse_qsl

from aiohttp import web

from tests.fakes.serving import serve

Json = dict[str, Any]
VERSION = "2026-10-28.endive"
MONTH = 30 * 86_400
_PART = re.compile(r"\[([^\]]*)\]")


class StripeFake:
    """One account. `objects` by id; `seen` are the calls as (method, path, form)."""

    def __init__(self) -> None:
        self.key = "sk_test_1"
        self.secret = "whsec_1"
        self.objects: dict[str, Json] = {}
        self.seen: list[tuple[str, str, Json]] = []
        self.problems: list[str] = []
        self.down = self.lose = False
        self.hooks: list[Json] = []
        self._kept: dict[str, tuple[tuple[str, Json], Json]] = {}
        self._number = 0

    async def start(self) -> None:
        app = web.Application()
        app.router.add_route("*", "/v1/{path:.+}", self._called)
        self._runner, self.url = await serve(app)

    async def stop(self) -> None:
        await self._runner.cleanup()

    # --- what buyers and banks do --------------------------------------------------------------------------

    def pay(self, session: str, *, later: bool = False) -> None:
        """`later`: by a bank's debit, which takes days."""
        known = self.objects[session]
        known["status"], known["customer"] = "complete", self._id("cus")
        known["payment_status"] = "unpaid" if later else "paid"
        if known["mode"] == "subscription":
            subscription = self._new("sub", "subscription", status="active", cancel_at_period_end=False,
                                     metadata=known["metadata"])  # fmt: skip
            known["subscription"] = subscription["id"]
            self.renew(session, later=later)
            return
        intent = self._intent(known["amount_total"], known["currency"], known["metadata"], later=later)
        known["payment_intent"] = intent["id"]

    def settle(self, session: str) -> None:
        """The debit succeeds."""
        known = self.objects[session]
        known["payment_status"] = "paid"
        for intent, invoice in self._debits(session):
            intent["status"] = "succeeded"
            if invoice:
                invoice |= {"status": "paid", "amount_paid": invoice["amount_due"]}

    def fail(self, session: str) -> None:
        """The debit fails."""
        for intent, _ in self._debits(session):
            intent["status"] = "requires_payment_method"

    def expire(self, session: str) -> None:
        self.objects[session]["status"] = "expired"

    def renew(self, session: str, *, later: bool = False, is_outside: bool = False) -> str:
        """One more month; its invoice. `is_outside`: it is marked as paid outside of Stripe."""
        known, number = self.objects[session], len(self._invoices(session)) + 1
        intent = None if is_outside else self._intent(known["amount_total"], known["currency"], {}, later=later)["id"]
        invoice = self._new(
            "in", "invoice", subscription=known["subscription"], amount_due=known["amount_total"],
            amount_paid=0 if later else known["amount_total"], status="open" if later else "paid",
            currency=known["currency"], payment_intent=intent,
            lines={"object": "list", "data": [{"period": {"end": 1_800_000_000 + MONTH * number}}]},
            parent={"subscription_details": {"metadata": known["metadata"]}},
        )  # fmt: skip
        return str(invoice["id"])

    def give_back(self, intent: str, amount: int) -> str:
        made = self._new("re", "refund", payment_intent=intent, amount=amount, status="succeeded")
        self.objects[self.objects[intent]["latest_charge"]]["amount_refunded"] += amount
        return str(made["id"])

    def dispute(self, intent: str, status: str = "needs_response") -> str:
        made = self._new("du", "dispute", payment_intent=intent, amount=self.objects[intent]["amount"], status=status)
        return str(made["id"])

    def resolve(self, dispute: str, *, won: bool) -> None:
        self.objects[dispute]["status"] = "won" if won else "lost"

    def bounce(self, refund: str) -> None:
        """The buyer's bank does not take the money."""
        self.objects[refund]["status"] = "failed"

    def notice(self, kind: str, id: str, now: int) -> tuple[dict[str, str], bytes]:
        """Headers and body of a webhook. https://docs.stripe.com/webhooks#verify-manually"""
        body = json.dumps({"id": self._id("evt"), "object": "event", "type": kind,
                           "data": {"object": self.objects[id]}}).encode()  # fmt: skip
        return {"stripe-signature": self.signed(body, now)}, body

    def signed(self, body: bytes, now: int, secret: str | None = None) -> str:
        digest = hmac.digest((secret or self.secret).encode(), f"{now}.".encode() + body, hashlib.sha256)
        return f"t={now},v1={digest.hex()}"

    def add_hook(self, url: str, *events: str, status: str = "enabled") -> None:
        """https://docs.stripe.com/api/webhook_endpoints/object"""
        hook = self._new("we", "webhook_endpoint", url=url, enabled_events=list(events), status=status)
        self.hooks.append(hook)

    # --- the wire --------------------------------------------------------------------------------------------

    async def _called(self, request: web.Request) -> web.StreamResponse:
        form = _nested(parse_qsl((await request.read()).decode() or request.query_string, keep_blank_values=True))
        path = request.match_info["path"]
        self.seen.append((request.method, path, form))
        if self.down:
            return web.json_response({"error": {"type": "api_error", "message": "down"}}, status=500)
        if request.headers.get("Authorization") != f"Bearer {self.key}":
            return _error("invalid_request_error", "Invalid API Key", 401)
        if request.headers.get("Stripe-Version") != VERSION:
            return _error("invalid_request_error", "Invalid Stripe API version")
        key = request.headers.get("Idempotency-Key", "") if request.method == "POST" else ""
        if key in self._kept:
            asked, answer = self._kept[key]
            if asked != (path, form):
                self.problems.append(f"{key} for {path} and for {asked[0]}")
                return _error("idempotency_error", "Keys for idempotent requests can only be used with the same form.")
            return web.json_response(answer)
        answer = self._answer(request.method, path, form)
        if "error" in answer:
            return web.json_response(answer, status=400)
        if request.method == "POST":
            if key:
                self._kept[key] = (path, form), answer
            if self.lose:
                self.lose = False
                assert request.transport is not None
                request.transport.abort()
        return web.json_response(answer)

    def _answer(self, method: str, path: str, form: Json) -> Json:
        match (method, *path.split("/")):
            case ("POST", "checkout", "sessions"):
                return self._session(form)
            case ("GET", "checkout", "sessions", id) if id in self.objects:
                return self._expanded(self.objects[id], form)
            case ("GET", "payment_intents" | "invoices", id) if id in self.objects:
                return self._expanded(self.objects[id], form)
            case ("POST", "refunds"):
                return self._refund(form)
            case ("POST", "subscriptions", id) if id in self.objects:
                self.objects[id]["cancel_at_period_end"] = form["cancel_at_period_end"] == "true"
                return self.objects[id]
            case ("POST", "billing_portal", "sessions"):
                return {"id": self._id("bps"), "object": "billing_portal.session", "url": f"{self.url}/portal"}
            case ("GET", "webhook_endpoints"):
                return {"object": "list", "data": self.hooks, "has_more": False}
            case ("GET", "disputes"):
                return self._listed("dispute", "payment_intent", form["payment_intent"])
            case ("GET", "refunds"):
                return self._listed("refund", "payment_intent", form["payment_intent"])
            case ("GET", "invoices"):
                return self._listed("invoice", "subscription", form["subscription"])
            case ("GET", "invoice_payments"):
                return self._invoice_payments(form)
        return {"error": {"type": "invalid_request_error", "code": "resource_missing", "message": f"no {path}"}}

    def _session(self, form: Json) -> Json:
        line = form["line_items"]["0"]
        price = line["price_data"]
        if form["mode"] == "subscription" and price.get("recurring") != {"interval": "month"}:
            self.problems.append("a subscription without months")
        if not form["success_url"].startswith("http") or line["quantity"] != "1":
            self.problems.append(f"a session of {form}")
        session = self._new(
            "cs", "checkout.session", mode=form["mode"], status="open", payment_status="unpaid", payment_intent=None,
            subscription=None, customer=None, client_reference_id=form["client_reference_id"],
            metadata=form["metadata"], amount_total=int(price["unit_amount"]), currency=price["currency"],
            expires_at=int(form["expires_at"]),
        )  # fmt: skip
        session["url"] = f"{self.url}/pay/{session['id']}"
        return session

    def _refund(self, form: Json) -> Json:
        intent = form["payment_intent"]
        refunds = self._listed("refund", "payment_intent", intent)["data"]
        left = self.objects[intent]["amount"] - sum(each["amount"] for each in refunds if each["status"] != "failed")
        amount = int(form.get("amount", left))
        if not left or amount > left:
            code = "charge_already_refunded" if not left else "amount_too_large"
            return {"error": {"type": "invalid_request_error", "code": code, "message": code}}
        return self.objects[self.give_back(intent, amount)]

    def _invoice_payments(self, form: Json) -> Json:
        """https://docs.stripe.com/api/invoice-payment/list"""
        data = [
            {"object": "invoice_payment", "invoice": each["id"], "status": each["status"],
             "payment": {"type": "payment_intent", "payment_intent": each["payment_intent"]}}
            for each in self.objects.values() if each["object"] == "invoice" and each["payment_intent"]
            and form.get("invoice") in (None, each["id"]) and form.get("status") in (None, each["status"])
            and form.get("payment", {}).get("payment_intent") in (None, each["payment_intent"])
        ]  # fmt: skip
        return {"object": "list", "data": data}

    def _invoices(self, session: str) -> list[Json]:
        return list(self._listed("invoice", "subscription", self.objects[session]["subscription"])["data"])

    def _debits(self, session: str) -> list[tuple[Json, Json | None]]:
        """The payments that are on their way or failed, each with its invoice."""
        if self.objects[session]["mode"] != "subscription":
            return [(self.objects[self.objects[session]["payment_intent"]], None)]
        return [(self.objects[each["payment_intent"]], each) for each in self._invoices(session)
                if each["status"] == "open"]  # fmt: skip

    def _listed(self, kind: str, name: str, value: str) -> Json:
        found = [each for each in self.objects.values() if each["object"] == kind and each[name] == value]
        return {"object": "list", "data": found}

    def _expanded(self, thing: Json, form: Json) -> Json:
        """https://docs.stripe.com/expand"""
        whole = dict(thing)
        for path in form.get("expand", {}).values():
            name, _, rest = path.partition(".")
            if isinstance(whole.get(name), str):
                whole[name] = self._expanded(self.objects[whole[name]], {"expand": {"0": rest}} if rest else {})
        return whole

    def _intent(self, amount: int, currency: str, metadata: Json, *, later: bool) -> Json:
        status = "processing" if later else "succeeded"
        made = self._new("pi", "payment_intent", amount=amount, currency=currency, status=status, metadata=metadata)
        made["latest_charge"] = self._new(
            "ch", "charge", payment_intent=made["id"], amount=amount, amount_refunded=0, metadata=metadata
        )["id"]
        return made

    def _new(self, prefix: str, kind: str, **fields: Any) -> Json:
        made = {"id": self._id(prefix), "object": kind, **fields}
        self.objects[str(made["id"])] = made
        return made

    def _id(self, prefix: str) -> str:
        self._number += 1
        return f"{prefix}_{self._number:06d}"


def _error(kind: str, message: str, status: int = 400) -> web.Response:
    return web.json_response({"error": {"type": kind, "message": message}}, status=status)


def _nested(pairs: list[tuple[str, str]]) -> Json:
    """`a[b][0]=c` as dicts in each other."""
    form: Json = {}
    for name, value in pairs:
        first = name.partition("[")[0]
        path = [first, *_PART.findall(name)]
        within = form
        for step in path[:-1]:
            within = within.setdefault(step or str(len(within)), {})
        within[path[-1] or str(len(within))] = value
    return form
