"""The nouns of accounts: identities on platforms, roles, the account, link codes."""

import json
import re
from dataclasses import dataclass
from enum import IntEnum

from core.clock import Millis

PLATFORMS = ("discord", "slack", "telegram", "playground")
_USER = re.compile(r"[A-Za-z0-9_.@/-]{1,64}")


@dataclass(frozen=True, slots=True, order=True)
class Identity:
    """A person on one platform. `user` is the platform's own id (for Slack `team/user`)."""

    platform: str
    user: str

    @classmethod
    def parse(cls, text: str) -> "Identity":
        """Read `platform:user`. Raises ValueError with a sentence saying what is wrong."""
        platform, _, user = text.strip().partition(":")
        shown = json.dumps(text[:80], ensure_ascii=False)
        if platform not in PLATFORMS:
            raise ValueError(f"{shown} must start with one of {', '.join(f'{p}:' for p in PLATFORMS)}")
        if not _USER.fullmatch(user):
            raise ValueError(f"{shown} must be platform:user, with 1 to 64 of A-Z a-z 0-9 _ . @ / - as user")
        return cls(platform, user)

    def __str__(self) -> str:
        return f"{self.platform}:{self.user}"


class Role(IntEnum):
    """What an account may do; a higher role may do all that a lower one may."""

    USER = 1
    SUBSCRIBER = 2
    ADMIN = 3

    @property
    def label(self) -> str:
        return self.name.lower()


@dataclass(frozen=True, slots=True)
class Account:
    """One person, one wallet. `suspended` is the reason, or None. Free credits of a day start at `free_from`.

    `closing`: its deletion has begun, or is done. `subscriber_until`: when what was paid for a plan ends, days of grace
    included.
    """

    id: str
    created_at: Millis
    role: Role = Role.USER
    suspended: str | None = None
    welcomed: bool = False
    merged_into: str | None = None
    free_from: Millis = 0
    closing: bool = False
    subscriber_until: Millis = 0


@dataclass(frozen=True, slots=True)
class Tombstone:
    """What stays of a deleted identity: its digest, and what deletion must not undo."""

    digest: str
    deleted_at: Millis
    suspended: str | None = None


@dataclass(frozen=True, slots=True)
class LinkCode:
    """A one-time code by which a second identity joins `account`. Stored by its digest only."""

    digest: str
    account: str
    expires_at: Millis
    claimed_by: str | None = None
    merged: bool = False
