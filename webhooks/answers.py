"""What goes wrong, answered: in the envelope for programs, as a page for people, and with no word of the inside."""

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException

from core.admin.refusals import NotSignedIn
from core.errors import EaselError
from core.wire import failure, failure_of
from webhooks.pay import errors
from webhooks.request_ids import crashed

CHALLENGE = {"www-authenticate": 'Bearer realm="easel"'}
"""https://www.rfc-editor.org/rfc/rfc6750#section-3"""


class Answers:
    """Handlers of errors. `is_private`: the playground is there, too."""

    def __init__(self, is_private: bool) -> None:
        self._is_private = is_private

    async def easel_error(self, request: Request, error: Exception) -> Response:
        assert isinstance(error, EaselError)  # noqa: S101  # registered for this type only
        if errors.is_page(request.url.path):
            words = errors.words_of(error)
            return errors.page(_scope(request), error.http_status, words, is_private=self._is_private)
        body = failure_of(error, request.state.request_id)
        challenge = CHALLENGE if isinstance(error, NotSignedIn) else {}
        return JSONResponse(body, error.http_status, headers=challenge | _headers(request.url.path))

    async def http_error(self, request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)  # noqa: S101  # registered for this type only
        path, status, headers = request.url.path, error.status_code, dict(error.headers or {})
        if errors.is_page(path):
            return errors.page(_scope(request), status, str(error.detail), is_private=self._is_private, headers=headers)
        body = failure(f"http_{status}", str(error.detail), request.state.request_id)
        return JSONResponse(body, status, headers=headers | _headers(path))

    async def invalid(self, request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)  # noqa: S101  # registered for this type only
        details = [{"field": ".".join(map(str, item["loc"])), "problem": item["msg"]} for item in error.errors()]
        body = failure("invalid", "The request has wrong or missing fields.", request.state.request_id, details)
        return JSONResponse(body, 422)

    def crashed(self, path: str, request_id: str) -> Response:
        if errors.is_page(path):
            return errors.page(("", path), 500, "Internal Server Error", is_private=self._is_private)
        answer = crashed(path, request_id)
        answer.headers.update(_headers(path))
        return answer


def _scope(request: Request) -> tuple[str, str]:
    return request.method, request.url.path


def _headers(path: str) -> dict[str, str]:
    return errors.HEADERS if errors.is_ours(path) else {}
