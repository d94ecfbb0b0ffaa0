"""What is wrong with the books, by account and invariant."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """One broken invariant of one account."""

    account: str
    invariant: str
    detail: str

    def __str__(self) -> str:
        return f"{self.account}: {self.invariant} broken: {self.detail}"
