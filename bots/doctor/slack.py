"""Slack: the tokens, and whether the app has the scopes of our manifest."""

from bots.doctor.asking import Asking
from bots.doctor.findings import Finding, ok, problem, warning
from bots.slack.manifest import SCOPES
from core.settings import Settings

AREA = "slack"
API_URL = "https://slack.com/api/"
PAGE = "https://api.slack.com/apps"


async def look(settings: Settings, asking: Asking) -> list[Finding]:
    base = f"{(settings.slack_api_url or API_URL).rstrip('/')}/"
    found = [*_ways(settings), *_distribution(settings)]
    if token := settings.slack_bot_token.get_secret_value():
        found += await _bot(base, token, asking)
    if token := settings.slack_app_token.get_secret_value():
        found.append(await _app(base, token, asking))
    return found


def _ways(settings: Settings) -> list[Finding]:
    """How events get to us. https://docs.slack.dev/apis/events-api/"""
    is_on = settings.slack_bot_token or settings.slack_client_secret
    if not is_on.get_secret_value():
        return []
    if not settings.slack_app_token.get_secret_value() and not settings.slack_signing_secret.get_secret_value():
        return [
            problem(
                AREA,
                "Neither SLACK_APP_TOKEN nor SLACK_SIGNING_SECRET is set: no event gets here.",
                "Set the first for Socket Mode, or the second for events over HTTP.",
            )
        ]
    if not settings.slack_app_token.get_secret_value() and not settings.public_url.startswith("https://"):
        return [
            problem(
                AREA,
                "Events come over HTTP, and PUBLIC_URL is no https address.",
                "Set PUBLIC_URL, or SLACK_APP_TOKEN for Socket Mode.",
            )
        ]
    return []


def _distribution(settings: Settings) -> list[Finding]:
    if bool(settings.slack_client_id) != bool(settings.slack_client_secret.get_secret_value()):
        return [problem(AREA, "Of SLACK_CLIENT_ID and SLACK_CLIENT_SECRET one is missing.", "Set both, or none.")]
    return []


async def _bot(base: str, token: str, asking: Asking) -> list[Finding]:
    """https://docs.slack.dev/reference/methods/auth.test"""
    answer = await asking("POST", f"{base}auth.test", {"authorization": f"Bearer {token}"})
    if not answer.fields.get("ok"):
        return [
            problem(
                AREA,
                f"Slack refuses SLACK_BOT_TOKEN ({answer.fields.get('error', answer.status)}).",
                f"Copy Bot User OAuth Token (xoxb-...) from OAuth & Permissions at {PAGE}.",
            )
        ]
    who = ok(AREA, f"The bot's token is good: {answer.fields.get('user')} in {answer.fields.get('team')}.")
    given = {each.strip() for each in answer.headers.get("x-oauth-scopes", "").split(",")}
    if missing := [scope for scope in SCOPES if scope not in given]:
        fix = "Paste what easel sync slack prints into App Manifest, and install the app again."
        return [who, problem(AREA, f"The app lacks scopes: {', '.join(missing)}.", fix)]
    return [who, ok(AREA, f"It has all {len(SCOPES)} scopes of the manifest.")]


async def _app(base: str, token: str, asking: Asking) -> Finding:
    """The address that it is given is not used. https://docs.slack.dev/reference/methods/apps.connections.open"""
    answer = await asking("POST", f"{base}apps.connections.open", {"authorization": f"Bearer {token}"})
    if answer.fields.get("ok"):
        return ok(AREA, "Socket Mode can be used.")
    error = str(answer.fields.get("error", answer.status))
    if error == "ratelimited":
        return warning(
            AREA, "Slack has been asked too often whether Socket Mode can be used.", "Try again in a minute."
        )
    return problem(
        AREA,
        f"Slack refuses SLACK_APP_TOKEN ({error}).",
        f"Make an app-level token (xapp-...) with connections:write at {PAGE}, and enable Socket Mode.",
    )
