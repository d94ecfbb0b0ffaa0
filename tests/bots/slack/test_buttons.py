"""Buttons under results: they work after a restart, for whom they belong to, and for nobody else."""

from pathlib import Path

import pytest

from bots.replies import Link, Reply
from bots.slack import placeholders
from bots.slack.telling import tell
from core.ids import job_id
from core.jobs.specs import ImageSpec
from tests.bots.slack.running import Easel, actions_of, core_again, core_of, running, texts_of
from tests.bots.slack.test_messenger import place_in
from tests.bots.slack.test_pictures import client_of
from tests.fakes.slack import Message, SlackFake


async def drawn(easel: Easel, words: str = "a red fox") -> Message:
    await easel.fake.command(f"/imagine {words}")
    await easel.finished()
    return await easel.reply("easel.reroll")


@pytest.mark.parametrize(("button", "operation"), [("reroll", "draw"), ("vary.1", "vary"), ("upscale.1", "upscale")])
async def test_a_press_makes_a_new_result_from_the_old_one(easel: Easel, button: str, operation: str) -> None:
    message = await drawn(easel)
    assert (await easel.fake.press(f"easel.{button}", message, "alice")).acked
    job = await easel.finished(count=2)
    assert isinstance(job.spec, ImageSpec)
    assert job.spec.operation == operation
    assert len(easel.fake.replies_of_app) == 2
    assert "easel.delete" in actions_of(easel.fake.replies_of_app[-1])


async def test_a_button_works_after_a_restart(core: Easel) -> None:
    async with running(core) as easel:
        message = await drawn(easel)
    async with core_again(core, core.app.settings) as again:
        again.fake.socket.opened = 0
        async with running(again) as easel:
            await easel.fake.press("easel.reroll", message, "alice")
            await easel.finished(count=2)


async def test_edit_asks_what_to_change_and_changes_it(easel: Easel) -> None:
    message = await drawn(easel)
    await easel.fake.press("easel.edit.1", message, "alice")
    [view] = await easel.shown(lambda: easel.fake.views)
    assert (await easel.fake.submit_view(view, {"prompt": "make it blue"})).acked
    job = await easel.finished(count=2)
    assert isinstance(job.spec, ImageSpec)
    assert (job.spec.operation, job.spec.prompt) == ("edit", "make it blue")
    assert job.spec.parent == (await easel.jobs())[1].id
    assert not easel.fake.views


async def test_a_result_can_be_deleted_by_whom_it_belongs_to(easel: Easel) -> None:
    message = await drawn(easel)
    await easel.fake.press("easel.delete", message, "bob")
    assert (await easel.reply("is not yours")).only_for == easel.fake.team.user("bob").id
    assert not message.deleted
    await easel.fake.press("easel.delete", message, "alice")
    await easel.shown(lambda: message.deleted)


@pytest.mark.parametrize("where", ["channel", "thread"])
async def test_a_long_answer_is_deleted_with_all_its_messages_and_nothing_else(easel: Easel, where: str) -> None:
    said = await easel.fake.mention("hello") if where == "thread" else None
    if said is None:
        await easel.fake.command("/chat hello")
    job = await easel.finished()
    other = await easel.fake.mention("and you?", thread_ts=easel.fake.replies_of_app[0].thread_ts or None)
    await easel.finished(count=2)
    assert job.result is not None
    text = "\n".join(f"line {number} {'x' * 80}" for number in range(300))
    long = {"result": job.result.model_copy(update={"text": text}), "deliveries": 1, "delivered_at": None}
    await easel.app.messengers["slack"].deliver(job.model_copy(update=long))
    pages = [each for each in easel.fake.replies_of_app if each.metadata and job.id in str(each.metadata)]
    assert len(pages) == 3
    await easel.fake.press("easel.delete", pages[-1], "alice")
    await easel.shown(lambda: all(page.deleted for page in pages))
    assert other.message is not None
    assert len(easel.fake.replies_of_app) == 1


async def test_a_message_that_somebody_deleted_before_keeps_none_of_the_others(easel: Easel) -> None:
    message = await drawn(easel)
    easel.fake.troubles.refuse("chat.delete", "message_not_found")
    await easel.fake.press("easel.delete", message, "alice")
    await easel.shown(lambda: easel.fake.calls_of("chat.delete"))
    assert len(easel.fake.replies_of_app) == 1


async def test_a_form_that_slack_does_not_open_is_said_so_in_private(easel: Easel) -> None:
    message = await drawn(easel)
    easel.fake.troubles.refuse("views.open", "expired_trigger_id")
    await easel.fake.press("easel.edit.1", message, "alice")
    assert (await easel.reply("did not open the form")).only_for == easel.fake.team.user("alice").id


async def test_a_rate_limit_is_not_waited_for_where_a_form_has_three_seconds(easel: Easel) -> None:
    easel.fake.troubles.rate_limit("views.open", seconds=60)
    await easel.fake.command("/imagine")
    await easel.reply("did not open the form")


async def test_nobody_deletes_another_ones_result_with_the_name_of_their_own(easel: Easel) -> None:
    message = await drawn(easel)
    await easel.fake.command("/imagine a cat", user="bob")
    own = await easel.finished("bob")
    await easel.fake.press("easel.delete", message, "bob", own.id)
    assert (await easel.reply("cannot be used any more")).only_for == easel.fake.team.user("bob").id
    assert not message.deleted


@pytest.mark.parametrize("button", ["easel.reroll", "easel.edit.1", "easel.upscale.1"])
async def test_other_peoples_buttons_answer_in_private(easel: Easel, button: str) -> None:
    message = await drawn(easel)
    await easel.fake.press(button, message, "bob")
    assert (await easel.reply("is not yours")).only_for == easel.fake.team.user("bob").id
    assert not easel.fake.views
    assert not await easel.jobs("bob")
    assert len([each for each in easel.fake.messages if each.bot_id and not each.ephemeral]) == 1


@pytest.mark.parametrize("value", ["", "nonsense", "a" * 16, "../../etc", "aaaaaaaaaaaaaaaa'--", "é" * 16])
@pytest.mark.parametrize("button", ["easel.reroll", "easel.edit.1", "easel.delete"])
async def test_a_forged_value_is_a_private_sentence(easel: Easel, value: str, button: str) -> None:
    message = await drawn(easel)
    handle = await easel.fake.press(button, message, "bob", value)
    assert handle.acked
    told = await easel.shown(lambda: [each for each in easel.fake.replies_of_app if each.ephemeral])
    assert told[0].only_for == easel.fake.team.user("bob").id
    assert not await easel.jobs("bob")


@pytest.mark.parametrize("action", ["easel.explode", "easel.vary.0", "easel.vary.999", "somebody.elses", "x"])
async def test_an_unknown_action_id_is_a_private_sentence(easel: Easel, action: str) -> None:
    message = await drawn(easel)
    message.blocks[-1]["elements"][0]["action_id"] = action
    assert (await easel.fake.press(action, message, "alice")).acked
    told = await easel.reply("cannot be used any more")
    assert told.only_for == easel.fake.team.user("alice").id
    assert len(await easel.jobs()) == 1


async def test_cancel_stops_a_request_and_its_message_says_so(fake: SlackFake, tmp_path: Path) -> None:
    async with core_of(fake, tmp_path, demo_seconds=30) as core, running(core) as easel:
        await fake.command("/imagine a red fox")
        message = await easel.reply("Working")
        assert actions_of(message) == ["easel.cancel"]
        assert (await fake.press("easel.cancel", message, "alice")).acked
        job = await easel.finished()
        assert job.state == "cancelled"
        assert "is cancelled. No credits were used." in texts_of(message)[0]
        assert actions_of(message) == ["easel.reroll", "easel.delete"]


async def test_what_waits_for_a_request_that_a_crash_has_lost_says_so_when_somebody_stops_it(core: Easel) -> None:
    client, lost = client_of(core), job_id("slack:T1:lost")
    for age in (10, 1000):
        async with running(core, work=False) as easel:
            await placeholders.opened(client, place_in(core), lost, "a red fox", "picture")
            message = easel.fake.replies_of_app[-1]
            message.ts = f"{float(message.ts) - age:.6f}"
            await easel.fake.press("easel.cancel", message, "alice")
            await easel.reply("does not exist" if age == 10 else "lost before it began")
    assert actions_of(message) == []


async def test_a_link_opens_a_page_and_its_press_is_only_acknowledged(easel: Easel) -> None:
    reply = Reply("text", "Credit packs:", links=(Link("500 credits", "https://pay.example/1"),))
    await tell(client_of(easel), place_in(easel), reply)
    [message] = easel.fake.replies_of_app
    assert (await easel.fake.press("link.1", message, "alice")).acked
    await easel.fake.command("/balance")
    await easel.reply("100 credits")
    assert len(easel.fake.replies_of_app) == 2


async def test_cancel_comes_too_late(easel: Easel) -> None:
    message = await drawn(easel)
    message.blocks[-1]["elements"][0]["action_id"] = "easel.cancel"
    await easel.fake.press("easel.cancel", message, "alice")
    assert (await easel.reply("has ended already")).ephemeral


async def test_the_same_press_three_times_is_one_job(easel: Easel) -> None:
    message = await drawn(easel)
    handle = await easel.fake.press("easel.reroll", message, "alice")
    await easel.fake.redeliver(handle, times=2)
    await easel.finished(count=2)
    await easel.fake.redeliver(handle)
    assert len(await easel.jobs()) == 2
    assert len(easel.fake.replies_of_app) == 2
