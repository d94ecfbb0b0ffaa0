"""What goes wrong with work that was accepted: making it, and the ledger behind it."""

from core.errors.base import EaselError


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
