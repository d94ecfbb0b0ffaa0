"""Commands between people: give credits, invite a friend.

A mention names a person on Discord and Slack. Telegram tells no bot who a username is, but whose message one replies
to; the playground has no names. There, and from one platform to another, people are named by the code that /invite
shows them.
"""

import re

from bots import giving_texts as words
from bots.asked import Asked
from bots.replies import Reply
from core.accounts.model import Account, Identity
from core.errors import BadOption, GiftRefused

_AMOUNT = re.compile(r"[0-9]{1,7}")
_AMOUNT_LAST = re.compile(r"(?P<who>.*\S)\s+(?P<amount>[0-9]{1,7})")
_DISCORD = re.compile(r"<@!?([0-9]{1,20})>")
_SLACK = re.compile(r"<@([A-Z0-9]{1,20})(?:\|[^<>]*)?>")


async def gift(asked: Asked) -> Reply:
    """Raises BadOption, GiftRefused or CannotGive."""
    app, (who, amount) = asked.app, _wanted(asked)
    target = await _named(asked, who)
    if target is None:
        raise GiftRefused(words.not_known(asked.message.identity.platform))
    done = await app.transfers.give(asked.message.id, asked.account.id, target.id, amount, "gift")
    await app.telling.gifted(target.id, amount, f"gift:{done.id}")
    return Reply("text", words.given(amount, (await app.ledger.balance(asked.account.id)).available))


async def invite(asked: Asked) -> Reply:
    """One's own code, or who invited one. Raises CodeRefused or InviteRefused."""
    referrals, code = asked.app.referrals, asked.invocation.text("code")
    if not code:
        return Reply("text", words.invite(await referrals.code(asked.account), referrals.credits))
    return await invited(asked, code)


async def invited(asked: Asked, code: str) -> Reply:
    """Note whose code brought them here. Raises CodeRefused or InviteRefused."""
    if not asked.app.referrals.credits:
        return Reply("text", words.NO_INVITATIONS)
    await asked.app.referrals.accept(asked.account, code)
    return Reply("text", words.accepted())


def _wanted(asked: Asked) -> tuple[str, int]:
    """Who ("": whose message this replies to), and how many; the number may be the last word, as people type it.

    Raises BadOption.
    """
    who, amount = asked.invocation.text("to") or "", asked.invocation.number("amount")
    if amount is None and asked.message.answers is not None and _AMOUNT.fullmatch(who):
        who, amount = "", int(who)
    elif amount is None and (match := _AMOUNT_LAST.fullmatch(who)):
        who, amount = match["who"], int(match["amount"])
    if not amount:
        raise BadOption("amount", words.AMOUNT_MISSING)
    return who.strip(), amount


async def _named(asked: Asked, who: str) -> Account | None:
    """Somebody who is known here already: a gift to a mistyped id would be lost."""
    identity = mentioned(asked.message.identity, who) if who else asked.message.answers
    if identity is None:
        return await asked.app.referrals.named(who)
    account = await asked.app.stores.accounts.find(identity)
    return await asked.app.accounts.root(account) if account else None


def mentioned(giver: Identity, who: str) -> Identity | None:
    """The person of a mention, on the platform where it was typed."""
    if giver.platform == "discord" and (match := _DISCORD.fullmatch(who)):
        return Identity("discord", match[1])
    if giver.platform == "slack" and (match := _SLACK.fullmatch(who)):
        return Identity("slack", f"{giver.user.partition('/')[0]}/{match[1]}")
    return None
