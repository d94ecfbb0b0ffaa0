"""What the pages say of money, goods, and the way back to the chat."""

from datetime import UTC, datetime
from urllib.parse import quote

from core.clock import SECOND, Millis
from core.jobs.model import ReplyTo
from core.money import price
from core.payments.orders import Goods

PLATFORMS = {"discord": "Discord", "slack": "Slack", "telegram": "Telegram", "playground": "the playground"}


def cost(goods: Goods) -> str:
    return price(goods.price, goods.currency) + (" a month" if goods.kind == "plan" else "")


def count(credits: int) -> str:
    """`1 credit`, `1,200 credits`."""
    return f"{credits:,} {'credit' if credits == 1 else 'credits'}"


def what(goods: Goods) -> str:
    return count(goods.credits) + (" every month" if goods.kind == "plan" else "")


def day(at: Millis) -> str:
    return datetime.fromtimestamp(at // SECOND, UTC).strftime("%Y-%m-%d %H:%M UTC")


def platform(reply_to: ReplyTo) -> str:
    return PLATFORMS.get(reply_to.platform, "the chat")


def way_back(reply_to: ReplyTo, base_url: str) -> str | None:
    """A link that opens the chat, where the platform has one for what we know of the place."""
    if reply_to.platform == "playground":
        return f"{base_url}/"
    if reply_to.platform == "discord":
        server = reply_to.extra.get("server") or "@me"
        return f"discord://-/channels/{quote(server)}/{quote(reply_to.channel)}"
    team = reply_to.extra.get("team")
    if reply_to.platform == "slack" and team and reply_to.channel:
        return f"slack://channel?team={quote(team)}&id={quote(reply_to.channel)}"
    return None
