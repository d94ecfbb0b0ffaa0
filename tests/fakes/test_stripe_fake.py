"""The stand-in for Stripe is as strict as Stripe about versions and keys."""

from collections.abc import AsyncIterator

import httpx
import pytest

from tests.fakes.stripe import VERSION, StripeFake

PORTAL = {"customer": "cus_1", "return_url": "https://us.example"}


@pytest.fixture
async def fake() -> AsyncIterator[StripeFake]:
    fake = StripeFake()
    await fake.start()
    yield fake
    await fake.stop()


async def post(fake: StripeFake, path: str, form: dict[str, str], version: str = VERSION) -> httpx.Response:
    headers = {"Authorization": f"Bearer {fake.key}", "Stripe-Version": version, "Idempotency-Key": "k1"}
    async with httpx.AsyncClient() as client:
        return await client.post(f"{fake.url}/v1/{path}", data=form, headers=headers)


async def test_another_version_is_refused(fake: StripeFake) -> None:
    assert (await post(fake, "billing_portal/sessions", PORTAL, "2020-08-27")).status_code == 400


@pytest.mark.parametrize(
    ("path", "form"), [("billing_portal/sessions", {**PORTAL, "customer": "cus_2"}), ("refunds", PORTAL)]
)
async def test_a_key_is_for_one_path_and_one_form(fake: StripeFake, path: str, form: dict[str, str]) -> None:
    first = await post(fake, "billing_portal/sessions", PORTAL)
    assert (await post(fake, "billing_portal/sessions", PORTAL)).json() == first.json()
    refused = await post(fake, path, form)
    assert (refused.status_code, refused.json()["error"]["type"]) == (400, "idempotency_error")
    assert len(fake.problems) == 1
