"""Every sentence that an admin reads. The others are in `bots.texts`."""

from bots.texts import count
from core.admin.model import Audited

HOW = {
    "grant": "Type `/admin grant @name 50 for the bug`.",
    "revoke": "Type `/admin revoke @name 50 and why`.",
}
NAMING = "@name, an identity such as telegram:42, the id of an account, or the code that /invite shows them"


def how(action: str) -> str:
    """How an action is typed."""
    return HOW.get(action, "")


def overview() -> str:
    return "\n".join(
        ["What admins can type:", *(f"- {line}" for line in HOW.values()), f"People are named by {NAMING}."]
    )


def nobody(who: str) -> str:
    return f"is not known here; you gave {who[:40]!r}."


def naming() -> str:
    return f"Name them by {NAMING}."


def done(line: Audited) -> str:
    """What an action has come to."""
    after = line.after
    match line.action:
        case "grant":
            return f"Given {_credits(line)}. They have **{after['available']:,}** now."
        case "revoke":
            return f"Taken {_credits(line)}. They have **{after['available']:,}** left."
    return "Done."


def _credits(line: Audited) -> str:
    credits = line.after["credits"]
    assert isinstance(credits, int)  # noqa: S101  # as the action has put it there
    return count(credits, "credit")
