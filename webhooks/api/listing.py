"""A list, shown page by page as JSON, or whole as CSV."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Generic, Literal, TypeVar

from fastapi import Query, Request, Response

from webhooks.api import cursors
from webhooks.api.envelope import Answer, Body, Page, answer
from webhooks.api.sheets import begun, sheet

MAX_LIMIT = 200
Row = TypeVar("Row")
Item = TypeVar("Item", bound=Body)
At = TypeVar("At")

Format = Annotated[Literal["json", "csv"], Query(description="csv: the whole list, as a file")]
Limit = Annotated[int, Query(ge=1, le=MAX_LIMIT)]
Cursor = Annotated[
    str | None, Query(max_length=cursors.MAX_CURSOR, description="`next` of the page before; none: the beginning")
]
SHEET: dict[int | str, dict[str, Any]] = {
    200: {"content": {"text/csv": {"schema": {"type": "string"}}}, "description": "A page, or the whole list as CSV"}
}


@dataclass(frozen=True, slots=True)
class Asked:
    """How a list is wanted."""

    cursor: str | None
    limit: int
    format: Literal["json", "csv"]


@dataclass(frozen=True, slots=True)
class Listing(Generic[Row, Item, At]):
    """`read` gives rows before a place, `place` a row's own, `bodies` how rows look; `where` reads a cursor."""

    name: str
    kind: type[Item]
    read: Callable[[At | None, int], Awaitable[Sequence[Row]]]
    place: Callable[[Row], cursors.Parts]
    bodies: Callable[[Sequence[Row]], Awaitable[list[Item]]]
    where: Callable[[str | None], At | None]

    async def shown(self, asked: Asked, request: Request) -> Answer[Page[Item]] | Response:
        """Raises BadParameter or StoreError."""
        if asked.format == "csv":
            return sheet(self.name, self.kind, await begun(self._all(asked.cursor)))
        rows = await self.read(self.where(asked.cursor), asked.limit + 1)
        shown = rows[: asked.limit]
        more = cursors.encoded(self.place(shown[-1])) if len(rows) > asked.limit else None
        return answer(Page(items=await self.bodies(shown), next=more), request)

    async def _all(self, cursor: str | None) -> AsyncIterator[Sequence[Item]]:
        while True:
            rows = await self.read(self.where(cursor), MAX_LIMIT)
            yield await self.bodies(rows)
            if len(rows) < MAX_LIMIT:
                return
            cursor = cursors.encoded(self.place(rows[-1]))


def each(make: Callable[[Row], Item]) -> Callable[[Sequence[Row]], Awaitable[list[Item]]]:
    """Bodies that need nothing but their row."""

    async def bodies(rows: Sequence[Row]) -> list[Item]:
        return [make(row) for row in rows]

    return bodies
