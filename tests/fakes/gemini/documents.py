"""What Gemini writes, as JSON documents: answers, pictures, blocks, errors."""

import base64
from collections.abc import Sequence
from typing import Any

Document = dict[str, Any]

USAGE: Document = {
    "promptTokenCount": 11,
    "cachedContentTokenCount": 4,
    "candidatesTokenCount": 5,
    "thoughtsTokenCount": 3,
    "totalTokenCount": 19,
    "promptTokensDetails": [{"modality": "TEXT", "tokenCount": 11}],
}
PICTURE_USAGE: Document = {
    "promptTokenCount": 6,
    "candidatesTokenCount": 1295,
    "thoughtsTokenCount": 100,
    "totalTokenCount": 1401,
    "candidatesTokensDetails": [{"modality": "IMAGE", "tokenCount": 1290}, {"modality": "TEXT", "tokenCount": 5}],
}
STATUSES = {
    400: "INVALID_ARGUMENT", 401: "UNAUTHENTICATED", 403: "PERMISSION_DENIED", 404: "NOT_FOUND", 409: "ABORTED",
    429: "RESOURCE_EXHAUSTED", 499: "CANCELLED", 500: "INTERNAL", 501: "UNIMPLEMENTED", 503: "UNAVAILABLE",
    504: "DEADLINE_EXCEEDED",
}  # fmt: skip


def text(words: str, *, thought: bool = False) -> Document:
    return {"text": words} | ({"thought": True} if thought else {})


def inline(data: bytes, mime: str = "image/png", *, thought: bool = False) -> Document:
    written = {"inlineData": {"mimeType": mime, "data": base64.b64encode(data).decode()}}
    return written | ({"thought": True} if thought else {})


def answer(
    *parts: Document, finish: str | None = "STOP", usage: Document | None = USAGE, served: str = "gemini-3.8-flash"
) -> Document:
    """One answer, or one chunk of one: without `finish` it goes on."""
    candidate: Document = {"index": 0, "content": {"role": "model", "parts": list(parts)}}
    document: Document = {"candidates": [candidate], "modelVersion": served, "responseId": "r-1"}
    if finish is not None:
        candidate["finishReason"] = finish
    return document | ({"usageMetadata": usage} if usage is not None else {})


def ended(finish: str, usage: Document | None = USAGE) -> Document:
    """An end without any content, as after a safety filter."""
    document: Document = {"candidates": [{"index": 0, "finishReason": finish}], "modelVersion": "gemini-3.8-flash"}
    return document | ({"usageMetadata": usage} if usage is not None else {})


def blocked(reason: str, usage: Document | None = None) -> Document:
    """A prompt that was turned down."""
    document: Document = {"promptFeedback": {"blockReason": reason}, "modelVersion": "gemini-3.8-flash"}
    return document | ({"usageMetadata": usage} if usage is not None else {})


def error(code: int, message: str = "It is so.", details: Sequence[Document] = ()) -> Document:
    """https://google.aip.dev/193"""
    inner: Document = {"code": code, "message": message, "status": STATUSES.get(code, "UNKNOWN")}
    return {"error": inner | ({"details": list(details)} if details else {})}


def detail(kind: str, **fields: Any) -> Document:
    return {"@type": f"type.googleapis.com/google.rpc.{kind}", **fields}


def quota_failure(*quotas: str) -> Document:
    """Such as GenerateRequestsPerMinutePerProjectPerModel-FreeTier."""
    metric = "generativelanguage.googleapis.com/generate_content_free_tier_requests"
    return detail("QuotaFailure", violations=[{"quotaMetric": metric, "quotaId": quota} for quota in quotas])


def retry_info(delay: str) -> Document:
    return detail("RetryInfo", retryDelay=delay)


def error_info(reason: str, **metadata: str) -> Document:
    return detail("ErrorInfo", reason=reason, domain="googleapis.com", metadata=metadata)
