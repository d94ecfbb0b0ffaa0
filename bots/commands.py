"""The command table: each slash command once, from which every platform builds its native commands."""

from dataclasses import dataclass
from typing import Any, Literal

from core.accounts.model import Role
from core.catalogue import Catalogue
from core.generation.orders import MAX_SEED

SERVER_SETTINGS = ("channels", "who", "daily", "model", "style", "persona", "private", "wallet", "cap", "fund")
"""What the admins of a server can set; anybody can fund its wallet."""
ADMIN_ACTIONS = (
    "grant", "revoke", "refund", "role", "suspend", "unsuspend", "user", "orders", "job", "retry", "cancel", "codes",
    "price", "model", "limit", "pause", "resume", "announce", "stats", "costs", "margin", "health", "audit",
    "dashboard", "confirm",
)  # fmt: skip
"""What admins of Easel can do from a chat. Discord offers 25 choices at most."""
OptionType = Literal["text", "integer", "choice"]


@dataclass(frozen=True, slots=True)
class Option:
    """One typed option. `rest` marks the one that takes the words right after the command."""

    name: str
    type: OptionType
    help: str
    required: bool = False
    rest: bool = False
    default: str | int | None = None
    minimum: int | None = None
    maximum: int | None = None
    choices: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Command:
    """One slash command. `suspended` says whether a suspended account may still use it.

    `verbatim`: where it is typed as one line, all of that is the option that takes the words.
    """

    name: str
    help: str
    options: tuple[Option, ...] = ()
    role: Role = Role.USER
    suspended: bool = False
    verbatim: bool = False

    def option(self, name: str) -> Option | None:
        return next((option for option in self.options if name == option.name or name in option.aliases), None)

    @property
    def rest(self) -> Option | None:
        return next((option for option in self.options if option.rest), None)

    @property
    def usage(self) -> str:
        """How it is typed: `/imagine <prompt> [--aspect 1:1] ...`."""
        parts = [f"/{self.name}"]
        for option in self.options:
            if option.rest:
                parts.append(f"<{option.name}>" if option.required else f"[{option.name}]")
            else:
                parts.append(f"[--{option.name} {_sample(option)}]")
        return " ".join(parts)


def command_table(catalogue: Catalogue) -> tuple[Command, ...]:
    """Every command, with the choices that the catalogue gives its options."""
    images = catalogue.of_kind("image")
    which = (
        Option("request", "text", "Its id from /history; your latest picture if left out"),
        Option("picture", "integer", "Which of its pictures", default=1, minimum=1, maximum=4),
    )
    most = max((model.max_count for model in images), default=1)
    return (
        Command(
            "imagine",
            "Draw a picture from words",
            (
                Option("prompt", "text", "What to draw", required=True, rest=True),
                Option("aspect", "choice", "Shape, width:height", choices=catalogue.aspects, aliases=("ar",)),
                Option("count", "integer", "How many pictures", default=1, minimum=1, maximum=most, aliases=("n",)),
                Option("model", "choice", "Who draws it", choices=tuple(model.name for model in images)),
                Option("seed", "integer", "The same seed repeats a picture", minimum=0, maximum=MAX_SEED),
                Option("style", "choice", "A look", choices=tuple(catalogue.styles)),
                Option("negative", "text", "What should not be in it", aliases=("no",)),
            ),
        ),
        Command(
            "edit",
            "Change a picture: the one you attach, or one you made",
            (
                Option("prompt", "text", "What to change", required=True, rest=True),
                *which,
                Option("model", "choice", "Who edits it", choices=tuple(m.name for m in images if m.edit)),
            ),
        ),
        Command("upscale", "Enlarge a picture: the one you attach, or one you made", which),
        Command(
            "chat",
            "Ask or tell something",
            (Option("message", "text", "Your message", required=True, rest=True),),
        ),
        Command("reset", "Start the conversation here anew"),
        Command(
            "persona",
            "Who answers in this server; its admins can choose",
            (Option("name", "choice", "One of the personas", rest=True, choices=tuple(catalogue.personas)),),
        ),
        Command(
            "server",
            "How I behave in this server; its admins can change it",
            (
                Option("setting", "choice", "What to change; all are shown if left out", choices=SERVER_SETTINGS),
                Option("value", "text", "What it is to be", rest=True),
            ),
        ),
        Command("balance", "Your credits and requests left today"),
        Command("history", "Your latest requests"),
        Command(
            "recover",
            "Post a finished result again",
            (Option("request", "text", "Its id from /history; the latest if left out", rest=True),),
        ),
        Command(
            "cancel",
            "Stop a request in the works; its credits come back unless an answer has begun",
            (Option("request", "text", "Its id; the latest if left out", rest=True),),
        ),
        Command("models", "Models, what they can do, and their price"),
        Command("buy", "Credit packs and how to get them"),
        Command("plans", "Credits every month, and what you have"),
        Command("subscribe", "Get credits every month", (Option("plan", "text", "Which plan", rest=True),)),
        Command("unsubscribe", "Let your plan not renew", suspended=True),
        Command("orders", "What you have bought", suspended=True),
        Command(
            "redeem",
            "Use a gift code, or a friend's invite code",
            (Option("code", "text", "The code, as it was given to you", required=True, rest=True),),
        ),
        Command("daily", "Take today's free credits"),
        Command(
            "gift",
            "Give some of your bought credits to somebody",
            (
                Option("to", "text", "Whom: @name, or the code that /invite shows them", required=True, rest=True),
                Option("amount", "integer", "How many credits", minimum=1, maximum=1_000_000),
            ),
        ),
        Command(
            "invite",
            "Your code, for friends to enter and for gifts to you",
            (Option("code", "text", "The code of who invited you; none to see yours", rest=True),),
        ),
        Command(
            "link",
            "Use one account and wallet on several platforms",
            (Option("code", "text", "The code you got on the other platform; none to get one", rest=True),),
        ),
        Command(
            "privacy",
            "What is stored about you; export or delete it",
            (
                Option(
                    "action", "choice", "show, export or delete", rest=True, default="show",
                    choices=("show", "export", "delete"),
                ),
                Option("confirm", "choice", "yes, to delete for good", choices=("yes",)),
            ),
            suspended=True,
        ),
        Command(
            "help",
            "All commands",
            (Option("command", "text", "One command in detail", rest=True),),
            suspended=True,
        ),
        Command("about", "What this is", suspended=True),
        Command(
            "announcements",
            "Whether you get the operator's announcements",
            (Option("wanted", "choice", "on or off", rest=True, choices=("on", "off")),),
        ),
        Command(
            "admin",
            "Run this Easel: for its operators",
            (
                Option("action", "choice", "What to do", choices=ADMIN_ACTIONS),
                Option("words", "text", "To whom, how much, and why", rest=True),
            ),
            role=Role.ADMIN,
            verbatim=True,
        ),
    )  # fmt: skip


def describe(commands: tuple[Command, ...]) -> list[dict[str, Any]]:
    """The table as JSON values, for a page that offers commands while people type."""
    return [
        {
            "name": command.name,
            "help": command.help,
            "role": command.role.label,
            "options": [_described(option) for option in command.options],
        }
        for command in commands
    ]


def _described(option: Option) -> dict[str, Any]:
    return {
        "name": option.name,
        "help": option.help,
        "type": option.type,
        "required": option.required,
        "rest": option.rest,
        "default": option.default,
        "minimum": option.minimum,
        "maximum": option.maximum,
        "choices": [{"value": choice, "label": choice} for choice in option.choices],
    }


def _sample(option: Option) -> str:
    if option.choices:
        return option.choices[0]
    if option.maximum is not None and option.maximum < 100:
        return f"{option.minimum}-{option.maximum}"
    return "NUMBER" if option.type == "integer" else "TEXT"
