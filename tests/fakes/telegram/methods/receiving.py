"""getUpdates, setWebhook, deleteWebhook, getWebhookInfo.

https://core.telegram.org/bots/api#getting-updates
"""

import re
from urllib.parse import urlsplit

from tests.fakes.telegram.call import Call, Described
from tests.fakes.telegram.errors import Json, bad, conflict
from tests.fakes.telegram.methods import Handlers
from tests.fakes.telegram.model import filled
from tests.fakes.telegram.updates import MAX_UPDATES, WEBHOOK_ACTIVE, WEBHOOK_SET, Updates
from tests.fakes.telegram.webhook import Deliverer, Hook

MAX_SECRET = 256
MAX_CONNECTIONS = 100
USUAL_CONNECTIONS = 40
MAX_TIMEOUT = 50
"""Seconds that getUpdates waits at most, on Telegram's own server."""


class Receiving:
    """How updates get to the bot: fetched, or brought to its webhook."""

    def __init__(self, updates: Updates, deliverer: Deliverer) -> None:
        self._updates = updates
        self._deliverer = deliverer
        self.hook: Hook | None = None

    def handlers(self) -> Handlers:
        return {
            "getUpdates": self.get_updates, "setWebhook": self.set_webhook,
            "deleteWebhook": self.delete_webhook, "getWebhookInfo": self.info,
        }  # fmt: skip

    async def get_updates(self, call: Call) -> list[Json]:
        if self.hook is not None:
            raise conflict(WEBHOOK_ACTIVE)
        self._choose_kinds(call)
        limit = min(max(call.number("limit", MAX_UPDATES), 1), MAX_UPDATES)
        timeout = min(max(call.number("timeout"), 0), MAX_TIMEOUT)
        return await self._updates.take(call.number("offset"), limit, timeout)

    async def set_webhook(self, call: Call) -> Described:
        if not call.text("url"):
            return await self.delete_webhook(call)
        hook = hook_of(call)
        self._choose_kinds(call)
        self._drop_pending(call)
        if self.hook is not None and same(self.hook, hook):
            return Described(True, "Webhook is already set")
        self._updates.end_poll(WEBHOOK_SET)
        self.hook = hook
        await self._deliverer.start(hook)
        return Described(True, "Webhook was set")

    async def delete_webhook(self, call: Call) -> Described:
        was, self.hook = self.hook, None
        await self._deliverer.stop()
        self._drop_pending(call)
        return Described(True, "Webhook was deleted" if was else "Webhook is already deleted")

    def info(self, _call: Call) -> Json:
        hook = self.hook
        return filled(
            url=hook.url if hook else "",
            has_custom_certificate=bool(hook and hook.certificate),
            pending_update_count=len(self._updates.pending),
            max_connections=hook and hook.max_connections,
            last_error_date=(hook and hook.error_at) or None,
            last_error_message=(hook and hook.error) or None,
            allowed_updates=self._updates.allowed or None,
        )

    def _choose_kinds(self, call: Call) -> None:
        """Not given: as before. An empty list: the usual ones."""
        if (kinds := call.json("allowed_updates")) is not None:
            self._updates.allowed = kinds

    def _drop_pending(self, call: Call) -> None:
        if call.flag("drop_pending_updates"):
            self._updates.pending.clear()


def hook_of(call: Call) -> Hook:
    """Raises ApiError 400 for an address or a secret that Telegram would not take."""
    url, secret = call.text("url"), call.text("secret_token")
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise bad("invalid webhook URL specified")
    if len(secret) > MAX_SECRET:
        raise bad("secret token is too long")
    if not re.fullmatch(r"[A-Za-z0-9_-]*", secret):
        raise bad("secret token contains unallowed characters")
    connections = min(max(call.number("max_connections", USUAL_CONNECTIONS), 1), MAX_CONNECTIONS)
    return Hook(url, secret, connections, "certificate" in call.files)


def same(one: Hook, other: Hook) -> bool:
    def key(hook: Hook) -> tuple[str, str, int]:
        return hook.url, hook.secret, hook.max_connections

    return key(one) == key(other) and not one.certificate and not other.certificate
