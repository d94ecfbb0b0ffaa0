"""What Telegram's refusals mean. Their words are looked at in lower case: the library changes their first letters.

The words are those of https://github.com/tdlib/telegram-bot-api; the API does not number them.
"""

from telegram.error import BadRequest, Forbidden, NetworkError, TelegramError, TimedOut

UNMODIFIED = ("message is not modified",)
LOST_MESSAGE = ("message to edit not found", "message can't be edited", "message_id_invalid", "there is no text in",
                "there is no media in", "message identifier is not specified")  # fmt: skip
LOST_THREAD = ("message thread not found", "topic_deleted", "topic_closed", "topic closed")
CLOSED = ("chat not found", "not enough rights", "have no rights", "_forbidden", "need administrator",
          "user is deactivated", "chat_restricted", "group chat was", "peer_id_invalid", "user not found",
          "chat was deleted")  # fmt: skip
NO_PHOTO = ("photo_invalid_dimensions", "image_process_failed", "too big for a photo", "photo_ext_invalid",
            "photo_save_file_invalid", "wrong type of the web page content")  # fmt: skip


def says(error: TelegramError, words: tuple[str, ...]) -> bool:
    text = str(error).lower()
    return isinstance(error, BadRequest) and any(word in text for word in words)


def is_closed(error: TelegramError) -> bool:
    """Whether nothing can be written there: blocked, kicked, muted, gone."""
    return isinstance(error, Forbidden) or says(error, CLOSED)


def is_outage(error: TelegramError) -> bool:
    """Whether Telegram could not be reached, or failed. Whether it did what it was asked for may not be known."""
    return isinstance(error, NetworkError | TimedOut) and not isinstance(error, BadRequest)


def reason(error: TelegramError) -> str:
    """A short name for the log and for what is noted of an undeliverable result."""
    return "_".join(str(error).lower().split())[:60]
