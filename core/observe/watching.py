"""Who hears of what happens in this process, such as the metrics; or nobody."""

from typing import Literal, Protocol

from core.credits.model import Entry
from core.observe.model import Usage

Noticed = Literal["ok", "forged", "failed"]
"""What became of a gateway's notice: taken in, not signed by it, or to be sent again."""


class Watcher(Protocol):
    """Told at once and in passing: it neither waits nor raises."""

    def recorded(self, usage: Usage) -> None:
        """A usage record was saved, by this process."""

    def entered(self, entry: Entry) -> None:
        """An entry was appended to the ledger, by this process."""

    def noticed(self, gateway: str, outcome: Noticed) -> None:
        """A gateway's notice came."""


class Unwatched:
    """`Watcher` where nobody wants to know."""

    def recorded(self, usage: Usage) -> None:
        """Nothing."""

    def entered(self, entry: Entry) -> None:
        """Nothing."""

    def noticed(self, gateway: str, outcome: Noticed) -> None:
        """Nothing."""
