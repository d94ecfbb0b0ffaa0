"""What the stand-in knows of orders, captures, refunds, disputes and subscriptions, and how a test changes it."""

import secrets
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from core.clock import Millis, iso

Json = dict[str, Any]


def new(prefix: str) -> str:
    return prefix + secrets.token_hex(8).upper()


def amount(value: Decimal | str, currency: str) -> Json:
    return {"currency_code": currency, "value": str(value)}


@dataclass
class Books:
    """`now`: the time of what happens next. Each change that PayPal tells of appends an event."""

    now: Millis
    orders: dict[str, Json] = field(default_factory=dict)
    captures: dict[str, Json] = field(default_factory=dict)
    refunds: dict[str, list[Json]] = field(default_factory=dict)
    disputes: dict[str, Json] = field(default_factory=dict)
    subscriptions: dict[str, Json] = field(default_factory=dict)
    sales: dict[str, list[Json]] = field(default_factory=dict)
    events: list[Json] = field(default_factory=list)
    search_lag: Millis = 0
    next_capture: str = "COMPLETED"
    """What comes of the next captures: COMPLETED, PENDING or DECLINED."""

    def approve(self, ref: str) -> None:
        """The buyer agrees to an order, or to a subscription, which begins then."""
        if ref in self.orders:
            self.orders[ref]["status"] = "APPROVED"
            self._tell("CHECKOUT.ORDER.APPROVED", self.orders[ref])
        else:
            self.subscriptions[ref]["status"] = "ACTIVE"
            self._tell("BILLING.SUBSCRIPTION.ACTIVATED", self.subscriptions[ref])

    def cancel(self, ref: str) -> None:
        """The order is void, or the subscription stopped."""
        if ref in self.orders:
            self.orders[ref]["status"] = "VOIDED"
        else:
            self.subscriptions[ref]["status"] = "CANCELLED"
            self._tell("BILLING.SUBSCRIPTION.CANCELLED", self.subscriptions[ref])

    def forget(self, ref: str) -> None:
        """As PayPal does with what nobody approved."""
        del self.orders[ref]

    def capture(self, ref: str) -> str:
        """Take the money of an order; the capture's id."""
        order = self.orders[ref]
        unit = order["purchase_units"][0]
        made: Json = {
            "id": new("C"),
            "status": self.next_capture,
            "amount": unit["amount"],
            "custom_id": unit["custom_id"],
            "create_time": iso(self.now),
            "supplementary_data": {"related_ids": {"order_id": ref}},
        }
        self.captures[made["id"]] = made
        unit.setdefault("payments", {}).setdefault("captures", []).append(made)
        order["status"] = "COMPLETED"
        self._tell(f"PAYMENT.CAPTURE.{self.next_capture}", made)
        return str(made["id"])

    def turn(self, capture: str, status: str) -> None:
        """A pending capture becomes COMPLETED or DECLINED, or one of any kind REVERSED."""
        self.captures[capture]["status"] = status
        if capture in self._subscribed():
            self._tell(f"PAYMENT.SALE.{status}", self._sale_told(capture, self._subscribed()[capture]))
        elif status == "REVERSED":
            self._tell("PAYMENT.CAPTURE.REVERSED", self._refund_of(capture, self.captures[capture]["amount"]))
        else:
            self._tell(f"PAYMENT.CAPTURE.{status}", self.captures[capture])

    def refund(self, capture: str, value: str | None = None) -> Json:
        """So much of it, or the rest."""
        taken = self.captures[capture]
        whole, currency = Decimal(taken["amount"]["value"]), taken["amount"]["currency_code"]
        gone = sum((Decimal(each["amount"]["value"]) for each in self.refunds.get(capture, [])), Decimal(0))
        more = whole - gone if value is None else Decimal(value)
        made = self._refund_of(capture, amount(more, currency))
        self.refunds.setdefault(capture, []).append(made)
        taken["status"] = "REFUNDED" if gone + more >= whole else "PARTIALLY_REFUNDED"
        for order in self.orders.values():
            payments = order["purchase_units"][0].get("payments", {})
            if taken in payments.get("captures", []):
                payments.setdefault("refunds", []).append(made)
        self._tell("PAYMENT.SALE.REFUNDED" if capture in self._subscribed() else "PAYMENT.CAPTURE.REFUNDED", made)
        return made

    def searched(self, start: str, end: str) -> list[Json]:
        """The refunds of that time that the transaction search knows already."""
        return [
            {"transaction_info": {
                "transaction_id": each["id"], "paypal_reference_id": sale, "paypal_reference_id_type": "TXN",
                "transaction_event_code": "T1107", "transaction_initiation_date": each["create_time"],
                "transaction_amount": {**each["amount"], "value": f"-{each['amount']['value']}"},
                "transaction_status": each.get("search_status", "S"),
            }}
            for sale, refunds in self.refunds.items() for each in refunds
            if start <= each["create_time"] <= end and each["create_time"] <= iso(self.now - self.search_lag)
        ]  # fmt: skip

    def dispute(self, capture: str, value: str | None = None) -> str:
        """The buyer wants it back, or so much of it; the dispute's id."""
        taken = self.captures[capture]
        asked = taken["amount"] if value is None else amount(value, taken["amount"]["currency_code"])
        made: Json = {
            "dispute_id": new("PP-D-"),
            "status": "OPEN",
            "create_time": iso(self.now),
            "dispute_amount": asked,
            "disputed_transactions": [{"seller_transaction_id": capture, "custom": taken.get("custom_id")}],
        }
        self.disputes[made["dispute_id"]] = made
        self._tell("CUSTOMER.DISPUTE.CREATED", made)
        return str(made["dispute_id"])

    def resolve(self, dispute: str, *, won: bool) -> None:
        """`won`: we keep the money."""
        outcome = "RESOLVED_SELLER_FAVOUR" if won else "RESOLVED_BUYER_FAVOUR"
        self.disputes[dispute] |= {"status": "RESOLVED", "dispute_outcome": {"outcome_code": outcome}}
        self._tell("CUSTOMER.DISPUTE.RESOLVED", self.disputes[dispute])

    def sell(self, subscription: str, value: str, currency: str = "USD") -> str:
        """A month is paid for; the sale's id."""
        made: Json = {"id": new("S"), "status": "COMPLETED", "amount": amount(value, currency), "time": iso(self.now),
                "custom_id": self.subscriptions[subscription]["custom_id"],
                "amount_with_breakdown": {"gross_amount": amount(value, currency)}}  # fmt: skip
        self.captures[made["id"]] = made
        self.sales.setdefault(subscription, []).append(made)
        self._tell("PAYMENT.SALE.COMPLETED", self._sale_told(made["id"], subscription))
        return str(made["id"])

    def _subscribed(self) -> dict[str, str]:
        """The subscription of each sale."""
        return {sale["id"]: subscription for subscription, sales in self.sales.items() for sale in sales}

    def _sale_told(self, sale: str, subscription: str) -> Json:
        """Another document than the transaction: https://developer.paypal.com/docs/api/payments/v1/#sale_get"""
        return {"id": sale, "billing_agreement_id": subscription, "state": self.captures[sale]["status"].lower(),
                "custom": self.subscriptions[subscription]["custom_id"]}  # fmt: skip

    def _refund_of(self, capture: str, value: Json) -> Json:
        link = {"rel": "up", "href": f"https://api.paypal.com/v2/payments/captures/{capture}", "method": "GET"}
        return {"id": new("R"), "status": "COMPLETED", "amount": value, "create_time": iso(self.now), "links": [link],
                "custom_id": self.captures[capture].get("custom_id")}  # fmt: skip

    def _tell(self, kind: str, resource: Json) -> None:
        self.events.append(
            {"id": new("WH-"), "create_time": iso(self.now), "event_type": kind, "resource": dict(resource)}
        )
