"""`/admin`: run this Easel from a chat, with the same words on every platform. Answers are private.

What cannot be taken back easily is asked about first, by a code that the admin types within ten minutes. It stands for
the request that was asked for, so that typing it twice does it once (`core.admin.confirming`).
"""

from bots import admin_texts as words
from bots.admin_views import VIEWS, announcement, view
from bots.admin_words import READERS, Said, Wanted, terms
from bots.asked import Asked
from bots.commands import ADMIN_ACTIONS
from bots.replies import Attachment, Reply
from core.admin.confirming import Asked as Confirmation
from core.admin.model import Actor
from core.admin.rules import RULES, allow
from core.admin.service import OF_ACCOUNTS
from core.errors import BadOption
from core.payments.codes import as_csv


async def admin(asked: Asked) -> Reply:
    """Raises Refusal."""
    said, actor = _said(asked), actor_of(asked)
    if said is None:
        return Reply("text", words.overview())
    if said.action in VIEWS:
        return Reply("text", await view(asked, actor, said))
    if said.action == "announce" and said.text.lower() == "status":
        return Reply("text", await announcement(asked, actor))
    if said.action == "dashboard":
        return await _dashboard(asked, actor)
    if said.action == "confirm":
        return await _confirmed(asked, actor, said)
    if said.action == "codes":
        return await _codes(asked, actor, said)
    wanted = await READERS[said.action](asked, said)
    if RULES[wanted.action].confirmed:
        return await _ask(asked, actor, wanted)
    return await _do(asked, actor, asked.message.id, wanted)


async def announcements(asked: Asked) -> Reply:
    """Whether a person wants the operator's announcements."""
    wanted = asked.invocation.text("wanted")
    if wanted is not None:
        await asked.app.announcements.wish(asked.account.id, wanted == "on")
    wants = await asked.app.announcements.wants(asked.account.id)
    return Reply("text", words.WANTS_SOME if wants else words.WANTS_NONE)


def actor_of(asked: Asked) -> Actor:
    """The person in this chat."""
    account = asked.account
    return Actor(account.id, str(asked.message.identity), account.role, account=account.id)


async def _do(asked: Asked, actor: Actor, request: str, wanted: Wanted) -> Reply:
    line = await asked.app.admin.perform(actor, wanted.action, request, wanted.target, wanted.args, wanted.why)
    return Reply("text", words.done(line))


async def _ask(asked: Asked, actor: Actor, wanted: Wanted) -> Reply:
    """What would be done, and how to say yes. What cannot be done is refused at once."""
    app, message = asked.app, asked.message
    before = await app.admin.preview(actor, wanted.action, wanted.target, wanted.args, wanted.why)
    code = await app.confirmations.ask(
        asked.account.id,
        Confirmation(
            request=message.id, action=wanted.action, target=wanted.target, args=wanted.args, why=wanted.why,
            at=app.clock.now(),
        ),
    )  # fmt: skip
    question = words.asked(wanted.action, await _name(asked, wanted), wanted.args, before, wanted.why)
    return Reply("text", words.to_confirm(question, code))


async def _confirmed(asked: Asked, actor: Actor, said: Said) -> Reply:
    [code], _ = said.some(1)
    what = await asked.app.confirmations.confirmed(asked.account.id, code)
    return await _do(asked, actor, what.request, Wanted(what.action, what.target, dict(what.args), what.why))


async def _codes(asked: Asked, actor: Actor, said: Said) -> Reply:
    number, worth = terms(said)
    _, codes = await asked.app.admin.codes(actor, asked.message.id, number, worth)
    file = Attachment("easel-codes.csv", "text/csv", as_csv(codes, worth))
    return Reply("text", words.codes_made(number, worth.credits), attachments=(file,))


async def _dashboard(asked: Asked, actor: Actor) -> Reply:
    """A link that lets the admin in, once."""
    allow(actor, "dashboard")
    app = asked.app
    await app.looking.seen(actor, asked.message.id, "dashboard", actor.id)
    return Reply("text", words.dashboard(f"{app.settings.base_url}/admin/enter/{await app.access.link(actor)}"))


async def _name(asked: Asked, wanted: Wanted) -> str:
    """The target as people know it."""
    if wanted.action not in OF_ACCOUNTS:
        return wanted.target
    accounts = asked.app.stores.accounts
    identities = await accounts.identities(await accounts.family(wanted.target))
    return ", ".join(sorted(map(str, identities))) or wanted.target


def _said(asked: Asked) -> Said | None:
    """`/admin grant ...`, or with options told apart. Raises BadOption."""
    text = (asked.invocation.text("words") or "").strip()
    action = asked.invocation.text("action")
    if action is None and text:
        action, text = (*text.split(maxsplit=1), "")[:2]
    if action is not None and action.lower() not in ADMIN_ACTIONS:
        raise BadOption("action", f"is not one of mine; you gave {action[:20]!r}.", words.UNKNOWN_ACTION)
    return Said(action.lower(), text.strip()) if action else None
