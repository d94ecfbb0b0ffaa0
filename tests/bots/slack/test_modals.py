"""Modals, shortcuts and the home tab."""

import pytest

from bots.slack.homepage import recent_of
from core.jobs.specs import ChatSpec, ImageSpec
from tests.bots.slack.running import Easel, everything, texts_of
from tests.fakes.pixels import png
from tests.fakes.slack import View


async def opened(easel: Easel) -> View:
    [view] = await easel.shown(lambda: easel.fake.views)
    found: View = view
    return found


def fields_of(view: View) -> list[str]:
    return [block["block_id"] for block in view.blocks]


async def test_imagine_without_words_asks_for_everything_it_can_do(easel: Easel) -> None:
    await easel.fake.command("/imagine")
    view = await opened(easel)
    assert fields_of(view) == ["prompt", "aspect", "count", "model", "seed", "style", "negative", "pictures"]
    values = {"prompt": "a red fox", "aspect": "16:9", "count": "2", "style": "pixel", "seed": "7"}
    assert (await easel.fake.submit_view(view, values)).acked
    job = await easel.finished()
    assert isinstance(job.spec, ImageSpec)
    assert (job.spec.prompt, job.spec.aspect, job.spec.count) == ("a red fox", "16:9", 2)
    assert (job.spec.style, job.spec.seed) == ("pixel", 7)
    assert (await easel.reply("easel.reroll")).channel == easel.fake.team.channel("general").id


async def test_a_field_that_cannot_be_is_complained_about_where_it_is(easel: Easel) -> None:
    await easel.fake.command("/imagine")
    view = await opened(easel)
    handle = await easel.fake.submit_view(view, {"prompt": "a red fox", "seed": "12.5"})
    assert list(handle.errors) == ["seed"]
    assert "must be a whole number" in handle.errors["seed"]
    assert view.is_open
    assert not await easel.jobs()


async def test_the_shortcut_asks_where_to_post_and_takes_the_direct_message_if_nobody_says(easel: Easel) -> None:
    await easel.fake.shortcut("easel_draw", "alice")
    await easel.fake.submit_view(await opened(easel), {"prompt": "a red fox"})
    await easel.finished()
    assert (await easel.reply("easel.reroll")).channel == easel.fake.team.dm("alice").id
    general = easel.fake.team.channel("general").id
    await easel.fake.shortcut("easel_draw", "alice")
    await easel.fake.submit_view(await opened(easel), {"prompt": "a red fox", "where": general})
    await easel.finished(count=2)
    assert (await easel.reply("easel.reroll", count=2)).channel == general


async def test_a_message_is_drawn_under_itself(easel: Easel) -> None:
    said = await easel.fake.mention("a red fox &amp; a hare")
    await easel.finished()
    assert said.message is not None
    await easel.fake.shortcut("easel_draw_message", "bob", said.message)
    view = await opened(easel)
    assert view.blocks[0]["element"]["initial_value"].endswith("a red fox & a hare")
    await easel.fake.submit_view(view, {"prompt": "a red fox"})
    await easel.finished("bob")
    assert (await easel.reply("easel.reroll")).thread_ts == said.message.ts


async def test_the_picture_of_a_message_is_changed_under_it(easel: Easel) -> None:
    said = await easel.fake.mention("look", files=[("cat.png", png(80, 60))])
    await easel.finished()
    assert said.message is not None
    await easel.fake.shortcut("easel_change_message", "bob", said.message)
    await easel.fake.submit_view(await opened(easel), {"prompt": "make it blue"})
    job = await easel.finished("bob")
    assert isinstance(job.spec, ImageSpec)
    assert (job.spec.operation, len(job.spec.sources)) == ("edit", 1)


async def test_a_picture_of_ours_can_be_changed_by_anybody_who_sees_it(easel: Easel) -> None:
    await easel.fake.command("/imagine a red fox")
    await easel.finished()
    message = await easel.reply("easel.reroll")
    await easel.fake.shortcut("easel_change_message", "bob", message)
    await easel.fake.submit_view(await opened(easel), {"prompt": "make it blue"})
    job = await easel.finished("bob")
    assert isinstance(job.spec, ImageSpec)
    assert len(job.spec.sources) == 1


async def test_a_message_without_a_picture_has_none_to_change(easel: Easel) -> None:
    said = await easel.fake.mention("look")
    assert said.message is not None
    await easel.fake.shortcut("easel_change_message", "bob", said.message)
    await easel.reply("no picture in this message")
    assert not easel.fake.views


async def test_a_message_is_asked_about_in_its_thread(easel: Easel) -> None:
    said = await easel.fake.mention("foxes are red")
    await easel.finished()
    assert said.message is not None
    await easel.fake.shortcut("easel_ask_message", "bob", said.message)
    await easel.fake.submit_view(await opened(easel), {"message": "why are foxes red?"})
    job = await easel.finished("bob")
    assert isinstance(job.spec, ChatSpec)
    assert job.spec.prompt == "why are foxes red?"
    assert easel.fake.replies_of_app[-1].thread_ts == said.message.ts


async def test_the_same_submission_twice_is_one_job(easel: Easel) -> None:
    await easel.fake.command("/imagine")
    handle = await easel.fake.submit_view(await opened(easel), {"prompt": "a red fox"})
    await easel.fake.redeliver(handle)
    await easel.finished()
    assert len(await easel.jobs()) == 1


async def test_a_modal_of_an_older_version_closes(easel: Easel) -> None:
    await easel.fake.command("/imagine")
    view = await opened(easel)
    view.definition["callback_id"] = "easel.modal.forgotten"
    assert (await easel.fake.submit_view(view, {"prompt": "x"})).acked
    assert not await easel.jobs()


async def test_the_home_tab_shows_credits_pictures_and_how_the_workspace_is_set_up(easel: Easel) -> None:
    await easel.fake.open_home()
    home = await easel.shown(lambda: easel.fake.home("alice") if easel.fake.calls_of("views.publish") else None)
    assert "You have *100 credits*" in str(home.blocks)
    assert "latest pictures will be shown here" in str(home.blocks)
    assert "How I behave in this workspace" in str(home.blocks)
    await easel.fake.command("/imagine a red fox")
    await easel.finished()
    await easel.fake.open_home()
    await easel.shown(lambda: len(easel.fake.calls_of("views.publish")) == 2)
    home = easel.fake.home("alice")
    [image] = [block for block in home.blocks if block["type"] == "image"]
    assert image["slack_file"] == {"id": easel.fake.files[0].id}
    assert "a red fox" in image["title"]["text"]
    assert "You have *90 credits*" in str(home.blocks)


async def test_pictures_that_are_no_files_of_this_workspace_are_left_out(easel: Easel) -> None:
    await easel.fake.command("/imagine a red fox")
    job = await easel.finished()
    team = easel.fake.team.id
    linked = job.model_copy(update={"message_id": "C1/1700000000.000100"})
    assert len(recent_of([job, linked], team)) == 1
    assert not recent_of([job], "T9")


async def test_a_home_tab_whose_pictures_are_gone_is_shown_without_them(easel: Easel) -> None:
    await easel.fake.command("/imagine a red fox")
    await easel.finished()
    easel.fake.troubles.refuse("views.publish", "invalid_slack_file")
    await easel.fake.open_home()
    await easel.shown(lambda: len(easel.fake.calls_of("views.publish")) == 2)
    await easel.shown(lambda: "latest pictures will be shown here" in str(easel.fake.home("alice").blocks))


@pytest.mark.parametrize(
    ("button", "words"),
    [
        ("buy", "No way to pay is set up"),
        ("daily", "your 5 free credits"),
        ("history", "You have made no requests"),
        ("help", "What you can type"),
    ],
)
async def test_the_buttons_of_the_home_tab_answer_in_a_modal(easel: Easel, button: str, words: str) -> None:
    await easel.fake.open_home()
    await easel.shown(lambda: easel.fake.calls_of("views.publish"))
    assert (await easel.fake.press(f"home.{button}", easel.fake.home("alice"), "alice")).acked
    view = await opened(easel)
    await easel.shown(lambda: words in str(view.blocks))


async def test_an_answer_whose_modal_does_not_open_comes_by_direct_message(easel: Easel) -> None:
    await easel.fake.open_home()
    await easel.shown(lambda: easel.fake.calls_of("views.publish"))
    easel.fake.troubles.refuse("views.open", "expired_trigger_id")
    await easel.fake.press("home.history", easel.fake.home("alice"), "alice")
    assert (await easel.reply("You have made no requests")).channel == easel.fake.team.dm("alice").id


async def test_drawing_from_the_home_tab_opens_the_modal(easel: Easel) -> None:
    await easel.fake.open_home()
    await easel.shown(lambda: easel.fake.calls_of("views.publish"))
    await easel.fake.press("home.draw", easel.fake.home("alice"), "alice")
    await easel.fake.submit_view(await opened(easel), {"prompt": "a red fox"})
    await easel.finished()
    message = await easel.reply("easel.reroll")
    assert texts_of(message)[0] == "a red fox"
    assert "easel.delete" in everything(message)
