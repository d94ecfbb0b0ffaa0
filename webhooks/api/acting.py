"""Everything an admin can do, over the API: one address per action of `core.admin.service`, which does it.

Programs are not asked whether they mean it. What they send twice under one Idempotency-Key is done once.
"""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any

from fastapi import APIRouter, Request
from pydantic import AfterValidator, Field

from core.admin.announcing import EVERYBODY, MAX_TEXT
from core.admin.house import HOUSE
from core.text import clean
from webhooks.api.envelope import Answer, Failure, Sent, answer
from webhooks.api.guard import actor_of, core_of
from webhooks.api.people import Id, RoleName
from webhooks.api.plain import PlainText
from webhooks.api.records import AuditBody
from webhooks.api.state import IdempotencyKey, request_key

MAX_CREDITS = 1_000_000
MAX_AMOUNT = 2**53
REFUSED: dict[int | str, dict[str, Any]] = {
    409: {"model": Failure, "description": "It cannot be done now, or not by you"},
    502: {"model": Failure, "description": "A provider does not do it; it is tried again for an hour"},
}


class Wish(Sent):
    """`why` goes into the audit log, and is told to whom it concerns."""

    why: PlainText = Field(default="", max_length=500)


class CreditsWish(Wish):
    credits: int = Field(ge=1, le=MAX_CREDITS)


class RoleWish(Wish):
    role: RoleName


class RefundWish(Wish):
    """`payment`: which of a plan's, none if there is one only. `amount` in minor units, null: what is left."""

    payment: PlainText = Field(default="", max_length=128)
    amount: int | None = Field(default=None, ge=1, le=MAX_AMOUNT)


class PriceWish(Wish):
    """`credits`: null takes the price of easel.toml again."""

    credits: int | None = Field(ge=0, le=MAX_CREDITS)


class ModelWish(Wish):
    enabled: bool


class LimitWish(Wish):
    """`perDay`: null takes the number of the settings again."""

    per_day: int | None = Field(ge=1, le=MAX_CREDITS)


class AnnounceWish(Wish):
    text: Annotated[PlainText, AfterValidator(clean)] = Field(min_length=1, max_length=MAX_TEXT)


ON_SOMETHING: tuple[tuple[str, str, type[Wish], str], ...] = (
    ("/users/{id}/grant", "grant", CreditsWish, "Give credits. They do not expire."),
    ("/users/{id}/revoke", "revoke", CreditsWish, "Take credits, if there are so many."),
    ("/users/{id}/role", "role", RoleWish, "Give another role."),
    ("/users/{id}/suspend", "suspend", Wish, "Let them ask for nothing; `why` is what they are told."),
    ("/users/{id}/unsuspend", "unsuspend", Wish, "Let them go on."),
    ("/orders/{id}/refund", "refund", RefundWish, "Pay money back, and take its credits."),
    ("/jobs/{id}/retry", "retry", Wish, "Have made what failed, or shown what was not shown."),
    ("/jobs/{id}/cancel", "cancel", Wish, "Stop a request; nothing is paid for it."),
    ("/models/{id}/price", "price", PriceWish, "Another price of a model, in credits."),
    ("/models/{id}/switch", "model", ModelWish, "Switch a model off, or on again."),
    ("/limits/{id}", "limit", LimitWish, "Another number of requests a day for a role: user, subscriber or admin."),
)
"""Path, action, what it needs to know, and what it does to the one that the address names."""
ON_THE_HOUSE: tuple[tuple[str, str, type[Wish], str, str], ...] = (
    ("/pause", "pause", Wish, HOUSE, "Let nothing be made until resume; `why` is what people are told."),
    ("/resume", "resume", Wish, HOUSE, "Let things be made again."),
    ("/announcement", "announce", AnnounceWish, EVERYBODY, "Tell everybody who wants announcements, one by one."),
    ("/announcement/stop", "silence", Wish, EVERYBODY, "Stop the announcement that is under way."),
)
"""The same, with its target, of what concerns everybody."""
Handler = Callable[..., Awaitable[Answer[AuditBody]]]


def add_to(routes: APIRouter) -> None:
    """What changes something."""
    for path, action, kind, about in ON_SOMETHING:
        _add(routes, path, action, about, _on(action, kind))
    for path, action, kind, target, about in ON_THE_HOUSE:
        _add(routes, path, action, about, _at(action, kind, target))


def _add(routes: APIRouter, path: str, action: str, about: str, act: Handler) -> None:
    routes.add_api_route(path, act, name=action, methods=["POST"], description=about, responses=REFUSED)


def _on(action: str, kind: type[Wish]) -> Handler:
    """What is done to the one that the address names."""

    async def act(
        id: Id,
        wish: kind,  # type: ignore[valid-type]  # FastAPI reads it when this runs
        request: Request,
        idempotency_key: IdempotencyKey = None,
    ) -> Answer[AuditBody]:
        return await _do(action, id, wish, request, idempotency_key)

    return act


def _at(action: str, kind: type[Wish], target: str) -> Handler:
    """What is done to this."""

    async def act(
        wish: kind,  # type: ignore[valid-type]  # FastAPI reads it when this runs
        request: Request,
        idempotency_key: IdempotencyKey = None,
    ) -> Answer[AuditBody]:
        return await _do(action, target, wish, request, idempotency_key)

    return act


async def _do(action: str, target: str, wish: Wish, request: Request, idempotency_key: str | None) -> Answer[AuditBody]:
    """Raises Refusal, StoreError, or what the action raises when it may still come to be done."""
    asked = f"api:{request_key(request, idempotency_key)}"
    line = await core_of(request).admin.perform(
        actor_of(request), action, asked, target, wish.model_dump(exclude={"why"}), wish.why
    )
    return answer(AuditBody.of(line), request)
