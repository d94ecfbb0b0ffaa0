"""429 says three things: wait some seconds, wait until tomorrow, pay. Only the first is worth another try."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from core.providers.gemini import Gemini
from core.providers.ports import ProviderFailed, ProviderFatal
from tests.core.providers.gemini.orders import chat, draw, trouble
from tests.fakes.gemini import GeminiFake
from tests.fakes.gemini.documents import Document, error_info, quota_failure, retry_info
from tests.fakes.gemini.steps import Step, fails

PER_MINUTE = "GenerateRequestsPerMinutePerProjectPerModel-FreeTier"
PER_DAY = "GenerateRequestsPerDayPerProjectPerModel-FreeTier"
USUAL = (
    "You exceeded your current quota, please check your plan and billing details. For more information on this error, "
    "head to: https://ai.google.dev/gemini-api/docs/rate-limits.\n* Quota exceeded for metric: "
    "generativelanguage.googleapis.com/generate_content_free_tier_requests, limit: 10, model: gemini-3.8-flash\n"
    "Please retry in 34.074824224s."
)
"""What Google writes for each of its quotas: that it speaks of billing says nothing."""


def limited(message: str = USUAL, *details: Document, headers: Mapping[str, str] | None = None) -> Step:
    return fails(429, message, details=details, headers=headers)


@pytest.mark.parametrize(
    ("step", "seconds"),
    [
        (limited(USUAL, quota_failure(PER_MINUTE), retry_info("34.5s")), 34.5),
        (limited("Resource has been exhausted (e.g. check quota)."), None),
        (limited(USUAL, quota_failure(PER_MINUTE)), None),
        (limited("Slow down.", headers={"Retry-After": "2"}), 2.0),
        (limited("Slow down.", headers={"Retry-After": "900"}), 900.0),
        (limited("Slow down.", headers={"Retry-After-Ms": "250", "Retry-After": "1"}), 0.25),
        (limited("Slow down.", retry_info("3s"), headers={"Retry-After": "20"}), 20.0),
        (limited("Slow down.", retry_info("20s"), headers={"Retry-After": "3"}), 20.0),
        (limited("Slow down.", retry_info("soon"), headers={"Retry-After": "later"}), None),
        (limited("Slow down.", {"@type": "type.googleapis.com/google.rpc.RetryInfo"}), None),
        (limited("Slow down.", {"violations": 3}, quota_failure()), None),
        (limited("Slow down.", headers={"Retry-After": "Wed, 21 Oct 2015 07:28:00 GMT"}), 0.0),
        (limited("Slow down.", error_info("RATE_LIMIT_EXCEEDED", quota_limit="RequestsPerMinute")), None),
    ],
)
async def test_who_is_only_too_fast_may_come_back(
    fake: GeminiFake, gemini: Gemini, step: Step, seconds: float | None
) -> None:
    fake.script(step)
    error = await trouble(chat(gemini))
    assert type(error) is ProviderFailed
    assert error.retry_after == seconds
    assert not error.bill.billed
    assert len(fake.calls) == 1


async def test_a_date_to_come_back_at_is_understood(fake: GeminiFake, gemini: Gemini) -> None:
    at = format_datetime(datetime.now(UTC) + timedelta(hours=1), usegmt=True)
    fake.script(limited("Slow down.", headers={"Retry-After": at}))
    error = await trouble(draw(gemini))
    assert error.retry_after is not None
    assert 3000 < error.retry_after <= 3600


@pytest.mark.parametrize(
    "step",
    [
        limited(USUAL, quota_failure(PER_DAY), retry_info("34.5s")),
        limited(USUAL, quota_failure(PER_MINUTE, PER_DAY), retry_info("34.5s")),
        limited(USUAL.replace("limit: 10", "limit: 0"), retry_info("34.5s")),
        limited("You exceeded your current quota, please check your plan and billing details."),
        limited("Quota exceeded for quota metric 'Requests' and limit 'Requests per day per user'."),
        limited("Slow down.", error_info("RATE_LIMIT_EXCEEDED", quota_limit="GeminiRequestsPerDay")),
        limited("Your project has exceeded its monthly spending cap."),
        limited("Your prepayment credits are depleted."),
    ],
)
async def test_an_empty_quota_is_fatal(fake: GeminiFake, gemini: Gemini, step: Step) -> None:
    fake.script(step)
    error = await trouble(chat(gemini))
    assert type(error) is ProviderFatal
    assert not error.bill.billed
    assert len(fake.calls) == 1


async def test_an_overloaded_model_may_also_say_when_to_come_back(fake: GeminiFake, gemini: Gemini) -> None:
    fake.script(fails(503, headers={"Retry-After": "7"}))
    assert (await trouble(chat(gemini))).retry_after == 7
