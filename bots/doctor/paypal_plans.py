"""PayPal's plans: who subscribes to one is credited only if PayPal takes what easel.toml says, every month."""

from collections.abc import Mapping, Sequence

from bots.doctor.asking import Answer, Asking
from bots.doctor.findings import Finding, ok, problem
from core.catalogue import Plan
from core.money import price
from core.payments.paypal import money, reading
from core.payments.paypal.api import segment
from core.payments.ports import GatewayError, Money

AREA = "payments"
FIX = "Make it the same in PayPal and in easel.toml: what is paid otherwise is not credited."


async def look(plans: Sequence[Plan], asking: Asking, base: str, bearer: Mapping[str, str]) -> list[Finding]:
    """Those that are sold at PayPal. https://developer.paypal.com/docs/api/subscriptions/v1/#plans_get"""
    sold = [(plan, plan.paypal_plan) for plan in plans if plan.paypal_plan]
    return [_said(plan, id, await asking("GET", f"{base}/v1/billing/plans/{segment(id)}", bearer)) for plan, id in sold]


def _said(plan: Plan, id: str, answer: Answer) -> Finding:
    wrong = "is not there" if answer.status != 200 else _wrong(plan, answer.fields)
    if wrong:
        return problem(AREA, f"PayPal's plan {id}, which is {plan.name} here, {wrong}.", FIX)
    return ok(AREA, f"PayPal's plan {id} is {plan.name}, at the same price.")


def _wrong(plan: Plan, fields: reading.Json) -> str:
    if reading.text(fields, "status") != "ACTIVE":
        return "is not active"
    cycles = reading.listed(fields, "billing_cycles")
    if len(cycles) != 1:
        return "has a trial or several prices"
    frequency = reading.mapping(cycles[0], "frequency")
    if (reading.text(frequency, "interval_unit"), frequency.get("interval_count", 1)) != ("MONTH", 1):
        return "is not paid every month"
    try:
        asked = money.read(reading.mapping(cycles[0], "pricing_scheme").get("fixed_price"))
    except GatewayError:
        return "has no fixed price"
    if asked != Money(plan.price, plan.currency):
        return f"costs {price(asked.amount, asked.currency)} instead of {price(plan.price, plan.currency)}"
    return ""
