"""EVENTS_WEBHOOK_URL: whether the operator's own program can be reached. It is sent nothing."""

from bots.doctor.asking import Asking, Unanswered
from bots.doctor.findings import Finding, ok, problem
from core.settings import Settings

AREA = "events"


async def look(settings: Settings, asking: Asking) -> list[Finding]:
    """Any answer will do: to HEAD, which posts nothing, many programs say 405."""
    if not settings.events_webhook_url:
        return []
    try:
        answer = await asking("HEAD", settings.events_webhook_url, is_ours=True)
    except Unanswered as error:
        fix = "Start that program, or correct the address; until it answers, events wait."
        return [problem(AREA, f"EVENTS_WEBHOOK_URL: {error.message}", fix)]
    if answer.status >= 500:
        fix = "Look into that program's log; until it takes them, events wait."
        return [problem(AREA, f"EVENTS_WEBHOOK_URL answers with status {answer.status}.", fix)]
    return [ok(AREA, "EVENTS_WEBHOOK_URL is answered.")]
