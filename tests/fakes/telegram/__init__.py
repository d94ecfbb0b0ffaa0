"""A fake Telegram for tests: the Bot API over real sockets, and people who talk to the bot.

Open `server.py` first. The rest: `wire` reads requests, `spec` checks them, `methods/` answers them, `world` remembers,
`updates` and `webhook` bring what `people` did and `asking` wants to the bot, `flood` and `faults` make bad days.
"""

from tests.fakes.telegram.asking import Payment
from tests.fakes.telegram.model import Chat, Record, User
from tests.fakes.telegram.questions import Question
from tests.fakes.telegram.server import TOKEN, TelegramFake

__all__ = ["TOKEN", "Chat", "Payment", "Question", "Record", "TelegramFake", "User"]
