"""OpenAI's errors, as it words them."""

from tests.fakes.faults import Fault, answers


def error(status: int, message: str, kind: str, code: str | None = None, **headers: str) -> Fault:
    """An error in OpenAI's envelope. Headers are named with underscores."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return answers(status, {"error": {"message": message, "type": kind, "param": None, "code": code}}, named)


def rate_limited(retry_after: str | None = None) -> Fault:
    headers = {"retry_after": retry_after} if retry_after is not None else {}
    return error(429, "Rate limit reached for requests", "requests", "rate_limit_exceeded", **headers)


def quota_used_up() -> Fault:
    message = "You exceeded your current quota, please check your plan and billing details."
    return error(429, message, "insufficient_quota", "insufficient_quota", retry_after="1")


def billing_limit() -> Fault:
    return error(400, "Billing hard limit has been reached", "billing_limit_user_error", "billing_hard_limit_reached")


def server_error(status: int = 500) -> Fault:
    return error(status, "The server had an error while processing your request. Sorry about that!", "server_error")


def wrong_key() -> Fault:
    return error(401, "Incorrect API key provided: sk-wrong.", "invalid_request_error", "invalid_api_key")


def retired() -> Fault:
    message = (
        "The model `gpt-6-luna` has been deprecated, learn more here: https://platform.openai.com/docs/deprecations"
    )
    return error(404, message, "invalid_request_error", "model_not_found")


def moderation_blocked() -> Fault:
    message = "Your request was rejected by the safety system. safety_violations=[violence]."
    return error(400, message, "image_generation_user_error", "moderation_blocked")


def flagged() -> Fault:
    message = "Invalid prompt: your prompt was flagged as potentially violating our usage policy."
    return error(400, message, "invalid_request_error", "invalid_prompt")
