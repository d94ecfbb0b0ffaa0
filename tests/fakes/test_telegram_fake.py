"""The fake Telegram, proved by the real python-telegram-bot in both of its modes."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

import pytest
from telegram import (
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InlineQueryResultArticle,
    InputMediaPhoto,
    InputTextMessageContent,
    LabeledPrice,
    Update,
)
from telegram.error import BadRequest, Conflict
from telegram.ext import (
    CallbackQueryHandler,
    CommandHandler,
    InlineQueryHandler,
    MessageHandler,
    PreCheckoutQueryHandler,
    filters,
)

from tests.fakes import skip
from tests.fakes.ptb import application, calling, listening, polling
from tests.fakes.telegram import TelegramFake, User
from tests.fakes.telegram_calls import png

Run = Callable[..., AbstractAsyncContextManager[Any]]


@pytest.fixture(params=[polling, listening])
def run(request: pytest.FixtureRequest) -> Run:
    """Each of the two modes."""
    mode: Run = request.param
    return mode


async def greet(update: Update, context: Any) -> None:
    assert update.message is not None
    await update.message.reply_html(f"Hello <b>{update.message.from_user.first_name}</b>, {context.args}")  # type: ignore[union-attr]  # a command always has a message and a sender


async def test_a_command_is_answered(fake: TelegramFake, alice: User, run: Run) -> None:
    async with run(fake, CommandHandler("start", greet)):
        fake.send("/start from_link", alice)
        [answer] = await fake.until(lambda: fake.messages(alice))
    assert answer.text == "Hello Alice, ['from_link']"
    assert answer.entities == [{"type": "bold", "offset": 6, "length": 5}]


async def test_updates_of_one_chat_arrive_in_order_and_once(fake: TelegramFake, alice: User, run: Run) -> None:
    seen: list[str] = []

    async def note(update: Update, _context: Any) -> None:
        assert update.message is not None
        seen.append(str(update.message.text))

    async with run(fake, MessageHandler(filters.TEXT, note)):
        for number in range(5):
            fake.send(str(number), alice)
        await fake.until(lambda: len(seen) >= 5 and not fake.updates.pending)
    assert seen == ["0", "1", "2", "3", "4"]


async def test_updates_can_come_twice_and_out_of_order(fake: TelegramFake, alice: User, run: Run) -> None:
    seen: list[int] = []

    async def note(update: Update, _context: Any) -> None:
        seen.append(update.update_id)

    async with run(fake, MessageHandler(filters.TEXT, note)):
        with fake.held() as held:
            fake.send("one", alice)
            fake.send("two", alice)
        fake.deliver(held[1], held[0], held[1])
        await fake.until(lambda: len(seen) >= 3)
    first, second = (update["update_id"] for update in held)
    assert seen == [second, first, second]
    assert second == first + 1


async def test_photos_go_both_ways_byte_by_byte(fake: TelegramFake, alice: User, run: Run) -> None:
    async def back(update: Update, _context: Any) -> None:
        assert update.message is not None
        file = await update.message.photo[-1].get_file()
        content = bytes(await file.download_as_bytearray())
        await update.message.reply_photo(content, caption="yours", filename="back.png")

    sent = png(color="blue")
    async with run(fake, MessageHandler(filters.PHOTO, back)):
        fake.send(None, alice, photo=sent, caption="mine")
        [answer] = await fake.until(lambda: fake.messages(alice))
    assert fake.content(answer) == answer.files["back.png"] == sent
    assert answer.text == "yours"
    assert answer.json["photo"][-1] | {"width": 64, "height": 48} == answer.json["photo"][-1]


async def test_a_pressed_button_is_answered_and_its_message_edited(fake: TelegramFake, alice: User, run: Run) -> None:
    async def offer(update: Update, _context: Any) -> None:
        assert update.message is not None
        keyboard = InlineKeyboardMarkup.from_button(InlineKeyboardButton("Again", callback_data="again:1"))
        await update.message.reply_text("Ready", reply_markup=keyboard)

    async def pressed(update: Update, _context: Any) -> None:
        assert update.callback_query is not None
        await update.callback_query.answer("On it")
        await update.callback_query.edit_message_text("Working")

    async with run(fake, CommandHandler("go", offer), CallbackQueryHandler(pressed)):
        fake.send("/go", alice)
        [message] = await fake.until(lambda: fake.messages(alice))
        question = fake.press("again:1", message, alice)
        await fake.until(lambda: message.text == "Working")
    assert question.answer == {"text": "On it", "show_alert": False, "url": ""}
    assert message.buttons == []
    assert [version["text"] for version in message.history] == ["Ready"]


async def test_stars_buy_credits_and_may_be_refunded_once(fake: TelegramFake, alice: User, run: Run) -> None:
    paid: list[str] = []

    async def buy(update: Update, _context: Any) -> None:
        assert update.message is not None
        await update.message.reply_invoice("500 credits", "For pictures", "pack:small", "XTR", [LabeledPrice("x", 50)])

    async def approve(update: Update, _context: Any) -> None:
        assert update.pre_checkout_query is not None
        await update.pre_checkout_query.answer(ok=update.pre_checkout_query.invoice_payload == "pack:small")

    async def credit(update: Update, _context: Any) -> None:
        assert update.message is not None
        assert update.message.successful_payment is not None
        paid.append(update.message.successful_payment.telegram_payment_charge_id)

    handlers = (
        CommandHandler("buy", buy),
        PreCheckoutQueryHandler(approve),
        MessageHandler(filters.SUCCESSFUL_PAYMENT, credit),
    )
    async with run(fake, *handlers) as app:
        fake.send("/buy", alice)
        [invoice] = await fake.until(lambda: fake.messages(alice))
        first, second = await fake.pay(invoice, alice), await fake.pay(invoice, alice)
        assert first.charge is not None
        assert first.update is not None
        assert second.charge is not None
        fake.deliver(first.update)
        await fake.until(lambda: len(paid) >= 3)
        assert await app.bot.refund_star_payment(alice.id, first.charge.id)
        with pytest.raises(BadRequest, match=r"(?i)CHARGE_ALREADY_REFUNDED"):
            await app.bot.refund_star_payment(alice.id, first.charge.id)
        listed = await app.bot.get_star_transactions()
    assert sorted(paid) == sorted([first.charge.id, first.charge.id, second.charge.id])
    assert [one.id for one in listed.transactions] == [first.charge.id, second.charge.id, first.charge.id]
    assert [one.receiver is not None for one in listed.transactions] == [False, False, True]


async def test_an_inline_query_is_answered_and_a_result_chosen(fake: TelegramFake, alice: User, run: Run) -> None:
    async def found(update: Update, _context: Any) -> None:
        assert update.inline_query is not None
        content = InputTextMessageContent(f"<i>{update.inline_query.query}</i>", parse_mode="HTML")
        await update.inline_query.answer([InlineQueryResultArticle("1", "Fox", content)], cache_time=0)

    async with run(fake, InlineQueryHandler(found)):
        question = fake.inline("a fox", alice)
        answer = await fake.until(lambda: question.answer)
    assert answer is not None
    assert [result["title"] for result in answer["results"]] == ["Fox"]
    chosen = fake.choose_inline(question, "1", alice, fake.group("Friends", alice))
    assert (chosen.text, chosen.json["via_bot"]["id"]) == ("a fox", fake.bot.id)


async def test_a_second_poller_ends_the_first_ones_waiting(fake: TelegramFake) -> None:
    errors: list[Exception] = []
    first = application(fake)
    async with first:
        await first.updater.start_polling(error_callback=errors.append)
        await fake.until(lambda: fake.called("getUpdates"))
        async with calling(fake) as second:
            waiting = asyncio.create_task(second.get_updates(timeout=10))
            await fake.until(lambda: any(call.status == 409 for call in fake.called("getUpdates")))
            waiting.cancel()
        await fake.until(lambda: errors)
        await first.updater.stop()
    assert isinstance(errors[0], Conflict)
    assert "terminated by other getUpdates request" in str(errors[0])


async def test_nobody_can_poll_while_a_webhook_is_set(fake: TelegramFake) -> None:
    async with calling(fake) as bot:
        await bot.set_webhook("http://127.0.0.1:9/hook")
        with pytest.raises(Conflict, match="while webhook is active"):
            await bot.get_updates()
        await bot.delete_webhook()
        assert await bot.get_updates() == ()


async def test_a_rate_limiter_waits_as_long_as_it_is_told(fake: TelegramFake, alice: User) -> None:
    fake.flood.punish(60, method="sendMessage")
    loop = asyncio.get_running_loop()
    began = loop.time()
    async with calling(fake, retries=1) as bot:
        sending = asyncio.create_task(bot.send_message(alice.id, "at last", read_timeout=3600))
        while len(fake.called("sendMessage")) < 2:
            skip(0.5)
            await asyncio.sleep(0.001)
        waited = loop.time() - began
        await sending
    assert [call.status for call in fake.called("sendMessage")] == [429, 200]
    assert waited >= 60


async def test_wrong_html_is_refused_with_its_place(fake: TelegramFake, alice: User) -> None:
    async with calling(fake) as bot:
        with pytest.raises(BadRequest) as refused:
            await bot.send_message(alice.id, "a < b", parse_mode="HTML")
        with pytest.raises(BadRequest) as unescaped:
            await bot.send_message(alice.id, "1.5", parse_mode="MarkdownV2")
    assert str(refused.value) == 'Can\'t parse entities: unsupported start tag "" at byte offset 2'
    assert "character '.' is reserved and must be escaped with the preceding '\\'" in str(unescaped.value)


async def test_captions_are_measured_in_utf16_after_parsing(fake: TelegramFake, alice: User) -> None:
    async with calling(fake) as bot:
        await bot.send_photo(alice.id, png(), caption="<b>" + "🦊" * 512 + "</b>", parse_mode="HTML")
        with pytest.raises(BadRequest, match="caption is too long"):
            await bot.send_photo(alice.id, png(), caption="🦊" * 512 + "x")
    assert len(fake.messages(alice)) == 1


async def test_an_album_is_one_of_two_to_ten_pictures(fake: TelegramFake, alice: User) -> None:
    pictures = [png(color=color) for color in ("red", "green", "blue")]
    async with calling(fake) as bot:
        await bot.send_media_group(alice.id, [InputMediaPhoto(picture) for picture in pictures], caption="three")
        for count in (1, 11):
            with pytest.raises(BadRequest):
                await bot.send_media_group(alice.id, [InputMediaPhoto(pictures[0])] * count)
    [album] = fake.albums(alice)
    assert [fake.content(record) for record in album] == pictures
    assert [record.text for record in album] == ["three", "", ""]
