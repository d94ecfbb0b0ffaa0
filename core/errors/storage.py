"""The database or a picture store failed."""

from typing import ClassVar

from core.errors.base import EaselError


class StoreError(EaselError):
    """The database failed. Nothing of the failed step was written.

    `message` is for anybody; `detail` (also the exception's text) is for the operator and may name files.
    """

    code = "store"
    retryable = True
    http_status = 503
    public: ClassVar[str] = "Easel's database failed."

    def __init__(self, detail: str = "") -> None:
        super().__init__(detail or self.public)
        self.detail = self.message
        self.message = self.public


class StoreBusy(StoreError):
    code = "store_busy"
    public = "Easel's database is busy: another program holds it locked."


class StoreUnreachable(StoreError):
    """Whether the last step was written is not known; it can be repeated."""

    code = "store_unreachable"
    public = "Easel's database does not answer."


class StoreRefused(StoreError):
    code = "store_refused"
    retryable = False
    public = "Easel's database refuses access."


class StoreUnfit(StoreError):
    code = "store_unfit"
    retryable = False
    public = "Easel's database is too old."


class StoreUnfinished(StoreError):
    code = "store_unfinished"
    retryable = False
    public = "Easel's database is not complete yet."


class StoreFull(StoreError):
    code = "store_full"
    public = "Easel's disk is full, so your request could not be saved."


class StoreReadOnly(StoreError):
    code = "store_read_only"
    public = "Easel cannot write to its database."

    def __init__(self, path: str) -> None:
        super().__init__(f"{path} cannot be written.")


class StoreCorrupt(StoreError):
    code = "store_corrupt"
    retryable = False
    public = "Easel's database is damaged."

    def __init__(self, path: str, detail: str) -> None:
        super().__init__(f"{path} is not a usable Easel database ({detail}).")


class StoreTooNew(StoreError):
    code = "store_too_new"
    retryable = False
    public = "Easel's database belongs to a newer version."

    def __init__(self, path: str, found: int, known: int) -> None:
        super().__init__(f"{path} has schema version {found}; this Easel knows {known}.")


class MediaError(EaselError):
    """A picture could not be written to, or read from, its store."""

    code = "media"
    retryable = True
    http_status = 503
