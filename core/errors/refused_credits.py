"""Requests that are turned down because of credits, codes, gifts and their times."""

from core.clock import Millis
from core.errors.refusals import Refusal


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
