"""Every sentence a person reads. Facts come from the core; what to do next is added here."""

from collections.abc import Sequence

from bots.commands import Command
from core.clock import MINUTE, SECOND, Millis, to_datetime
from core.errors import (
    AlreadyClaimed,
    AttemptsThrottled,
    BadOption,
    DeletionRefused,
    EaselError,
    GenerationRefused,
    InsufficientCredits,
    LinkRefused,
    ModelCannot,
    ModelRetired,
    NoFreeCredits,
    NotForYou,
    NotFound,
    NotReady,
    PromptMissing,
    PromptRejected,
    PromptTooLong,
    RateLimited,
    RoleNeeded,
    ServerAdminNeeded,
    StoreError,
    Suspended,
    TooManyInFlight,
    UnknownCommand,
    UnknownModel,
    WrongChannel,
)
from core.servers import ServerSettings

ABOUT = (
    "**Easel** turns words into pictures and answers questions, in Discord, Slack and Telegram, with one wallet "
    "for all of them. You pay in credits, only for what was delivered. Type /help for all commands, /privacy "
    "for what is stored about you."
)
DELETED = "Done. Your prompts, results and identity are deleted; only the ledger's amounts remain, without your name."
DEMO_MARK = "demo: made by a program, not by AI"
NO_RESULT_NO_CHARGE = "you are never charged for a request that brings no result."
INTERNAL = f"Something went wrong on our side. Please try again; {NO_RESULT_NO_CHARGE}"
NOTHING_OPEN = "You have nothing in the works."
NOTHING_FINISHED = "You have no finished result to post again."
NO_PICTURE = "You have no picture to start from."
RESET = "Done. I start anew here: what was said until now is not taken into account any more."
NO_HISTORY = "You have made no requests so far. Type /imagine and what to draw, such as /imagine a red fox at dawn."
CANCELLED = "Cancelled. No credits were used."
CANCELLING = "Cancelling. Its credits come back to you."
TOO_LATE_TO_CANCEL = "That request has ended already. Type /history to see it."
MESSAGE_TOO_LARGE = "Your message is too long to be sent."
PICTURES_TOO_LARGE = "Your pictures are too large to be sent together. Send fewer, or smaller ones."


def privacy(days: int) -> str:
    """What is stored; prompts and results for so many days (0: until they are deleted)."""
    how_long = f"for {count(days, 'day')} unless you delete them before" if days else "until you delete them"
    return (
        f"Stored about you: your id on this platform, your prompts and results {how_long}, how long "
        "requests took, and the ledger of your credits. Nothing is sold or shared beyond the model that serves you.\n"
        "- `/privacy export` gives you all of it as a file.\n"
        "- `/privacy delete` erases everything but the ledger's amounts."
    )


def unreadable(problem: str) -> str:
    return f"This message could not be read: {problem}."


def count(number: int, noun: str) -> str:
    """`1 credit`, `1,234 credits`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def verb(number: int) -> str:
    return "is" if number == 1 else "are"


def clock_time(at: Millis) -> str:
    return to_datetime(at).strftime("%H:%M UTC")


def day(at: Millis) -> str:
    return to_datetime(at).strftime("%Y-%m-%d")


def duration(milliseconds: Millis) -> str:
    seconds = max(1, round(milliseconds / SECOND))
    return f"{seconds} s" if seconds < 90 else f"{round(milliseconds / MINUTE)} min"


# --- errors ------------------------------------------------------------------------------------------------


def explain(error: EaselError) -> str:
    """An error as a sentence, and one that says what to do."""
    return f"{error.message} {advice(error)}".strip()


def advice(error: EaselError) -> str:
    """What to do next. Credits are explained by `need_credits`, which knows about free ones."""
    match error:
        case UnknownCommand(nearest=str() as near):
            return f"Did you mean /{near}? Type /help for all commands."
        case UnknownCommand():
            return "Type /help for all commands."
        case UnknownModel(nearest=str() as near):
            return f"Did you mean {near}? Type /models for all of them."
        case UnknownModel():
            return "Type /models for those there are."
        case ModelRetired(others=[first, *_]):
            return f"Leave --model out, or type --model {first}."
        case ModelRetired():
            return "Type /models for those there are."
        case ModelCannot(others=[first, *_]):
            return f"Add --model {first}, which can, or leave it out."
        case ModelCannot():
            return "No model here can; leave it out."
        case BadOption(hint=str() as hint):
            return f"{hint} Nothing was charged."
        case BadOption():
            return "Nothing was charged."
        case PromptMissing():
            return "Say what you want, such as /imagine a red fox at dawn."
        case PromptTooLong(length=length, limit=limit):
            return f"Leave out {count(length - limit, 'character')} and send it again."
        case PromptRejected(strikes=strikes, limit=limit) if limit and strikes >= limit:
            return f"Nothing was charged. This was strike {strikes}, and your account is suspended now."
        case PromptRejected(strikes=strikes, limit=limit) if limit:
            return f"Nothing was charged. This is strike {strikes} of {limit}; at {limit} your account is suspended."
        case PromptRejected():
            return "Nothing was charged. Please ask for something else."
        case GenerationRefused():
            return "Nothing was charged. Please ask for something else."
        case RateLimited(resets_at=at):
            return f"You can go on at {clock_time(at)}."
        case TooManyInFlight():
            return "Wait until one is finished, or type /cancel to stop the latest."
        case AlreadyClaimed(next_at=at):
            return f"The next ones are there at {clock_time(at)}."
        case Suspended():
            return "If you think that is a mistake, ask the operator of this bot."
        case WrongChannel():
            return "Type /server for where they want it. Nothing was charged."
        case NotForYou():
            return "Ask one of them, or type /help for what you can do."
        case ServerAdminNeeded():
            return "Ask one of them to type it."
        case RoleNeeded():
            return "Type /help for what you can do."
        case NotFound():
            return "Type /history for your requests."
        case LinkRefused(try_new_code=True):
            return "Type /link on your other platform for a new code."
        case LinkRefused():
            return "Nothing was changed. If you think that is a mistake, ask the operator of this bot."
        case DeletionRefused():
            return "Wait until it is finished, or type /cancel; then ask again."
        case NoFreeCredits():
            return "Type /buy to get credits."
        case NotReady():
            return "It will be posted as soon as it is done; /cancel stops it."
        case AttemptsThrottled() | InsufficientCredits():
            return ""
        case StoreError(retryable=True):
            return f"Try again in a moment; {NO_RESULT_NO_CHARGE}"
        case StoreError():
            return f"Tell the operator of this bot, then try again; {NO_RESULT_NO_CHARGE}"
    return "Nothing was charged." if error.http_status < 500 else "Please try again later."


def need_credits(error: InsufficientCredits, free: int, claimed: bool, next_at: Millis) -> str:
    """`You need 10 credits and have 4. Type /buy, or wait for your 5 free credits at 00:00 UTC.`"""
    if not free:
        return f"{error.message} Type /buy to get more."
    soon = f"wait for your {count(free, 'free credit')} at {clock_time(next_at)}"
    if claimed:
        return f"{error.message} Type /buy, or {soon}."
    return f"{error.message} Type /daily for today's {count(free, 'free credit')}, /buy, or {soon}."


# --- requests ----------------------------------------------------------------------------------------------


def queued(ahead: int, eta: Millis | None) -> str:
    place = "Starting" if not ahead else f"Queued #{ahead + 1}"
    return f"{place} · about {duration(eta)}" if eta else place


def working(progress: float, length: int) -> str:
    """`Working ▰▰▰▱▱▱ 42 %`."""
    full = round(min(max(progress, 0.0), 1.0) * length)
    return f"Working {'▰' * full}{'▱' * (length - full)} {round(progress * 100)} %"


def failed(message: str, charged: int) -> str:
    cost = f"You were charged {count(charged, 'credit')}." if charged else "No credits were used."
    return f"{message} {cost} Type the command again to try once more."


def turned_down(message: str) -> str:
    """By a provider's rules: the same words would be turned down again."""
    return f"{message} No credits were used. Please ask for something else."


def partly(made: int, asked: int) -> str:
    return f"{made} of {asked} pictures were made; you paid for {made}."


def kept_for_later(trouble: str) -> str:
    return f"{trouble} Your request is kept and goes on when that is mended; you pay only for what is made."


def alt_text(prompt: str, demo: bool) -> str:
    return f"{'Demo picture' if demo else 'Picture'}: {prompt}"


# --- answers -----------------------------------------------------------------------------------------------


def balance(available: int, held: int, debt: int, remaining: int, limit: int, resets_at: Millis) -> str:
    lines = [f"You have **{count(available, 'credit')}**."]
    if held:
        lines.append(f"{count(held, 'credit')} {verb(held)} reserved for requests in the works.")
    if debt:
        lines.append(f"{count(debt, 'credit')} {verb(debt)} owed for a payment that was taken back.")
    lines.append(f"{remaining} of {limit} requests left today; the count starts anew at {clock_time(resets_at)}.")
    return "\n".join(lines)


def expiring(amount: int, at: Millis) -> str:
    return f"- {count(amount, 'credit')} can be used until {day(at)} {clock_time(at)}"


def daily(amount: int, available: int) -> str:
    return f"Here are your {count(amount, 'free credit')} for today. You have {count(available, 'credit')}."


def cancelled(job: str) -> str:
    return f"Request `{job}` is cancelled. No credits were used."


def personas(now: str, names: Sequence[str]) -> str:
    others = f" There are: {', '.join(names)}." if names else ""
    return f"**{now}** answers here.{others} Admins of this server choose with `/persona NAME`."


def persona_set(name: str) -> str:
    return f"**{name}** answers here from now on. Conversations go on; /reset starts one anew."


def link_code(code: str, minutes: int) -> str:
    return (
        f"Type `/link {code}` on your other platform within {minutes} minutes. Both accounts then share one wallet. "
        "The code works once; whoever uses it gets your credits, so keep it to yourself."
    )


def linked(identities: Sequence[str], available: int) -> str:
    return f"Linked: {', '.join(identities)} now share one account with {count(available, 'credit')}."


def confirm_deletion(available: int) -> str:
    loses = f" Your {count(available, 'credit')} are lost with it." if available else ""
    what = "This erases your prompts, results and identity for good."
    return f"{what}{loses} To do it, type `/privacy delete --confirm yes`."


def export_ready(name: str) -> str:
    return f"Here is everything stored about you: {name}."


def help_overview(commands: Sequence[Command]) -> str:
    lines = [f"- **/{command.name}** {command.help}" for command in commands]
    return "\n".join(["What you can type:", *lines, "`/help imagine` shows one command with its options."])


def help_detail(command: Command) -> str:
    lines = [f"**/{command.name}** {command.help}", f"`{command.usage}`"]
    for option in command.options:
        allowed = f" ({', '.join(option.choices)})" if option.choices else ""
        if option.type == "integer":
            allowed = f" ({option.minimum} to {option.maximum})"
        lines.append(f"- `{option.name}` {option.help}{allowed}")
    return "\n".join(lines)


def pack(name: str, credits: int, bonus: int, price: str) -> str:
    extra = f" + {bonus:,} bonus" if bonus else ""
    return f"- **{name}**: {credits:,}{extra} credits for {price}"


NO_PAYMENT = "No way to pay is set up on this Easel yet. Ask its operator for credits."
PACKS = "Credit packs:"


# --- slack ---------------------------------------------------------------------------------------------------

SLACK_BUTTON_UNREADABLE = "This button cannot be used any more. Type the command instead, such as /imagine a red fox."
SLACK_NOT_DELETED = "I cannot delete this message. You can delete it from its own menu, if you may."
SLACK_DELETE_CONFIRM = "The message goes for everybody here. /recover posts the result again."
SLACK_NO_WORDS = "Ask me anything, or type /imagine and what to draw, such as /imagine a red fox at dawn."
SLACK_FILE_IN_DM = "I have sent you the file in our direct message."
SLACK_FILE_LOST = "Slack did not take the file. Please try again in a moment."
SLACK_NOT_POSTED = "I could not post the result here just now. Please type /recover again in a moment."
SLACK_ANSWER_GOES_ON = "The answer goes on in the thread."
SLACK_NO_PICTURE_IN_MESSAGE = "There is no picture in this message that I could change."
SLACK_THIS_PLACE = "this conversation"
SLACK_THINKING = "is thinking…"
SLACK_WELCOME = "Hello! I draw pictures from words and answer questions. What shall it be?"
SLACK_PROMPTS = (
    ("Draw something", "/imagine a red fox in a snowy forest at dawn"),
    ("Draw a wide landscape", "/imagine a lake between mountains, misty morning --aspect 16:9"),
    ("Ask a question", "Explain how a rainbow forms, in three sentences."),
    ("See my credits", "/balance"),
)
SLACK_NO_RECENT = "Your latest pictures will be shown here. Type /imagine and what to draw in any channel."


def slack_not_here(channel: str) -> str:
    """`channel` is how Slack refers to it."""
    return f"I am not in {channel}, so I answer in our direct message. Type `/invite @Easel` there to have me in place."


def slack_asked_by(user: str, what: str) -> str:
    """`user` is how Slack refers to a person; `what` comes after it."""
    return f"{user} · {what}" if what else user


def slack_server_settings(persona: str) -> str:
    return f"**{persona}** answers in this workspace. Admins choose another with `/persona NAME`."


# --- servers ---------------------------------------------------------------------------------------------------

SERVER_VALUES = {
    "channels": "Type `here`, `not here`, channels as #name, or `all`.",
    "who": "Type a command and who may use it: `imagine everyone`, `imagine admins`, or people and roles as @name.",
    "daily": "Type a number of requests a day for each person, or `none`.",
    "model": "Type the name of a model, or `usual`.",
    "style": "Type the name of a style, or `usual`.",
    "persona": "Type the name of a persona, or `usual`.",
    "private": "Type `on` or `off`.",
}


def server_values(setting: str) -> str:
    """What a setting of a server can be."""
    return SERVER_VALUES.get(setting, "")


def server_settings(now: ServerSettings, persona: str, platform: str) -> str:
    """All settings of a server; ids as that platform shows them."""
    shows = platform == "discord"
    channels = ", ".join(f"<#{channel}>" if shows else channel for channel in now.channels)
    lines = [
        "How I behave in this server:",
        f"- channels: I make things in {channels or 'all channels'}",
        *(f"- who: /{name} is for {_people(rule, shows)}" for name, rule in now.who.items()),
        *([] if now.who else ["- who: everyone may use everything"]),
        f"- daily: {f'{now.daily:,} requests a day for each person' if now.daily else 'no limit of its own'}",
        f"- model: {now.model or 'the usual one'}",
        f"- style: {now.style or 'none'}",
        f"- persona: {now.persona or persona}",
        f"- private: {'results are seen only by who asked' if now.private else 'results are seen by all'}",
        "Its admins change them with `/server SETTING VALUE`, such as `/server channels here`.",
    ]
    return "\n".join(lines)


def _people(rule: Sequence[str], shows: bool) -> str:
    def one(who: str) -> str:
        kind, _, name = who.partition(":")
        if not name:
            return "the admins"
        if not shows:
            return f"{kind} {name}"
        return f"<@&{name}>" if kind == "group" else f"<@{name}>"

    return ", ".join(one(who) for who in rule)


# --- discord ---------------------------------------------------------------------------------------------------

DISCORD_BUTTON_UNREADABLE = "This cannot be used any more. Type the command instead, such as /imagine a red fox."
DISCORD_COMMAND_GONE = "There is no such command any more. Type / to see those there are."
DISCORD_NOT_DELETED = "I cannot delete this message. Somebody who manages messages here can."
DISCORD_NO_WORDS = "Ask me anything, or type /imagine and what to draw, such as /imagine a red fox at dawn."
DISCORD_THINKING = "Thinking…"
DISCORD_DMS_CLOSED = (
    "I have something to say that only you should read, and you take no direct messages from this server. "
    "Use the slash command instead: its answer is for your eyes only."
)
DISCORD_IMAGE_HELP = "A picture to start from"
DISCORD_SPOILER_HELP = "Veil the pictures until somebody clicks"
DISCORD_PRIVATE_HELP = "Only you see the answer"
DISCORD_VARY_MENU = "Vary this image"
DISCORD_ASK_MENU = "Ask about this message"
DISCORD_VARY_PROMPT = "Another version of this picture: the same subject, mood and style"
DISCORD_WHICH_PICTURE = "There are several pictures in this message. Press Vary with the number of yours below them."
DISCORD_NO_PICTURE_HERE = "There is no picture in this message that I could vary."
DISCORD_EDIT_TITLE = "Edit the picture"
DISCORD_EDIT_LABEL = "What should change?"
DISCORD_EDIT_HINT = "such as: make it night, with a full moon"
DISCORD_ASK_TITLE = "Ask about this message"
DISCORD_ASK_LABEL = "Your question"
DISCORD_ASK_HINT = "such as: what does this mean?"
DISCORD_ABOUT_LABEL = "The message"
DISCORD_ABOUT = "The message that this is about:"


def discord_for(user: str) -> str:
    """`user` is Discord's id; it is shown as a name and pings nobody."""
    return f"For <@{user}>:"


def discord_linked(url: str) -> str:
    return f"[Open the picture](<{url}>)"


def discord_cannot_write(channel: str) -> str:
    return (
        f"I may not write in <#{channel}>. An admin of the server can let me: in the channel's settings, Permissions, "
        "allow View Channel, Send Messages and Attach Files."
    )


def discord_model(name: str, price: int, summary: str) -> str:
    return f"{name} · {count(price, 'credit')}{f' · {summary}' if summary else ''}"


def discord_buy(packs: Sequence[str]) -> str:
    """`packs` are lines of `discord_pack`; the buttons below say what they cost."""
    return "\n".join(["Credit packs, sold by Discord:", *packs, "Press a button below to buy one."])


def discord_pack(name: str, credits: int, bonus: int) -> str:
    return f"- **{name}**: {credits:,}{f' + {bonus:,} bonus' if bonus else ''} credits"


def discord_bought(credits: int) -> str:
    return f"Thank you! {count(credits, 'credit')} {verb(credits)} in your wallet. Type /balance to see it."


def discord_nothing_to_sync(where: str) -> str:
    return f"Nothing to do: Discord has the same commands ({where})."


def discord_synced(commands: int, where: str) -> str:
    return f"Registered {count(commands, 'command')} ({where})."


# --- telegram ----------------------------------------------------------------------------------------------

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
