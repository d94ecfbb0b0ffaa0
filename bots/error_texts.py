"""What a person reads when something is refused or fails. Facts come from the core; what to do next is added here."""

from bots.texts import NO_RESULT_NO_CHARGE, clock_time, count, day
from core.admin.refunds import CreditsToFollow
from core.clock import Millis
from core.errors import (
    ActionRefused,
    AlreadyClaimed,
    AttemptsThrottled,
    BadOption,
    CannotGive,
    CodeRefused,
    DeletionRefused,
    EaselError,
    FreeCreditsLater,
    GenerationRefused,
    GiftRefused,
    InsufficientCredits,
    InviteRefused,
    LinkRefused,
    ModelCannot,
    ModelOff,
    ModelRetired,
    NoFreeCredits,
    NotForYou,
    NotFound,
    NotReady,
    Paused,
    PlanRenews,
    PromptMissing,
    PromptRejected,
    PromptTooLong,
    RateLimited,
    RequestReused,
    RoleNeeded,
    ScopeNeeded,
    ServerAdminNeeded,
    ServerWalletEmpty,
    StoreError,
    Suspended,
    TooManyInFlight,
    UnknownCommand,
    UnknownModel,
    WrongChannel,
)


def explain(error: EaselError) -> str:
    """An error as a sentence, and one that says what to do."""
    return f"{error.message} {_advice(error)}".strip()


def _advice(error: EaselError) -> str:
    """What to do next. Credits are explained by `need_credits`, which knows about free ones."""
    match error:
        case UnknownCommand(nearest=str() as near):
            return f"Did you mean /{near}? Type /help for all commands."
        case UnknownCommand():
            return "Type /help for all commands."
        case UnknownModel(nearest=str() as near):
            return f"Did you mean {near}? Type /models for all of them."
        case ModelRetired(others=[first, *_]) | ModelOff(others=[first, *_]):
            return f"Leave --model out, or type --model {first}."
        case UnknownModel() | ModelRetired() | ModelOff():
            return "Type /models for those there are."
        case ModelCannot(others=[first, *_]):
            return f"Add --model {first}, which can, or leave it out."
        case ModelCannot():
            return "No model here can; leave it out."
        case BadOption(hint=str() as hint):
            return f"{hint} Nothing was charged."
        case BadOption():
            return "Nothing was charged."
        case PromptMissing():
            return "Say what you want, such as /imagine a red fox at dawn."
        case PromptTooLong(length=length, limit=limit):
            return f"Leave out {count(length - limit, 'character')} and send it again."
        case PromptRejected(strikes=strikes, limit=limit) if limit and strikes >= limit:
            return f"Nothing was charged. This was strike {strikes}, and your account is suspended now."
        case PromptRejected(strikes=strikes, limit=limit) if limit:
            return f"Nothing was charged. This is strike {strikes} of {limit}; at {limit} your account is suspended."
        case PromptRejected() | GenerationRefused():
            return "Nothing was charged. Please ask for something else."
        case RateLimited(resets_at=at):
            return f"You can go on at {clock_time(at)}."
        case TooManyInFlight():
            return "Wait until one is finished, or type /cancel to stop the latest."
        case AlreadyClaimed(next_at=at):
            return f"The next ones are there at {clock_time(at)}."
        case InviteRefused():
            return "Check what you typed, then try again."
        case FreeCreditsLater(at=at):
            return f"Yours is on {day(at)}; come back then."
        case Suspended(contact=contact):
            return appeal(contact)
        case WrongChannel():
            return "Type /server for where they want it. Nothing was charged."
        case NotForYou():
            return "Ask one of them, or type /help for what you can do."
        case Paused():
            return "Nothing was charged. Please try again later."
        case ActionRefused():
            return "Nothing was changed. Type /admin for what there is."
        case RequestReused():
            return "Please ask again under another id."
        case ScopeNeeded():
            return "Please ask the operator for one."
        case ServerAdminNeeded():
            return "Ask one of them to type it."
        case RoleNeeded():
            return "Type /help for what you can do."
        case ServerWalletEmpty():
            return "Please ask again: then your own credits pay. /server fund 100 fills it."
        case CannotGive():
            return "Type /balance for what you have, or /buy to get more."
        case GiftRefused():
            return "Nothing was taken from you. Ask them first, and try again."
        case CodeRefused():
            return "Compare it letter by letter and try again, or ask whoever gave it to you."
        case NotFound():
            return "Type /history for your requests."
        case LinkRefused(try_new_code=True):
            return "Type /link on your other platform for a new code."
        case LinkRefused():
            return "Nothing was changed. If you think that is a mistake, ask the operator of this bot."
        case PlanRenews():
            return "Type /unsubscribe first, then ask again."
        case DeletionRefused():
            return "Wait until it is finished, or type /cancel; then ask again."
        case NoFreeCredits():
            return "Type /buy to get credits."
        case NotReady():
            return "It will be posted as soon as it is done; /cancel stops it."
        case AttemptsThrottled() | InsufficientCredits() | CreditsToFollow():
            return ""
        case StoreError(retryable=True):
            return f"Try again in a moment; {NO_RESULT_NO_CHARGE}"
        case StoreError():
            return f"Tell the operator of this bot, then try again; {NO_RESULT_NO_CHARGE}"
    return "Nothing was charged." if error.http_status < 500 else "Please try again later."


def appeal(contact: str) -> str:
    """`contact`: whom to write to, if the operator says."""
    whom = f"write to {contact}" if contact else "ask the operator of this bot"
    return f"If you think that is a mistake, {whom}."


def need_credits(error: InsufficientCredits, free: int, claimed: bool, next_at: Millis) -> str:
    """`You need 10 credits and have 4. Type /buy, or wait for your 5 free credits at 00:00 UTC.`"""
    if not free:
        return f"{error.message} Type /buy to get more."
    soon = f"wait for your {count(free, 'free credit')} at {clock_time(next_at)}"
    if claimed:
        return f"{error.message} Type /buy, or {soon}."
    return f"{error.message} Type /daily for today's {count(free, 'free credit')}, /buy, or {soon}."
