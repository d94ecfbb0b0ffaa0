"""Open the gateways whose settings are there. Their clients are imported only then."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager

from core.catalogue import Catalogue
from core.clock import Clock
from core.errors import ConfigError
from core.payments.ports import Gateway
from core.settings import Settings
from core.stores.ports import SettingStore

NEEDED = {
    "paypal": ("paypal_client_id", "paypal_client_secret", "paypal_webhook_id"),
    "stripe": ("stripe_secret_key", "stripe_webhook_secret"),
}
"""What a gateway cannot do without. Half of it is a mistake: money would come in and nobody would hear of it."""


@asynccontextmanager
async def open_gateways(
    settings: Settings, catalogue: Catalogue, store: SettingStore, clock: Clock
) -> AsyncIterator[dict[str, Gateway]]:
    """The gateways by name. Raises ConfigError when one is configured in part."""
    async with AsyncExitStack() as stack:
        gateways = _opened(settings, catalogue, store, clock)
        for gateway in gateways.values():
            stack.push_async_callback(gateway.close)
        yield gateways


def configured(settings: Settings) -> list[str]:
    """The real gateways whose settings are there. Raises ConfigError when some of one's are missing."""
    names, problems = [], []
    for name, needed in NEEDED.items():
        missing = [setting for setting in needed if not _value(settings, setting)]
        if not missing:
            names.append(name)
        elif len(missing) < len(needed):
            problems += [f"{setting.upper()}: is needed, too, to sell through {name}." for setting in missing]
    if problems:
        raise ConfigError(problems)
    return names


def _value(settings: Settings, name: str) -> str:
    value = getattr(settings, name)
    return str(value.get_secret_value() if hasattr(value, "get_secret_value") else value)


def _opened(settings: Settings, catalogue: Catalogue, store: SettingStore, clock: Clock) -> dict[str, Gateway]:
    gateways: dict[str, Gateway] = {}
    names = configured(settings)
    if "paypal" in names:
        from core.payments.paypal.opening import opened_paypal  # noqa: PLC0415  # its certificates take time to load

        gateways["paypal"] = opened_paypal(settings, _paypal_plans(catalogue), clock)
    if "stripe" in names:
        from core.payments.stripe.gateway import Stripe  # noqa: PLC0415  # the SDK is slow to import

        gateways["stripe"] = Stripe(
            settings.stripe_secret_key.get_secret_value(), settings.stripe_webhook_secret.get_secret_value(),
            settings.stripe_base_url, clock,
        )  # fmt: skip
    if not names and (demo := _demo(settings, store, clock)) is not None:
        gateways["demo"] = demo
    return gateways


def _paypal_plans(catalogue: Catalogue) -> Mapping[str, str]:
    return {plan.name: plan.paypal_plan for plan in catalogue.plans if plan.paypal_plan is not None}


def _demo(settings: Settings, store: SettingStore, clock: Clock) -> Gateway | None:
    """Where nothing real is sold and nobody else can come, a newcomer may walk the whole way."""
    from core.payments.demo import DemoGateway, demo_gateway_allowed  # noqa: PLC0415  # only where it is used

    if not demo_gateway_allowed(settings, ()):
        return None
    return DemoGateway(store, clock, settings.base_url)
