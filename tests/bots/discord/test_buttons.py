"""Buttons, windows and menus under messages."""

import pytest

from bots.discord.buttons import TEMPLATE, button_id
from core.settings import Settings
from tests.bots.discord.running import Running, is_picture, running
from tests.fakes.discord import CallbackKind, DiscordFake, Guild, Message, Upload, User

JOB = "abcdefghijklmnop"


def button(message: Message, action: str, index: str = "") -> str:
    """The id of a button, by what it does."""
    found = (TEMPLATE.fullmatch(custom_id) for custom_id in message.controls)
    return next(match[0] for match in found if match and match["action"] == action and match["index"] == index)


async def drawn(fake: DiscordFake, user: User, guild: Guild, count: int = 1) -> Message:
    asked = fake.command("imagine", {"prompt": "a red fox", "count": count}, user=user, guild=guild)
    return await asked.original(is_picture)


async def test_buttons_work_after_a_restart(fake: DiscordFake, settings: Settings, alice: User, home: Guild) -> None:
    async with running(fake, settings):
        shown = await drawn(fake, alice, home)
    async with running(fake, settings, sessions=2) as easel:
        again = await fake.press(button(shown, "reroll"), shown, user=alice).original(is_picture)
        assert again is not shown
        assert again.files != shown.files
        assert await easel.available(alice) == 80


async def test_each_of_several_pictures_can_be_varied_and_enlarged(
    easel: Running, fake: DiscordFake, alice: User, home: Guild
) -> None:
    shown = await drawn(fake, alice, home, count=4)
    assert len(shown.files) == 4
    varied = await fake.press(button(shown, "vary", "3"), shown, user=alice).original(is_picture)
    assert len(varied.files) == 1
    enlarged = await fake.press(button(shown, "upscale", "4"), shown, user=alice).original(is_picture)
    assert len(enlarged.files) == 1
    assert await easel.available(alice) == 40


async def test_editing_asks_what_to_change_in_a_window(
    easel: Running, fake: DiscordFake, alice: User, home: Guild
) -> None:
    shown = await drawn(fake, alice, home)
    opened = fake.press(button(shown, "edit", "1"), shown, user=alice)
    assert (await opened.acked()).kind is CallbackKind.MODAL
    edited = await fake.submit_modal(opened, {"words": "make it night"}).original(is_picture)
    assert "**make it night**" in edited.text


async def test_a_window_that_was_opened_before_a_restart_is_read_after_it(
    fake: DiscordFake, settings: Settings, alice: User, home: Guild
) -> None:
    async with running(fake, settings):
        shown = await drawn(fake, alice, home)
        opened = fake.press(button(shown, "edit", "1"), shown, user=alice)
        await opened.acked()
    async with running(fake, settings, sessions=2):
        assert await fake.submit_modal(opened, {"words": "make it night"}).original(is_picture)


async def test_what_others_press_is_refused_in_private_and_changes_nothing(
    easel: Running, fake: DiscordFake, alice: User, bob: User, home: Guild
) -> None:
    shown = await drawn(fake, alice, home)
    for action in ("reroll", "vary", "upscale"):
        pressed = fake.press(button(shown, action, "" if action == "reroll" else "1"), shown, user=bob)
        refused = await pressed.original()
        assert refused.ephemeral
        assert refused.text.startswith("That request does not exist, or is not yours.")
    assert (await fake.press(button(shown, "delete"), shown, user=bob).followup()).ephemeral
    opened = fake.press(button(shown, "edit", "1"), shown, user=bob)
    await opened.acked()
    assert (await fake.submit_modal(opened, {"words": "steal it"}).original()).ephemeral
    assert not shown.deleted
    assert is_picture(shown)
    assert (await easel.available(alice), await easel.available(bob)) == (90, 100)


async def test_only_its_owner_can_delete_a_result_and_recover_it(
    easel: Running, fake: DiscordFake, alice: User, home: Guild
) -> None:
    shown = await drawn(fake, alice, home)
    fake.press(button(shown, "delete"), shown, user=alice)
    await fake.settled(lambda: shown.deleted, "the message to go")
    recovered = await fake.command("recover", user=alice, guild=home).original(is_picture)
    assert recovered.files == shown.files
    assert await easel.available(alice) == 90


async def test_a_request_is_cancelled_by_its_button(
    idle: Running, fake: DiscordFake, alice: User, bob: User, home: Guild
) -> None:
    asked = fake.command("imagine", {"prompt": "a red fox"}, user=alice, guild=home)
    waiting = await asked.original()
    assert "Starting" in waiting.text
    refused = await fake.press(button(waiting, "cancel"), waiting, user=bob).followup()
    assert (refused.ephemeral, "is not yours" in refused.text) == (True, True)
    fake.press(button(waiting, "cancel"), waiting, user=alice)
    ended = await asked.original(lambda message: "is cancelled" in message.text)
    assert "No credits were used." in ended.text
    assert await idle.available(alice) == 100


@pytest.mark.parametrize("custom_id", [
    "", "easel", "easel:reroll", f"easel:steal:{JOB}:", "easel:reroll:../../etc/passwd:", f"easel:vary:{JOB}:11",
    f"easel:vary:{JOB.upper()}:1", f"easel:reroll:{JOB}:\n", "x" * 100,
])  # fmt: skip
def test_ids_that_are_not_ours_mean_nothing(custom_id: str) -> None:
    assert TEMPLATE.fullmatch(custom_id) is None


def test_ids_fit_into_discords_hundred_characters() -> None:
    assert TEMPLATE.fullmatch(button_id("upscale", JOB, 4))
    assert len(button_id("upscale", JOB, 4)) <= 100


@pytest.mark.parametrize("custom_id", ["easel:steal:x:1", "something-else", f"easel:reroll:{JOB}:"])
async def test_a_forged_button_is_answered_with_a_private_sentence(
    easel: Running, fake: DiscordFake, alice: User, home: Guild, custom_id: str
) -> None:
    shown = await drawn(fake, alice, home)
    shown.controls[button(shown, "reroll")]["custom_id"] = custom_id
    pressed = fake.press(custom_id, shown, user=alice)
    await fake.settled(lambda: [one for one in fake.messages if one.ephemeral and one.author is fake.world.bot])
    [told] = [one for one in fake.messages if one.ephemeral]
    assert told.text.startswith(("This cannot be used any more.", "That request does not exist"))
    assert pressed.response in (told, None) or pressed.response.deleted
    assert await easel.available(alice) == 90


async def test_a_picture_of_ours_is_varied_from_its_menu(
    easel: Running, fake: DiscordFake, alice: User, home: Guild
) -> None:
    shown = await drawn(fake, alice, home)
    assert await fake.context_menu("Vary this image", shown, user=alice).original(is_picture)
    assert await easel.available(alice) == 80


async def test_the_menu_says_which_of_several_pictures_is_meant(
    easel: Running, fake: DiscordFake, alice: User, home: Guild
) -> None:
    shown = await drawn(fake, alice, home, count=2)
    told = await fake.context_menu("Vary this image", shown, user=alice).original()
    assert (told.ephemeral, "several pictures" in told.text) == (True, True)


async def test_anybodys_picture_is_varied_from_its_menu(
    easel: Running, fake: DiscordFake, alice: User, home: Guild
) -> None:
    shown = await drawn(fake, alice, home)
    [data] = shown.files.values()
    said = fake.message("look", alice, home.channels[0], files=[Upload("mine.png", data, "image/png")])
    assert await fake.context_menu("Vary this image", said.message, user=alice).original(is_picture)
    plain = fake.message("no picture", alice, home.channels[0])
    told = await fake.context_menu("Vary this image", plain.message, user=alice).original()
    assert told.ephemeral


async def test_a_message_is_asked_about_in_private(easel: Running, fake: DiscordFake, alice: User, home: Guild) -> None:
    said = fake.message("E = mc²", alice, home.channels[0])
    opened = fake.context_menu("Ask about this message", said.message, user=alice)
    assert (await opened.acked()).kind is CallbackKind.MODAL
    answer = await fake.submit_modal(opened, {"words": "what is this?", "about": "E = mc²"}).original()
    assert answer.ephemeral
    assert not answer.now.v2
