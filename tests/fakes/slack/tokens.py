"""Tokens: what was issued to whom, for which scopes, and why one is worth nothing any more."""

from dataclasses import dataclass

from core.clock import SECOND, Clock, Millis
from tests.fakes.slack.refusals import Refused

ROTATION_SECONDS = 43_200
"""https://docs.slack.dev/authentication/using-token-rotation (12 hours)"""


@dataclass
class Token:
    """`refusal` is the error that answers calls with it, once it is void."""

    value: str
    team_id: str
    scopes: tuple[str, ...]
    expires_at: Millis | None = None
    refresh: str | None = None
    refusal: str | None = None


class Tokens:
    """All bot tokens of the app."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._issued: dict[str, Token] = {}

    def issue(self, team_id: str, scopes: tuple[str, ...], *, rotating: bool) -> Token:
        number = len(self._issued) + 1
        value = f"xoxb-{team_id}-{number:04d}"
        token = Token(value, team_id, scopes)
        if rotating:
            token.value = f"xoxe.{value}"
            token.refresh = f"xoxe-1-{team_id}-{number:04d}"
            token.expires_at = self._clock.now() + ROTATION_SECONDS * SECOND
        self._issued[token.value] = token
        return token

    def check(self, value: str) -> Token:
        """Raises Refused: not_authed, invalid_auth, token_revoked, token_expired, account_inactive."""
        if not value:
            raise Refused("not_authed")
        token = self._issued.get(value)
        if token is None:
            raise Refused("invalid_auth")
        if token.refusal:
            raise Refused(token.refusal)
        if token.expires_at is not None and self._clock.now() >= token.expires_at:
            raise Refused("token_expired")
        return token

    def refreshed(self, refresh: str) -> Token:
        """A new token for a refresh token, which works once. Raises Refused: invalid_refresh_token."""
        for token in self._issued.values():
            if token.refresh == refresh and not token.refusal:
                token.refresh = None
                return self.issue(token.team_id, token.scopes, rotating=True)
        raise Refused("invalid_refresh_token")

    def void(self, team_id: str, refusal: str) -> None:
        """From now on every token of this team is answered with this error."""
        for token in self._issued.values():
            if token.team_id == team_id:
                token.refusal = token.refusal or refusal
