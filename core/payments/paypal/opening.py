"""PayPal as the settings say it."""

from collections.abc import Mapping

from core.clock import Clock
from core.payments.paypal.api import LIVE, SANDBOX, Api
from core.payments.paypal.certificates import Certificates, fetched
from core.payments.paypal.gateway import PayPal
from core.payments.paypal.signature import Check, Offline, Online
from core.settings import Settings


def opened_paypal(settings: Settings, plans: Mapping[str, str], clock: Clock) -> PayPal:
    """`plans`: PayPal's id of each plan that is sold there, by our name of it. To be closed."""
    api = Api(settings.paypal_client_id, settings.paypal_client_secret.get_secret_value(), settings.paypal_base_url)
    return PayPal(api, _check(settings.paypal_webhook_id, api, clock), plans, settings.paypal_merchant_id, clock)


def _check(webhook_id: str, api: Api, clock: Clock) -> Check:
    """A server that only speaks PayPal's protocol is asked itself: the operator chose it, and trusts it."""
    if api.base not in (LIVE, SANDBOX):
        return Online(webhook_id, api, clock)
    return Offline(webhook_id, Certificates(clock, fetched, sandbox=api.base == SANDBOX), clock)
