"""PayPal and Stripe: the keys, and whether their notices come to us."""

import base64
from collections.abc import Iterable

from bots.doctor import paypal_plans
from bots.doctor.asking import Asking
from bots.doctor.findings import Finding, all_of, ok, problem, warning
from core.catalogue import find_catalogue, load_catalogue
from core.payments.opening import configured
from core.payments.paypal.api import LIVE, segment
from core.settings import Settings

AREA = "payments"
SHARE = 0.9
PAYPAL_EVENTS = (
    "PAYMENT.CAPTURE.COMPLETED",
    "PAYMENT.CAPTURE.DENIED",
    "PAYMENT.CAPTURE.REFUNDED",
    "PAYMENT.CAPTURE.REVERSED",
    "CHECKOUT.ORDER.APPROVED",
    "CUSTOMER.DISPUTE.CREATED",
    "CUSTOMER.DISPUTE.RESOLVED",
)
PAYPAL_PLAN_EVENTS = ("BILLING.SUBSCRIPTION.ACTIVATED", "BILLING.SUBSCRIPTION.CANCELLED", "PAYMENT.SALE.COMPLETED")
"""https://developer.paypal.com/api/rest/webhooks/event-names/"""
STRIPE_URL = "https://api.stripe.com"
STRIPE_EVENTS = (
    "checkout.session.completed",
    "checkout.session.async_payment_succeeded",
    "checkout.session.async_payment_failed",
    "checkout.session.expired",
    "charge.refunded",
    "charge.dispute.created",
    "charge.dispute.closed",
    "invoice.paid",
    "customer.subscription.deleted",
)
"""https://docs.stripe.com/api/events/types"""


async def look(settings: Settings, asking: Asking) -> list[Finding]:
    """Raises ConfigError for a gateway that is set up in part."""
    looks = {name: LOOKS[name](settings, asking) for name in configured(settings)}
    return await all_of(looks, asking.limit * SHARE)


async def _paypal(settings: Settings, asking: Asking) -> list[Finding]:
    base = (settings.paypal_base_url or LIVE).rstrip("/")
    pair = f"{settings.paypal_client_id}:{settings.paypal_client_secret.get_secret_value()}"
    headers = {"authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"}
    token = await asking("POST", f"{base}/v1/oauth2/token", headers, data={"grant_type": "client_credentials"})
    if token.status != 200 or not token.fields.get("access_token"):
        return [
            problem(
                AREA,
                f"PayPal refuses PAYPAL_CLIENT_ID and its secret (status {token.status}).",
                "Copy both from your app; those of the sandbox need PAYPAL_BASE_URL.",
            )
        ]
    bearer = {"authorization": f"Bearer {token.fields['access_token']}"}
    hook = await asking("GET", f"{base}/v1/notifications/webhooks/{segment(settings.paypal_webhook_id)}", bearer)
    plans = load_catalogue(find_catalogue(settings.easel_config)).plans
    found = [
        ok(AREA, "PayPal takes the client id and secret."),
        *_merchant(settings),
        *await paypal_plans.look(plans, asking, base, bearer),
    ]
    if hook.status != 200:
        return [
            *found,
            problem(
                AREA,
                "PayPal has no webhook with the id PAYPAL_WEBHOOK_ID in this app.",
                "Add one there, and copy its id; see docs/payments/paypal.md.",
            ),
        ]
    names = [each.get("name") for each in hook.fields.get("event_types", []) if isinstance(each, dict)]
    needed = (*PAYPAL_EVENTS, *PAYPAL_PLAN_EVENTS) if any(plan.paypal_plan for plan in plans) else PAYPAL_EVENTS
    return [*found, _registered("PayPal", hook.fields.get("url"), settings, names, needed)]


def _merchant(settings: Settings) -> list[Finding]:
    if settings.paypal_merchant_id:
        return []
    return [
        warning(
            AREA, "PAYPAL_MERCHANT_ID is not set: who is paid is not checked.", "Copy it from Business information."
        )
    ]


async def _stripe(settings: Settings, asking: Asking) -> list[Finding]:
    from core.payments.stripe.asking import VERSION  # noqa: PLC0415  # the SDK is slow to import

    base = (settings.stripe_base_url or STRIPE_URL).rstrip("/")
    headers = {"authorization": f"Bearer {settings.stripe_secret_key.get_secret_value()}", "stripe-version": VERSION}
    answer = await asking("GET", f"{base}/v1/webhook_endpoints?limit=100", headers)
    if answer.status == 401:
        return [problem(AREA, "Stripe refuses STRIPE_SECRET_KEY.", "Copy the secret key (sk_...) from the dashboard.")]
    if answer.status == 403:
        return [
            warning(
                AREA,
                "Stripe's key may not read webhook endpoints, so they were not checked.",
                "Look at Developers, Webhooks yourself.",
            )
        ]
    if answer.status != 200:
        return [problem(AREA, f"Stripe answers with status {answer.status}.", "Look at status.stripe.com.")]
    found, ours = [ok(AREA, "Stripe takes the key.")], _notices(settings, "stripe")
    for hook in answer.fields.get("data", []):
        if isinstance(hook, dict) and hook.get("url") == ours:
            if hook.get("status") != "enabled":
                return [*found, problem(AREA, "Stripe's webhook is switched off.", "Enable it in the dashboard.")]
            names = hook.get("enabled_events", [])
            return [*found, _registered("Stripe", ours, settings, names, STRIPE_EVENTS)]
    return [*found, problem(AREA, f"Stripe has no webhook at {ours}.", "Add one; see docs/payments/stripe.md.")]


def _registered(label: str, url: object, settings: Settings, names: Iterable[object], needed: Iterable[str]) -> Finding:
    ours, given = _notices(settings, label.lower()), set(names)
    if url != ours:
        return problem(AREA, f"{label}'s notices go somewhere else.", f"Change the webhook's address there to {ours}.")
    if "*" not in given and (missing := [name for name in needed if name not in given]):
        return problem(AREA, f"{label}'s webhook lacks events: {', '.join(missing)}.", "Tick them there.")
    return ok(AREA, f"{label}'s notices come to {ours}.")


def _notices(settings: Settings, name: str) -> str:
    return f"{settings.base_url}/webhooks/{name}"


LOOKS = {"paypal": _paypal, "stripe": _stripe}
