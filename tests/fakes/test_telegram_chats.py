"""Queries, chats and commands of the fake Telegram, seen by a client that checks nothing itself."""

import pytest

from core.clock import SECOND
from tests.fakes.ptb import calling
from tests.fakes.telegram import TelegramFake, User, spec
from tests.fakes.telegram_calls import call, png, refusal, upload
from tests.support import ManualClock

MEGABYTE = 1024 * 1024
described = pytest.mark.skipif(spec.load() is None, reason="no ../shared/specs/telegram_api.json beside this checkout")


def button(data: str) -> dict[str, object]:
    return {"inline_keyboard": [[{"text": "x", "callback_data": data}]]}


async def test_a_button_waits_only_so_long_for_its_answer(fake: TelegramFake, alice: User, clock: ManualClock) -> None:
    async with calling(fake) as bot:
        await bot.send_message(alice.id, "x", reply_markup=None)
    [message] = fake.messages(alice)
    first, second = (fake.press("gone", message, alice, stale=True) for _ in range(2))
    assert (await call(fake, "answerCallbackQuery", callback_query_id=first.id))["ok"]
    assert "query is too old" in await refusal(fake, "answerCallbackQuery", callback_query_id=first.id)
    clock.move(16 * SECOND)
    assert "query is too old" in await refusal(fake, "answerCallbackQuery", callback_query_id=second.id)
    with pytest.raises(AssertionError, match="not among the buttons"):
        fake.press("gone", message, alice)


async def test_an_inline_answer_has_up_to_50_results_with_their_own_ids(fake: TelegramFake, alice: User) -> None:
    def article(number: int) -> dict[str, object]:
        return {"type": "article", "id": str(number), "title": "x", "input_message_content": {"message_text": "x"}}

    question = fake.inline("fox", alice)
    here = {"inline_query_id": question.id}
    many = await refusal(fake, "answerInlineQuery", **here, results=[article(number) for number in range(51)])
    assert many == "too many inline query results specified"
    twice = await refusal(fake, "answerInlineQuery", **here, results=[article(1), article(1)])
    assert twice == "RESULT_ID_DUPLICATE"
    assert (await call(fake, "answerInlineQuery", **here, results=[article(number) for number in range(50)]))["ok"]


async def test_commands_are_kept_per_scope_and_language(fake: TelegramFake) -> None:
    async def commands(**where: object) -> list[str]:
        found = await call(fake, "getMyCommands", **where)
        return [command["command"] for command in found["result"]]

    private = {"scope": {"type": "all_private_chats"}}
    one = [{"command": "imagine", "description": "Draw"}]
    await call(fake, "setMyCommands", commands=one)
    await call(
        fake, "setMyCommands", commands=[{"command": "male", "description": "Malen"}], language_code="de", **private
    )
    assert await commands() == ["imagine"]
    assert await commands(language_code="de") == []
    assert await commands(language_code="de", **private) == ["male"]
    await call(fake, "deleteMyCommands", language_code="de", **private)
    assert await commands(language_code="de", **private) == []
    assert "BOT_COMMANDS_TOO_MUCH" in await refusal(fake, "setMyCommands", commands=one * 101)
    capital = [{"command": "Imagine", "description": "Draw"}]
    assert "BOT_COMMAND_INVALID" in await refusal(fake, "setMyCommands", commands=capital)


async def test_drafts_actions_reactions_and_pins_are_recorded(fake: TelegramFake, alice: User) -> None:
    chat = fake.world.private(alice)
    here = {"chat_id": alice.id}
    asked = fake.send("hello", alice)["message"]["message_id"]
    await call(fake, "sendMessageDraft", **here, draft_id=7, text="Thin")
    await call(fake, "sendMessageDraft", **here, draft_id=7, text="Thinking")
    await call(fake, "sendChatAction", **here, action="upload_photo")
    await call(fake, "setMessageReaction", **here, message_id=asked, reaction=[{"type": "emoji", "emoji": "🔥"}])
    await call(fake, "pinChatMessage", **here, message_id=asked)
    assert [draft["text"] for draft in chat.drafts] == ["Thin", "Thinking"]
    assert [action["action"] for action in chat.actions] == ["upload_photo"]
    assert chat.records[asked].reactions == [{"type": "emoji", "emoji": "🔥"}]
    assert (await call(fake, "getChat", **here))["result"]["pinned_message"]["text"] == "hello"
    assert "wrong parameter action" in await refusal(fake, "sendChatAction", **here, action="dance")
    wrong = await refusal(
        fake, "setMessageReaction", **here, message_id=asked, reaction=[{"type": "emoji", "emoji": "x"}]
    )
    assert wrong == "REACTION_INVALID"


async def test_replies_and_topics_must_be_there(fake: TelegramFake, alice: User) -> None:
    forum = fake.group("Studio", alice, forum=True)
    thread = fake.topic(forum, "Foxes", alice)
    asked = fake.send("/imagine a fox", alice, forum, thread=thread)["message"]
    here = {"chat_id": forum.id, "text": "x"}
    answer = await call(
        fake, "sendMessage", **here, message_thread_id=thread, reply_parameters={"message_id": asked["message_id"]}
    )
    assert answer["result"]["message_thread_id"] == thread
    assert answer["result"]["reply_to_message"]["text"] == "/imagine a fox"
    assert await refusal(fake, "sendMessage", **here, message_thread_id=999) == "message thread not found"
    gone = {"message_id": 999}
    assert await refusal(fake, "sendMessage", **here, reply_parameters=gone) == "message to be replied not found"
    gone["allow_sending_without_reply"] = True
    assert "reply_to_message" not in (await call(fake, "sendMessage", **here, reply_parameters=gone))["result"]


async def test_privacy_mode_shows_the_bot_only_what_is_for_it(fake: TelegramFake, alice: User) -> None:
    group = fake.group("Friends", alice)
    answer = await call(fake, "sendMessage", chat_id=group.id, text="hello all")
    for text in ("chatter", "/start@other_bot", "/start", "/start@easel_test_bot", "hey @easel_test_bot"):
        fake.send(text, alice, group)
    fake.send("nice", alice, group, reply_to=answer["result"])
    assert [message["text"] for message in fake.unseen] == ["chatter", "/start@other_bot"]
    assert len(fake.updates.pending) == 4
    fake.join(group, alice, administrator=True)
    fake.send("chatter", alice, group)
    assert len(fake.updates.pending) == 6


async def test_forwards_and_copies_carry_the_content(fake: TelegramFake, alice: User) -> None:
    group = fake.group("Friends", alice)
    photo = (await upload(fake, "sendPhoto", {"photo": png()}, chat_id=alice.id, caption="mine"))["result"]
    source = {"chat_id": group.id, "from_chat_id": alice.id, "message_id": photo["message_id"]}
    assert (await call(fake, "forwardMessage", **source))["result"]["forward_origin"]["sender_user"][
        "id"
    ] == fake.bot.id
    assert (await call(fake, "copyMessage", **source, caption="ours"))["ok"]
    assert [(record.text, fake.content(record)) for record in fake.messages(group)] == [
        ("mine", png()),
        ("ours", png()),
    ]


async def test_after_logging_out_nothing_works(fake: TelegramFake) -> None:
    assert (await call(fake, "close"))["error_code"] == 429
    assert (await call(fake, "logOut"))["ok"]
    assert await refusal(fake, "getMe") == "Logged out"


async def test_the_bot_comes_and_goes_by_what_people_do(fake: TelegramFake, alice: User) -> None:
    group = fake.group("Friends", alice, joined=False)
    outside = await refusal(fake, "sendMessage", chat_id=group.id, text="x")
    assert outside == "Forbidden: bot is not a member of the supergroup chat"
    moved = fake.join(group, alice)["my_chat_member"]
    assert (moved["old_chat_member"]["status"], moved["new_chat_member"]["status"]) == ("left", "member")
    assert fake.updates.pending[-1].update["message"]["new_chat_members"] == [fake.bot.json()]
    assert (await call(fake, "sendMessage", chat_id=group.id, text="x"))["ok"]


async def test_who_is_in_a_chat_can_be_asked(fake: TelegramFake, alice: User) -> None:
    group = fake.group("Friends", alice)
    here = {"chat_id": group.id}
    group.administrators.add(alice.id)
    fake.join(group, alice, administrator=True)

    async def status(user_id: int) -> str:
        return str((await call(fake, "getChatMember", **here, user_id=user_id))["result"]["status"])

    bob = fake.person("Bob")
    assert [await status(user.id) for user in (alice, fake.bot, bob)] == ["administrator", "administrator", "left"]
    administrators = (await call(fake, "getChatAdministrators", **here))["result"]
    assert [one["user"]["id"] for one in administrators] == [alice.id, fake.bot.id]
    assert (await call(fake, "getChatMemberCount", **here))["result"] == 2
    assert "no administrators" in await refusal(fake, "getChatAdministrators", chat_id=alice.id)


async def test_pins_and_deletions_need_rights_in_groups(fake: TelegramFake, alice: User) -> None:
    group = fake.group("Friends", alice)
    theirs = fake.send("/start", alice, group)["message"]["message_id"]
    here = {"chat_id": group.id}
    assert "not enough rights" in await refusal(fake, "pinChatMessage", **here, message_id=theirs)
    assert await refusal(fake, "deleteMessage", **here, message_id=theirs) == "message can't be deleted"
    fake.join(group, alice, administrator=True)
    assert (await call(fake, "pinChatMessage", **here, message_id=theirs))["ok"]
    assert (await call(fake, "unpinChatMessage", **here))["ok"]
    assert (await call(fake, "deleteMessages", **here, message_ids=[theirs, 999]))["ok"]
    assert group.records[theirs].deleted


async def test_descriptions_and_the_menu_button_are_remembered(fake: TelegramFake) -> None:
    await call(fake, "setMyDescription", description="Draws pictures")
    await call(fake, "setMyDescription", description="Malt Bilder", language_code="de")
    told = [(await call(fake, "getMyDescription", language_code=code))["result"] for code in ("de", "fr")]
    assert [one["description"] for one in told] == ["Malt Bilder", "Draws pictures"]
    assert "TOO_LONG" in await refusal(fake, "setMyShortDescription", short_description="x" * 121)
    await call(fake, "setChatMenuButton", menu_button={"type": "commands"})
    assert (await call(fake, "getChatMenuButton"))["result"] == {"type": "commands"}


async def test_a_message_sent_through_inline_mode_is_edited_by_its_own_id(fake: TelegramFake, alice: User) -> None:
    keyboard = {"inline_keyboard": [[{"text": "Draw", "callback_data": "draw"}]]}
    result = {"type": "article", "id": "1", "title": "Fox", "input_message_content": {"message_text": "Soon"}}
    question = fake.inline("fox", alice)
    await call(fake, "answerInlineQuery", inline_query_id=question.id, results=[result | {"reply_markup": keyboard}])
    record = fake.choose_inline(question, "1", alice, fake.group("Friends", alice))
    inline_id = fake.updates.pending[-1].update["chosen_inline_result"]["inline_message_id"]
    pressed = fake.press("draw", record, alice).update["callback_query"]
    assert (pressed["inline_message_id"], "message" in pressed) == (inline_id, False)
    assert (await call(fake, "editMessageText", inline_message_id=inline_id, text="Done"))["result"] is True
    assert record.text == "Done"
    assert await refusal(fake, "editMessageText", inline_message_id="other", text="x") == "MESSAGE_ID_INVALID"
