"""Lists as CSV for spreadsheets, page by page, with no cell that a spreadsheet would take for a formula.

https://owasp.org/www-community/attacks/CSV_Injection
"""

import csv
import io
import json
from collections.abc import AsyncIterator, Sequence
from typing import Any

from fastapi.responses import StreamingResponse
from pydantic.alias_generators import to_camel

from webhooks.api.envelope import Body

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")  # the last four are wide signs
"""What a cell must not begin with."""


def sheet(name: str, kind: type[Body], pages: AsyncIterator[Sequence[Body]]) -> StreamingResponse:
    """A file for whoever opens it. `pages` must have begun: what fails later can only cut the file off."""
    headers = {"content-disposition": f'attachment; filename="easel-{name}.csv"', "cache-control": "no-store"}
    return StreamingResponse(_lines(kind, pages), headers=headers, media_type="text/csv; charset=utf-8")


async def begun(pages: AsyncIterator[Sequence[Body]]) -> AsyncIterator[Sequence[Body]]:
    """The same pages, when the first of them is there: until then errors are answered as errors."""
    first: Sequence[Body] = await anext(pages, ())

    async def rest() -> AsyncIterator[Sequence[Body]]:
        yield first
        async for page in pages:
            yield page

    return rest()


async def once(rows: Sequence[Body]) -> AsyncIterator[Sequence[Body]]:
    """Rows that are all there already."""
    yield rows


async def _lines(kind: type[Body], pages: AsyncIterator[Sequence[Body]]) -> AsyncIterator[str]:
    yield _text([columns(kind)])
    async for page in pages:
        if page:
            yield _text([[cell(value) for value in _values(row)] for row in page])


def columns(kind: type[Body], prefix: str = "") -> list[str]:
    """Names on the wire; those of a value within another follow its name and a dot."""
    return [name for field in kind.model_fields for name in _names(kind, field, prefix)]


def _names(kind: type[Body], field: str, prefix: str) -> list[str]:
    inner, name = kind.model_fields[field].annotation, f"{prefix}{to_camel(field)}"
    return columns(inner, f"{name}.") if isinstance(inner, type) and issubclass(inner, Body) else [name]


def _values(row: Body) -> list[Any]:
    values: list[Any] = []
    for field in type(row).model_fields:
        value = getattr(row, field)
        values += _values(value) if isinstance(value, Body) else [value]
    return values


def cell(value: Any) -> str | int | float:
    """A value as a cell: numbers stay numbers, texts never become formulas."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return value
    text = value if isinstance(value, str) else json.dumps(_plain(value), ensure_ascii=False)
    return f"'{text}" if text.startswith(FORMULA) else text


def _plain(value: Any) -> Any:
    if isinstance(value, Body):
        return value.model_dump(by_alias=True)
    return [_plain(each) for each in value] if isinstance(value, list | tuple) else value


def _text(rows: Sequence[Sequence[object]]) -> str:
    file = io.StringIO()
    csv.writer(file).writerows(rows)
    return file.getvalue()
