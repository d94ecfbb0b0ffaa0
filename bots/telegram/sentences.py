"""Every sentence that a person reads on Telegram only. The others are in `bots.texts`."""

from collections.abc import Sequence

from bots.texts import count

CANCEL_BUTTON = "Cancel"
FILE_BUTTON = "File"
SENT_PRIVATELY = "I may not post that here, so it is in your private chat with me."
NOT_SENT = "It is ready, but I may not write to you. Open a private chat with me, press Start, and type /recover."
PICTURES_GONE = "The pictures of this request are not stored any more."
WRITE_PRIVATELY_BUTTON = "Open the private chat"
WRITE_PRIVATELY = "That is for your eyes only. Write to me in private first, then type it again."
NOT_FROM_ANONYMOUS = (
    "I cannot see who you are while you write as the group. Write as yourself, so that your credits are used."
)
ADD_CAPTION = "Send the picture with a caption that says what to change, or reply to it with `/edit` and your words."
UNREADABLE_MESSAGE = "I can read text and pictures (PNG, JPEG or WebP). Type /help for what I can do."
UNREADABLE_FILE = "That file is no picture I can read. Send a PNG, JPEG or WebP, as a photo or as a file."
FORGED_BUTTON = "This button is not mine, or too old. Type the command instead."
ON_ITS_WAY = "On its way."
CHANGE_PLACEHOLDER = "What to change"
NOTHING_IN_STARS = "Nothing is sold for Telegram Stars on this Easel. Ask its operator for credits."
NO_PLANS_IN_STARS = "There are no plans for Telegram Stars on this Easel. Type /buy for what can be bought once."
NO_SUCH_PLAN = "There is no such plan. Type /plans for those there are."
NO_SUBSCRIPTION = (
    "I know of no subscription of yours. Type /plans for those there are. If Telegram lists one under Settings, My "
    "Stars, end it there."
)
LINK_NOT_MADE = "Telegram does not make out the invoice right now. Please try again in a minute."
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
PAYSUPPORT_ANSWERED = "I have passed it on."
PAYSUPPORT_UNREACHED = "I could not pass it on: who asked has blocked me."
PAYSUPPORT_SENT = "Your message is with the operator of this bot, who will get back to you here."
PAYSUPPORT_NOBODY = "No operator can be reached by this bot right now. Please try again later."
TERMS = (
    "**Terms**\n"
    "- Credits are used to make pictures and answers with this bot. They are no money and cannot be paid out.\n"
    "- You pay only for results that were delivered; what fails costs nothing.\n"
    "- Bought credits do not expire. A refund takes the credits of that payment back.\n"
    "- A subscription renews each month until you type /unsubscribe. Its credits are for the month that was paid for, "
    "unless the plan says that they stay.\n"
    "- For questions about a payment type /paysupport."
)
REFUND_USAGE = "Type `/refund` and the transaction id, such as `/refund stxABC123`."
NO_SUCH_CHARGE = "There is no payment with this transaction id."
INLINE_SIGN = "Generate it in the private chat"


def greeting(about: str) -> str:
    return f"{about}\nTry `/imagine a red fox at dawn`, or just write to me."


def ask_what_to_change(index: int, job: str) -> str:
    """Read again by `bots/telegram/messages.py`."""
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


def subscription_title(credits: int) -> str:
    return f"{count(credits, 'credit')} a month"


def subscription_description(credits: int, rollover: bool) -> str:
    fate = "What is not used stays." if rollover else "What is not used ends with its month."
    return f"{count(credits, 'credit')} every month for pictures and answers. {fate} End it any time with /unsubscribe."


def plan_line(name: str, credits: int, stars: int, rollover: bool) -> str:
    fate = "what is not used stays" if rollover else "what is not used ends with its month"
    return f"- **{name}**: {count(credits, 'credit')} a month for {count(stars, 'Star')}; {fate}"


def subscribed_line(name: str, until: str, canceled: bool) -> str:
    return f"You have **{name}**, " + (f"until {until}; it is cancelled." if canceled else f"paid until {until}.")


def plans(lines: Sequence[str], have: Sequence[str], goes_on: bool) -> str:
    how = "Type /subscribe to get one. You can end it any time."
    if have:
        how = "You can end it with /unsubscribe." if goes_on else "Type /subscribe to let it go on."
    return "\n".join([*have, "**Plans**", *lines, how])


def subscribe(lines: Sequence[str]) -> str:
    return "\n".join([*lines, "Telegram takes the Stars each month by itself, until you type /unsubscribe."])


def subscribe_button(name: str, stars: int) -> str:
    return f"{name} · {count(stars, 'Star')} a month"


def has_that_plan(name: str, until: str) -> str:
    return (
        f"You have **{name}** already, paid until {until}. If you ended it in Telegram's settings, you can renew it "
        "there: Settings, My Stars."
    )


def can_renew(name: str, until: str) -> str:
    return (
        f"Your **{name}** may go on again. Renew it in Telegram under Settings, My Stars, where it is listed; it is "
        f"paid until {until}."
    )


def unsubscribed(name: str, until: str) -> str:
    return (
        f"**{name}** is cancelled: no more Stars are taken. You keep what you have paid for until {until}. "
        "Changed your mind? Type /subscribe."
    )


def unsubscribed_already(name: str, until: str) -> str:
    return f"**{name}** is cancelled already. You keep it until {until}."


def not_unsubscribed(name: str, why: str) -> str:
    return (
        f"Telegram did not cancel **{name}**: {why}\nYou can end it yourself in Telegram under Settings, My Stars. If "
        "you subscribed from another Telegram account, do it there."
    )


def thanks_for_cycle(plan: str, credits: int, available: int, until: str | None, charge: str) -> str:
    fate = f" for use until {until}" if until else ""
    return (
        f"Thank you! {count(credits, 'credit')} of **{plan}** were added{fate}. "
        f"You have **{count(available, 'credit')}**.\nTransaction `{charge}`"
    )


def thanks(credits: int, available: int, charge: str) -> str:
    return (
        f"Thank you! {count(credits, 'credit')} were added. You have **{count(available, 'credit')}**.\n"
        f"Transaction `{charge}`"
    )


def refunded_to_you(credits: int) -> str:
    return f"Your payment was refunded, and its {count(credits, 'credit')} were taken back."


def refund_done(stars: int, credits: int) -> str:
    return f"Refunded {count(stars, 'Star')}; {count(credits, 'credit')} were taken back."


def renewal_ended(why: str) -> str:
    return f"Telegram did not cancel the subscription: {why}" if why else "The subscription is cancelled."


def refund_only_stars(stars: int) -> str:
    return f"Refunded {count(stars, 'Star')}. What they were paid for is not known, so no credits were taken back."


def refund_failed(why: str) -> str:
    return f"Telegram did not refund it: {why}"


def paysupport_for_operator(who: str, words: str) -> str:
    """Its first line is read again by `bots/telegram/operators.py`."""
    return f"Question about a payment from {who}:\n{words}\n\nReply to this message, and I pass your answer on."


def paysupport_answer(words: str) -> str:
    return f"**The operator of this bot answers**\n{words}"


def inline_generate(price: int) -> str:
    return f"Generate · {count(price, 'credit')}"


def invitation_link(url: str) -> str:
    """Below one's own code; a tap copies it."""
    return f"Or send them this link, which enters it for them: `{url}`"
