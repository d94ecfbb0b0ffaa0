"""What may not be asked for: a blocklist that reads through disguises, and a port for other judges."""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol

from core.accounts.service import Accounts
from core.errors import PromptRejected
from core.text import fold

_SIGNS = re.compile(r"[@$!|¡]+")
_SIGNS_AROUND = re.compile(r"(?<!\w)[@$!|¡]+|[@$!|¡]+(?!\w)")


class Moderator(Protocol):
    """Judges a prompt, such as a provider's moderation endpoint."""

    async def allows(self, prompt: str) -> bool: ...


class Blocklist:
    """Refuses prompts that contain a listed word or phrase, however it is disguised.

    Seen through: case, accents, look-alike letters, digits and signs, hidden characters, line breaks, words written
    together, and s p a c e d or d.o.t.t.e.d letters. Inside a longer word a listed word is not found.
    """

    def __init__(self, phrases: Iterable[str]) -> None:
        listed = [words for phrase in phrases if (words := fold(_SIGNS_AROUND.sub(" ", phrase)).split())]
        self._pattern = re.compile(rf"\b(?:{'|'.join(map(_form, listed))})\b") if listed else None

    async def allows(self, prompt: str) -> bool:
        if self._pattern is None:
            return True
        return not any(self._pattern.search(reading) for reading in _readings(prompt))


def _form(words: Sequence[str]) -> str:
    """A phrase with its words apart or together, and each word with its letters together or all apart."""
    return " ?".join(f"(?:{word}|{' '.join(word)})" for word in words)


def _readings(text: str) -> Iterator[str]:
    """Signs may stand for letters, surround words, or part them: a$$, $word$, word|word."""
    yield fold(text)
    yield fold(_SIGNS_AROUND.sub(" ", text))
    yield fold(_SIGNS.sub(" ", text))


class Moderation:
    """Asks every moderator; a refusal is a strike, and enough strikes suspend the account."""

    def __init__(self, moderators: Sequence[Moderator], accounts: Accounts, strikes_to_suspend: int) -> None:
        self._moderators = moderators
        self._accounts = accounts
        self._limit = strikes_to_suspend

    async def check(self, account: str, request_id: str, prompt: str) -> None:
        """Raises PromptRejected."""
        for moderator in self._moderators:
            if not await moderator.allows(prompt):
                strikes = await self._accounts.strike(account, request_id, self._limit)
                raise PromptRejected(strikes, self._limit)
