"""A Telegram with one bot, on 127.0.0.1: what https://core.telegram.org/bots/api says, over real sockets.

`async with TelegramFake() as fake:` and give the bot `f"{fake.url}/bot"` as base_url and `f"{fake.url}/file/bot"` as
base_file_url. People act through `fake.send`, `fake.press` and so on; what the bot did is in `fake.messages(chat)`,
`fake.calls` and the chats themselves. `fake.problems` lists calls that Telegram would refuse or silently ignore by the
API's description, and must be empty at the end of a test.
"""

import asyncio
from collections.abc import Callable
from typing import Self, TypeVar

from core.clock import Clock, SystemClock
from tests.fakes.telegram.asking import Asking
from tests.fakes.telegram.call import Call
from tests.fakes.telegram.desk import Desk
from tests.fakes.telegram.faults import Faults
from tests.fakes.telegram.flood import Flood
from tests.fakes.telegram.front import Front
from tests.fakes.telegram.media import Media
from tests.fakes.telegram.methods import Handlers
from tests.fakes.telegram.methods.chats import Chats
from tests.fakes.telegram.methods.editing import Editing
from tests.fakes.telegram.methods.me import Me
from tests.fakes.telegram.methods.payments import Payments
from tests.fakes.telegram.methods.queries import Queries
from tests.fakes.telegram.methods.receiving import Receiving
from tests.fakes.telegram.methods.sending import Sending
from tests.fakes.telegram.model import Chat, Record, User
from tests.fakes.telegram.people import People
from tests.fakes.telegram.posting import Posting
from tests.fakes.telegram.signal import Signal
from tests.fakes.telegram.updates import Updates
from tests.fakes.telegram.webhook import Deliverer
from tests.fakes.telegram.world import World

TOKEN = "4242424242:AAF-a-token-of-a-bot-that-is-only-a-test"
LOOK_SECONDS = 0.02
"""How often `until` looks when nothing happens here: what a bot does inside makes no sound."""
T = TypeVar("T")


class TelegramFake:
    """The server and the people around the bot. `privacy` and `inline` are what one sets with BotFather."""

    def __init__(
        self, clock: Clock | None = None, *, token: str = TOKEN, username: str = "easel_test_bot",
        privacy: bool = True, inline: bool = True, webhook_retry_seconds: float = 0.05,
    ) -> None:  # fmt: skip
        self.token = token
        self.clock = clock or SystemClock()
        self.bot = User(int(token.partition(":")[0]), "Easel", username, language_code=None, is_bot=True)
        self.world = World(self.bot, self.clock)
        self.flood = Flood(self.clock)
        self.faults = Faults()
        self._signal = Signal()
        self._desk = Desk(self.clock, self.flood, self._signal)
        self.updates = Updates(self._signal, self._desk.check_update)
        self._deliverer = Deliverer(
            self.updates, self._signal, self.world.now, self._desk.from_webhook, webhook_retry_seconds
        )
        self._front = Front(token, self._desk, self.world.files, self.faults, self._signal)
        self.calls, self.problems = self._desk.calls, self._desk.problems
        self._fill_desk(Me(self.world, privacy=privacy, inline=inline))
        self._let_people_in(People(self.world, self.updates, privacy=privacy))

    def _fill_desk(self, me: Me) -> None:
        posting, media = Posting(self.world), Media(self.world)
        self.me = me
        self.receiving = Receiving(self.updates, self._deliverer)
        self.queries = Queries(self.world, self.clock)
        self.payments = Payments(self.world, posting, self.updates, self.clock)
        self.editing = Editing(self.world, posting, media)
        sending, chats = Sending(self.world, posting, media), Chats(self.world, posting)
        handlers: Handlers = {}
        for part in (me, self.receiving, self.queries, self.payments, self.editing, sending, chats):
            handlers |= part.handlers()
        self._desk.open(me, handlers)

    def _let_people_in(self, people: People) -> None:
        """What people do, as methods of the fake itself: a test reads better so."""
        asking = Asking(self.world, self.updates, people, self.queries, self.editing, self.payments, self.until)
        self.unseen = people.unseen
        self.person, self.group, self.topic = people.person, people.group, people.topic
        self.send, self.edit = people.send, people.edit
        self.join, self.kick, self.migrate = people.join, people.kick, people.migrate
        self.block, self.unblock = people.block, people.unblock
        self.press, self.inline, self.choose_inline = asking.press, asking.inline, asking.choose_inline
        self.pay, self.renew = asking.pay, asking.renew
        self.deliver, self.held = self.updates.deliver, self.updates.held

    async def __aenter__(self) -> Self:
        await self._front.start()
        return self

    async def __aexit__(self, *exc: object) -> None:
        self.updates.close()
        await self._deliverer.stop()
        await self._front.stop()

    @property
    def url(self) -> str:
        return self._front.url

    async def until(self, condition: Callable[[], T], seconds: float = 10.0) -> T:
        """Wait until something is so, which is looked at after each call and now and then; what it then is."""
        try:
            async with asyncio.timeout(seconds):
                while not (found := condition()):
                    await self._signal.wait(LOOK_SECONDS)
        except TimeoutError:
            calls = [f"{call.method} {call.status} {call.answer.get('description', '')}" for call in self.calls]
            raise TimeoutError(f"still not so after {seconds} s; the last calls: {calls[-10:]}") from None
        return found

    def messages(self, chat: Chat | User) -> list[Record]:
        """What the bot wrote there and did not delete, oldest first."""
        place = chat if isinstance(chat, Chat) else self.world.chats.get(chat.id)
        shown = place.shown() if place else []
        return [record for record in shown if record.by_bot and "refunded_payment" not in record.json]

    def albums(self, chat: Chat | User) -> list[list[Record]]:
        """The bot's albums there, each as its messages."""
        found: dict[str, list[Record]] = {}
        for record in self.messages(chat):
            if group := record.json.get("media_group_id"):
                found.setdefault(group, []).append(record)
        return list(found.values())

    def called(self, method: str) -> list[Call]:
        return [call for call in self.calls if call.method == method]

    def content(self, record: Record) -> bytes:
        """The bytes of a message's photo (the whole) or document."""
        shown = record.json["photo"][-1] if "photo" in record.json else record.json["document"]
        return self.world.files.stored[shown["file_id"]].content
