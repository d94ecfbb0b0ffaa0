"""Whatever watches this process, as the settings say. Its libraries are slow to import, and are loaded only then."""

from collections.abc import Callable, Collection, Mapping
from typing import TYPE_CHECKING

from core.clock import Clock
from core.errors import ConfigError
from core.observe.ledger_check import LedgerCheck
from core.observe.signing import key_of
from core.settings import Settings
from core.stores.ports import Stores
from core.tracing import UNTRACED, Tracer

if TYPE_CHECKING:
    from core.observe.metrics import Metrics
    from core.observe.push import Push
    from core.observe.scrape import Scrape


def opened_metrics(settings: Settings) -> "Metrics | None":
    """None where nobody can ask for them."""
    if not settings.has_metrics:
        return None
    from core.observe.metrics import Metrics  # noqa: PLC0415  # slow to import, and only here

    return Metrics()


def opened_scrape(
    metrics: "Metrics | None", stores: Stores, check: LedgerCheck, providers: Collection[str],
    health: Callable[[], Mapping[str, str]], clock: Clock,
) -> "Scrape | None":  # fmt: skip
    """See `Scrape`."""
    if metrics is None:
        return None
    from core.observe.scrape import Scrape  # noqa: PLC0415  # slow to import, and only here

    return Scrape(metrics, stores.jobs, stores.settings, check, providers, health, clock)


def opened_tracer(settings: Settings) -> Tracer:
    """To be closed. Raises ConfigError."""
    if not settings.otel_exporter_otlp_endpoint:
        return UNTRACED
    try:
        from core.observe.traces import Traces  # noqa: PLC0415  # it may not be installed
    except ImportError:
        problem = "is set, and OpenTelemetry is not installed. Run pip install 'easel[traces]'."
        raise ConfigError([f"OTEL_EXPORTER_OTLP_ENDPOINT: {problem}"]) from None
    return Traces(settings.otel_exporter_otlp_endpoint)


def opened_push(settings: Settings, stores: Stores, clock: Clock) -> "Push | None":
    """None without an address. Raises ConfigError."""
    url, secret = settings.events_webhook_url, settings.events_webhook_secret.get_secret_value()
    if not url:
        return None
    if not secret:
        raise ConfigError(["EVENTS_WEBHOOK_SECRET: is needed, too: whsec_ and what openssl rand -base64 32 prints."])
    from core.observe.push import Push  # noqa: PLC0415  # slow to import, and only here

    return Push(url, key_of(secret), stores.events, stores.settings, stores.slots, clock)
