"""What somebody is told without having asked. The sentences are made where people read them, in `bots.news_texts`."""

from dataclasses import dataclass

from core.clock import Millis


@dataclass(frozen=True, slots=True)
class Credited:
    """Credits that were bought have arrived: `credits` of them; `available` are there now. `amount` in minor units."""

    order: str
    goods: str
    credits: int
    available: int
    amount: int
    currency: str
    at: Millis
    until: Millis | None = None
    is_demo: bool = False


@dataclass(frozen=True, slots=True)
class Rewarded:
    """Credits for an invitation: the friend has bought something."""

    credits: int
    available: int


@dataclass(frozen=True, slots=True)
class Gifted:
    """Credits that another person has given."""

    credits: int
    available: int


@dataclass(frozen=True, slots=True)
class Adjusted:
    """Credits that the operator has given, or taken (`credits` below 0), and why."""

    credits: int
    available: int
    why: str = ""


@dataclass(frozen=True, slots=True)
class PaidBack:
    """Money that the operator has paid back; `amount` in minor units, None: what was left after parts of it.

    `available`: the credits that are left.
    """

    order: str
    goods: str
    amount: int | None
    currency: str
    available: int


@dataclass(frozen=True, slots=True)
class TakenBack:
    """`credits` that went with a payment that its provider took back, such as in a dispute (`is_disputed`).

    Below 0: so many came back, as the payment stands after all.
    """

    order: str
    goods: str
    credits: int
    available: int
    is_disputed: bool


@dataclass(frozen=True, slots=True)
class RoleChanged:
    """Another role, by its name."""

    role: str


@dataclass(frozen=True, slots=True)
class SuspensionChanged:
    """Suspended for this reason; None: not any more. `contact`: whom to write to about it, if there is somebody."""

    reason: str | None
    contact: str = ""


@dataclass(frozen=True, slots=True)
class Announced:
    """The operator's words to everybody."""

    text: str


News = Credited | Rewarded | Gifted | Adjusted | PaidBack | TakenBack | RoleChanged | SuspensionChanged | Announced
