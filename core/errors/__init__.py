"""Every error Easel raises on purpose, in one tree.

EaselError
 ├─ ConfigError            a setting is bad or missing: one line per problem, exit 2
 ├─ StoreError             the database cannot be used right now
 │   ├─ StoreBusy · StoreFull · StoreReadOnly · StoreCorrupt · StoreTooNew
 ├─ MediaError             a picture could not be stored or read
 ├─ GenerationFailed       no provider delivered; the hold is released
 │   ├─ GenerationRefused  a provider refused the prompt
 │   └─ GenerationCut      an answer was not whole in time, and some of it was shown
 ├─ Interrupted            two deliveries of one request got in each other's way; nothing is held
 ├─ LedgerError            an operation that must never have been asked for
 │   ├─ HoldNotOpen · SettleExceedsHold · ReversalExceedsGrant · WordOutdated · UnknownLot · BadAmount
 │   ├─ NothingToMove · AccountMoved
 └─ Refusal                a request was turned down: nothing is held, nothing is charged
     ├─ ScopeNeeded · ActionRefused · RequestReused
     ├─ BadRequest         UnknownCommand · BadOption · PromptMissing · PromptTooLong
     ├─ UnknownModel · ModelRetired · ModelOff · ModelCannot · Paused
     ├─ Suspended · RoleNeeded · ServerAdminNeeded · PromptRejected
     ├─ WrongChannel · NotForYou · ServerWalletEmpty
     ├─ RateLimited (ServerLimited) · TooManyInFlight · InsufficientCredits
     ├─ CannotGive · GiftRefused · InviteRefused
     ├─ NotFound · LinkRefused · CodeRefused · DeletionRefused · AlreadyClaimed · NoFreeCredits · NotReady
     └─ FreeCreditsLater · AttemptsThrottled

`message` states the facts and is safe to show to anybody. What to do next depends on where the person is
(a chat has `/buy`, an API does not), so the advice is added by `bots/error_texts.py`.
"""

from core.errors.base import (
    ConfigError,
    EaselError,
)
from core.errors.refusals import (
    ActionRefused,
    BadOption,
    BadRequest,
    ModelCannot,
    ModelOff,
    ModelRetired,
    NotForYou,
    Paused,
    PromptMissing,
    PromptRejected,
    PromptTooLong,
    RateLimited,
    Refusal,
    RequestReused,
    RoleNeeded,
    ScopeNeeded,
    ServerAdminNeeded,
    ServerLimited,
    Suspended,
    TooManyInFlight,
    UnknownCommand,
    UnknownModel,
    WrongChannel,
)
from core.errors.refused_credits import (
    AlreadyClaimed,
    AttemptsThrottled,
    CannotGive,
    CodeRefused,
    DeletionRefused,
    FreeCreditsLater,
    GiftRefused,
    InsufficientCredits,
    InviteRefused,
    LinkRefused,
    NoFreeCredits,
    NotFound,
    NotReady,
    PlanRenews,
    ServerWalletEmpty,
)
from core.errors.storage import (
    MediaError,
    StoreBusy,
    StoreCorrupt,
    StoreError,
    StoreFull,
    StoreReadOnly,
    StoreRefused,
    StoreTooNew,
    StoreUnfinished,
    StoreUnfit,
    StoreUnreachable,
)
from core.errors.work import (
    AccountMoved,
    BadAmount,
    GenerationCut,
    GenerationFailed,
    GenerationRefused,
    HoldNotOpen,
    Interrupted,
    LedgerError,
    NothingToMove,
    ReversalExceedsGrant,
    SettleExceedsHold,
    UnknownLot,
    WordOutdated,
)

__all__ = [
    "AccountMoved",
    "ActionRefused",
    "AlreadyClaimed",
    "AttemptsThrottled",
    "BadAmount",
    "BadOption",
    "BadRequest",
    "CannotGive",
    "CodeRefused",
    "ConfigError",
    "DeletionRefused",
    "EaselError",
    "FreeCreditsLater",
    "GenerationCut",
    "GenerationFailed",
    "GenerationRefused",
    "GiftRefused",
    "HoldNotOpen",
    "InsufficientCredits",
    "Interrupted",
    "InviteRefused",
    "LedgerError",
    "LinkRefused",
    "MediaError",
    "ModelCannot",
    "ModelOff",
    "ModelRetired",
    "NoFreeCredits",
    "NotForYou",
    "NotFound",
    "NotReady",
    "NothingToMove",
    "Paused",
    "PlanRenews",
    "PromptMissing",
    "PromptRejected",
    "PromptTooLong",
    "RateLimited",
    "Refusal",
    "RequestReused",
    "ReversalExceedsGrant",
    "RoleNeeded",
    "ScopeNeeded",
    "ServerAdminNeeded",
    "ServerLimited",
    "ServerWalletEmpty",
    "SettleExceedsHold",
    "StoreBusy",
    "StoreCorrupt",
    "StoreError",
    "StoreFull",
    "StoreReadOnly",
    "StoreRefused",
    "StoreTooNew",
    "StoreUnfinished",
    "StoreUnfit",
    "StoreUnreachable",
    "Suspended",
    "TooManyInFlight",
    "UnknownCommand",
    "UnknownLot",
    "UnknownModel",
    "WordOutdated",
    "WrongChannel",
]
