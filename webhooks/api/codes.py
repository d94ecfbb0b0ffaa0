"""Gift codes for many at a time, and how far an announcement is, over the API."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request, Response
from pydantic import Field

from core.admin.announcing import Announcement
from core.clock import iso
from core.payments.codes import MOST_CODES, MOST_USES, Terms
from webhooks.api.acting import MAX_CREDITS, REFUSED, Wish
from webhooks.api.envelope import Answer, Body, answer
from webhooks.api.guard import actor_of, core_of
from webhooks.api.listing import SHEET
from webhooks.api.records import AuditBody
from webhooks.api.sheets import once, sheet
from webhooks.api.state import IdempotencyKey, request_key

MAX_DAYS = 3_650


class CodesWish(Wish):
    """`number` codes of `credits` each, for `uses` accounts each, within `days`."""

    number: int = Field(ge=1, le=MOST_CODES)
    credits: int = Field(ge=1, le=MAX_CREDITS)
    uses: int = Field(default=1, ge=1, le=MOST_USES)
    days: int = Field(default=365, ge=1, le=MAX_DAYS)


class CodeBody(Body):
    code: str
    credits: int
    uses: int
    days: int


class CodesBody(Body):
    """Codes are told this once only."""

    codes: list[str]
    audited: AuditBody


class AnnouncementBody(Body):
    """`told` were told, `passed` were passed over: they want none, or cannot be reached."""

    id: str
    at: str
    text: str
    state: Literal["running", "done", "stopped"]
    told: int
    passed: int

    @classmethod
    def of(cls, now: Announcement) -> "AnnouncementBody":
        return cls(id=now.id, at=iso(now.at), text=now.text, state=now.state, told=now.told, passed=now.passed)


def add_to(routes: APIRouter) -> None:
    """What is handed to many."""
    routes.add_api_route(
        "/codes", codes, name="codes", methods=["POST"], response_model=Answer[CodesBody],
        responses=REFUSED | SHEET,
    )  # fmt: skip
    routes.add_api_route("/announcement", announcement, name="announcement", methods=["GET"])


async def codes(
    wish: CodesWish, request: Request, idempotency_key: IdempotencyKey = None,
    format: Annotated[Literal["json", "csv"], Query(description="csv: the codes, as a file")] = "json",
) -> Answer[CodesBody] | Response:  # fmt: skip
    """Make gift codes. They are told once only, also under the same Idempotency-Key."""
    asked, terms = f"api:{request_key(request, idempotency_key)}", Terms(wish.credits, wish.uses, wish.days)
    line, made = await core_of(request).admin.codes(actor_of(request), asked, wish.number, terms, wish.why)
    if format == "json":
        return answer(CodesBody(codes=made, audited=AuditBody.of(line)), request)
    rows = [CodeBody(code=code, credits=terms.credits, uses=terms.uses, days=terms.days) for code in made]
    return sheet("codes", CodeBody, once(rows))


async def announcement(request: Request) -> Answer[AnnouncementBody | None]:
    """The latest, and how far it is."""
    now = await core_of(request).announcements.latest()
    return answer(AnnouncementBody.of(now) if now else None, request)
