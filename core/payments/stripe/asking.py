"""How Stripe is asked: by its SDK, in one version of its API, and with errors that give no secret away."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import stripe
from stripe import HTTPXClient, StripeClient

from core.payments.ports import GatewayDown, GatewayError

VERSION = "2026-10-28.endive"
"""https://docs.stripe.com/api/versioning: the one that this SDK was made for, whatever an account's default is."""
TIMEOUT_SECONDS = 20.0
DOWN = (stripe.APIConnectionError, stripe.RateLimitError)
SERVER_ERROR = 500
"""https://docs.stripe.com/error-low-level: this and above is Stripe's own trouble."""
MOST_LISTED = 100
"""https://docs.stripe.com/api/pagination"""


def opened_http() -> HTTPXClient:
    """To be closed."""
    return HTTPXClient(timeout=TIMEOUT_SECONDS)


def opened_api(secret_key: str, base_url: str, http: HTTPXClient) -> Any:
    """The SDK's services, which it types only in part. `base_url`: empty for Stripe itself."""
    address = {"api": base_url.rstrip("/")} if base_url else None
    client: Any = StripeClient(
        secret_key, stripe_version=VERSION, max_network_retries=0, http_client=http,
        base_addresses=address,  # type: ignore[arg-type]  # only the API is called
    )  # fmt: skip
    return client.v1


@contextmanager
def asking() -> Iterator[None]:
    """Whatever Stripe says or does not say, as one error without a secret in it."""
    try:
        yield
    except stripe.StripeError as error:
        code = error.code or type(error).__name__
        if isinstance(error, DOWN) or (error.http_status or 0) >= SERVER_ERROR:
            raise GatewayDown(f"Stripe has trouble just now ({code}).") from None
        raise GatewayError(f"Stripe does not do that now ({code}).") from None
