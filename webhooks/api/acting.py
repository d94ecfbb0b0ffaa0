"""Everything an admin can do, over the API: one address per action of `core.admin.service`, which does it.

Programs are not asked whether they mean it. What they send twice under one Idempotency-Key is done once.
"""

from collections.abc import Awaitable, Callable
from typing import Any

from fastapi import APIRouter, Request
from pydantic import Field

from core.app import App
from webhooks.api.envelope import Answer, Body, Failure, answer
from webhooks.api.guard import actor_of
from webhooks.api.people import Id
from webhooks.api.plain import PlainText
from webhooks.api.records import AuditBody
from webhooks.api.state import IdempotencyKey, request_key

MAX_CREDITS = 1_000_000
REFUSED: dict[int | str, dict[str, Any]] = {
    409: {"model": Failure, "description": "It cannot be done now, or not by you"},
    502: {"model": Failure, "description": "A provider does not do it; it is tried again for an hour"},
}


class Wish(Body):
    """`why` goes into the audit log, and is told to whom it concerns."""

    why: PlainText = Field(default="", max_length=500)


class CreditsWish(Wish):
    credits: int = Field(ge=1, le=MAX_CREDITS)


Handler = Callable[..., Awaitable[Answer[AuditBody]]]


class Acting:
    """Routes that change something."""

    def __init__(self, app: App) -> None:
        self._admin = app.admin

    def add_to(self, routes: APIRouter) -> None:
        for path, action, kind, about in (
            ("/users/{id}/grant", "grant", CreditsWish, "Give credits. They do not expire."),
            ("/users/{id}/revoke", "revoke", CreditsWish, "Take credits, if there are so many."),
        ):
            routes.add_api_route(
                path, self._on(action, kind), name=action, methods=["POST"], description=about, responses=REFUSED
            )

    def _on(self, action: str, kind: type[Wish]) -> Handler:
        """What is done to the one that the address names."""

        async def act(
            id: Id,
            wish: kind,  # type: ignore[valid-type]  # FastAPI reads it when this runs
            request: Request,
            idempotency_key: IdempotencyKey = None,
        ) -> Answer[AuditBody]:
            return await self._do(action, id, wish, request, idempotency_key)

        return act

    async def _do(
        self, action: str, target: str, wish: Wish, request: Request, idempotency_key: str | None
    ) -> Answer[AuditBody]:
        """Raises Refusal, StoreError, or what the action raises when it may still come to be done."""
        asked = f"api:{request_key(request, idempotency_key)}"
        line = await self._admin.perform(
            actor_of(request), action, asked, target, wish.model_dump(exclude={"why"}), wish.why
        )
        return answer(AuditBody.of(line), request)
