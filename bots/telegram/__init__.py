"""Telegram: the Bot API through python-telegram-bot.

Its setting PTB_TIMEDELTA is made here, before it is imported: without it every flood wait warns of an old number type.
"""

import os

os.environ.setdefault("PTB_TIMEDELTA", "true")
