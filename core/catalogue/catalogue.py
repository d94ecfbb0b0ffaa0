"""All of `easel.toml`, and what of it can be served."""

import difflib
from collections.abc import Collection, Mapping
from datetime import date

from pydantic import Field, model_validator

from core.accounts.model import Role
from core.catalogue.fields import Name, Table
from core.catalogue.models import DEMO, Kind, Model
from core.catalogue.rules import Chains, ChatTable, Limits, Moderation, ProviderTable
from core.catalogue.selling import Money, Pack, Plan, Shop
from core.errors import ModelOff, ModelRetired, UnknownModel


class Catalogue(Table):
    """Everything in easel.toml. `retired`: models that are listed there and not served any more, and since when.

    `off`: models that an admin has switched off.
    """

    limits: Limits = Limits()
    moderation: Moderation = Moderation()
    styles: dict[Name, str] = Field(default_factory=dict)
    personas: dict[Name, str] = Field(default_factory=dict)
    chat: ChatTable = ChatTable()
    money: Money = Money()
    shop: Shop = Shop()
    chains: Chains = Chains()
    providers: dict[Name, ProviderTable] = Field(default_factory=dict)
    models: tuple[Model, ...]
    retired: dict[Name, date] = Field(default={}, exclude=True)
    off: tuple[Name, ...] = Field(default=(), exclude=True)
    packs: tuple[Pack, ...] = ()
    plans: tuple[Plan, ...] = ()

    @model_validator(mode="after")
    def _names_and_defaults(self) -> "Catalogue":
        for what, table in (("models", self.models), ("packs", self.packs), ("plans", self.plans)):
            names = [row.name for row in table]
            if twice := next((name for name in names if names.count(name) > 1), None):
                raise ValueError(f'two {what} are named "{twice}"')
        self._check_chain("image", self.chains.image)
        self._check_chain("chat", self.chains.chat)
        return self

    def _check_chain(self, kind: Kind, chain: tuple[str, ...]) -> None:
        named = [model.name for model in self.of_kind(kind)]
        if unknown := next((name for name in chain if name not in named), None):
            raise ValueError(f'chains {kind}: no {kind} model is named "{unknown}"')
        if not chain and sum(model.default for model in self.of_kind(kind)) != 1:
            raise ValueError(f"exactly one {kind} model needs default = true, or chains needs a list for {kind}")

    @property
    def concurrency(self) -> dict[str, int]:
        """The most calls in flight, by provider that has such a limit."""
        return {name: limits.concurrency for name, limits in self.providers.items() if limits.concurrency}

    def of_kind(self, kind: Kind) -> list[Model]:
        return [model for model in self.models if model.kind == kind]

    def chain(self, kind: Kind) -> list[Model]:
        """The models that are asked when nobody names one, in order: the list of `chains`, else the default alone."""
        named = {model.name: model for model in self.of_kind(kind)}
        listed = [named[name] for name in getattr(self.chains, kind) if name in named]
        return listed or [model for model in named.values() if model.default] or list(named.values())[:1]

    def default(self, kind: Kind) -> Model:
        return self.chain(kind)[0]

    def served_by(self, providers: Collection[str], today: date) -> "Catalogue":
        """What of this can be served: no retired models, and only these providers'.

        The built-in demo serves a kind only when nobody else does, so that it never stands in for a real provider.
        """
        able = [model for model in self.models if model.provider in providers and not model.is_retired(today)]
        real = {model.kind for model in able if model.provider != DEMO and model.draw}
        kept = tuple(model for model in able if model.provider != DEMO or model.kind not in real)
        retired = {model.name: model.retires for model in self.models if model.retires and model.is_retired(today)}
        return self.model_copy(update={"models": kept, "retired": retired})

    def switched(self, off: Collection[str], prices: Mapping[str, int]) -> "Catalogue":
        """The same without some models, and with other prices."""
        left = [model for model in self.models if model.name not in off]
        priced = tuple(model.model_copy(update={"price": prices.get(model.name, model.price)}) for model in left)
        return self.model_copy(update={"models": priced, "off": tuple(off)})

    def model(self, name: str, kind: Kind) -> Model:
        """The model of this name. Raises UnknownModel with the nearest name."""
        named = {model.name: model for model in self.of_kind(kind)}
        if name.lower() not in named:
            if (when := self.retired.get(name.lower())) is not None:
                raise ModelRetired(name.lower(), when.isoformat(), [other.name for other in self.chain(kind)])
            if name.lower() in self.off:
                raise ModelOff(name.lower(), [other.name for other in self.chain(kind)])
            raise UnknownModel(name[:64], next(iter(difflib.get_close_matches(name.lower(), named, 1)), None))
        return named[name.lower()]

    @property
    def aspects(self) -> tuple[str, ...]:
        """Every aspect that some model can draw, in the order of the file."""
        return tuple(dict.fromkeys(aspect for model in self.of_kind("image") for aspect in model.shapes))

    def per_day(self, role: Role, overrides: dict[Role, int]) -> int:
        """Requests a day for a role. A user's limit that was raised raises the other roles' too."""
        if role in overrides:
            return overrides[role]
        return max(int(getattr(self.limits.requests_per_day, role.label)), overrides.get(Role.USER, 0))
