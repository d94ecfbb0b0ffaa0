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
