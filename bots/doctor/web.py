"""PUBLIC_URL: https, and an Easel behind it."""

import secrets
from urllib.parse import urlsplit

from bots.doctor.asking import Asking, Unanswered
from bots.doctor.findings import Finding, ok, problem, warning
from core.settings import LOOPBACK, Settings

AREA = "web"
REQUEST_ID = "x-request-id"


async def look(settings: Settings, asking: Asking) -> list[Finding]:
    if not settings.public_url:
        return (
            []
            if settings.is_local
            else [
                warning(
                    AREA,
                    f"PUBLIC_URL is not set: links to pictures and payments lead to {settings.base_url}.",
                    "Set it to where people reach this Easel, such as https://easel.example.org.",
                ),
            ]
        )
    return [*_address(settings), await _reached(settings, asking)]


def _address(settings: Settings) -> list[Finding]:
    parts = urlsplit(settings.public_url)
    found = []
    if parts.scheme != "https" and parts.hostname not in LOOPBACK:
        found.append(
            problem(
                AREA,
                f"PUBLIC_URL is not https ({settings.base_url}).",
                "Put a reverse proxy with TLS before Easel: no chat and no gateway calls http.",
            )
        )
    if parts.path.strip("/"):
        found.append(problem(AREA, f"PUBLIC_URL has a path ({settings.base_url}).", "Give Easel a host of its own."))
    return found


async def _reached(settings: Settings, asking: Asking) -> Finding:
    try:
        why = await _unlike_easel(settings.base_url, asking)
    except Unanswered as error:
        why = error.message
    if not why:
        return ok(AREA, f"{settings.base_url}/healthz is answered by an Easel.")
    if await _runs_here(settings, asking):
        return problem(
            AREA,
            f"{settings.base_url} does not lead to this Easel: {why}",
            f"Let the name and the reverse proxy lead to {_own(settings)}.",
        )
    return warning(AREA, f"{settings.base_url} is not answered: {why}", "Start easel run, and then the doctor again.")


async def _unlike_easel(base: str, asking: Asking) -> str:
    """What is wrong with the answer; nothing when it is an Easel's. A cached page would not know our request id."""
    wanted = f"doctor-{secrets.token_hex(8)}"
    answer = await asking("GET", f"{base}/healthz", {REQUEST_ID: wanted}, is_ours=True)
    if answer.status != 200:
        return f"it answers with status {answer.status}."
    data = answer.fields.get("data")
    if not isinstance(data, dict) or data.get("status") != "ok" or answer.fields.get("requestId") != wanted:
        return "something else answers there."
    return ""


async def _runs_here(settings: Settings, asking: Asking) -> bool:
    try:
        return not await _unlike_easel(_own(settings), asking)
    except Unanswered:
        return False


def _own(settings: Settings) -> str:
    host = "127.0.0.1" if settings.host in ("0.0.0.0", "::", "localhost") else settings.host  # noqa: S104  # compared
    return f"http://[{host}]:{settings.port}" if ":" in host else f"http://{host}:{settings.port}"
