"""Mentions, replies and direct messages."""

import pytest

from bots.discord.markdown import CONTENT
from core.ids import job_id
from core.jobs.specs import ChatSpec
from tests.bots.discord.running import Running, identity, is_picture
from tests.fakes.discord import Channel, ChannelKind, DiscordFake, Guild, Interaction, Message, Upload, User


def is_answer(message: Message) -> bool:
    return "Model: demo-chat" in message.text


async def specs(easel: Running, user: User) -> list[ChatSpec]:
    """The questions of this person as they were asked, the latest first."""
    account = await easel.app.accounts.for_identity(identity(user))
    jobs = await easel.app.stores.jobs.history([account.id], 20)
    return [job.spec for job in jobs if isinstance(job.spec, ChatSpec)]


async def test_a_mention_is_answered_in_place_and_pings_nobody(
    easel: Running, fake: DiscordFake, alice: User, home: Guild
) -> None:
    said = fake.message(f"{fake.world.bot.mention} hello there", alice, home.channels[0])
    answer = await said.answer(is_answer)
    assert answer.reply_to is said.message
    assert not answer.now.v2
    assert [spec.prompt for spec in await specs(easel, alice)] == ["hello there"]
    posted = [one for one in fake.requests if one.method in ("POST", "PATCH") and "/messages" in one.route]
    assert all(one.body.value["allowed_mentions"]["parse"] == [] for one in posted)


async def test_what_is_not_meant_for_us_is_not_heard(
    easel: Running, fake: DiscordFake, alice: User, bob: User, home: Guild
) -> None:
    channel = home.channels[0]
    fake.message("good morning", alice, channel)
    fake.message(f"{bob.mention} hello", alice, channel)
    robot = fake.world.add_user("robot", bot=True)
    fake.message(f"{fake.world.bot.mention} hello", robot, channel)
    said = fake.message(f"{fake.world.bot.mention} hello", alice, channel)
    await said.answer(is_answer)
    assert len([one for one in fake.messages if one.author is fake.world.bot]) == 1


async def test_a_direct_message_is_a_chat_and_may_be_a_command(easel: Running, fake: DiscordFake, alice: User) -> None:
    await fake.message("hello", alice, fake.dm(alice)).answer(is_answer)
    drawn = fake.message("/imagine a red fox --aspect 16:9", alice, fake.dm(alice))
    shown = await drawn.answer(is_picture)
    assert shown.now.v2
    balance = await fake.message("/balance", alice, fake.dm(alice)).answer(lambda message: "You have" in message.text)
    assert "**89 credits**" in balance.text
    unknown = await fake.message("/imagin a fox", alice, fake.dm(alice)).answer()
    assert "Did you mean /imagine?" in unknown.text


async def test_each_thread_has_a_memory_of_its_own(easel: Running, fake: DiscordFake, alice: User, home: Guild) -> None:
    channel, me = home.channels[0], fake.world.bot.mention
    thread = Channel(fake.world.ids.new(), ChannelKind.PUBLIC_THREAD, "talk", home, (), channel, alice)
    fake.world.add_channel(thread)
    fake.world.dispatch("THREAD_CREATE", thread.payload(), home, 1)
    await fake.message(f"{me} my cat is Tom", alice, thread).answer(is_answer)
    await fake.message(f"{me} what is my cat?", alice, thread).answer(is_answer)
    await fake.message(f"{me} elsewhere", alice, channel).answer(is_answer)
    elsewhere, second, first = await specs(easel, alice)
    assert [turn.question for turn in second.history] == ["my cat is Tom"]
    assert (first.history, elsewhere.history) == ((), ())


async def test_a_reply_to_an_answer_goes_on_with_it(easel: Running, fake: DiscordFake, alice: User) -> None:
    there = fake.dm(alice)
    answer = await fake.message("my cat is Tom", alice, there).answer(is_answer)
    await fake.message("what is my cat?", alice, there, reply_to=answer).answer(is_answer)
    [second, _] = await specs(easel, alice)
    assert (second.prompt, len(second.history)) == ("what is my cat?", 1)


async def test_a_mention_below_somebodys_message_is_about_that(
    easel: Running, fake: DiscordFake, alice: User, bob: User, home: Guild
) -> None:
    first = fake.message("E = mc²", bob, home.channels[0])
    asked = f"{fake.world.bot.mention} what is that?"
    await fake.message(asked, alice, home.channels[0], reply_to=first.message).answer(is_answer)
    [spec] = await specs(easel, alice)
    assert spec.prompt == "what is that?\n\nThe message that this is about:\nE = mc²"


async def test_a_picture_goes_along(easel: Running, fake: DiscordFake, alice: User) -> None:
    shown = await fake.command("imagine", {"prompt": "fox"}, user=alice).original(is_picture)
    [data] = shown.files.values()
    files = [Upload("fox.png", data, "image/png")]
    said = fake.message("what is this?", alice, fake.dm(alice), files=files)
    assert "with 1 pictures" in (await said.answer(is_answer)).text


async def test_a_bare_mention_is_told_what_to_do(easel: Running, fake: DiscordFake, alice: User, home: Guild) -> None:
    said = fake.message(fake.world.bot.mention, alice, home.channels[0])
    assert "Ask me anything" in (await said.answer()).text


async def long_answer(easel: Running, fake: DiscordFake, user: User, guild: Guild, **options: object) -> Interaction:
    """Deliver an answer with a long program in place of a short one that is there already."""
    asked = fake.command("chat", {"message": "a program", **options}, user=user, guild=guild)  # type: ignore[dict-item]  # options are of several types
    await asked.original(is_answer)
    job = await easel.app.stores.jobs.get(job_id(f"discord:{asked.id}"))
    assert job is not None
    assert job.result is not None
    lines = "\n".join(f"print({number})" for number in range(400))
    longer = job.result.model_copy(update={"text": f"Here it is:\n```python\n{lines}\n```\nDone."})
    for _ in range(2):  # as after a crash
        await easel.messenger.deliver(job.model_copy(update={"result": longer}))
    return asked


async def test_a_long_answer_is_split_without_breaking_code(
    easel: Running, fake: DiscordFake, alice: User, home: Guild
) -> None:
    asked = await long_answer(easel, fake, alice, home)
    answers = [message for message in fake.messages if message.author is fake.world.bot]
    assert answers[0] is asked.response
    assert len(answers) == 3
    assert all(len(message.text) <= CONTENT and message.text.count("```") == 2 for message in answers)
    assert answers[1].text.startswith("```python\nprint(")
    assert answers[1].reply_to is asked.response
    assert is_answer(answers[-1])


async def test_a_long_private_answer_stays_private(easel: Running, fake: DiscordFake, alice: User, home: Guild) -> None:
    asked = await long_answer(easel, fake, alice, home, private=True)
    assert asked.ephemeral
    answers = [message for message in fake.messages if message.author is fake.world.bot]
    assert len(answers) > 1
    assert all(message.ephemeral for message in answers)


async def test_an_app_of_a_person_answers_where_the_bot_is_no_member(
    easel: Running, fake: DiscordFake, alice: User, bob: User
) -> None:
    asked = fake.command("imagine", {"prompt": "fox"}, user=alice, channel=fake.group(alice, bob))
    assert await asked.original(is_picture)
    elsewhere = fake.guild("elsewhere", installed=False)
    first = await long_answer(easel, fake, alice, elsewhere)
    assert len(first.sent) == 2 * 2  # follow-ups are not known again by a nonce


async def test_the_same_message_twice_is_answered_once(
    easel: Running, fake: DiscordFake, alice: User, home: Guild
) -> None:
    said = fake.message(f"{fake.world.bot.mention} hello", alice, home.channels[0])
    data = said.message.payload(fake.world.base) | {"guild_id": home.id, "member": {"roles": [], "joined_at": None}}
    fake.world.dispatch("MESSAGE_CREATE", data, home, 1 << 9)
    await said.answer(is_answer)
    fake.world.dispatch("MESSAGE_CREATE", data, home, 1 << 9)
    fence = fake.message(f"{fake.world.bot.mention} and now?", alice, home.channels[0])
    await fence.answer(is_answer)
    assert len([one for one in fake.messages if one.author is fake.world.bot]) == 2
    assert await easel.available(alice) == 98


async def test_what_only_the_person_should_read_comes_as_a_direct_message(
    easel: Running, fake: DiscordFake, alice: User, home: Guild
) -> None:
    fake.message(f"{fake.world.bot.mention} /balance", alice, home.channels[0])
    assert "**100 credits**" in (await fake.posted(fake.dm(alice))).text
    fake.message(f"{fake.world.bot.mention} forbidden fruit", alice, home.channels[0])
    assert await fake.posted(fake.dm(alice), lambda message: "against the rules" in message.text)
    await fake.settled(lambda: all(m.deleted for m in fake.messages if m.text == "Thinking…"), "the placeholder to go")


async def test_who_takes_no_direct_messages_is_told_in_place_without_details(
    easel: Running, fake: DiscordFake, alice: User, home: Guild
) -> None:
    alice.dms_blocked = True
    said = fake.message(f"{fake.world.bot.mention} /balance", alice, home.channels[0])
    told = await said.answer()
    assert "Use the slash command instead" in told.text
    assert "credits" not in told.text
    refused = fake.message(f"{fake.world.bot.mention} forbidden fruit", alice, home.channels[0])
    assert await refused.answer(lambda message: "slash command" in message.text)


@pytest.mark.parametrize("where", ["writable", "visible"])
async def test_a_channel_where_we_may_not_write_is_told_to_the_person(
    easel: Running, fake: DiscordFake, alice: User, home: Guild, where: str
) -> None:
    setattr(home.channels[0], where, False)
    fake.message(f"{fake.world.bot.mention} hello", alice, home.channels[0])
    told = await fake.posted(fake.dm(alice))
    assert f"I may not write in <#{home.channels[0].id}>" in told.text
    assert await easel.jobs(alice) == 0
