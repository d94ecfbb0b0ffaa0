"""What an answer says: how it ended, what was counted. A block is no exception here but an answer like others."""

from google.genai.types import (
    BlockedReason,
    FinishReason,
    GenerateContentResponse,
    GenerateContentResponseUsageMetadata,
    MediaModality,
    Part,
)

from core.jobs.attempts import Tokens
from core.providers.ports import Bill, ProviderError, ProviderFailed, ProviderFatal, ProviderRefused

WHOLE = frozenset({FinishReason.STOP, FinishReason.MAX_TOKENS, FinishReason.CONTINUATION})
"""The ends of an answer that can be shown. Two are of its length: the longest we asked for, or the server gives."""
FORBIDDEN = frozenset({
    FinishReason.SAFETY, FinishReason.PROHIBITED_CONTENT, FinishReason.BLOCKLIST, FinishReason.SPII,
    FinishReason.RECITATION, FinishReason.IMAGE_SAFETY, FinishReason.IMAGE_PROHIBITED_CONTENT,
    FinishReason.IMAGE_RECITATION, FinishReason.ESCALATION, FinishReason.MODEL_ARMOR,
})  # fmt: skip


def parts_of(response: GenerateContentResponse) -> list[Part]:
    """What is for people: no thoughts."""
    candidate = response.candidates[0] if response.candidates else None
    parts = candidate.content.parts if candidate is not None and candidate.content is not None else None
    return [part for part in parts or [] if not part.thought]


def finish_of(response: GenerateContentResponse) -> FinishReason | None:
    """None while it goes on."""
    reason = response.candidates[0].finish_reason if response.candidates else None
    return None if reason == FinishReason.FINISH_REASON_UNSPECIFIED else reason


def is_blocked(response: GenerateContentResponse) -> bool:
    """Whether the prompt itself was turned down."""
    reason = response.prompt_feedback.block_reason if response.prompt_feedback is not None else None
    return reason not in {None, BlockedReason.BLOCKED_REASON_UNSPECIFIED}


def served_by(response: GenerateContentResponse) -> str | None:
    return response.model_version.removeprefix("models/") if response.model_version else None


def tokens_of(response: GenerateContentResponse, *, drew: bool = False) -> Tokens | None:
    """What is billed: output is what was said and what was thought. `drew`: whether it brought a picture."""
    usage = response.usage_metadata
    if usage is None:
        return None
    said, thought = usage.candidates_token_count or 0, usage.thoughts_token_count or 0
    return Tokens(
        input=(usage.prompt_token_count or 0) + (usage.tool_use_prompt_token_count or 0),
        cached=usage.cached_content_token_count or 0,
        output=said + thought,
        thought=thought,
        image=_of_pictures(usage) if usage.candidates_tokens_details else said * drew,
    )


def _of_pictures(usage: GenerateContentResponseUsageMetadata) -> int:
    listed = usage.candidates_tokens_details or []
    return sum(one.token_count or 0 for one in listed if one.modality == MediaModality.IMAGE)


def refusal(name: str, bill: Bill) -> ProviderRefused:
    return ProviderRefused(f"{name} refuses this by its own rules.", bill)


def bad_end(reason: FinishReason | None, name: str, bill: Bill) -> ProviderError | None:
    """What this end means for the caller; None when it is a good one."""
    if reason in WHOLE:
        return None
    if reason in FORBIDDEN:
        return refusal(name, bill)
    if reason == FinishReason.PUP_LIMITED_DISABLED:
        return ProviderFatal("Google has limited this account for breaking its rules.", bill)
    return ProviderFailed(f"{name} stopped before it was done.", bill)
