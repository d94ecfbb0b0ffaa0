"""Updates come in here, whoever brings them. Each is taken once; what the database failed is to come again.

So is what the ledger refused, as an account that is just being merged takes a payment a moment later. Telegram brings
updates for a day; a payment that was not credited by then is in the list of transactions for ever.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable

from telegram import Update

from bots.telegram.buttons import Buttons
from bots.telegram.inline import Inline
from bots.telegram.messages import Messages
from bots.telegram.stars import Stars
from core.errors import EaselError, LedgerError, StoreError
from core.log import logger

ALLOWED = ["message", "callback_query", "inline_query", "chosen_inline_result", "pre_checkout_query"]
REMEMBERED = 10_000


class Intake:
    """Hands each update to who understands it."""

    def __init__(self, messages: Messages, buttons: Buttons, inline: Inline, stars: Stars) -> None:
        self._messages = messages
        self._buttons = buttons
        self._inline = inline
        self._stars = stars
        self._taken: OrderedDict[int, None] = OrderedDict()
        self._running: dict[int, asyncio.Task[bool]] = {}

    async def take(self, update: Update) -> bool:
        """Whether it is done with: then nothing of it can be lost any more, and coming again changes nothing."""
        number = update.update_id
        if number in self._taken:
            return True
        if (twin := self._running.get(number)) is not None:
            return await asyncio.shield(twin)
        task = self._running[number] = asyncio.create_task(self._take(update))
        try:
            if await task:
                self._remember(number)
        finally:
            del self._running[number]
        return task.result()

    async def _take(self, update: Update) -> bool:
        try:
            if (work := self._work(update)) is not None:
                await work
        except (StoreError, LedgerError) as error:
            return _again(update, error)
        except Exception:
            logger().exception("update failed", update=update.update_id)
        return True

    def _remember(self, number: int) -> None:
        self._taken[number] = None
        while len(self._taken) > REMEMBERED:
            self._taken.popitem(last=False)

    def _work(self, update: Update) -> Awaitable[None] | None:
        message = update.message
        if update.pre_checkout_query is not None:
            return self._stars.checkout(update.pre_checkout_query)
        if message is not None and message.successful_payment is not None:
            return self._stars.paid(message)
        if message is not None and message.refunded_payment is not None:
            return self._stars.refunded(message)
        if message is not None:
            return self._messages.take(message)
        if update.callback_query is not None:
            return self._buttons.take(update.callback_query)
        if update.inline_query is not None:
            return self._inline.take(update.inline_query)
        if update.chosen_inline_result is not None:
            return self._inline.chosen(update.chosen_inline_result)
        return None


def _again(update: Update, error: EaselError) -> bool:
    logger().error("update is to come again", update=update.update_id, errorName=error.code, detail=str(error))
    return False
