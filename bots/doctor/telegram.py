"""Telegram: the token, and who gets the updates."""

import time
from typing import Any

from bots.doctor.asking import Asking
from bots.doctor.findings import Finding, ok, problem, warning
from bots.telegram.hook import PATH
from core.settings import Settings

AREA = "telegram"
API_URL = "https://api.telegram.org"
RECENT_SECONDS = 3_600
MANY_PENDING = 100


async def look(settings: Settings, asking: Asking) -> list[Finding]:
    token = settings.telegram_token.get_secret_value()
    if not token:
        return []
    base = f"{(settings.telegram_api_url or API_URL).rstrip('/')}/bot{token}"
    me = await asking("POST", f"{base}/getMe")
    if not me.fields.get("ok"):
        return [
            problem(
                AREA,
                f"Telegram refuses TELEGRAM_TOKEN (status {me.status}).",
                "Copy the token that @BotFather shows for your bot.",
            )
        ]
    hook = (await asking("POST", f"{base}/getWebhookInfo")).fields.get("result")
    who = me.fields.get("result")
    username = who.get("username") if isinstance(who, dict) else None
    found = [ok(AREA, f"The token is good: this is @{username}.")]
    return found + (_hook(settings, hook) if isinstance(hook, dict) else [])


def _hook(settings: Settings, hook: dict[str, Any]) -> list[Finding]:
    """https://core.telegram.org/bots/api#webhookinfo"""
    url, ours = str(hook.get("url", "")), f"{settings.base_url}{PATH}"
    if settings.telegram_mode == "polling":
        return [_polling(url), *_waiting(hook)]
    if not settings.public_url.startswith("https://"):
        return [
            problem(
                AREA,
                "TELEGRAM_MODE is webhook, and PUBLIC_URL is no https address.",
                "Set PUBLIC_URL, or TELEGRAM_MODE=polling.",
            )
        ]
    if not url:
        return [warning(AREA, "No webhook is registered.", "Start easel run telegram: that registers it.")]
    if url != ours:
        return [
            problem(
                AREA,
                f"Updates are brought somewhere else, not to {ours}.",
                "Stop the other program that uses this bot; easel run telegram registers ours.",
            )
        ]
    return [ok(AREA, f"The webhook is registered at {ours}."), *_errors(hook), *_waiting(hook)]


def _polling(url: str) -> Finding:
    if url:
        return warning(
            AREA,
            "A webhook is registered, so updates cannot be fetched.",
            "Stop the other program that uses this bot; easel run telegram removes the webhook.",
        )
    return ok(AREA, "Updates are fetched; no webhook is in the way.")


def _errors(hook: dict[str, Any]) -> list[Finding]:
    age = time.time() - int(hook.get("last_error_date") or 0)
    if age > RECENT_SECONDS:
        return []
    return [
        problem(
            AREA,
            f"Telegram could not bring updates {max(age, 0) / 60:.0f} minutes ago: "
            f"{str(hook.get('last_error_message'))[:200]}.",
            "Let the reverse proxy lead to Easel, with a certificate that Telegram accepts.",
        )
    ]


def _waiting(hook: dict[str, Any]) -> list[Finding]:
    pending = int(hook.get("pending_update_count") or 0)
    if pending < MANY_PENDING:
        return []
    return [warning(AREA, f"{pending} updates wait at Telegram.", "Start easel run telegram, or see why it is slow.")]
