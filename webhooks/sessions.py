"""The cookie that keeps an admin's browser signed in, and whose request it is."""

from urllib.parse import urlsplit

from fastapi import Request, Response

from core.admin.access import SESSION_LIFE, Access
from core.admin.model import Actor
from core.admin.refusals import NotSignedIn
from core.clock import SECOND
from core.ids import digest

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
SECURE_NAME, PLAIN_NAME = "__Host-easel", "easel"
"""The first can be set by this very host over https only, not by a neighbouring subdomain."""


class Sessions:
    """Cookies of sessions. Only a one-time link makes one: what a browser already has is never taken over."""

    def __init__(self, access: Access, base_url: str) -> None:
        self._access = access
        self._secure = urlsplit(base_url).scheme == "https"
        self._name = SECURE_NAME if self._secure else PLAIN_NAME

    def secret(self, request: Request) -> str | None:
        return request.cookies.get(self._name) or None

    async def actor(self, request: Request) -> Actor:
        """Whose session it is. Raises NotSignedIn or StoreError."""
        secret = self.secret(request)
        if secret is None:
            raise NotSignedIn
        return await self._access.session(secret)

    async def enter(self, secret: str, request: Request, response: Response) -> None:
        """Use up a one-time link; the session that the browser had before ends. Raises NotSignedIn or StoreError."""
        session = await self._access.enter(secret)
        if old := self.secret(request):
            await self._access.leave(old)
        response.set_cookie(
            self._name, session, max_age=SESSION_LIFE // SECOND, path="/", secure=self._secure, httponly=True,
            samesite="lax",
        )  # fmt: skip

    async def leave(self, request: Request, response: Response) -> None:
        """End the session, here and in the store."""
        if secret := self.secret(request):
            await self._access.leave(secret)
        response.delete_cookie(self._name, path="/", secure=self._secure, httponly=True, samesite="lax")

    def csrf(self, request: Request) -> str:
        """What a form of this session carries besides the cookie."""
        return digest(f"csrf:{self.secret(request) or ''}")
