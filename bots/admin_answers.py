"""`/admin`: run this Easel from a chat, with the same words on every platform. Answers are private."""

from bots import admin_texts as words
from bots.admin_words import READERS
from bots.asked import Asked
from bots.commands import ADMIN_ACTIONS
from bots.replies import Reply
from core.admin.model import Actor
from core.errors import BadOption


async def admin(asked: Asked) -> Reply:
    """Raises Refusal."""
    action, said = _action(asked)
    if action is None:
        return Reply("text", words.overview())
    wanted = await READERS[action](asked, action, said)
    line = await asked.app.admin.perform(
        actor_of(asked), wanted.action, asked.message.id, wanted.target, wanted.args, wanted.why
    )
    return Reply("text", words.done(line))


def actor_of(asked: Asked) -> Actor:
    """The person in this chat."""
    account = asked.account
    return Actor(account.id, str(asked.message.identity), account.role, account=account.id)


def _action(asked: Asked) -> tuple[str | None, list[str]]:
    """`/admin grant ...`, or with options told apart. Raises BadOption."""
    said = (asked.invocation.text("words") or "").split()
    action = asked.invocation.text("action")
    if action is None and said:
        action, *said = said
    if action is not None and action.lower() not in ADMIN_ACTIONS:
        raise BadOption("action", f"must be one of {', '.join(ADMIN_ACTIONS)}; you gave {action[:20]!r}.")
    return (action.lower() if action else None), said
