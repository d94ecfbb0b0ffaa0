"""Slash commands: acknowledged at once, shown in one message that lives, private where that is usual."""

from core.jobs.specs import ImageSpec
from tests.bots.slack.running import Easel, Mode, actions_of, running, texts_of


async def test_a_command_becomes_a_picture_in_the_message_that_showed_its_progress(core: Easel, mode: Mode) -> None:
    async with running(core, mode) as easel:
        handle = await easel.fake.command("/imagine a red fox --aspect 16:9")
        job = await easel.finished()

    assert handle.acked
    assert handle.took is not None
    assert handle.took < 1
    [message] = easel.fake.replies_of_app
    [file] = easel.fake.files
    assert job.result is not None
    assert file.data == await easel.app.media.read(job.result.pictures[0].name)
    assert (file.alt_txt, file.completed) == ("Demo picture: a red fox", True)
    [image] = [block for block in message.blocks if block["type"] == "image"]
    assert (image["slack_file"], image["alt_text"]) == ({"id": file.id}, "Demo picture: a red fox")
    assert texts_of(message)[0] == "a red fox"
    assert "Model demo-art" in texts_of(message)[-1]
    assert "demo: made by a program, not by AI" in texts_of(message)[-1]
    assert job.message_id == f"{message.channel}/{message.ts}/{file.id}"
    assert actions_of(message) == [
        f"easel.{action}" for action in ("reroll", "vary.1", "edit.1", "upscale.1", "delete")
    ]


async def test_what_only_concerns_one_person_is_said_to_them_only(easel: Easel) -> None:
    for command, words in (
        ("/balance", "You have *100 credits*"),
        ("/history", "You have made no requests so far"),
        ("/help imagine", "*/imagine* Draw a picture from words"),
        ("/easel help imagine", "*/imagine* Draw a picture from words"),
        ("/easel", "What you can type:"),
        ("/easel /balance", "You have *100 credits*"),
        ("/nothing", "There is no command /nothing"),
        ("/imagine x --aspect 5:4", "aspect must be one of"),
        ("/buy", "No way to pay is set up"),
    ):
        easel.fake.messages.clear()
        assert (await easel.fake.command(command, user="bob")).acked
        message = await easel.reply(words)
        assert message.only_for == easel.fake.team.user("bob").id
    assert not easel.fake.calls_of("chat.postMessage")


async def test_quotes_and_dashes_that_slack_inserts_are_understood(easel: Easel) -> None:
    await easel.fake.command("/imagine “a red fox” —aspect 16:9 \u2013count 2 &lt;3 &amp; more")
    job = await easel.finished()
    assert isinstance(job.spec, ImageSpec)
    assert (job.spec.prompt, job.spec.aspect, job.spec.count) == ('"a red fox"   <3 & more', "16:9", 2)


async def test_several_pictures_share_one_message_with_buttons_for_each(easel: Easel) -> None:
    await easel.fake.command("/imagine a red fox --count 4")
    job = await easel.finished()
    message = await easel.reply("vary.4")
    files = {file.id: file.data for file in easel.fake.files}
    shown = [files[block["slack_file"]["id"]] for block in message.blocks if block["type"] == "image"]
    assert job.result is not None
    assert shown == [await easel.app.media.read(picture.name) for picture in job.result.pictures]
    assert len(set(shown)) == 4
    assert [len(block["elements"]) for block in message.blocks if block["type"] == "actions"] == [3, 3, 3, 3, 2]


async def test_a_refused_request_leaves_nothing_where_others_read(easel: Easel) -> None:
    await easel.fake.command("/imagine forbidden fruit")
    message = await easel.reply("strike 1 of 5")
    assert message.only_for == easel.fake.team.user("alice").id
    await easel.shown(lambda: len(easel.fake.replies_of_app) == 1)
    assert [message.deleted for message in easel.fake.messages] == [True, False]


async def test_a_command_where_the_bot_is_not_is_answered_by_direct_message(easel: Easel) -> None:
    await easel.fake.command("/imagine a red fox", channel="random")
    job = await easel.finished()
    message = await easel.reply("easel.reroll")
    assert message.channel == job.reply_to.channel == easel.fake.team.dm("alice").id
    told = await easel.reply("/invite @Easel")
    random = easel.fake.team.channel("random")
    assert (told.channel, told.only_for) == (random.id, easel.fake.team.user("alice").id)
    assert f"<#{random.id}>" in texts_of(told)[0]


async def test_an_answer_where_the_bot_is_not_comes_by_the_response_url_and_else_by_direct_message(
    easel: Easel,
) -> None:
    await easel.fake.command("/balance", channel="random")
    assert (await easel.reply("100 credits")).channel == easel.fake.team.channel("random").id
    easel.fake.messages.clear()
    easel.fake.troubles.break_down("response_url")
    await easel.fake.command("/balance", channel="random")
    assert (await easel.reply("100 credits")).channel == easel.fake.team.dm("alice").id
    easel.fake.problems.clear()  # the fake notes refused uses of a response_url, ours too


async def test_the_file_of_an_export_is_sent_by_direct_message(easel: Easel) -> None:
    await easel.fake.command("/privacy export")
    told = await easel.reply("I have sent you the file")
    assert told.only_for == easel.fake.team.user("alice").id
    [file] = easel.fake.files
    assert list(file.shares) == [easel.fake.team.dm("alice").id]
    assert file.data is not None
    assert easel.identity().user.encode() in file.data


async def test_a_file_that_slack_took_and_lost_is_not_promised(easel: Easel) -> None:
    easel.fake.troubles.lose_answer("share")
    await easel.fake.command("/privacy export")
    await easel.reply("Slack did not take the file")


async def test_a_result_is_posted_again_for_whoever_lost_it(easel: Easel) -> None:
    await easel.fake.command("/imagine a red fox")
    job = await easel.finished()
    await easel.fake.command(f"/recover {job.id}")
    message = await easel.reply("easel.reroll", count=2)
    assert [block["slack_file"]["id"] for block in message.blocks if block["type"] == "image"] == [
        file.id for file in easel.fake.files
    ]
    assert len(easel.fake.files) == 1


async def test_chat_in_a_channel_goes_into_one_message(easel: Easel) -> None:
    await easel.fake.command("/chat hello there")
    await easel.finished()
    [message] = easel.fake.replies_of_app
    assert "Model demo-chat" in texts_of(message)[-1]
    assert f"<@{easel.fake.team.user('alice').id}> asked: hello there" in texts_of(message)
    assert not any("stream" in call.method.lower() for call in easel.fake.calls)


async def test_only_admins_of_the_workspace_choose_its_persona(easel: Easel) -> None:
    await easel.fake.command("/persona pirate", user="bob")
    await easel.reply("Ask one of them to type it")
    await easel.fake.command("/persona pirate", user="alice")
    await easel.reply("*pirate* answers here from now on")
    assert (await easel.app.servers.get(f"slack:{easel.fake.team.id}")).persona == "pirate"
