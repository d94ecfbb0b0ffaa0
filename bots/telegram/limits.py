"""What Telegram takes, with where it says so; and lengths as Telegram counts them."""

MAX_TEXT = 4096
"""UTF-16 units of a message after its markup is read: https://core.telegram.org/bots/api#sendmessage"""
MAX_CAPTION = 1024
"""UTF-16 units of a caption: https://core.telegram.org/bots/api#sendphoto"""
MAX_NOTICE = 200
"""Characters of what a pressed button answers: https://core.telegram.org/bots/api#answercallbackquery"""
MAX_CALLBACK_DATA = 64
"""Bytes: https://core.telegram.org/bots/api#inlinekeyboardbutton"""
MAX_PHOTO_BYTES = 10 * 2**20
MAX_PHOTO_SIDES = 10_000
"""Width and height together, in pixels: https://core.telegram.org/bots/api#sendphoto"""
MAX_PHOTO_RATIO = 20
MAX_FILE_BYTES = 50 * 2**20
"""Of an upload: https://core.telegram.org/bots/api#senddocument"""
MAX_DOWNLOAD_BYTES = 20 * 2**20
"""Of a file that a bot may fetch: https://core.telegram.org/bots/api#getfile"""
MAX_START = 64
"""Characters of a deep link's payload: https://core.telegram.org/bots/features#deep-linking"""
MAX_RESULTS = 50
"""Of an inline query: https://core.telegram.org/bots/api#answerinlinequery"""
MAX_COMMANDS = 100
"""Of one list: https://core.telegram.org/bots/api#setmycommands"""
MAX_INVOICE_TITLE = 32
MAX_INVOICE_DESCRIPTION = 255
"""Characters of both: https://core.telegram.org/bots/api#sendinvoice"""
MONTH_SECONDS = 2_592_000
"""The only period of a subscription: https://core.telegram.org/bots/api#createinvoicelink (subscription_period)"""
STARS = "XTR"
"""The currency of Telegram Stars: https://core.telegram.org/bots/payments-stars"""
ANONYMOUS = 1_087_968_824
"""Who writes for a group's anonymous admins, all of them: https://core.telegram.org/bots/api#message (sender_chat)"""


def utf16(text: str) -> int:
    """Length in UTF-16 units."""
    return len(text) + sum(char > "\uffff" for char in text)


def shortened(text: str, units: int) -> str:
    """At most so many UTF-16 units, with an ellipsis where something is left out."""
    if utf16(text) <= units:
        return text
    head = text[: units - 1]
    while utf16(head) > units - 1:
        head = head[:-1]
    return f"{head.rstrip()}…"
