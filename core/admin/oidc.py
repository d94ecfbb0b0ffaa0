"""Operators' sign-in by OIDC (Clerk, Auth0, Keycloak and others): is this token theirs, for us, now, and who is it?

Only RS256 and ES256 count, each with a key of its kind from the issuer's own list: so neither `none`, nor a public key
misused as a secret, nor a key that the token brings along gets anybody in. Claims are checked by our own clock.
https://www.rfc-editor.org/rfc/rfc8725 (best practices), https://clerk.com/docs/backend-requests/manual-jwt
"""

import base64
import binascii
import json
from collections.abc import Collection, Mapping
from typing import Any

import jwt
from jwt.exceptions import PyJWTError

from core.accounts.model import Role
from core.admin.jwks import Jwks
from core.admin.model import Actor
from core.admin.refusals import NotSignedIn
from core.clock import SECOND, Clock
from core.log import logger

ALGORITHMS = frozenset({"RS256", "ES256"})
MAX_TOKEN = 8_192
"""Characters."""
MAX_KID, MAX_SUBJECT, MAX_LABEL = 256, 255, 64
LEEWAY_SECONDS = 5
"""Clocks of two machines may differ by so much."""
FAR_AWAY = 10**11
"""Seconds since 1970. What names a later instant, or infinity, names none."""
Claims = Mapping[str, Any]


class Wrong(Exception):
    """Why a token is not good, for the operator's log."""


class Oidc:
    """Tokens of one issuer. `parties`: whom they must be for (`aud`) or given to (`azp`); `claim`: path of the role."""

    def __init__(self, issuer: str, parties: Collection[str], claim: str, jwks: Jwks, clock: Clock) -> None:
        self._issuer = issuer
        self._parties = frozenset(parties)
        self._claim = claim
        self._jwks = jwks
        self._clock = clock

    async def actor(self, token: str) -> Actor:
        """Who signed in. Raises NotSignedIn or IssuerAway."""
        try:
            claims = await self._verified(token)
            return Actor(f"oidc:{claims['sub']}", _label(claims), role_in(claims, self._claim))
        except (Wrong, PyJWTError) as error:
            logger().warning("sign-in refused", reason=str(error) if isinstance(error, Wrong) else "signature")
            raise NotSignedIn from None

    async def _verified(self, token: str) -> Claims:
        """What can be judged without a key comes first, as it costs nothing."""
        if len(token) > MAX_TOKEN:
            raise Wrong("too long")
        header, claims = _parts(token)
        check(claims, self._issuer, self._parties, self._clock.now() // SECOND)
        kid, named = header.get("kid"), header.get("alg")
        if not isinstance(named, str) or named not in ALGORITHMS or "crit" in header:
            raise Wrong("algorithm")
        if not isinstance(kid, str) or len(kid) > MAX_KID:
            raise Wrong("key id")
        known = await self._jwks.find(kid)
        if known is None:
            raise Wrong("unknown key")
        algorithm, key = known
        if named != algorithm:
            raise Wrong("algorithm")
        verified: Claims = jwt.decode(token, key, [algorithm], options=_ONLY_THE_SIGNATURE)
        if verified != claims:
            raise Wrong("form")
        return verified


_ONLY_THE_SIGNATURE: Any = {
    "verify_signature": True, "verify_exp": False, "verify_nbf": False, "verify_iat": False, "verify_aud": False,
    "verify_iss": False, "verify_sub": False, "verify_jti": False,
}  # fmt: skip
"""`check` has judged the claims."""


def check(claims: Claims, issuer: str, parties: Collection[str], now: int) -> None:
    """`now` in seconds since 1970. Raises Wrong."""
    if claims.get("iss") != issuer:
        raise Wrong("issuer")
    subject = claims.get("sub")
    if not isinstance(subject, str) or not subject or len(subject) > MAX_SUBJECT or not subject.isprintable():
        raise Wrong("subject")
    if not _is_for(claims, parties):
        raise Wrong("audience")
    if _instant(claims, "exp") <= now - LEEWAY_SECONDS:
        raise Wrong("expired")
    for name in ("nbf", "iat"):
        if name in claims and _instant(claims, name) > now + LEEWAY_SECONDS:
            raise Wrong("not yet good")


def role_in(claims: Claims, path: str) -> Role:
    """The highest role that the claim names; a user if it is not there, or names none."""
    found: Any = claims.get(path)
    if found is None:
        found = claims
        for name in path.split("."):
            found = found.get(name) if isinstance(found, Mapping) else None
    names = found if isinstance(found, list) else [found]
    roles = [Role[name.upper()] for name in names if isinstance(name, str) and name.upper() in Role.__members__]
    return max(roles, default=Role.USER)


def _is_for(claims: Claims, parties: Collection[str]) -> bool:
    """Who is named as audience counts; a token that names none (Clerk's) is for whom it was given to.

    A party that is a site (Clerk's again) counts beside an audience, too: other sites may hold tokens of these people.
    https://clerk.com/docs/guides/sessions/manual-jwt-verification
    """
    audience, party = claims.get("aud"), claims.get("azp")
    is_ours = isinstance(party, str) and party in parties
    if audience is None:
        return is_ours
    if isinstance(party, str) and "://" in party and not is_ours:
        return False
    named = audience if isinstance(audience, list) else [audience]
    return any(isinstance(name, str) and name in parties for name in named)


def _instant(claims: Claims, name: str) -> float:
    value = claims.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < FAR_AWAY:
        raise Wrong(name)
    return value


def _label(claims: Claims) -> str:
    name = claims.get("email") or claims.get("name") or claims["sub"]
    return "".join(sign for sign in str(name) if sign.isprintable())[:MAX_LABEL]


def _parts(token: str) -> tuple[Claims, Claims]:
    """Header and claims, not believed yet. Raises Wrong."""
    pieces = token.split(".")
    if len(pieces) != len(("header", "claims", "signature")):
        raise Wrong("form")
    header, claims = (_object(piece) for piece in pieces[:2])
    return header, claims


def _object(piece: str) -> Claims:
    try:
        found = json.loads(base64.urlsafe_b64decode(piece + "=" * (-len(piece) % 4)), parse_constant=_no_number)
    except (ValueError, binascii.Error, RecursionError):
        raise Wrong("form") from None
    if not isinstance(found, dict):
        raise Wrong("form")
    return found


def _no_number(name: str) -> float:
    raise ValueError(name)
