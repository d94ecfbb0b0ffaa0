"""Sentences that every platform says. Those about errors, buying and the like are beside this one."""

from collections.abc import Sequence

from bots.commands import Command
from core.clock import MINUTE, SECOND, Millis, to_datetime
from core.money import price

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
ENLARGED = "Your picture, enlarged"
RESET = "Done. I start anew here: what was said until now is not taken into account any more."
NO_HISTORY = "You have made no requests so far. Type /imagine and what to draw, such as /imagine a red fox at dawn."
CANCELLED = "Cancelled. No credits were used."
CANCELLING = "Cancelling. Its credits come back to you."
STOPPING = "Cancelling. Its credits come back, unless its answer has begun: then you keep that and pay for it."
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


def pixels(width: int, height: int) -> str:
    return f"{width:,} x {height:,} pixels"


def verb(number: int) -> str:
    return "is" if number == 1 else "are"


def clock_time(at: Millis) -> str:
    return to_datetime(at).strftime("%H:%M UTC")


def day(at: Millis) -> str:
    return to_datetime(at).strftime("%Y-%m-%d")


def duration(milliseconds: Millis) -> str:
    seconds = max(1, round(milliseconds / SECOND))
    return f"{seconds} s" if seconds < 90 else f"{round(milliseconds / MINUTE)} min"


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


def stopped(answer: str) -> str:
    """An answer that was cancelled when some of it had been shown."""
    return f"{answer} …\n\nYou stopped this answer here; what you have read is paid for."


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
            allowed = f" ({option.minimum:,} to {option.maximum:,})"
        lines.append(f"- `{option.name}` {option.help}{allowed}")
    return "\n".join(lines)


def pack(name: str, credits: int, bonus: int, price: str) -> str:
    extra = f" + {bonus:,} bonus" if bonus else ""
    return f"- **{name}**: {credits:,}{extra} credits for {price}"


NO_PAYMENT = "No way to pay is set up on this Easel yet. Ask its operator for credits."
PACKS = "Credit packs:"


# --- buying --------------------------------------------------------------------------------------------------


def money(amount: int, currency: str) -> str:
    """`amount` in minor units."""
    return price(amount, currency, ",")
