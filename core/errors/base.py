"""What all errors share, and the one that stops the start."""

from collections.abc import Sequence
from typing import ClassVar


class EaselError(Exception):
    """Base of all expected errors: a stable code, a sentence for people, whether a retry can help."""

    code: ClassVar[str] = "error"
    retryable: ClassVar[bool] = False
    http_status: ClassVar[int] = 500

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class ConfigError(EaselError):
    """One or more settings are unusable. `problems` holds one line each, naming the variable and the fix."""

    code = "config"

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)
