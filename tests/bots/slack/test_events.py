"""Mentions, threads, direct messages and the assistant's pane: words become commands or a conversation."""

import io

import pytest
from PIL import Image

from core.jobs.specs import ChatSpec, ImageSpec
from tests.bots.slack.running import Easel, Mode, core_again, everything, running, texts_of
from tests.fakes.pixels import png


async def test_a_mention_is_answered_in_its_thread_by_a_message_that_grows(core: Easel, mode: Mode) -> None:
    async with running(core, mode) as easel:
        handle = await easel.fake.mention("tell me about foxes")
        job = await easel.finished()
    assert handle.acked
    assert handle.message is not None
    [message] = easel.fake.replies_of_app
    assert message.thread_ts == handle.message.ts
    assert message.stream is not None
    assert message.stream.state == "done"
    assert job.result is not None
    assert isinstance(job.spec, ChatSpec)
    assert job.spec.prompt == "tell me about foxes"
    assert texts_of(message)[0].startswith(job.result.text[:20])
    assert job.message_id == f"{message.channel}/{message.ts}"


async def test_words_appear_while_they_are_written(core: Easel) -> None:
    slow = core.app.settings.model_copy(update={"demo_seconds": 1.0})
    async with core_again(core, slow) as again, running(again) as easel:
        await easel.fake.mention("tell me about <@U1> & <b>foxes</b>")
        job = await easel.finished()
    [message] = easel.fake.replies_of_app
    assert message.stream is not None
    assert job.result is not None
    assert len(message.stream.text) > 10
    assert job.result.text.startswith(message.stream.text.replace("\u200b", ""))
    assert "<@" not in message.stream.text


@pytest.mark.parametrize("words", ["/imagine a red fox --count 2", "imagine a red fox --count 2"])
async def test_a_mention_can_carry_a_command(easel: Easel, words: str) -> None:
    handle = await easel.fake.mention(words, user="bob")
    job = await easel.finished("bob")
    assert isinstance(job.spec, ImageSpec)
    assert (job.spec.prompt, job.spec.count) == ("a red fox", 2)
    assert handle.message is not None
    assert (await easel.reply("easel.reroll")).thread_ts == handle.message.ts


async def test_a_command_for_one_person_is_answered_to_them_only_in_the_thread(easel: Easel) -> None:
    handle = await easel.fake.mention("balance", user="bob")
    message = await easel.reply("100 credits")
    assert handle.message is not None
    assert (message.only_for, message.thread_ts) == (easel.fake.team.user("bob").id, handle.message.ts)


async def test_a_mention_without_words_says_what_can_be_asked(easel: Easel) -> None:
    await easel.fake.mention("")
    await easel.reply("Ask me anything")


async def test_each_thread_remembers_what_was_said_in_it_and_nothing_else(easel: Easel) -> None:
    first = await easel.fake.mention("one")
    await easel.finished()
    assert first.message is not None
    await easel.fake.mention("two", thread_ts=first.message.ts)
    job = await easel.finished(count=2)
    assert isinstance(job.spec, ChatSpec)
    assert [turn.question for turn in job.spec.history] == ["one"]
    await easel.fake.mention("three")
    job = await easel.finished(count=3)
    assert isinstance(job.spec, ChatSpec)
    assert job.spec.history == ()


async def test_a_direct_message_is_answered_in_place_and_what_the_bot_says_is_not(easel: Easel) -> None:
    await easel.fake.message("hello")
    await easel.finished()
    await easel.fake.message("/balance")
    await easel.reply("credits*")
    assert [message.only_for for message in easel.fake.replies_of_app] == [None, None]
    assert len(await easel.jobs()) == 1
    echoes = [handle for handle in easel.fake.deliveries if handle.payload["event"].get("bot_id")]
    assert echoes, "the bot hears itself"


async def test_a_refusal_in_a_direct_message_takes_the_place_of_the_placeholder(easel: Easel) -> None:
    await easel.fake.message("imagine forbidden fruit")
    message = await easel.reply("strike 1 of 5")
    assert [each.deleted for each in easel.fake.messages if each.bot_id] == [False]
    assert message.only_for is None


async def test_an_attached_picture_is_changed_as_the_words_say(easel: Easel) -> None:
    await easel.fake.mention("edit make it blue", files=[("cat.png", png(80, 60))])
    job = await easel.finished()
    assert isinstance(job.spec, ImageSpec)
    assert job.spec.operation == "edit"
    kept = await easel.app.media.read(job.spec.sources[0].name)
    assert kept is not None
    assert Image.open(io.BytesIO(kept)).size == (80, 60)


async def test_an_attached_picture_is_enlarged(easel: Easel) -> None:
    await easel.fake.mention("upscale", files=[("cat.png", png(80, 60))])
    job = await easel.finished()
    assert job.result is not None
    assert (job.result.pictures[0].width, job.result.pictures[0].height) == (160, 120)


async def test_a_question_about_an_attached_picture_is_answered(easel: Easel) -> None:
    await easel.fake.message("what is this?", files=[("cat.png", png())])
    job = await easel.finished()
    assert job.result is not None
    assert "with 1 pictures" in job.result.text


async def test_a_file_that_is_no_picture_is_refused_with_a_sentence(easel: Easel) -> None:
    await easel.fake.message("imagine it in blue", files=[("cat.png", b"<html>Sign in</html>")])
    await easel.reply("Attach a PNG, JPEG or WebP")


async def test_the_same_event_three_times_is_one_job_and_one_message(core: Easel, mode: Mode) -> None:
    async with running(core, mode) as easel:
        handle = await easel.fake.mention("imagine a red fox")
        await easel.fake.redeliver(handle, times=2)
        await easel.finished()
        await easel.fake.redeliver(handle)
    assert len(await easel.jobs()) == 1
    assert len(easel.fake.replies_of_app) == 1
    assert [message.deleted for message in easel.fake.messages if message.bot_id] == [False]


async def test_the_assistant_greets_with_prompts_and_names_the_thread(easel: Easel) -> None:
    started = await easel.fake.assistant_thread_started()
    assert started.message is not None
    place = started.message.channel, started.message.ts
    await easel.reply("What shall it be?")
    prompts = easel.fake.thread(*place)["prompts"]
    assert prompts[0]["title"] == "Draw something"

    await easel.fake.message("What is a fox?", thread_ts=started.message.ts)
    await easel.finished()
    message = await easel.reply("Model demo-chat")
    assert message.stream is not None
    assert message.thread_ts == started.message.ts
    thread = easel.fake.thread(*place)
    assert (thread["title"], thread["statuses"]) == ("What is a fox?", ["is thinking…"])

    await easel.fake.message(prompts[0]["message"], thread_ts=started.message.ts)
    await easel.finished(count=2)
    assert easel.fake.thread(*place)["title"] == "What is a fox?"
    assert "easel.reroll" in everything(await easel.reply("snowy forest"))


async def test_who_stops_an_answer_that_is_being_written_keeps_what_was_read_and_pays_for_it(core: Easel) -> None:
    slow = core.app.settings.model_copy(update={"demo_seconds": 20.0})
    async with core_again(core, slow) as again, running(again) as easel:
        await easel.fake.mention("tell me about foxes")
        [message] = await easel.shown(
            lambda: [each for each in easel.fake.replies_of_app if each.stream and each.stream.chunks]
        )
        easel.fake.stop_stream(message)
        job = await easel.finished()
    assert (job.state, job.charged) == ("cancelled", 1)
    assert "You stopped this answer here" in texts_of(message)[0]
