"""The envelope of design.md as models, so that the API's description has it."""

from typing import Any, Generic, Literal, TypeVar

from fastapi import Request
from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

T = TypeVar("T")


class Body(BaseModel):
    """What goes over the wire: names in camelCase."""

    model_config = ConfigDict(frozen=True, alias_generator=to_camel, populate_by_name=True)


class Sent(Body):
    """What programs send. A misspelt `amount` must not mean "all of it", nor `true` a number: both are refused."""

    model_config = ConfigDict(extra="forbid", strict=True)


class Answer(Body, Generic[T]):
    success: Literal[True] = True
    data: T
    request_id: str


class Page(Body, Generic[T]):
    """A part of a list. `next`: the `cursor` of the next part, null at the end."""

    items: list[T]
    next: str | None = None


class Problem(Body):
    code: str
    message: str
    details: Any = None


class Failure(Body):
    success: Literal[False] = False
    error: Problem
    request_id: str


FAILURES: dict[int | str, dict[str, Any]] = {
    400: {"model": Failure, "description": "What was sent cannot be done like that"},
    401: {"model": Failure, "description": "No token or session, or none that is good"},
    403: {"model": Failure, "description": "The role or the scope is not enough"},
    404: {"model": Failure, "description": "It is not there"},
    413: {"model": Failure, "description": "The body is too big"},
    422: {"model": Failure, "description": "A parameter is wrong or missing"},
    429: {"model": Failure, "description": "Too many wrong tokens from this address"},
    503: {"model": Failure, "description": "The database, or who signs people in, does not answer"},
}


def answer(data: T, request: Request) -> Answer[T]:
    return Answer(data=data, request_id=request.state.request_id)
