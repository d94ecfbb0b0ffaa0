"""Slash commands: acknowledged at once, shown in one message that lives, private where that is usual."""

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
