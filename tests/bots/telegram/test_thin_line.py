"""From a command in Telegram to its picture there."""

from tests.bots.telegram.bots import Bot, data_of, photo
from tests.fakes.telegram import TelegramFake, User


async def test_imagine_becomes_a_picture_in_its_placeholder(fake: TelegramFake, alice: User, bot: Bot) -> None:
    fake.send("/imagine a red fox", alice)
    message = await fake.until(lambda: photo(fake, alice))
    assert message is not None
    first = message.history[0]
    assert first["text"].startswith("a red fox\n\n⏳ ")
    assert [data.partition(":")[0] for data in data_of(first)] == ["cancel"]
    assert message.text.startswith("a red fox\n\nModel: demo-art · Seed: ")
    assert fake.content(message).startswith(b"\x89PNG")
    assert fake.messages(alice) == [message]
    assert await bot.balance(alice) == -10
