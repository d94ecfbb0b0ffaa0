"""What the fake Telegram takes and refuses as messages, seen by a client that checks nothing itself."""

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from core.clock import MINUTE
from tests.fakes.telegram import TelegramFake, User, spec
from tests.fakes.telegram_calls import address, call, client, png, refusal, upload
from tests.support import ManualClock

MEGABYTE = 1024 * 1024
described = pytest.mark.skipif(spec.load() is None, reason="no ../shared/specs/telegram_api.json beside this checkout")


def button(data: str) -> dict[str, object]:
    return {"inline_keyboard": [[{"text": "x", "callback_data": data}]]}


async def test_every_encoding_carries_the_same_call(fake: TelegramFake, alice: User) -> None:
    words = {
        "chat_id": str(alice.id),
        "text": "hi",
        "reply_markup": '{"inline_keyboard": [[{"text": "x", "url": "t.me"}]]}',
    }
    url = address(fake, "SendMessage")
    async with client() as http:
        answers = [
            await http.get(url, params=words),
            await http.post(url, data=words),
            await http.post(url, files={name: (None, value) for name, value in words.items()}),
            await http.post(url, json=words | {"chat_id": alice.id}),
        ]
    results = [answer.json()["result"] for answer in answers]
    assert [(result["text"], result["message_id"]) for result in results] == [("hi", number) for number in range(1, 5)]
    assert all(result["reply_markup"] == results[0]["reply_markup"] for result in results)


@described
async def test_calls_that_the_description_forbids_are_refused_and_noted() -> None:
    async with TelegramFake() as fake:
        alice = fake.world.private(fake.person("Alice")).id
        assert await refusal(fake, "sendPigeon", chat_id=alice) == "Not Found: method not found"
        assert await refusal(fake, "sendMessage", text="x") == "chat_id is empty"
        assert await refusal(fake, "sendMessage", chat_id=alice) == "message text is empty"
        assert await refusal(fake, "answerCallbackQuery") == 'parameter "callback_query_id" is required'
        wrong = await refusal(fake, "deleteMessage", chat_id=alice, message_id="one")
        assert wrong == 'can\'t parse "message_id" as Number'
        half = {"inline_keyboard": [[{"url": "https://easel.example"}]]}
        wrong = await refusal(fake, "sendMessage", chat_id=alice, text="x", reply_markup=half)
        assert wrong == "can't parse inline keyboard button: Can't find field \"text\""
        assert (await call(fake, "sendMessage", chat_id=alice, text="x", colour="red"))["ok"]
    assert len(fake.problems) == 7
    assert fake.problems[0] == "sendPigeon: there is no such method"
    assert fake.problems[-1] == "sendMessage: unknown parameter colour"


async def test_a_wrong_token_gets_nowhere(fake: TelegramFake) -> None:
    async with client() as http:
        wrong = await http.get(f"{fake.url}/bot1:x/getMe")
        none = await http.get(f"{fake.url}/botx/getMe")
    assert (wrong.status_code, wrong.json()["description"]) == (401, "Unauthorized")
    assert none.status_code == 404


async def test_texts_are_measured_in_utf16_after_parsing(fake: TelegramFake, alice: User) -> None:
    fits = "<b>" + "🦊" * 2048 + "</b>"
    assert (await call(fake, "sendMessage", chat_id=alice.id, text=fits, parse_mode="HTML"))["ok"]
    assert await refusal(fake, "sendMessage", chat_id=alice.id, text="🦊" * 2048 + "x") == "message is too long"
    assert await refusal(fake, "sendMessage", chat_id=alice.id, text=" \n ") == "text must be non-empty"


async def test_callback_data_has_1_to_64_bytes(fake: TelegramFake, alice: User) -> None:
    words = {"chat_id": alice.id, "text": "x"}
    assert (await call(fake, "sendMessage", **words, reply_markup=button("ü" * 32)))["ok"]
    assert await refusal(fake, "sendMessage", **words, reply_markup=button("ü" * 32 + "x")) == "BUTTON_DATA_INVALID"
    assert "Text buttons are unallowed" in await refusal(fake, "sendMessage", **words, reply_markup=button(""))


@pytest.mark.parametrize(
    ("photo", "error"),
    [
        (png(9_000, 1_001), "PHOTO_INVALID_DIMENSIONS"),
        (png(2_100, 100), "PHOTO_INVALID_DIMENSIONS"),
        (b"no picture", "IMAGE_PROCESS_FAILED"),
        (png()[:-30], "IMAGE_PROCESS_FAILED"),
        (b"", "file must be non-empty"),
        (bytes(10 * MEGABYTE + 1), "file of size 10485761 bytes is too big for a photo"),
    ],
)
async def test_what_is_no_fit_photo_is_refused(fake: TelegramFake, alice: User, photo: bytes, error: str) -> None:
    answer = await upload(fake, "sendPhoto", {"photo": photo}, chat_id=alice.id)
    assert answer["description"].startswith(f"Bad Request: {error}")


async def test_files_go_up_to_50_megabytes_up_and_20_down(fake: TelegramFake, alice: User) -> None:
    big = await upload(fake, "sendDocument", {"document": bytes(20 * MEGABYTE + 1)}, chat_id=alice.id)
    wrong = await refusal(fake, "getFile", file_id=big["result"]["document"]["file_id"])
    assert wrong == "file is too big"
    too_big = await upload(fake, "sendDocument", {"document": bytes(50 * MEGABYTE + 1)}, chat_id=alice.id)
    assert (too_big["error_code"], too_big["description"]) == (413, "Request Entity Too Large")


async def test_a_photo_can_be_sent_again_by_its_id_and_fetched_by_its_path(fake: TelegramFake, alice: User) -> None:
    first = await upload(fake, "sendPhoto", {"photo": png()}, chat_id=alice.id)
    file_id = first["result"]["photo"][-1]["file_id"]
    again = await call(fake, "sendPhoto", chat_id=alice.id, photo=file_id)
    assert again["result"]["photo"][-1]["file_id"] == file_id
    path = (await call(fake, "getFile", file_id=file_id))["result"]["file_path"]
    async with client() as http:
        here = f"{fake.url}/file/bot{fake.token}/{path}"
        assert (await http.get(here)).content == png()
    gone = await refusal(fake, "sendPhoto", chat_id=alice.id, photo=f"{fake.url}/gone.jpg")
    assert gone == "failed to get HTTP URL content"
    assert "wrong file identifier" in await refusal(fake, "sendPhoto", chat_id=alice.id, photo="unknown")


async def test_a_photo_can_be_sent_by_its_address(fake: TelegramFake, alice: User) -> None:
    async def give(_request: web.Request) -> web.Response:
        return web.Response(body=png(), content_type="image/png")

    app = web.Application()
    app.router.add_get("/fox.png", give)
    async with TestServer(app) as server:
        assert (await call(fake, "sendPhoto", chat_id=alice.id, photo=str(server.make_url("/fox.png"))))["ok"]
    [record] = fake.messages(alice)
    assert fake.content(record) == png()


async def test_the_bot_writes_only_where_it_may(fake: TelegramFake, alice: User) -> None:
    group = fake.group("Friends", alice, kind="group")
    club = fake.group("Club", alice, username="the_club")
    words = {"text": "x"}
    stranger = fake.person("Bob")
    assert await refusal(fake, "sendMessage", chat_id=stranger.id, **words) == "chat not found"
    assert (await call(fake, "sendMessage", chat_id="@the_club", **words))["ok"]
    fake.block(alice)
    fake.kick(club, alice)
    new = fake.migrate(group, alice)
    assert await refusal(fake, "sendMessage", chat_id=alice.id, **words) == "Forbidden: bot was blocked by the user"
    kicked = await refusal(fake, "sendMessage", chat_id=club.id, **words)
    assert kicked == "Forbidden: bot was kicked from the supergroup chat"
    moved = await call(fake, "sendMessage", chat_id=group.id, **words)
    assert moved["parameters"] == {"migrate_to_chat_id": new.id}
    fake.unblock(alice)
    assert (await call(fake, "sendMessage", chat_id=alice.id, **words))["ok"]
    kinds = [next(kind for kind in waiting.update if kind != "update_id") for waiting in fake.updates.pending]
    assert kinds == ["my_chat_member", "my_chat_member", "message", "message", "my_chat_member"]


async def test_only_what_changes_can_be_edited_and_only_by_its_author(fake: TelegramFake, alice: User) -> None:
    asked = fake.send("hello", alice)["message"]
    sent = await call(
        fake, "sendMessage", chat_id=alice.id, text="<b>x</b>", parse_mode="HTML", reply_markup=button("a")
    )
    here = {"chat_id": alice.id, "message_id": sent["result"]["message_id"]}
    same = await refusal(fake, "editMessageText", **here, text="<b>x</b>", parse_mode="HTML", reply_markup=button("a"))
    assert same.startswith("message is not modified")
    assert (
        await refusal(fake, "editMessageText", chat_id=alice.id, message_id=99, text="y") == "message to edit not found"
    )
    theirs = await refusal(fake, "editMessageText", chat_id=alice.id, message_id=asked["message_id"], text="y")
    assert theirs == "message can't be edited"
    assert "there is no caption" in await refusal(fake, "editMessageCaption", **here, caption="y")
    plain = await call(fake, "editMessageText", **here, text="x")
    assert "reply_markup" not in plain["result"]
    assert "entities" not in plain["result"]
    [record] = fake.messages(alice)
    assert record.history[0]["entities"] == [{"type": "bold", "offset": 0, "length": 1}]


async def test_a_text_becomes_a_photo_and_a_photo_another(fake: TelegramFake, alice: User) -> None:
    sent = await call(fake, "sendMessage", chat_id=alice.id, text="soon")
    here = {"chat_id": alice.id, "message_id": sent["result"]["message_id"]}
    for color in ("red", "blue"):
        media = f'{{"type": "photo", "media": "attach://new", "caption": "{color}"}}'
        answer = await upload(fake, "editMessageMedia", {"new": png(color=color)}, media=media, **here)
        assert answer["ok"], answer
    [record] = fake.messages(alice)
    assert (record.text, fake.content(record)) == ("blue", png(color="blue"))
    assert [version.get("text", version.get("caption")) for version in record.history] == ["soon", "red"]


async def test_messages_can_be_deleted_for_two_days(fake: TelegramFake, alice: User, clock: ManualClock) -> None:
    old, new = [(await call(fake, "sendMessage", chat_id=alice.id, text="x"))["result"]["message_id"] for _ in range(2)]
    assert (await call(fake, "deleteMessage", chat_id=alice.id, message_id=new))["ok"]
    gone = await refusal(fake, "deleteMessage", chat_id=alice.id, message_id=new)
    assert gone == "message to delete not found"
    clock.move(49 * 60 * MINUTE)
    late = await refusal(fake, "deleteMessage", chat_id=alice.id, message_id=old)
    assert late == "message can't be deleted"
    assert [record.id for record in fake.messages(alice)] == [old]
