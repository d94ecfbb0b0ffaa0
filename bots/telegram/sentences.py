"""Every sentence that a person reads on Telegram only. The others are in `bots.texts`."""

from bots.texts import count

CANCEL_BUTTON = "Cancel"
FILE_BUTTON = "File"
PICTURES_GONE = "The pictures of this request are not stored any more."
WRITE_PRIVATELY_BUTTON = "Open the private chat"
WRITE_PRIVATELY = "That is for your eyes only. Write to me in private first, then type it again."
NOT_FROM_ANONYMOUS = (
    "I cannot see who you are while you write as the group. Write as yourself, so that your credits are used."
)
ADD_CAPTION = "Send the picture with a caption that says what to change, or reply to it with `/edit` and your words."
UNREADABLE_MESSAGE = "I can read text and pictures (PNG, JPEG or WebP). Type /help for what I can do."
FORGED_BUTTON = "This button is not mine, or too old. Type the command instead."
NO_SUCH_PICTURE = "There is no such picture in that request."
ON_ITS_WAY = "On its way."
CHANGE_PLACEHOLDER = "What to change"
NOTHING_IN_STARS = "Nothing is sold for Telegram Stars on this Easel. Ask its operator for credits."
NO_SUCH_PACK = "There is no such pack. Type /buy for those there are."
OFFER_CHANGED = "This offer has changed. Type /buy for the current one."
BUY_SUSPENDED = "Your account is suspended, so its credits could not be used."
PAID_FOR_UNKNOWN = "Your payment has arrived, but I cannot tell for what. Type /paysupport and what happened."
CANNOT_START_LINK = "Link this account with the one where the code was made? Both then share one wallet for good."
LINK_WARNING = "Only go on if you made that code yourself: whoever made it can spend what is in the wallet."
LINK_BUTTON = "Link them"
PAYSUPPORT_HOW = (
    "Type `/paysupport` and what happened, and the operator of this bot gets it. Your payments are in Telegram under "
    "Settings, My Stars; add the transaction id of the one you mean. Telegram's own support cannot help with purchases "
    "from this bot."
)
PAYSUPPORT_SENT = "Your message is with the operator of this bot, who will get back to you here."
PAYSUPPORT_NOBODY = "No operator can be reached by this bot right now. Please try again later."
TERMS = (
    "**Terms**\n"
    "- Credits are used to make pictures and answers with this bot. They are no money and cannot be paid out.\n"
    "- You pay only for results that were delivered; what fails costs nothing.\n"
    "- Bought credits do not expire. A refund takes the credits of that payment back.\n"
    "- For questions about a payment type /paysupport."
)
REFUND_USAGE = "Type `/refund` and the transaction id, such as `/refund stxABC123`."
NO_SUCH_CHARGE = "There is no payment with this transaction id."
INLINE_SIGN = "Generate it in the private chat"


def greeting(about: str) -> str:
    return f"{about}\nTry `/imagine a red fox at dawn`, or just write to me."


def ask_what_to_change(index: int, job: str) -> str:
    """Read again by `bots/telegram/replying.py`."""
    return f"Reply to this message with what to change in picture {index} of `{job}`."


def shared_prompt(price: int) -> str:
    return f"Draw this? It costs {count(price, 'credit')}."


def draw_button(price: int) -> str:
    return f"Draw it · {count(price, 'credit')}"


def file_too_large(size: int, limit: int) -> str:
    """Completes "attachment ..."."""
    return f"has {size / 2**20:.0f} MB; Telegram lets bots fetch up to {limit // 2**20} MB."


SMALLER_FILE = "Send a smaller one."
PICTURE_NOT_FETCHED = "Telegram does not hand over your picture right now."


def invoice_title(credits: int) -> str:
    return count(credits, "credit")


def invoice_description(credits: int, bonus: int) -> str:
    extra = f", {bonus:,} of them on top" if bonus else ""
    return f"{count(credits, 'credit')} for pictures and answers{extra}. They do not expire."


def thanks(credits: int, available: int, charge: str) -> str:
    return (
        f"Thank you! {count(credits, 'credit')} were added. You have **{count(available, 'credit')}**.\n"
        f"Transaction `{charge}`"
    )


def refunded_to_you(credits: int) -> str:
    return f"Your payment was refunded, and its {count(credits, 'credit')} were taken back."


def refund_done(stars: int, credits: int) -> str:
    return f"Refunded {count(stars, 'Star')}; {count(credits, 'credit')} were taken back."


def refund_only_stars(stars: int) -> str:
    return f"Refunded {count(stars, 'Star')}. What they were paid for is not known, so no credits were taken back."


def refund_failed(why: str) -> str:
    return f"Telegram did not refund it: {why}"


def paysupport_for_operator(who: str, words: str) -> str:
    return f"Question about a payment from {who}:\n{words}"


def inline_generate(price: int) -> str:
    return f"Generate · {count(price, 'credit')}"
