"""The few calls of Replicate's API that Easel makes, through its SDK, each tried once and in bounded time.

Rejected   Replicate answered with an error
Unsent     the request never left: there was no connection
Lost       it was sent, and its answer never came or cannot be read
"""

import asyncio
from collections.abc import Awaitable, Mapping
from typing import Any, TypeVar

import httpx
from pydantic.v1 import ValidationError
from replicate.client import Client
from replicate.prediction import Prediction

from core.providers.replicate.drafts import Draft
from core.providers.replicate.snapshot import ID, Snapshot, outputs_in, seed_in
from core.providers.replicate.waits import wait_asked_for

PUBLIC_URL = "https://api.replicate.com"
TIMEOUT = httpx.Timeout(10.0, connect=5.0)
CREATE_SECONDS = 30.0
"""Sends a whole picture sometimes."""
ASK_SECONDS = 10.0
MAX_ERROR_BYTES = 64 * 2**10
NEVER_SENT = (
    httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol, httpx.LocalProtocolError,
)  # fmt: skip

T = TypeVar("T")


class ApiError(Exception):
    """A call that brought nothing."""


class Rejected(ApiError):
    """`detail` is what Replicate says of it; `retry_after` the seconds it asks to wait."""

    def __init__(self, status: int, detail: str = "", retry_after: float | None = None) -> None:
        super().__init__(f"{status} {detail}")
        self.status = status
        self.detail = detail
        self.retry_after = retry_after


class Unsent(ApiError):
    """Nothing has happened at Replicate."""


class Lost(ApiError):
    """What has happened at Replicate is not known."""


class Api:
    """One client for a process; to be closed."""

    def __init__(self, token: str, base_url: str) -> None:
        self._transport = _OneTry(httpx.AsyncHTTPTransport())
        self._client = Client(api_token=token, base_url=base_url, transport=self._transport)

    async def close(self) -> None:
        await self._transport.aclose()

    async def create(self, draft: Draft, callback: str | None) -> Snapshot:
        """Raises ApiError."""
        hook: dict[str, Any] = {"webhook": callback, "webhook_events_filter": ["completed"]} if callback else {}
        predictions = self._client.predictions
        if draft.version is not None:
            creating = predictions.async_create(version=draft.version, input=draft.inputs, **hook)
        else:
            creating = predictions.async_create(model=draft.model, input=draft.inputs, **hook)
        return _snapshot(await _bounded(creating, CREATE_SECONDS))

    async def get(self, prediction: str) -> Snapshot:
        """Raises ApiError."""
        return await self._seen(prediction, self._client.predictions.async_get(prediction))

    async def cancel(self, prediction: str) -> Snapshot:
        """What it is then, which is not yet cancelled sometimes, or had ended before. Raises ApiError."""
        return await self._seen(prediction, self._client.predictions.async_cancel(prediction))

    async def has(self, model: str) -> bool:
        """`model` is `owner/name`. Raises ApiError."""
        try:
            await _bounded(self._client.models.async_get(model), ASK_SECONDS)
        except Rejected as error:
            if error.status == httpx.codes.NOT_FOUND:
                return False
            raise
        except Lost as error:
            if not isinstance(error.__cause__, ValidationError):
                raise
            # The model is there, whatever the SDK makes of its description.
        return True

    async def webhook_secret(self) -> str:
        """Raises ApiError."""
        return str((await _bounded(self._client.webhooks.default.async_secret(), ASK_SECONDS)).key)

    async def _seen(self, prediction: str, asking: Awaitable[Prediction]) -> Snapshot:
        try:
            snapshot = _snapshot(await _bounded(asking, ASK_SECONDS))
        except Lost as error:
            if (status := _status_unknown_to_the_sdk(error.__cause__)) is not None:
                return Snapshot(prediction, status)
            raise
        if snapshot.id != prediction:
            raise Lost
        return snapshot


class _OneTry(httpx.AsyncBaseTransport):
    """Stands between the SDK and the network, and raises for every answer that is an error.

    So the SDK, which would try after 429, 503 and 504 up to ten times, never sees one; its own errors know no
    Retry-After either. It also creates predictions without any timeout, so that is set here for all requests.
    """

    def __init__(self, transport: httpx.AsyncBaseTransport) -> None:
        self._transport = transport

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        request.extensions = {**request.extensions, "timeout": TIMEOUT.as_dict()}
        response = await self._transport.handle_async_request(request)
        page = response.headers.get("content-type", "").startswith("text/html")
        if response.is_success and not page:
            return response
        detail = await _read(response)
        raise Rejected(response.status_code, detail, wait_asked_for(response.headers, detail))

    async def aclose(self) -> None:
        await self._transport.aclose()


async def _read(response: httpx.Response) -> str:
    """The beginning of an error's text, if it can be read."""
    text = bytearray()
    try:
        async for chunk in response.aiter_bytes():
            text += chunk
            if len(text) > MAX_ERROR_BYTES:
                break
    except httpx.HTTPError:
        pass
    finally:
        await response.aclose()
    return text[:MAX_ERROR_BYTES].decode(errors="replace")


async def _bounded(asking: Awaitable[T], seconds: float) -> T:
    """Raises ApiError."""
    try:
        async with asyncio.timeout(seconds):
            return await asking
    except NEVER_SENT as error:
        raise Unsent from error
    except (httpx.HTTPError, TimeoutError) as error:
        raise Lost from error
    except (ValueError, TypeError, AttributeError, LookupError) as error:  # the SDK reads answers without a doubt
        raise Lost from error


def _snapshot(prediction: Prediction) -> Snapshot:
    """Raises Lost for an id that cannot be one."""
    if not ID.fullmatch(prediction.id):
        raise Lost
    given: Mapping[str, Any] = prediction.input or {}
    return Snapshot(
        prediction.id, prediction.status, outputs_in(prediction.output), prediction.error or "", prediction.logs or "",
        prediction.model or None, prediction.version, prediction.started_at is not None, seed_in(given),
    )  # fmt: skip


def _status_unknown_to_the_sdk(error: BaseException | None) -> str | None:
    """SDK 1.0.7 cannot read `aborted`, which the API has had since deadlines came, nor what may come after it.

    https://replicate.com/docs/topics/predictions/lifecycle
    """
    if not isinstance(error, ValidationError):
        return None
    troubles = [trouble.get("ctx", {}).get("given") for trouble in error.errors() if trouble["loc"] == ("status",)]
    return next((status for status in troubles if isinstance(status, str)), None)
