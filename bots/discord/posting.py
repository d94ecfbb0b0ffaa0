"""Post and edit messages over REST, by what a place remembers: no gateway, no state, from any process.

Everything goes through discord.py's HTTP client, which waits out 429s.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import discord
from discord.http import MultipartParameters, Route, handle_message_parameters

from bots.discord.messages import Page
from bots.discord.places import Place

HOOK = "/webhooks/{webhook_id}/{webhook_token}"
MESSAGES = "/channels/{channel_id}/messages"
NONCE_LENGTH = 25
"""https://docs.discord.com/developers/resources/message#create-message"""
NOBODY = discord.AllowedMentions.none()


class Posts:
    """What can be done with messages. Every method may raise what `refusals.Trouble` names."""

    def __init__(self, client: discord.Client) -> None:
        self._client = client

    async def edit_original(self, place: Place, page: Page) -> str:
        """The answer to an interaction, while its token lives; the message's id."""
        route = Route("PATCH", f"{HOOK}/messages/@original", **_hook(place))
        return str((await self._edit(route, page))["id"])

    async def edit(self, place: Place, page: Page) -> str:
        """A message of ours in a channel."""
        route = Route("PATCH", MESSAGES + "/{message_id}", channel_id=place.channel, message_id=place.message)
        return str((await self._edit(route, page))["id"])

    async def post(self, place: Place, page: Page, nonce: str) -> str:
        """A new message in a channel, as a reply where there is something to reply to.

        Within some minutes the same nonce is the same message:
        https://docs.discord.com/developers/resources/message#create-message
        """
        reference = _reference(place)
        route = Route("POST", MESSAGES, channel_id=place.channel)
        with _body(page, nonce=nonce, message_reference=reference) as body:
            return str((await self._send(route, body))["id"])

    async def follow_up(self, place: Place, page: Page) -> str:
        """A further answer to an interaction, private if its first one was."""
        flags = discord.MessageFlags(ephemeral=place.private)
        with _body(page, flags=flags) as body:
            answer = await self._send(Route("POST", HOOK, **_hook(place)), body, params={"wait": "true"})
        return str(answer["id"])

    async def delete_original(self, place: Place) -> None:
        await self._client.http.request(Route("DELETE", f"{HOOK}/messages/@original", **_hook(place)))

    async def delete(self, place: Place) -> None:
        where = {"channel_id": place.channel, "message_id": place.message}
        await self._client.http.request(Route("DELETE", MESSAGES + "/{message_id}", **where))

    async def attachments(self, place: Place) -> list[discord.Attachment]:
        """The files of a message in a channel that the bot sees."""
        said = await self._client.http.get_message(int(place.channel), int(place.message))
        state = self._client._connection
        return [discord.Attachment(data=one, state=state) for one in said["attachments"]]

    async def dm_of(self, user: str) -> str:
        """The channel of direct messages with this person."""
        return str((await self._client.http.start_private_message(int(user)))["id"])

    async def _edit(self, route: Route, page: Page) -> Any:
        with _body(page, is_edit=True) as body:
            return await self._send(route, body)

    async def _send(self, route: Route, body: MultipartParameters, **more: Any) -> Any:
        if body.files:
            return await self._client.http.request(route, files=body.files, form=body.multipart, **more)
        return await self._client.http.request(route, json=body.payload, **more)


@contextmanager
def _body(page: Page, *, is_edit: bool = False, **more: Any) -> Iterator[MultipartParameters]:
    """A page as the body of a request. In an edit, what it does not have is taken away."""
    if page.content is not None:
        more["content"] = page.content
    if page.view is not None or is_edit:
        more["view"] = page.view
    more["attachments" if is_edit else "files"] = [file.file for file in page.files]
    with handle_message_parameters(allowed_mentions=NOBODY, **more) as body:
        yield body


def _hook(place: Place) -> dict[str, Any]:
    return {"webhook_id": int(place.application), "webhook_token": place.token}


def _reference(place: Place) -> Any:
    if not place.answers:
        return discord.utils.MISSING
    return {"message_id": place.answers, "channel_id": place.channel, "fail_if_not_exists": False}
