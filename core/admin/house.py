"""Switches that an admin turns: prices, models, limits, and the pause in which nothing is made."""

from pydantic import JsonValue

from core.accounts.model import Role
from core.admin.intents import Intent
from core.admin.model import Actor, Doc
from core.admin.switches import Pause, Switched, Switches
from core.catalogue import KINDS, Catalogue, Model
from core.errors import ActionRefused, BadOption, UnknownModel
from core.settings import Settings

MOST_CREDITS = 1_000_000
MOST_PER_DAY = 1_000_000
HOUSE = "house"
"""The target of what concerns everybody."""


class Switch:
    """What the deeds below share: nobody is told, people see it when they ask for something."""

    def __init__(self, switches: Switches) -> None:
        self._switches = switches

    async def tell(self, intent: Intent, after: Doc) -> None:
        """People see it when they ask for something."""


class Price(Switch):
    """Another price of a model, in credits; None: as easel.toml says. What is accepted already costs what it did."""

    def __init__(self, switches: Switches, catalogue: Catalogue) -> None:
        super().__init__(switches)
        self._catalogue = catalogue

    async def look(self, actor: Actor, intent: Intent) -> Doc:
        """Raises UnknownModel or BadOption."""
        model = _model(self._catalogue, intent.target)
        _check("credits", intent.args["credits"], 0, MOST_CREDITS)
        return {"price": (await self._switches.now()).prices.get(model.name, model.price)}

    async def act(self, intent: Intent) -> Doc:
        credits, name = intent.args["credits"], intent.target

        def changed(now: Switched) -> Switched:
            return now.model_copy(update={"prices": _with(now.prices, name, credits)})

        await self._switches.change(intent.request, changed)
        return {"price": _model(self._catalogue, name).price if credits is None else credits}


class Enabling(Switch):
    """A model is switched off, or on again. What is accepted already is made."""

    def __init__(self, switches: Switches, catalogue: Catalogue) -> None:
        super().__init__(switches)
        self._catalogue = catalogue

    async def look(self, actor: Actor, intent: Intent) -> Doc:
        """Raises UnknownModel, or ActionRefused for the last of its kind."""
        model, off = _model(self._catalogue, intent.target), (await self._switches.now()).off
        if not intent.args["enabled"]:
            self._check_left(model, off)
        return {"was_enabled": model.name not in off}

    async def act(self, intent: Intent) -> Doc:
        name = intent.target

        def changed(now: Switched) -> Switched:
            others = tuple(each for each in now.off if each != name)
            if not intent.args["enabled"]:
                self._check_left(_model(self._catalogue, name), others)
                others = (*others, name)
            return now.model_copy(update={"off": others})

        await self._switches.change(intent.request, changed)
        return {}

    def _check_left(self, model: Model, off: tuple[str, ...]) -> None:
        usual = [m for m in self._catalogue.of_kind(model.kind) if m.draw and m.name not in (*off, model.name)]
        if not usual:
            raise ActionRefused(f"{model.name} is the last {model.kind} model that is on: pause instead.")


class Limit(Switch):
    """Requests a day of a role; None: as the settings say."""

    def __init__(self, switches: Switches, catalogue: Catalogue, settings: Settings) -> None:
        super().__init__(switches)
        self._catalogue = catalogue
        self._settings = settings

    async def look(self, actor: Actor, intent: Intent) -> Doc:
        """Raises BadOption."""
        _check("per_day", intent.args["per_day"], 1, MOST_PER_DAY)
        return {"limit": self._limit(await self._switches.now(), _role(intent.target))}

    async def act(self, intent: Intent) -> Doc:
        role, per_day = _role(intent.target), intent.args["per_day"]

        def changed(now: Switched) -> Switched:
            return now.model_copy(update={"per_day": _with(now.per_day, role.label, per_day)})

        return {"limit": self._limit(await self._switches.change(intent.request, changed), role)}

    def _limit(self, now: Switched, role: Role) -> int:
        return self._catalogue.per_day(role, now.limits(self._settings.rate_limit_per_day))


class Pausing(Switch):
    """Nothing is made (`pauses`), or it goes on. What is accepted already is made: it is paid for."""

    def __init__(self, switches: Switches, *, pauses: bool) -> None:
        super().__init__(switches)
        self._pauses = pauses

    async def look(self, actor: Actor, intent: Intent) -> Doc:
        """Raises ActionRefused."""
        pause = (await self._switches.now()).pause
        if (pause is not None) is self._pauses:
            raise ActionRefused("It is paused already." if self._pauses else "It is not paused.")
        return {"paused": pause is not None}

    async def act(self, intent: Intent) -> Doc:
        pause = Pause(why=intent.why, since=intent.at) if self._pauses else None
        await self._switches.change(intent.request, lambda now: now.model_copy(update={"pause": pause}))
        return {"paused": self._pauses}


def _with(values: dict[str, int], name: str, value: JsonValue) -> dict[str, int]:
    """None takes it out."""
    others = {each: number for each, number in values.items() if each != name}
    return others | {name: value} if isinstance(value, int) else others


def _check(name: str, value: JsonValue, low: int, high: int) -> None:
    if value is not None and (not isinstance(value, int) or not low <= value <= high):
        raise BadOption(name, f"must be a whole number from {low:,} to {high:,}.")


def _model(catalogue: Catalogue, name: str) -> Model:
    """Of either kind. Raises UnknownModel."""
    for kind in KINDS:
        if name in [model.name for model in catalogue.of_kind(kind)]:
            return catalogue.model(name, kind)
    raise UnknownModel(name[:64], None)


def _role(name: str) -> Role:
    if name.upper() not in Role.__members__:
        raise BadOption("role", f"must be one of {', '.join(role.label for role in Role)}.")
    return Role[name.upper()]
