"""A fake Discord on the wire: gateway and REST version 10 on 127.0.0.1, with people who use the bot.

```python
async with DiscordFake() as fake:
    with aimed_at(fake):          # or DISCORD_API_URL=fake.api_url, DISCORD_GATEWAY_URL=fake.gateway_url
        ...                       # start the bot with fake.token; it registers its commands
        await fake.connected()
        alice = fake.user("alice")
        asked = fake.command("imagine", {"prompt": "a red fox"}, user=alice)
        message = await asked.original(lambda message: bool(message.files))
        again = fake.press("again:1", message, user=alice)
        assert fake.problems == []
```
"""

from tests.fakes.discord.aim import aimed_at
from tests.fakes.discord.bodies import Upload
from tests.fakes.discord.chatting import CONSUMABLE, DURABLE, SUBSCRIPTION, Said
from tests.fakes.discord.errors import Problem
from tests.fakes.discord.flags import CallbackKind, ChannelKind, Intent, MessageFlag
from tests.fakes.discord.interaction import Callback, Interaction
from tests.fakes.discord.message import Message
from tests.fakes.discord.options import Impossible
from tests.fakes.discord.people import Channel, Guild, User
from tests.fakes.discord.server import DiscordFake, ShiftedClock
from tests.fakes.discord.world import Exchange

__all__ = [
    "CONSUMABLE", "DURABLE", "SUBSCRIPTION", "Callback", "CallbackKind", "Channel", "ChannelKind", "DiscordFake",
    "Exchange", "Guild", "Impossible", "Intent", "Interaction", "Message", "MessageFlag", "Problem", "Said",
    "ShiftedClock", "Upload", "User", "aimed_at",
]  # fmt: skip
