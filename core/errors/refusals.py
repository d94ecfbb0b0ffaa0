"""Requests that are turned down for what they are, or for who asks."""

from collections.abc import Sequence

from core.clock import Millis
from core.errors.base import EaselError


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
