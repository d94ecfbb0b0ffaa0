"""Why somebody may not see or do something as an admin. What they say helps whoever is honest, and nobody else."""

from core.errors import EaselError


class NotSignedIn(EaselError):
    """Nobody is known by what was shown, or nothing was. Which of the many reasons it is would help whoever guesses."""

    code = "not_signed_in"
    http_status = 401

    def __init__(self, message: str = "This needs a valid token or a session, and this is neither.") -> None:
        super().__init__(message)


class IssuerAway(EaselError):
    """Who signs people in cannot be asked for its keys now, so nobody knows whether a token is good."""

    code = "issuer_away"
    retryable = True
    http_status = 503

    def __init__(self) -> None:
        super().__init__("The sign-in service does not answer, so this token cannot be checked now.")


class BadParameter(EaselError):
    """A parameter of a request to the API that is none. `message` says what it must be."""

    code = "bad_parameter"
    http_status = 422
