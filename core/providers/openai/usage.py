"""What OpenAI counted, as Tokens. Other servers count less or nothing: what they leave out is 0, all of it None."""

from core.jobs.attempts import Tokens


def chat_tokens(usage: object) -> Tokens | None:
    """From the `usage` of a chat completion."""
    return _tokens(
        read=_count(usage, "prompt_tokens"),
        cached=_count(usage, "prompt_tokens_details", "cached_tokens"),
        kept=_count(usage, "prompt_tokens_details", "cache_write_tokens"),
        written=_count(usage, "completion_tokens"),
        thought=_count(usage, "completion_tokens_details", "reasoning_tokens"),
    )


def image_tokens(usage: object) -> Tokens | None:
    """From the `usage` of pictures. Without details, everything that was written is pictures."""
    written = _count(usage, "output_tokens")
    has_details = getattr(usage, "output_tokens_details", None) is not None
    is_told_apart = getattr(usage, "input_tokens_details", None) is not None
    return _tokens(
        read=_count(usage, "input_tokens"),
        cached=_count(usage, "input_tokens_details", "cached_tokens"),
        written=written,
        image=_count(usage, "output_tokens_details", "image_tokens") if has_details else written,
        seen=_count(usage, "input_tokens_details", "image_tokens") if is_told_apart else None,
    )


def _tokens(
    read: int, cached: int, written: int, kept: int = 0, thought: int = 0, image: int = 0, seen: int | None = None
) -> Tokens | None:
    """A part is never more than the whole, whatever a server says: that would make a negative price."""
    if not read and not written:
        return None
    return Tokens(
        input=read,
        cached=min(cached, read),
        output=written,
        thought=min(thought, written),
        image=min(image, written),
        cache_written=min(kept, max(read - cached, 0)),
        image_input=None if seen is None else min(seen, read),
    )


def _count(usage: object, *path: str) -> int:
    """The SDK does not check what it is sent, so anything may be missing or of another type."""
    for step in path:
        usage = getattr(usage, step, None)
    return usage if isinstance(usage, int) and usage > 0 else 0
