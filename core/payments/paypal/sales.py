"""The months of a subscription that were paid for: PayPal's sales, and how much of each went back.

https://developer.paypal.com/docs/api/subscriptions/v1/#subscriptions_transactions says that a sale was refunded in
part, but not how much of it. For such sales, and only for them, PayPal's transaction search is asked, which knows of a
refund some hours after it was made.
"""

import calendar
from collections import defaultdict
from dataclasses import replace
from urllib.parse import parse_qsl

import httpx

from core.clock import DAY, SECOND, Clock, Millis, iso, to_datetime
from core.log import logger
from core.payments.orders import RENEWS_WITHIN, Order
from core.payments.paypal import reading
from core.payments.paypal.api import Api, Json, PayPalRefused, segment
from core.payments.paypal.asking import disputes_of
from core.payments.ports import Capture

SUBSCRIPTIONS = "/v1/billing/subscriptions"
SEARCH = "/v1/reporting/transactions"
"""https://developer.paypal.com/docs/api/transaction-search/v1/#transactions_get"""
SEARCHED_AT_ONCE: Millis = 31 * DAY
MOST_SEARCHED = "500"
REFUND = "T1107"
"""https://developer.paypal.com/docs/transaction-search/transaction-event-codes/: a refund made by the merchant."""
UNDONE = frozenset({"D", "V"})
"""Such a refund was denied or reversed."""
REFUNDABLE: Millis = 200 * DAY
"""PayPal lets a payment be refunded for 180 days: what is known of an older one stays."""
MAX_PAGES = 100


class Sales:
    def __init__(self, api: Api, clock: Clock) -> None:
        self._api = api
        self._clock = clock

    async def of(self, order: Order, ref: str) -> tuple[Capture, ...]:
        """Those of the subscription `ref` that did not fail. Raises GatewayError."""
        captures = []
        for document in await self._listed(order, ref):
            if (sale := _sale(document)) is not None:
                sale, refunds = await self._refunded(order, sale, document)
                captures.append(reading.with_disputes(sale, refunds, await disputes_of(self._api, sale, order)))
        return tuple(captures)

    async def _listed(self, order: Order, ref: str) -> list[Json]:
        """Every page: each names the next one, of which only the query is trusted."""
        path = f"{SUBSCRIPTIONS}/{segment(ref)}/transactions"
        query = {"start_time": iso(order.created_at - DAY), "end_time": iso(self._clock.now() + DAY)}
        documents: dict[str, Json] = {}
        for _ in range(MAX_PAGES):
            page = await self._api.get(path, query)
            documents |= {reading.text(each, "id"): dict(each) for each in reading.listed(page, "transactions")}
            links = {reading.text(link, "rel"): reading.text(link, "href") for link in reading.listed(page, "links")}
            if "next" not in links:
                if len(documents) < reading.number(page, "total_items"):
                    logger().error("sales not listed", order=order.id, listed=len(documents))
                break
            query = dict(parse_qsl(links["next"].partition("?")[2]))
        return list(documents.values())

    async def _refunded(self, order: Order, sale: Capture, document: Json) -> tuple[Capture, list[Json]]:
        """The sale and its refunds, if only a part went back. As it was known, where this app may not search."""
        if reading.text(document, "status") != "PARTIALLY_REFUNDED":
            return sale, []
        began, known = reading.millis(document.get("time")), replace(sale, back=_known(order, sale))
        if known.back and began + REFUNDABLE <= self._clock.now():
            return known, []
        try:
            return sale, (await self._searched(began))[sale.id]
        except PayPalRefused as refused:
            if refused.status != httpx.codes.FORBIDDEN:
                raise
            logger().warning("refunds not read", sale=sale.id, status=refused.status)
            return known, []

    async def _searched(self, began: Millis) -> dict[str, list[Json]]:
        """The refunds that were made since, by the sale."""
        found: defaultdict[str, list[Json]] = defaultdict(list)
        ends = max(began + SECOND, min(self._clock.now(), began + REFUNDABLE))
        for start in range(began, ends, SEARCHED_AT_ONCE):
            for info in await self._search(start, min(start + SEARCHED_AT_ONCE, ends)):
                if reading.text(info, "transaction_status") not in UNDONE:
                    found[reading.text(info, "paypal_reference_id")].append(_refund(info))
        return found

    async def _search(self, start: Millis, end: Millis) -> list[Json]:
        query = {
            "start_date": iso(start), "end_date": iso(end), "transaction_type": REFUND, "fields": "transaction_info",
            "page_size": MOST_SEARCHED,
        }  # fmt: skip
        found: list[Json] = []
        for page in range(1, MAX_PAGES + 1):
            answer = await self._api.get(SEARCH, query | {"page": str(page)})
            details = reading.listed(answer, "transaction_details")
            found += [dict(reading.mapping(each, "transaction_info")) for each in details]
            if page >= reading.number(answer, "total_pages"):
                break
        return found


def month_after(at: Millis) -> Millis:
    """The same time of the same day of the next month, or of its last day."""
    then = to_datetime(at)
    year, month = (then.year + then.month // 12, then.month % 12 + 1)
    day = min(then.day, calendar.monthrange(year, month)[1])
    return round(then.replace(year=year, month=month, day=day).timestamp() * SECOND)


def _sale(document: Json) -> Capture | None:
    gross = reading.mapping(reading.mapping(document, "amount_with_breakdown"), "gross_amount")
    sale = reading.capture_in({**document, "amount": gross})
    until = month_after(reading.millis(document.get("time"))) + RENEWS_WITHIN
    return sale and Capture(sale.id, sale.money, sale.is_complete, sale.back, until=until)


def _refund(info: Json) -> Json:
    """As orders have them; the search writes what goes out as less than nothing."""
    amount = reading.mapping(info, "transaction_amount")
    value = reading.text(amount, "value").removeprefix("-")
    return {"amount": {**amount, "value": value}, "create_time": info.get("transaction_initiation_date")}


def _known(order: Order, sale: Capture) -> int:
    """How much of it the order says went back, in minor units; none while that may be a dispute's."""
    taken = order.payment(sale.id)
    return taken.back * taken.amount // taken.credits if taken and not taken.is_disputed else 0
