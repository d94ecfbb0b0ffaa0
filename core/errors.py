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
(a chat has `/buy`, an API does not), so the advice is added by `bots/texts.py`.
"""

from collections.abc import Sequence
from typing import ClassVar

from core.clock import Millis


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


# --- storage -----------------------------------------------------------------------------------------------


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


# --- generation --------------------------------------------------------------------------------------------


class GenerationFailed(EaselError):
    """No provider delivered a result; the caller's hold is released."""

    code = "generation_failed"
    retryable = True
    http_status = 502


class GenerationRefused(GenerationFailed):
    """A provider refused the prompt by its own policy. Final: no other provider is asked."""

    code = "generation_refused"
    retryable = False
    http_status = 422


class GenerationCut(GenerationFailed):
    """Time was up when some of the answer had been shown: nothing is paid, but the request stays counted today."""

    code = "generation_cut"


class Interrupted(EaselError):
    """A request was turned down by one of its deliveries while another one held credits; they were given back."""

    code = "interrupted"
    retryable = True
    http_status = 409

    def __init__(self) -> None:
        super().__init__("Your request was interrupted and could not be accepted.")


# --- ledger ------------------------------------------------------------------------------------------------


class LedgerError(EaselError):
    """An operation the ledger cannot decide on; a fault of the caller, never of the user."""

    code = "ledger"


class BadAmount(LedgerError):
    code = "bad_amount"


class HoldNotOpen(LedgerError):
    code = "hold_not_open"


class SettleExceedsHold(LedgerError):
    code = "settle_exceeds_hold"


class UnknownLot(LedgerError):
    code = "unknown_lot"


class ReversalExceedsGrant(LedgerError):
    code = "reversal_exceeds_grant"


class WordOutdated(LedgerError):
    """What was said about a payment is no news: as much or more was said before."""

    code = "word_outdated"


class NothingToMove(LedgerError):
    code = "nothing_to_move"


class AccountMoved(LedgerError):
    """The account was merged into another one: ask there, under the same operation id."""

    code = "account_moved"

    def __init__(self, account: str, to: str) -> None:
        super().__init__(f"Account {account} was merged into {to}.")
        self.to = to


# --- refusals ----------------------------------------------------------------------------------------------


class Refusal(EaselError):
    """A request turned down before anything was held."""

    code = "refused"
    http_status = 400


class BadRequest(Refusal):
    code = "bad_request"


class UnknownCommand(BadRequest):
    code = "unknown_command"

    def __init__(self, name: str, nearest: str | None) -> None:
        super().__init__(f"There is no command /{name}.")
        self.nearest = nearest


class BadOption(BadRequest):
    """An option has a value it cannot take. `problem` completes "<option> ...", `hint` says what to do instead."""

    code = "bad_option"

    def __init__(self, option: str, problem: str, hint: str | None = None) -> None:
        super().__init__(f"{option} {problem}")
        self.option, self.hint = option, hint


class PromptMissing(BadRequest):
    code = "prompt_missing"

    def __init__(self) -> None:
        super().__init__("There are no words to work with.")


class PromptTooLong(BadRequest):
    code = "prompt_too_long"

    def __init__(self, length: int, limit: int) -> None:
        super().__init__(f"Your text has {length:,} characters; the limit is {limit:,}.")
        self.length, self.limit = length, limit


class UnknownModel(Refusal):
    code = "unknown_model"

    def __init__(self, name: str, nearest: str | None) -> None:
        super().__init__(f'There is no model "{name}" here.')
        self.nearest = nearest


class ModelRetired(Refusal):
    """The model was switched off by its provider. `others` are those that are asked instead."""

    code = "model_retired"
    http_status = 410

    def __init__(self, model: str, since: str, others: Sequence[str]) -> None:
        super().__init__(f"{model} was retired by its provider on {since}.")
        self.others = tuple(others)


class ModelOff(Refusal):
    """The operator has switched the model off for now. `others` are those that are asked instead."""

    code = "model_off"
    http_status = 409

    def __init__(self, model: str, others: Sequence[str]) -> None:
        super().__init__(f"{model} is switched off at the moment.")
        self.others = tuple(others)


class ModelCannot(Refusal):
    """The chosen model lacks an ability. `others` names models that have it."""

    code = "model_cannot"

    def __init__(self, model: str, what: str, others: Sequence[str]) -> None:
        super().__init__(f"{model} cannot do {what}.")
        self.others = tuple(others)


class Suspended(Refusal):
    """`contact`: whom to write to about it, if the operator says."""

    code = "suspended"
    http_status = 403

    def __init__(self, reason: str, contact: str = "") -> None:
        super().__init__(f"Your account is suspended: {reason}.")
        self.contact = contact


class Paused(Refusal):
    """Nothing is made at the moment, for nobody."""

    code = "paused"
    http_status = 503

    def __init__(self, why: str) -> None:
        super().__init__(f"Nothing can be made here at the moment{f': {why}' if why else ''}.")


class RoleNeeded(Refusal):
    code = "role_needed"
    http_status = 403

    def __init__(self, command: str, role: str) -> None:
        super().__init__(f"/{command} is for the role {role}.")
        self.role = role


class ScopeNeeded(Refusal):
    """A token may not do that."""

    code = "scope_needed"
    http_status = 403

    def __init__(self, action: str, scope: str) -> None:
        super().__init__(f"{action} needs a token with the scope {scope}.")
        self.scope = scope


class ActionRefused(Refusal):
    """What an admin wants to do cannot be done, or not by them."""

    code = "action_refused"
    http_status = 409


class RequestReused(Refusal):
    """The id of a request comes again with something else in it."""

    code = "request_reused"
    http_status = 422

    def __init__(self) -> None:
        super().__init__("Something else was done under the id of this request already.")


class ServerAdminNeeded(Refusal):
    code = "server_admin_needed"
    http_status = 403

    def __init__(self) -> None:
        super().__init__("That is for the admins of a server, in that server.")


class WrongChannel(Refusal):
    """The server's admins let things be made in other channels only: `channels`, by the platform's ids."""

    code = "wrong_channel"
    http_status = 403

    def __init__(self, channels: Sequence[str]) -> None:
        super().__init__("The admins of this server do not want that in this channel.")
        self.channels = tuple(channels)


class NotForYou(Refusal):
    """The server's admins let others use this command."""

    code = "not_for_you"
    http_status = 403

    def __init__(self, command: str) -> None:
        super().__init__(f"The admins of this server have not given /{command} to you.")


class PromptRejected(Refusal):
    """The prompt broke a rule. `strikes` of `limit` are used; at the limit the account is suspended."""

    code = "prompt_rejected"
    http_status = 422

    def __init__(self, strikes: int, limit: int) -> None:
        super().__init__("Your text is against the rules of this service.")
        self.strikes, self.limit = strikes, limit


class RateLimited(Refusal):
    code = "rate_limited"
    http_status = 429

    def __init__(self, limit: int, resets_at: Millis) -> None:
        super().__init__(f"You have used all {limit} of your requests for today.")
        self.limit, self.resets_at = limit, resets_at


class ServerLimited(RateLimited):
    """The limit that the admins of a server have set for each person there."""

    code = "server_limited"

    def __init__(self, limit: int, resets_at: Millis) -> None:
        super().__init__(limit, resets_at)
        self.message = f"You have used all {limit} requests a day that each person has in this server."


class TooManyInFlight(Refusal):
    code = "too_many_in_flight"
    http_status = 429

    def __init__(self, limit: int) -> None:
        super().__init__(f"You have {limit} {'request' if limit == 1 else 'requests'} in the works already.")
        self.limit = limit


class InsufficientCredits(Refusal):
    code = "insufficient_credits"
    http_status = 402

    def __init__(self, needed: int, available: int) -> None:
        super().__init__(f"You need {needed} {'credit' if needed == 1 else 'credits'} and have {available}.")
        self.needed, self.available = needed, available


class CannotGive(Refusal):
    """Of what somebody has, only so much may be given: bought credits and gifts, none while there is debt."""

    code = "cannot_give"
    http_status = 402

    def __init__(self, amount: int, givable: int) -> None:
        super().__init__(
            f"You can give {givable} {'credit' if givable == 1 else 'credits'}, not {amount}: "
            "only credits that were bought or given to you can be passed on."
        )
        self.amount, self.givable = amount, givable


class GiftRefused(Refusal):
    code = "gift_refused"
    http_status = 409


class InviteRefused(Refusal):
    code = "invite_refused"
    http_status = 409


class ServerWalletEmpty(Refusal):
    """Others have used up what the server had while this was asked for."""

    code = "server_wallet_empty"
    http_status = 402

    def __init__(self) -> None:
        super().__init__("The wallet of this server has just run out.")


class NotFound(Refusal):
    code = "not_found"
    http_status = 404


class CodeRefused(Refusal):
    """A gift code that gives nothing. Which of its reasons it is would help whoever guesses."""

    code = "code_refused"
    http_status = 404

    def __init__(self) -> None:
        super().__init__("This code is not known, has expired, or was used already.")


class LinkRefused(Refusal):
    """Two accounts cannot be linked. `try_new_code` says whether another code would help."""

    code = "link_refused"
    http_status = 409

    def __init__(self, message: str, *, try_new_code: bool) -> None:
        super().__init__(message)
        self.try_new_code = try_new_code


class DeletionRefused(Refusal):
    code = "deletion_refused"
    http_status = 409


class PlanRenews(DeletionRefused):
    """An account that is deleted could not stop its payments any more."""

    code = "plan_renews"

    def __init__(self) -> None:
        super().__init__("You have a plan that renews.")


class AlreadyClaimed(Refusal):
    """Today's free credits were taken already; the next ones come at `next_at`."""

    code = "already_claimed"
    http_status = 409

    def __init__(self, next_at: Millis) -> None:
        super().__init__("You have had your free credits for today.")
        self.next_at = next_at


class NoFreeCredits(Refusal):
    code = "no_free_credits"
    http_status = 404

    def __init__(self) -> None:
        super().__init__("There are no free credits here.")


class FreeCreditsLater(Refusal):
    """The account is too new for free credits; it may have some from `at`."""

    code = "free_credits_later"
    http_status = 403

    def __init__(self, days: int, at: Millis) -> None:
        super().__init__(f"Free credits are for accounts that are {days} {'day' if days == 1 else 'days'} old.")
        self.at = at


class NotReady(Refusal):
    """The result that was asked for is still being made."""

    code = "not_ready"
    http_status = 409

    def __init__(self) -> None:
        super().__init__("That request is still in the works.")


class AttemptsThrottled(Refusal):
    code = "attempts_throttled"
    http_status = 429

    def __init__(self, minutes: int) -> None:
        super().__init__(f"Too many tries. You can try again in {minutes} {'minute' if minutes == 1 else 'minutes'}.")
