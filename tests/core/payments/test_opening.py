"""Which gateways are there, by the settings."""

from pathlib import Path

import pytest

from core.errors import ConfigError
from tests.support import opened, settings_in

PAYPAL = {"paypal_client_id": "id", "paypal_client_secret": "secret", "paypal_webhook_id": "W"}


@pytest.mark.parametrize(
    ("changes", "names"),
    [
        ({}, []),
        ({"demo_checkout": True}, ["demo"]),
        (PAYPAL, ["paypal"]),
        (PAYPAL | {"demo_checkout": True}, ["paypal"]),
        ({"demo_checkout": True, "public_url": "https://easel.example.org"}, []),
    ],
)
async def test_a_gateway_is_there_when_it_is_configured(
    tmp_path: Path, changes: dict[str, object], names: list[str]
) -> None:
    async with opened(settings_in(tmp_path, **changes)) as app:
        assert list(app.checkout.gateways) == names


@pytest.mark.parametrize("missing", PAYPAL)
async def test_half_a_gateway_stops_the_start_with_what_is_missing(tmp_path: Path, missing: str) -> None:
    settings = settings_in(tmp_path, **{name: value for name, value in PAYPAL.items() if name != missing})
    with pytest.raises(ConfigError, match=missing.upper()):
        async with opened(settings):
            pass
