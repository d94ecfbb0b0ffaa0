"""Spans of what is done for a request, for whoever collects traces; or nothing, where nobody does."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol


class Tracer(Protocol):
    """`name` says what is done; values are few and name no person."""

    def span(self, name: str, request_id: str = "", **about: str | int) -> AbstractContextManager[None]:
        """Lasts as long as the context. Inside another one it is a part of that, else of the request's trace."""

    async def close(self) -> None:
        """Hand over what is left."""


class Untraced:
    """`Tracer` where nobody collects."""

    @contextmanager
    def span(self, name: str, request_id: str = "", **about: str | int) -> Iterator[None]:
        yield

    async def close(self) -> None:
        """Nothing."""


UNTRACED = Untraced()
