"""Whom the dashboard lets in, as it needs to know it."""

from typing import Protocol

from fastapi import Request, Response

from core.admin.model import Actor


class Door(Protocol):
    """Sessions of browsers. Every method but `csrf` may raise StoreError."""

    async def actor(self, request: Request) -> Actor:
        """Whose session it is. Raises an EaselError with the status 401."""

    async def enter(self, secret: str, request: Request, response: Response) -> None:
        """Use up a one-time link for a new session. Raises an EaselError with the status 401."""

    async def leave(self, request: Request, response: Response) -> None:
        """End the session."""

    def csrf(self, request: Request) -> str:
        """What a form of this session carries besides the cookie."""
