"""What may not be asked for: a blocklist that reads through disguises, and a port for other judges."""

import re
from collections.abc import Iterable, Sequence
from typing import Protocol

from core.accounts.service import Accounts
from core.errors import PromptRejected
from core.text import fold

_SPACED_OUT = re.compile(r"\b(?:\w ){2,}\w\b")


class Moderator(Protocol):
    """Judges a prompt, such as a provider's moderation endpoint."""

    async def allows(self, prompt: str) -> bool: ...


class Blocklist:
    """Refuses prompts that contain a listed word or phrase, also with accents, look-alikes or s p a c i n g."""

    def __init__(self, phrases: Iterable[str]) -> None:
        folded = [re.escape(reading) for phrase in phrases if (reading := fold(phrase))]
        self._pattern = re.compile(rf"\b(?:{'|'.join(folded)})\b") if folded else None

    async def allows(self, prompt: str) -> bool:
        if self._pattern is None:
            return True
        reading = fold(prompt)
        joined = _SPACED_OUT.sub(lambda match: match[0].replace(" ", ""), reading)
        return not any(self._pattern.search(form) for form in (reading, joined))


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
