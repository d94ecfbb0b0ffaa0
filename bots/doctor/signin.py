"""OIDC: whether the sign-in service is what OIDC_ISSUER calls it, and has keys that Easel can use."""

import json

from bots.doctor.asking import Answer, Asking
from bots.doctor.findings import Finding, ok, problem
from core.admin.jwks import DISCOVERY, is_safe, keys_in
from core.admin.refusals import IssuerAway
from core.settings import Settings

AREA = "sign-in"
NAMED = "Set OIDC_ISSUER to what tokens say as iss, sign for sign."


async def look(settings: Settings, asking: Asking) -> list[Finding]:
    if not settings.oidc_issuer:
        return []
    url = settings.oidc_jwks_url or await _discovered(settings.oidc_issuer, asking)
    return [url if isinstance(url, Finding) else await _keys(url, asking)]


async def _discovered(issuer: str, asking: Asking) -> str | Finding:
    """Where its keys are, or what is wrong. Raises Unanswered."""
    address = issuer.rstrip("/") + DISCOVERY
    answer = await asking("GET", address)
    if answer.status != 200:
        return problem(AREA, f"{address} answers with status {answer.status}.", NAMED)
    if (named := answer.fields.get("issuer")) != issuer:
        return problem(AREA, f"The sign-in service calls itself {str(named)[:100]!r}, not {issuer!r}.", NAMED)
    url = answer.fields.get("jwks_uri")
    if isinstance(url, str) and is_safe(url):
        return url
    return problem(AREA, "It does not say at which https address its keys are.", "Set OIDC_JWKS_URL to it.")


async def _keys(url: str, asking: Asking) -> Finding:
    answer = await asking("GET", url)
    if number := _usable(answer):
        return ok(AREA, f"The sign-in service has {number} {'key' if number == 1 else 'keys'} that Easel can use.")
    fix = "Let it sign with RS256 or ES256, or correct OIDC_JWKS_URL."
    return problem(AREA, f"No key for RS256 or ES256 is at {url} (status {answer.status}).", fix)


def _usable(answer: Answer) -> int:
    try:
        return len(keys_in(json.dumps(answer.json).encode())) if answer.status == 200 else 0
    except IssuerAway:
        return 0
