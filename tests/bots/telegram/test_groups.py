"""Groups: only what is meant for the bot, in its topic, and nothing private."""

from functools import partial

import pytest
from telegram import Message

from bots.telegram.hearing import answered
from core.accounts.model import Identity
from core.payments.ports import Payment
from tests.bots.telegram.bots import Bot, data_of, identity, photo, saying
from tests.fakes.telegram import Chat, TelegramFake, User

ANONYMOUS = User(1087968824, "Group", "GroupAnonymousBot", is_bot=True)


@pytest.fixture
def group(fake: TelegramFake, alice: User, bob: User) -> Chat:
    """A group whose every message the bot sees, as one of its administrators."""
    group = fake.group("Friends", alice, bob)
    group.status = "administrator"
    return group


async def test_a_command_in_a_group_is_answered_there_with_its_picture(
    fake: TelegramFake, alice: User, bot: Bot, group: Chat
) -> None:
    asked = fake.send("/imagine@easel_test_bot a red fox", alice, group)
    message = await fake.until(lambda: photo(fake, group))
    assert message is not None
    assert message.json["reply_to_message"]["message_id"] == asked["message"]["message_id"]


@pytest.mark.parametrize("words", ["@easel_test_bot what is a fox?", "what is a fox? @Easel_Test_Bot"])
async def test_a_mention_is_a_question(fake: TelegramFake, alice: User, bot: Bot, group: Chat, words: str) -> None:
    fake.send(words, alice, group)
    message = await fake.until(lambda: saying(fake, group, "what is a fox?"))
    assert message is not None
    assert "easel_test_bot" not in message.text.lower()
    assert "demo-chat" in message.text
    assert fake.messages(group) == [message]


async def test_a_reply_to_the_bot_is_a_question(
    fake: TelegramFake, alice: User, bob: User, bot: Bot, group: Chat
) -> None:
    fake.send("/about", alice, group)
    about = await fake.until(lambda: saying(fake, group, "Easel"))
    assert about is not None
    fake.send("and a hound?", bob, group, reply_to=about)
    assert await fake.until(lambda: saying(fake, group, "and a hound?"))


async def test_a_gift_goes_to_whose_message_it_replies_to(
    fake: TelegramFake, alice: User, bob: User, bot: Bot, group: Chat
) -> None:
    await bot.app.fulfilment.credited(Payment("test", "p1", identity(alice), 500, "USD", 499))
    await bot.app.accounts.for_identity(identity(bob))
    fake.send("/start", alice)
    assert await fake.until(lambda: fake.messages(alice))
    said = fake.send("look at this", bob, group)
    fake.send("/gift 50", alice, group, reply_to=said["message"])
    assert await fake.until(lambda: saying(fake, alice, "You gave 50 credits"))
    assert [await bot.balance(each) for each in (alice, bob)] == [450, 50]


@pytest.mark.parametrize(
    ("changes", "is_meant"),
    [({}, True), ({"forum_topic_created": {"name": "foxes", "icon_color": 1}}, False),
     ({"from": ANONYMOUS.json()}, False), ({"sender_chat": {"id": -1, "type": "channel"}}, False)],
)  # fmt: skip
def test_what_begins_a_topic_or_has_no_author_is_replied_to_by_nobody(
    bob: User, changes: dict[str, object], is_meant: bool
) -> None:
    chat = {"id": -5, "type": "supergroup"}
    replied = {"message_id": 1, "date": 1, "chat": chat, "from": bob.json()} | changes
    message = Message.de_json({"message_id": 2, "date": 2, "chat": chat, "reply_to_message": replied}, None)
    assert message is not None
    assert (answered(message) == identity(bob)) == is_meant


async def test_what_is_not_for_the_bot_is_not_answered(
    fake: TelegramFake, alice: User, bob: User, bot: Bot, group: Chat
) -> None:
    first = fake.send("hello everybody", alice, group)
    fake.send("/imagine@other_bot a fox", alice, group)
    fake.send("/play chess", alice, group)
    fake.send("see @other_bot", alice, group)
    fake.send("me too", bob, group, reply_to=first["message"])
    fake.send("/about@EASEL_test_bot", alice, group)
    await fake.until(lambda: fake.messages(group))
    await fake.until(lambda: not fake.updates.pending)
    assert len(fake.messages(group)) == 1
    assert await bot.balance(alice) == 0


async def test_results_stay_in_their_topic(fake: TelegramFake, alice: User, bot: Bot) -> None:
    forum = fake.group("Forum", alice, forum=True)
    thread = fake.topic(forum, "Foxes", alice)
    fake.send("/imagine a red fox", alice, forum, thread=thread)
    message = await fake.until(lambda: photo(fake, forum))
    assert message is not None
    assert message.json["message_thread_id"] == thread


async def test_each_topic_has_a_conversation_of_its_own(fake: TelegramFake, alice: User, bot: Bot) -> None:
    forum = fake.group("Forum", alice, forum=True)
    for name in ("one", "two"):
        thread = fake.topic(forum, name, alice)
        fake.send(f"/chat {name}?", alice, forum, thread=thread)
        await fake.until(partial(saying, fake, forum, f"{name}?"))
    account = await bot.app.accounts.for_identity(Identity("telegram", str(alice.id)))
    jobs = await bot.app.stores.jobs.history([account.id], 10)
    assert len({job.conversation for job in jobs}) == 2


@pytest.mark.parametrize("command", ["balance", "link", "history", "privacy"])
async def test_what_is_private_is_said_in_private(
    fake: TelegramFake, alice: User, bot: Bot, group: Chat, command: str
) -> None:
    fake.world.private(alice)
    fake.send(f"/{command}", alice, group)
    await fake.until(lambda: fake.messages(alice))
    assert fake.messages(group) == []


async def test_who_has_no_private_chat_learns_how_to_open_one(
    fake: TelegramFake, alice: User, bot: Bot, group: Chat
) -> None:
    fake.send("/link", alice, group)
    message = await fake.until(lambda: saying(fake, group, "in private first"))
    assert message is not None
    assert message.buttons[0][0]["url"] == "https://t.me/easel_test_bot?start=hello"


async def test_that_somebody_has_too_few_credits_is_not_for_the_group(
    fake: TelegramFake, alice: User, bot: Bot, group: Chat
) -> None:
    fake.world.private(alice)
    account = await bot.app.accounts.for_identity(Identity("telegram", str(alice.id)))
    await bot.app.stores.accounts.suspend(account.id, "a test")
    fake.send("/imagine a fox", alice, group)
    assert await fake.until(lambda: saying(fake, alice, "suspended"))
    await fake.until(lambda: fake.messages(group) == [])


async def test_nobodys_credits_are_used_for_an_anonymous_admin(fake: TelegramFake, bot: Bot, group: Chat) -> None:
    with fake.held() as held:
        fake.send("/imagine a fox", ANONYMOUS, group)
    held[0]["message"]["sender_chat"] = group.json()
    fake.deliver(*held)
    assert await fake.until(lambda: saying(fake, group, "Write as yourself"))


async def test_only_admins_of_the_group_choose_who_answers(
    fake: TelegramFake, alice: User, bob: User, bot: Bot, group: Chat
) -> None:
    group.administrators.add(alice.id)
    fake.send("/persona pirate", bob, group)
    assert await fake.until(lambda: saying(fake, group, "for the admins"))
    fake.send("/persona pirate", alice, group)
    assert await fake.until(lambda: saying(fake, group, "pirate answers here from now on"))
    assert (await bot.app.servers.get(f"telegram:{group.id}")).persona == "pirate"


async def test_a_group_that_becomes_a_supergroup_keeps_its_settings_and_gets_its_results(
    fake: TelegramFake, alice: User, bot: Bot
) -> None:
    group = fake.group("Friends", alice, kind="group")
    await bot.app.servers.set_persona(f"telegram:{group.id}", "pirate")
    gate = fake.faults.hold("sendMessage")
    fake.send("/imagine a red fox", alice, group)
    await fake.until(lambda: fake.called("sendMessage"))
    new = fake.migrate(group, alice)
    gate.set()
    assert await fake.until(lambda: photo(fake, new))
    await fake.until(lambda: not fake.updates.pending)
    assert (await bot.app.servers.get(f"telegram:{new.id}")).persona == "pirate"


async def test_pictures_mention_nobody(fake: TelegramFake, alice: User, bob: User, bot: Bot, group: Chat) -> None:
    fake.send("/imagine a portrait of @bob_in", alice, group)
    message = await fake.until(lambda: photo(fake, group))
    assert message is not None
    assert [entity for entity in message.entities if entity["type"] == "mention"] == []
    assert data_of(message.json)
