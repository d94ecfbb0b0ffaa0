"""Single messages through the Bot API. Everything raises TelegramError; NoRoom when its turn would come too late.

A topic that is gone or closed is no reason to say nothing: the message then goes to the group itself.
"""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import TypeVar

from telegram import InlineKeyboardMarkup, InputMediaPhoto, LinkPreviewOptions, Message, ReplyParameters
from telegram.error import TelegramError

from bots.replies import Attachment
from bots.telegram.client import Client
from bots.telegram.pictures import File, photo_ids
from bots.telegram.places import Place, Posted
from bots.telegram.refusals import LOST_MESSAGE, LOST_THREAD, UNMODIFIED, says

NO_PREVIEW = LinkPreviewOptions(is_disabled=True)
Buttons = InlineKeyboardMarkup | None
T = TypeVar("T")


class Sender:
    """`patience`: seconds that a call may wait for its turn; None: as long as it takes."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def text(self, place: Place, html: str, buttons: Buttons = None, patience: float | None = None) -> Posted:
        """One message: the placeholder, if there is one."""
        if place.message is not None and await self.edit(place, html, buttons, patience):
            return Posted(place.chat, place.message)

        async def send(at: Place) -> Message:
            return await self._client.send_message(
                at.chat, html, "HTML", reply_markup=buttons, link_preview_options=NO_PREVIEW,
                message_thread_id=at.thread, reply_parameters=quoting(at), rate_limit_args=patience,
            )  # fmt: skip

        return Posted(place.chat, (await _in_thread(place, send)).message_id)

    async def edit(self, place: Place, html: str, buttons: Buttons = None, patience: float | None = None) -> bool:
        """Whether the placeholder shows this now; False when there is none any more, or it shows a picture."""
        return await _shows(
            self._client.edit_message_text(
                html, place.chat if place.inline is None else None, place.message, place.inline, "HTML",
                reply_markup=buttons, link_preview_options=NO_PREVIEW, rate_limit_args=patience,
            )
        )  # fmt: skip

    async def picture(
        self, place: Place, file: File, caption: str, buttons: Buttons = None, patience: float | None = None,
        *, photo: bool,
    ) -> Posted:  # fmt: skip
        """One picture with its caption: in the place of the placeholder, if there is one."""
        if place.message is not None:
            try:
                message = await self._client.edit_message_media(
                    file.media(caption, photo=photo), place.chat, place.message, reply_markup=buttons,
                    rate_limit_args=patience,
                )  # fmt: skip
            except TelegramError as error:
                if says(error, UNMODIFIED):
                    return Posted(place.chat, place.message)
                if not says(error, LOST_MESSAGE):
                    raise
            else:
                return Posted(place.chat, place.message, photo_ids([message] if isinstance(message, Message) else []))

        async def send(at: Place) -> Message:
            if photo:
                return await self._client.send_photo(
                    at.chat, file.data, caption, parse_mode="HTML", filename=file.name, reply_markup=buttons,
                    message_thread_id=at.thread, reply_parameters=quoting(at), rate_limit_args=patience,
                )  # fmt: skip
            return await self._client.send_document(
                at.chat, file.data, caption, parse_mode="HTML", filename=file.name, reply_markup=buttons,
                disable_content_type_detection=True, message_thread_id=at.thread, reply_parameters=quoting(at),
                rate_limit_args=patience,
            )  # fmt: skip

        sent = await _in_thread(place, send)
        return Posted(place.chat, sent.message_id, photo_ids([sent]))

    async def album(self, place: Place, files: list[File], patience: float | None = None, *, photo: bool) -> Posted:
        """Two to ten pictures in one; it can have no buttons."""

        async def send(at: Place) -> tuple[Message, ...]:
            return await self._client.send_media_group(
                at.chat, [file.media(None, photo=photo) for file in files], message_thread_id=at.thread,
                reply_parameters=quoting(at), rate_limit_args=patience,
            )  # fmt: skip

        sent = await _in_thread(place, send)
        return Posted(place.chat, sent[0].message_id, photo_ids(sent))

    async def attachment(self, place: Place, file: Attachment) -> Posted:
        message = await self._client.send_document(place.chat, file.data, filename=file.name)
        return Posted(place.chat, message.message_id)

    async def picture_inline(self, inline: str, photo: str, caption: str) -> None:
        """Put a picture that Telegram knows into a message that was sent by inline mode; others it does not take."""
        media = InputMediaPhoto(photo, caption, "HTML")
        await _shows(self._client.edit_message_media(media, inline_message_id=inline))

    async def delete(self, place: Place) -> None:
        """The placeholder; it may be gone already."""
        if place.message is not None:
            await self._client.delete_message(place.chat, place.message)


def quoting(place: Place) -> ReplyParameters | None:
    return ReplyParameters(place.asked, allow_sending_without_reply=True) if place.asked else None


async def _shows(editing: Awaitable[object]) -> bool:
    try:
        await editing
    except TelegramError as error:
        if says(error, LOST_MESSAGE):
            return False
        if not says(error, UNMODIFIED):
            raise
    return True


async def _in_thread(place: Place, send: Callable[[Place], Awaitable[T]]) -> T:
    try:
        return await send(place)
    except TelegramError as error:
        if place.thread is None or not says(error, LOST_THREAD):
            raise
    return await send(replace(place, thread=None))
