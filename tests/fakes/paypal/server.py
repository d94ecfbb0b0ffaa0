"""PayPal over the wire: it decodes and checks each request, keeps request ids, and has bad days on demand.

    async with PayPalFake(now) as fake:
        fake.books.approve(ref); fake.books.refund(capture, "1.00"); fake.books.dispute(capture)
        for headers, body in fake.notices(): ...       # signed, each event once
        fake.faults.append("drop after commit")        # of the next call that is not for a token

Written from https://developer.paypal.com/docs/api/orders/v2/, .../payments/v2/, .../subscriptions/v1/ and
.../customer-disputes/v1/.
"""

import asyncio
import base64
import json
import re
import secrets
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Literal, Self
from urllib.parse import urlencode

from aiohttp import web

from core.clock import Millis, iso, to_datetime
from tests.fakes.paypal.books import Books, Json, new
from tests.fakes.paypal.signing import Signer, signer
from tests.fakes.serving import serve

Fault = Literal["500", "429", "401", "403", "404", "drop", "drop after commit", "not json", "declined", "compliance"]
REFUSALS = {"declined": "INSTRUMENT_DECLINED", "compliance": "COMPLIANCE_VIOLATION"}
SALES_AT_ONCE = 10
FOUND_AT_ONCE = 2
"""So few, that a test sees more than one page."""
WHOLE = {"JPY", "HUF", "TWD"}


class Refused(Exception):
    def __init__(self, status: int, issue: str) -> None:
        super().__init__(issue)
        self.status = status
        self.issue = issue


@dataclass
class PayPalFake:
    """`always`: the fault of each call for which `faults` has none. `calls`: method, path and request id of each.

    `hook_url`: where its app's webhook leads, for `hook_events`; "": it has none.
    """

    now: Millis
    client_id: str = "client"
    secret: str = "s3cret-of-paypal"
    webhook_id: str = "WH-OURS"
    hook_url: str = ""
    hook_events: tuple[str, ...] = ("*",)
    faults: deque[Fault] = field(default_factory=deque)
    always: Fault | None = None
    only: str = ""
    """Faults happen only to calls whose path ends so."""
    plans: dict[str, Json] = field(default_factory=dict)
    calls: list[tuple[str, str, str]] = field(default_factory=list)
    tokens: list[str] = field(default_factory=list)
    url: str = ""
    _answers: dict[tuple[str, str], tuple[str, Json | Refused]] = field(default_factory=dict)
    _told: int = 0
    _signer: Signer | None = None

    async def __aenter__(self) -> Self:
        self.books = Books(self.now)
        app = web.Application()
        app.router.add_post("/v1/oauth2/token", self._token)
        app.router.add_route("*", "/{path:.+}", self._call)
        self._runner, self.url = await serve(app)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._runner.cleanup()

    @property
    def signer(self) -> Signer:
        if self._signer is None:
            self._signer = signer(to_datetime(self.now))
        return self._signer

    def notices(self) -> list[tuple[dict[str, str], bytes]]:
        """The deliveries of what happened since this was asked last: headers in lower case, and the body."""
        events, self._told = self.books.events[self._told :], len(self.books.events)
        bodies = [json.dumps(event).encode() for event in events]
        return [
            (self.signer.signed(secrets.token_hex(18), iso(self.now), self.webhook_id, each), each) for each in bodies
        ]

    async def _token(self, request: web.Request) -> web.Response:
        wanted = "Basic " + base64.b64encode(f"{self.client_id}:{self.secret}".encode()).decode()
        form = await request.post()
        if request.headers.get("authorization") != wanted or form.get("grant_type") != "client_credentials":
            return web.json_response({"error": "invalid_client"}, status=401)
        self.tokens.append(secrets.token_hex(8))
        return web.json_response({"access_token": self.tokens[-1], "expires_in": 32_400, "token_type": "Bearer"})

    async def _call(self, request: web.Request) -> web.StreamResponse:
        body, key = await request.read(), request.headers.get("paypal-request-id", "")
        self.calls.append((request.method, request.path, key))
        if request.headers.get("authorization", "").removeprefix("Bearer ") not in self.tokens:
            return _refusal(Refused(401, "INVALID_TOKEN"))
        fault = self._fault() if request.path.endswith(self.only) else None
        match fault:
            case "500" | "429" | "401" | "403" | "404":
                return _refusal(Refused(int(fault), "INTERNAL_SERVER_ERROR"))
            case "drop":
                return _dropped(request)
        try:
            answer = self._kept(request, key, body, REFUSALS.get(fault or ""))
        except Refused as refused:
            return _refusal(refused)
        if fault == "drop after commit":
            return _dropped(request)
        return web.Response(text="{" if fault == "not json" else json.dumps(answer), content_type="application/json")

    def _fault(self) -> Fault | None:
        return self.faults.popleft() if self.faults else self.always

    def _kept(self, request: web.Request, key: str, body: bytes, refusal: str | None) -> Json:
        """The same request id gets the same answer, a refusal too, and is refused with another body."""
        if request.method == "POST" and request.headers.get("content-type") != "application/json":
            raise Refused(415, "UNSUPPORTED_MEDIA_TYPE")
        if not key:
            return self._done(request, key, json.loads(body or b"{}"))
        place = (request.path, key)
        if place not in self._answers:
            self._answers[place] = (body.decode(), self._answer(request, key, body, refusal))
        first, answer = self._answers[place]
        if first != body.decode():
            raise Refused(422, "DUPLICATE_REQUEST_ID")
        if isinstance(answer, Refused):
            raise answer
        return answer

    def _answer(self, request: web.Request, key: str, body: bytes, refusal: str | None) -> Json | Refused:
        return Refused(422, refusal) if refusal else self._done(request, key, json.loads(body or b"{}"))

    def _done(self, request: web.Request, key: str, body: Json) -> Json:
        routes: list[tuple[str, Callable[..., Json]]] = [
            (r"POST /v2/checkout/orders", lambda: self._create(key, body)),
            (r"GET /v2/checkout/orders/([^/]+)", lambda ref: _found(self.books.orders, ref)),
            (r"POST /v2/checkout/orders/([^/]+)/capture", lambda ref: self._capture(key, ref)),
            (r"POST /v2/payments/captures/([^/]+)/refund", lambda capture: self._refund(key, capture, body)),
            (r"GET /v1/customer/disputes", lambda: self._disputes(request.query["disputed_transaction_id"])),
            (r"GET /v1/customer/disputes/([^/]+)", lambda dispute: _found(self.books.disputes, dispute)),
            (r"POST /v1/billing/subscriptions", lambda: self._subscribe(key, body)),
            (r"GET /v1/billing/subscriptions/([^/]+)", lambda ref: _found(self.books.subscriptions, ref)),
            (r"GET /v1/billing/subscriptions/([^/]+)/transactions", lambda ref: self._sales(request, ref)),
            (r"POST /v1/billing/subscriptions/([^/]+)/cancel", lambda ref: self._stop(ref, body)),
            (r"GET /v1/billing/plans/([^/]+)", lambda plan: _found(self.plans, plan)),
            (r"GET /v1/reporting/transactions", lambda: self._search(request)),
            (r"GET /v1/notifications/webhooks/([^/]+)", self._hook),
            (r"POST /v1/notifications/verify-webhook-signature", lambda: self._verify(body)),
        ]
        for pattern, route in routes:
            if found := re.fullmatch(pattern, f"{request.method} {request.path}"):
                return route(*found.groups())
        raise Refused(404, "RESOURCE_NOT_FOUND")

    def _create(self, key: str, body: Json) -> Json:
        (unit,) = body["purchase_units"]
        context = body["payment_source"]["paypal"]["experience_context"]
        good = body["intent"] == "CAPTURE" and 1 <= len(key) <= 108 and unit["custom_id"] and unit["invoice_id"]
        if not good or not context["return_url"] or not context["cancel_url"] or context["user_action"] != "PAY_NOW":
            raise Refused(400, "INVALID_PARAMETER_VALUE")
        _check_amount(unit["amount"])
        ref = new("O")
        made = {"id": ref, "status": "PAYER_ACTION_REQUIRED",
                "purchase_units": [{**unit, "payee": {"merchant_id": "MERCHANT"}}]}  # fmt: skip
        self.books.orders[ref] = made
        link = {"rel": "payer-action", "href": f"{self.url}/checkoutnow?token={ref}", "method": "GET"}
        return {"id": ref, "status": made["status"], "links": [link]}

    def _capture(self, key: str, ref: str) -> Json:
        status = _found(self.books.orders, ref)["status"]
        if status == "COMPLETED":
            raise Refused(422, "ORDER_ALREADY_CAPTURED")
        if status != "APPROVED" or not key:
            raise Refused(422, "ORDER_NOT_APPROVED")
        self.books.capture(ref)
        return json.loads(json.dumps(self.books.orders[ref]))  # type: ignore[no-any-return]  # what comes out of JSON is Any

    def _refund(self, key: str, capture: str, body: Json) -> Json:
        taken = _found(self.books.captures, capture)
        if taken["status"] == "REFUNDED":
            raise Refused(422, "CAPTURE_FULLY_REFUNDED")
        if not key:
            raise Refused(400, "MISSING_REQUIRED_PARAMETER")
        if "amount" in body:
            _check_amount(body["amount"])
            gone = sum(Decimal(each["amount"]["value"]) for each in self.books.refunds.get(capture, []))
            if gone + Decimal(body["amount"]["value"]) > Decimal(taken["amount"]["value"]):
                raise Refused(422, "REFUND_AMOUNT_EXCEEDED")
        return self.books.refund(capture, body.get("amount", {}).get("value"))

    def _disputes(self, capture: str) -> Json:
        about = [each for each in self.books.disputes.values()
                 if each["disputed_transactions"][0]["seller_transaction_id"] == capture]  # fmt: skip
        return {"items": [{"dispute_id": each["dispute_id"], "status": each["status"]} for each in about]}

    def _subscribe(self, key: str, body: Json) -> Json:
        if not body["plan_id"].startswith("P-") or not body["custom_id"] or not 1 <= len(key) <= 38:
            raise Refused(400, "INVALID_PARAMETER_VALUE")
        ref = new("I-")
        self.books.subscriptions[ref] = {"id": ref, "status": "APPROVAL_PENDING", **body}
        return {"id": ref, "links": [{"rel": "approve", "href": f"{self.url}/subscribe?ba_token={ref}"}]}

    def _sales(self, request: web.Request, ref: str) -> Json:
        start, end = request.query["start_time"], request.query["end_time"]
        sales = [each for each in self.books.sales.get(ref, []) if start <= each["time"] <= end]
        return self._page(request, "transactions", sales, SALES_AT_ONCE)

    def _search(self, request: web.Request) -> Json:
        query = request.query
        start, end = query["start_date"], query["end_date"]
        days = (datetime.fromisoformat(end) - datetime.fromisoformat(start)).days
        if days > 31 or query["transaction_type"] != "T1107" or int(query["page_size"]) > 500:
            raise Refused(400, "INVALID_REQUEST")
        return self._page(request, "transaction_details", self.books.searched(start, end), FOUND_AT_ONCE)

    def _page(self, request: web.Request, name: str, items: list[Json], size: int) -> Json:
        """One of them, with a link to the next one."""
        page, pages = int(request.query.get("page", "1")), max(1, -(-len(items) // size))
        after = f"{self.url}{request.path}?{urlencode({**request.query, 'page': page + 1})}"
        links = [{"rel": "next", "href": after, "method": "GET"}] if page < pages else []
        shown = items[(page - 1) * size : page * size]
        return {name: shown, "links": links, "total_pages": pages, "total_items": len(items)}

    def _stop(self, ref: str, body: Json) -> Json:
        if _found(self.books.subscriptions, ref)["status"] not in ("ACTIVE", "SUSPENDED") or not body["reason"]:
            raise Refused(422, "SUBSCRIPTION_STATUS_INVALID")
        self.books.cancel(ref)
        return {}

    def _hook(self, id: str) -> Json:
        """https://developer.paypal.com/docs/api/webhooks/v1/#webhooks_get"""
        if id != self.webhook_id or not self.hook_url:
            raise Refused(404, "INVALID_RESOURCE_ID")
        return {"id": id, "url": self.hook_url, "event_types": [{"name": name} for name in self.hook_events]}

    def _verify(self, body: Json) -> Json:
        """As PayPal does it, over the event's own bytes, which `json.dumps` of ours gives back for our notices."""
        event = json.dumps(body["webhook_event"]).encode()
        wanted = self.signer.signed(body["transmission_id"], body["transmission_time"], self.webhook_id, event)
        good = body["webhook_id"] == self.webhook_id and body["transmission_sig"] == wanted["paypal-transmission-sig"]
        return {"verification_status": "SUCCESS" if good else "FAILURE"}


def _found(documents: dict[str, Json], identifier: str) -> Json:
    if identifier not in documents:
        raise Refused(404, "RESOURCE_NOT_FOUND")
    return documents[identifier]


def _check_amount(value: Json) -> None:
    pattern = r"[1-9][0-9]*" if value["currency_code"] in WHOLE else r"(0|[1-9][0-9]*)\.[0-9]{2}"
    if set(value) != {"currency_code", "value"} or not re.fullmatch(pattern, value["value"]):
        raise Refused(422, "DECIMAL_PRECISION")


def _refusal(refused: Refused) -> web.Response:
    body = {"name": "UNPROCESSABLE_ENTITY", "details": [{"issue": refused.issue}]}
    return web.json_response(body, status=refused.status)


def _dropped(request: web.Request) -> web.Response:
    assert request.transport is not None
    assert isinstance(request.transport, asyncio.Transport)
    request.transport.abort()
    return web.Response()
