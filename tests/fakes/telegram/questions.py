"""Queries that a bot must answer in time: pressed buttons, inline queries, payments about to be made."""

from dataclasses import dataclass
from itertools import count

from core.clock import Clock, Millis
from tests.fakes.telegram.errors import TOO_OLD, Json, bad


@dataclass
class Question:
    """A query, the update that carried it, and the answer's arguments once there are any."""

    id: str
    update: Json
    asked_at: Millis
    answer: Json | None = None


class Questions:
    """Those of one kind. Each may be answered once, within `window` ms of the injected clock."""

    def __init__(self, clock: Clock, window: Millis, first: int) -> None:
        self._clock = clock
        self._window = window
        self._ids = count(first)
        self.asked: dict[str, Question] = {}

    def next_id(self) -> str:
        return str(next(self._ids))

    def ask(self, query_id: str, update: Json) -> Question:
        question = Question(query_id, update, self._clock.now())
        self.asked[query_id] = question
        return question

    def check(self, query_id: str) -> Question:
        """The open question of this id. Raises ApiError 400 when there is none, it was answered, or it is too old."""
        question = self.asked.get(query_id)
        if question is None or question.answer is not None or self.late(question):
            raise bad(TOO_OLD)
        return question

    def late(self, question: Question) -> bool:
        return self._clock.now() - question.asked_at > self._window
