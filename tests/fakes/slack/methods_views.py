"""views.open, push, update and publish: modals in stacks of up to three, and the home tab.

https://docs.slack.dev/surfaces/modals
"""

from typing import Any

from tests.fakes.slack import kit
from tests.fakes.slack.calls import Ask, Method, Methods
from tests.fakes.slack.model import Json, View
from tests.fakes.slack.refusals import Refused, bad_arguments, bad_blocks
from tests.fakes.slack.workspace import Team
from tests.fakes.slack.world import World

STACK = 3
"""https://docs.slack.dev/reference/methods/views.push ("push_limit_reached")"""


def open_(ask: Ask) -> Json:
    definition = _definition(ask, "modal")
    trigger = ask.world.triggers.use(str(ask.required("trigger_id")), ask.team.id)
    return {"view": shown(ask.world, ask.team, trigger.user, definition).to_json()}


def push(ask: Ask) -> Json:
    definition = _definition(ask, "modal")
    trigger = ask.world.triggers.use(str(ask.required("trigger_id")), ask.team.id)
    below = ask.world.views.get(trigger.view or "")
    if below is None or below.type != "modal":
        raise Refused("not_found")
    return {"view": pushed(ask.world, ask.team, below, definition).to_json()}


def update(ask: Ask) -> Json:
    view = _named(ask)
    definition = _definition(ask, view.type, view)
    if ask.text("hash") not in (None, view.hash):
        raise Refused("hash_conflict")
    changed(ask.world, view, definition)
    return {"view": view.to_json()}


def publish(ask: Ask) -> Json:
    user = str(ask.required("user_id"))
    if user not in ask.team.users:
        raise bad_arguments("invalid `user_id`")
    definition = _definition(ask, "home", ask.world.homes.get(user))
    home = ask.world.homes.get(user)
    if home is None:
        home = ask.world.homes[user] = shown(ask.world, ask.team, user, definition)
    else:
        if ask.text("hash") not in (None, home.hash):
            raise Refused("hash_conflict")
        changed(ask.world, home, definition)
    return {"view": home.to_json()}


def judged(world: World, team: Team, definition: Any) -> list[str]:
    """What is wrong with a view, wherever it came from."""
    return kit.view_problems(definition, world.file_known(team))


def shown(world: World, team: Team, user: str, definition: Json, below: View | None = None) -> View:
    """A new view in front of this person."""
    view_id = world.fresh("V")
    view = View(
        view_id, team.id, user, _filled(world, definition), _hash(world), below.root if below else view_id,
        below.id if below else None, world.app.app_id, team.bot_id,
    )  # fmt: skip
    view.versions.append(view.to_json())
    world.views[view_id] = view
    return view


def pushed(world: World, team: Team, below: View, definition: Json) -> View:
    """Raises Refused: push_limit_reached."""
    if sum(view.root == below.root and view.is_open for view in world.views.values()) >= STACK:
        raise Refused("push_limit_reached")
    return shown(world, team, below.user, definition, below)


def changed(world: World, view: View, definition: Json) -> None:
    view.definition, view.hash = _filled(world, definition), _hash(world)
    view.versions.append(view.to_json())


def _definition(ask: Ask, kind: str, same: View | None = None) -> Json:
    """Raises Refused: invalid_arguments, view_too_large, duplicate_external_id."""
    ask.required("view")
    definition = ask.structure("view")
    if problems := judged(ask.world, ask.team, definition):
        raise bad_blocks("invalid_arguments", problems)
    if definition["type"] != kind:
        raise bad_arguments(f"must be a {kind} view [json-pointer:/view/type]")
    if kit.view_too_large(definition):
        raise Refused("view_too_large")
    name = definition.get("external_id")
    if name and any(
        view.definition.get("external_id") == name and view.is_open and view is not same
        for view in ask.world.views.values()
    ):
        raise Refused("duplicate_external_id")
    checked: Json = definition
    return checked


def _named(ask: Ask) -> View:
    """Raises Refused: not_found."""
    view_id, external = ask.text("view_id"), ask.text("external_id")
    for view in ask.world.views.values():
        found = view.id == view_id if view_id else bool(external) and view.definition.get("external_id") == external
        if found and view.is_open and view.team_id == ask.team.id:
            return view
    raise Refused("not_found")


def _filled(world: World, definition: Json) -> Json:
    return definition | {"blocks": kit.with_ids(definition["blocks"], world.short)}


def _hash(world: World) -> str:
    return f"{world.ts()}.{world.short()}"


VIEWS: Methods = {
    "views.open": Method(open_),
    "views.push": Method(push),
    "views.update": Method(update),
    "views.publish": Method(publish),
}
