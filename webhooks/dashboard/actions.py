"""What can be done on the pages: asked for by a form, confirmed on a page that says what it changes, done once.

The page to confirm has the id of the request for the action in it. Whoever presses its button twice sends the same
request twice, and `Admin` does it once.
"""

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass

from fastapi import Request
from pydantic import JsonValue

from core.admin.model import Actor, Audited
from core.admin.rules import RULES
from core.app import App
from core.errors import BadRequest, NotFound
from webhooks.dashboard.audit import changes
from webhooks.dashboard.views import ADMIN, Shown, user_page

MAX_CREDITS_DIGITS = 7
MAX_WHY = 500
_REQUEST = re.compile(r"[A-Za-z0-9_-]{16}")


@dataclass(frozen=True, slots=True)
class Act:
    """`args`: the fields that it takes besides the reason. `says`: what it is called where it is confirmed."""

    action: str
    section: str
    button: str
    says: str
    args: tuple[str, ...] = ()

    @property
    def is_grave(self) -> bool:
        return RULES[self.action].confirmed

    def page(self, target: str) -> str:
        """The page of what it is done to."""
        return user_page(target) if self.section == "users" else f"{ADMIN}/{self.section}/{target}"


ACTS = {
    act.action: act
    for act in (
        Act("grant", "users", "Give credits", "Give {credits} credits to {target}", ("credits",)),
        Act("revoke", "users", "Take credits", "Take {credits} credits from {target}", ("credits",)),
    )
}


class Actions:
    """Pages to confirm, and what follows."""

    def __init__(self, app: App) -> None:
        self._app = app

    async def confirm(self, request: Request, actor: Actor) -> Shown:
        """What would be done. Raises what doing it would raise, as far as that is known before."""
        act, target = act_of(request.path_params), request.path_params["target"]
        args, why = args_of(act, request.query_params), request.query_params.get("why", "").strip()[:MAX_WHY]
        before = await self._app.admin.preview(actor, act.action, target, args, why)
        said = {name: f"{value:,}" if isinstance(value, int) else str(value) for name, value in args.items()}
        data = {
            "act": act, "target": target, "args": args, "why": why, "now": changes({}, before),
            "question": act.says.format(target=await self._named(act, target), **said),
            "request": secrets.token_urlsafe(12), "back": act.page(target),
        }  # fmt: skip
        return Shown(act.section, act.button, data)

    async def do(self, act: Act, target: str, form: Mapping[str, str], actor: Actor) -> Audited:
        """Do it, once for each page that asked. Raises Refusal, StoreError or what else keeps it from being done."""
        if not _REQUEST.fullmatch(form.get("request", "")):
            raise BadRequest("This form is not complete. Go back and start again.")
        why = form.get("why", "").strip()[:MAX_WHY]
        return await self._app.admin.perform(
            actor, act.action, f"page:{form['request']}", target, args_of(act, form), why
        )

    async def _named(self, act: Act, target: str) -> str:
        if act.section != "users":
            return target
        names = await self._app.stores.accounts.identities(await self._app.stores.accounts.family(target))
        return min(map(str, names), default=target)


def act_of(path: Mapping[str, str]) -> Act:
    """Raises NotFound."""
    if path["action"] not in ACTS:
        raise NotFound("There is no such action.")
    return ACTS[path["action"]]


def args_of(act: Act, given: Mapping[str, str]) -> dict[str, JsonValue]:
    """Raises BadRequest."""
    return {name: _credits(given.get(name, "")) if name == "credits" else given.get(name, "") for name in act.args}


def _credits(text: str) -> int:
    text = text.strip()
    if not text.isascii() or not text.isdigit() or len(text) > MAX_CREDITS_DIGITS:
        raise BadRequest("Credits must be a whole number from 1 to 1,000,000.")
    return int(text)
