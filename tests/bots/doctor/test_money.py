"""The doctor at payment gateways and providers."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bots.doctor import payments, providers
from core.settings import Settings
from tests.bots.doctor.looking import bad, found_by, levels
from tests.fakes.openai import KEY, OpenAIFake
from tests.fakes.paypal import PayPalFake
from tests.fakes.stripe import StripeFake
from tests.support import NOON, SMALL_MODELS, settings_in

PUBLIC = "https://easel.example.org"


@pytest.fixture
async def stripe() -> AsyncIterator[StripeFake]:
    fake = StripeFake()
    await fake.start()
    yield fake
    await fake.stop()
    assert fake.problems == []


def stripe_settings(fake: StripeFake, folder: Path, key: str = "") -> Settings:
    return settings_in(
        folder, stripe_secret_key=key or fake.key, stripe_webhook_secret=fake.secret, stripe_base_url=fake.url,
        public_url=PUBLIC,
    )  # fmt: skip


async def test_stripe_is_fine_with_a_webhook_that_leads_here(stripe: StripeFake, tmp_path: Path) -> None:
    stripe.add_hook("https://shop.example/hook", "*")
    stripe.add_hook(f"{PUBLIC}/webhooks/stripe", *payments.STRIPE_EVENTS)
    found = await found_by(payments.look, stripe_settings(stripe, tmp_path))
    assert levels(found) == {"ok"}
    assert len(found) == 2
    assert {method for method, _, _ in stripe.seen} == {"GET"}


async def test_stripes_webhook_is_missing_off_or_lacks_an_event(stripe: StripeFake, tmp_path: Path) -> None:
    settings = stripe_settings(stripe, tmp_path)
    assert bad(await found_by(payments.look, settings))[0].startswith(f"Stripe has no webhook at {PUBLIC}")
    stripe.add_hook(f"{PUBLIC}/webhooks/stripe", *payments.STRIPE_EVENTS[1:])
    assert "lacks events: checkout.session.completed." in bad(await found_by(payments.look, settings))[0]
    stripe.hooks[0]["status"] = "disabled"
    assert "switched off" in bad(await found_by(payments.look, settings))[0]


async def test_stripe_refuses_a_wrong_key(stripe: StripeFake, tmp_path: Path) -> None:
    [said] = bad(await found_by(payments.look, stripe_settings(stripe, tmp_path, "sk_test_wrong")))
    assert said.startswith("Stripe refuses STRIPE_SECRET_KEY.")
    assert "sk_test_wrong" not in said


def paypal_settings(fake: PayPalFake, folder: Path, **changes: object) -> Settings:
    values = {
        "paypal_client_id": fake.client_id, "paypal_client_secret": fake.secret, "paypal_webhook_id": fake.webhook_id,
        "paypal_merchant_id": "MERCHANT", "paypal_base_url": fake.url, "public_url": PUBLIC,
    }  # fmt: skip
    return settings_in(folder, **(values | changes))


async def test_paypal_is_fine_with_a_webhook_that_leads_here(tmp_path: Path) -> None:
    async with PayPalFake(NOON, hook_url=f"{PUBLIC}/webhooks/paypal") as fake:
        found = await found_by(payments.look, paypal_settings(fake, tmp_path))
        assert levels(found) == {"ok"}
        fake.hook_events = payments.PAYPAL_EVENTS
        assert bad(await found_by(payments.look, paypal_settings(fake, tmp_path))) == []


@pytest.mark.parametrize(
    ("url", "events", "changes", "words"),
    [
        ("", ("*",), {}, "PayPal has no webhook with the id PAYPAL_WEBHOOK_ID"),
        ("https://other.example", ("*",), {}, "PayPal's notices go somewhere else."),
        (f"{PUBLIC}/webhooks/paypal", payments.PAYPAL_EVENTS[1:], {}, "lacks events: PAYMENT.CAPTURE.COMPLETED."),
        (f"{PUBLIC}/webhooks/paypal", ("*",), {"paypal_client_secret": "wrong"}, "PayPal refuses PAYPAL_CLIENT_ID"),
        (f"{PUBLIC}/webhooks/paypal", ("*",), {"paypal_merchant_id": ""}, "PAYPAL_MERCHANT_ID is not set"),
    ],
)
async def test_paypals_notices_have_to_come_to_us(
    tmp_path: Path, url: str, events: tuple[str, ...], changes: dict[str, object], words: str
) -> None:
    async with PayPalFake(NOON, hook_url=url, hook_events=events) as fake:
        [said] = bad(await found_by(payments.look, paypal_settings(fake, tmp_path, **changes)))
    assert words in said


@pytest.mark.parametrize(
    ("changes", "cycle", "words"),
    [
        ({}, {}, ""),
        ({"status": "INACTIVE"}, {}, "is not active"),
        ({}, {"frequency": {"interval_unit": "YEAR", "interval_count": 1}}, "is not paid every month"),
        ({}, {"pricing_scheme": {}}, "has no fixed price"),
        (
            {},
            {"pricing_scheme": {"fixed_price": {"value": "9.99", "currency_code": "USD"}}},
            "9.99 USD instead of 8.99",
        ),
        ({"billing_cycles": []}, {}, "has a trial or several prices"),
        (None, {}, "is not there"),
    ],
)
async def test_a_plan_at_paypal_has_to_be_what_is_sold_here(
    tmp_path: Path, changes: dict[str, object] | None, cycle: dict[str, object], words: str
) -> None:
    id = "P-5ML4271244454362W"
    (tmp_path / "small.toml").write_text(SMALL_MODELS.replace('"club"', f'"club"\npaypal_plan = "{id}"'))
    each = {"tenure_type": "REGULAR", "frequency": {"interval_unit": "MONTH", "interval_count": 1},
            "pricing_scheme": {"fixed_price": {"value": "8.99", "currency_code": "USD"}}}  # fmt: skip
    async with PayPalFake(NOON, hook_url=f"{PUBLIC}/webhooks/paypal") as fake:
        if changes is not None:
            fake.plans[id] = {"id": id, "status": "ACTIVE", "billing_cycles": [each | cycle], **changes}
        said = bad(await found_by(payments.look, paypal_settings(fake, tmp_path)))
    assert [words in each for each in said] == ([True] if words else [])


OPENAI_MODEL = """
[[models]]
name = "luna"
provider = "openai"
kind = "chat"
price = 1
upstream = "%s"
"""


async def providers_found(fake: OpenAIFake, folder: Path, key: str = KEY, model: str = "gpt-6-luna") -> list[str]:
    catalogue = folder / "with-openai.toml"
    catalogue.write_text(OPENAI_MODEL % model + SMALL_MODELS)
    settings = settings_in(folder, openai_api_key=key, openai_base_url=fake.url, easel_config=catalogue)
    return bad(await found_by(providers.look, settings))


async def test_a_providers_key_and_models_are_checked(tmp_path: Path) -> None:
    async with OpenAIFake() as fake:
        assert await providers_found(fake, tmp_path) == []
        [wrong] = await providers_found(fake, tmp_path, key="sk-wrong")
        assert "Put a valid key into OPENAI_API_KEY." in wrong
        assert "sk-wrong" not in wrong
        [gone] = await providers_found(fake, tmp_path, model="gpt-1")
        assert "openai does not have these models any more: luna." in gone


async def test_without_a_provider_the_demo_draws(tmp_path: Path) -> None:
    [said] = bad(await found_by(providers.look, settings_in(tmp_path)))
    assert said.startswith("No provider is set up")
