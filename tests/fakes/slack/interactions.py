"""What people do with the app's messages and views: press, choose, submit, close, and use shortcuts."""

from collections.abc import Mapping
from typing import Any

from tests.fakes.slack import kit, payloads
from tests.fakes.slack.deliveries import Deliveries, Handle
from tests.fakes.slack.forms import NotPossible, chosen, state
from tests.fakes.slack.hooks import Hooks
from tests.fakes.slack.methods_views import changed, judged, pushed
from tests.fakes.slack.model import Json, Message, User, View
from tests.fakes.slack.refusals import Refused
from tests.fakes.slack.workspace import Team
from tests.fakes.slack.world import World


class Interactions:
    """Each returns when the app has acknowledged, or had its 3 seconds."""

    def __init__(self, world: World, deliveries: Deliveries, hooks: Hooks) -> None:
        self._world = world
        self._deliveries = deliveries
        self._hooks = hooks

    async def press(self, action: str, on: Message | View, user: str, value: Any = None) -> Handle:
        """Press the button, or choose `value` in the menu, whose action id is `action`. Raises NotPossible."""
        team = self._world.teams[on.team_id]
        person = team.user(user)
        block, element = _element(on, action)
        if isinstance(on, View):
            if not on.is_open:
                raise NotPossible("the view is closed")
            where = payloads.on_view(on, state(on, {}, complete=False))
        else:
            where = payloads.on_message(on, team.channels[on.channel], self._response_url(team, on, person))
        pressed = payloads.action(block, element, self._world.ts(), chosen(element, value))
        view = on if isinstance(on, View) else None
        payload = payloads.interaction(self._world, team, person, "block_actions", view) | where
        handle = Handle("interactive", payload | {"actions": [pressed]}, view=view)
        handle.message = None if isinstance(on, View) else on
        return await self._deliveries.send(handle)

    async def shortcut(self, callback_id: str, user: str, message: Message | None = None, team: str = "") -> Handle:
        """A global shortcut, or one on a message."""
        place = self._team(message.team_id if message else team)
        person = place.user(user)
        kind = "message_action" if message else "shortcut"
        payload = payloads.interaction(self._world, place, person, kind)
        payload |= {"callback_id": callback_id, "action_ts": self._world.ts()}
        if message:
            channel = place.channels[message.channel]
            payload |= {
                "message_ts": message.ts, "message": message.to_json(),
                "response_url": self._hooks.issue(place, channel.id, person.id, message),
                "channel": {"id": channel.id, "name": channel.shown_name},
            }  # fmt: skip
        return await self._deliveries.send(Handle("interactive", payload, message=message))

    async def submit_view(self, view: View, values: Mapping[str, Any], user: str = "") -> Handle:
        """Fill in a modal (by action id) and submit it; then do what the app answered. Raises NotPossible.

        `handle.errors` are the app's complaints by block id, `handle.view` is the view that is then on top.
        """
        if not view.is_open:
            raise NotPossible("the modal is closed")
        if not view.definition.get("submit"):
            raise NotPossible("the modal has no button to submit it")
        team = self._world.teams[view.team_id]
        payload = payloads.interaction(self._world, team, team.user(user or view.user), "view_submission", view)
        payload |= {"view": view.to_json(state(view, values)), "response_urls": []}
        handle = await self._deliveries.send(Handle("interactive", payload, view=view))
        if handle.acked:
            self._respond(handle, view, handle.answer if isinstance(handle.answer, dict) else {})
        return handle

    def _team(self, team: str) -> Team:
        """By id or name; the first one if none is named."""
        for known in self._world.teams.values():
            if team in {"", known.id, known.name}:
                return known
        raise LookupError(f"there is no team {team}")

    def _response_url(self, team: Team, message: Message, person: User) -> str:
        if message.deleted or message.only_for not in (None, person.id):
            raise NotPossible(f"{person.name} cannot see this message")
        if person.id not in team.channels[message.channel].members:
            raise NotPossible(f"{person.name} is not in the channel")
        return self._hooks.issue(team, message.channel, person.id, message)

    def _respond(self, handle: Handle, view: View, answer: Json) -> None:
        """https://docs.slack.dev/surfaces/modals#response_actions"""
        match answer.get("response_action"):
            case "errors":
                self._complain(handle, view, answer.get("errors") or {})
            case "update" | "push" as way:
                if problems := judged(self._world, self._world.teams[view.team_id], answer.get("view")):
                    self._world.problems += [f"response_action {way}: {problem}" for problem in problems]
                elif way == "update":
                    changed(self._world, view, answer["view"])
                else:
                    self._push(handle, view, answer["view"])
            case "clear":
                for each in self._world.views.values():
                    each.is_open = each.is_open and each.root != view.root
            case None:
                view.is_open = False
            case unknown:
                self._world.problems.append(f"view_submission: unknown response_action {unknown}")

    def _complain(self, handle: Handle, view: View, errors: Json) -> None:
        known = {block["block_id"] for block in view.blocks if block["type"] == "input"}
        if not errors or not set(errors) <= known:
            self._world.problems.append(f"response_action errors: {sorted(set(errors) - known)} are no input blocks")
        handle.errors = errors

    def _push(self, handle: Handle, view: View, definition: Json) -> None:
        try:
            handle.view = pushed(self._world, self._world.teams[view.team_id], view, definition)
        except Refused as refused:
            self._world.problems.append(f"response_action push: {refused.error}")


def _element(on: Message | View, action: str) -> tuple[Json, Json]:
    """The block and the element with this action id. Raises NotPossible."""
    attached = [] if isinstance(on, View) else [part.get("blocks", []) for part in on.attachments]
    for blocks in (on.blocks, *attached):
        for block, element in kit.interactive(blocks):
            if element.get("action_id") == action:
                return block, element
    raise NotPossible(f"there is nothing called {action} to press")
