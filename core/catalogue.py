"""What `easel.toml` says: models with abilities and prices, packs, plans, styles, limits, blocklist."""

import difflib
import tomllib
from collections.abc import Collection, Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from core.accounts.model import Role
from core.errors import ConfigError, ModelOff, ModelRetired, UnknownModel

FILE_NAME = "easel.toml"
MAX_STARS = 25_000
"""Of one invoice; what https://core.telegram.org/bots/api#inputpaidmedia names for other things that cost Stars."""
MAX_MONTHLY_STARS = 10_000
"""Of a subscription: https://core.telegram.org/bots/api#createinvoicelink (subscription_period)"""
MOST_SOURCES = 4
"""Pictures that one request may start from."""
DEMO = "demo"

Kind = Literal["image", "chat"]
KINDS: tuple[Kind, ...] = ("image", "chat")


def _exact(value: object) -> object:
    """Money is never a binary fraction: 0.003 without quotes means what it says, too."""
    return repr(value) if isinstance(value, float) else value


Credits = Annotated[int, Field(strict=True, ge=0, le=1_000_000)]
Count = Annotated[int, Field(strict=True, ge=1, le=1_000_000)]
Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._-]{0,63}$")]
Aspect = Annotated[str, Field(pattern=r"^[1-9]\d?:[1-9]\d?$")]
Size = Annotated[str, Field(pattern=r"^[1-9]\d{1,3}x[1-9]\d{1,3}$")]
Usd = Annotated[Decimal, Field(ge=0, le=1_000), BeforeValidator(_exact)]


class Table(BaseModel):
    """A table of easel.toml. Unknown keys are errors: a misspelt limit must not be silently ignored."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Cost(Table):
    """What the operator pays the provider, in USD: by million tokens, by picture, or both. Texts, such as "0.003".

    `cached`, `cache_written` and `image_input` cost what `input` does unless they are given, `image_output` what
    `output` does.
    """

    input: Usd | None = None
    cached: Usd | None = None
    cache_written: Usd | None = None
    image_input: Usd | None = None
    output: Usd | None = None
    image_output: Usd | None = None
    picture: Usd | None = None


class Model(Table):
    """One model: who serves it, what it can do, what it costs.

    `upstream` is what its provider calls it, if that is not `name`. `sizes` are exact pixels by aspect, for models
    that know only a few. `sources`: how many pictures one edit may start from. `inputs` go to the provider as they
    are. `retires` is the day it is switched off.
    """

    name: Name
    provider: Name
    kind: Kind
    summary: str = ""
    upstream: str = ""
    price: Credits
    aspects: tuple[Aspect, ...] = ()
    sizes: dict[Aspect, Size] = {}
    long_side: int = Field(default=1024, strict=True, ge=64, le=4096)
    max_count: int = Field(default=1, strict=True, ge=1, le=4)
    seed: bool = False
    styles: bool = False
    draw: bool = True
    edit: bool = False
    upscale: bool = False
    sources: int = Field(default=MOST_SOURCES, strict=True, ge=1, le=MOST_SOURCES)
    negative: bool = False
    vision: bool = False
    retires: date | None = None
    inputs: dict[str, str | int | float | bool] = {}
    cost: Cost | None = None
    default: bool = False

    @model_validator(mode="after")
    def _pictures_have_aspects(self) -> "Model":
        if self.kind == "image" and self.draw and not self.shapes:
            raise ValueError("an image model needs aspects")
        return self

    @property
    def id(self) -> str:
        """What its provider calls it."""
        return self.upstream or self.name

    @property
    def shapes(self) -> tuple[str, ...]:
        """Every aspect it can draw."""
        return self.aspects or tuple(self.sizes)

    def is_retired(self, today: date) -> bool:
        return self.retires is not None and self.retires <= today

    def size(self, aspect: str) -> tuple[int, int]:
        """Width and height in pixels, even numbers unless `sizes` says otherwise."""
        if exact := self.sizes.get(aspect):
            across, down = exact.split("x")
            return int(across), int(down)
        wide, high = (int(side) for side in aspect.split(":"))
        scale = self.long_side / max(wide, high)
        return max(2, round(wide * scale / 2) * 2), max(2, round(high * scale / 2) * 2)


class Pack(Table):
    """Credits bought once. `price` in minor units of `currency`; `stars`: the price in Telegram, if sold there.

    `discord_sku` is the id of the consumable that sells it in Discord, where its price is set, too.
    """

    name: Name
    credits: Count
    bonus: Credits = 0
    price: Count
    currency: str = Field(pattern=r"^[A-Z]{3}$")
    stars: int | None = Field(default=None, strict=True, ge=1, le=MAX_STARS)
    discord_sku: str | None = Field(default=None, pattern=r"^[1-9][0-9]{0,19}$")

    @property
    def total(self) -> int:
        """All the credits one gets."""
        return self.credits + self.bonus


class Plan(Table):
    """Credits every month, and the role subscriber. `price` in minor units of `currency`; `stars`: that in Telegram.

    `rollover`: what is left of a month's credits stays. `paypal_plan`: the id of the plan at PayPal, if sold there.
    """

    name: Name
    credits: Count
    price: Count
    currency: str = Field(pattern=r"^[A-Z]{3}$")
    rollover: bool = False
    stars: int | None = Field(default=None, strict=True, ge=1, le=MAX_MONTHLY_STARS)
    paypal_plan: str | None = Field(default=None, pattern=r"^P-[A-Z0-9]{10,40}$")


class PerDay(Table):
    user: Count = 20
    subscriber: Count = 200
    admin: Count = 1000


class LinkLimits(Table):
    minutes: Count = 10
    codes_per_hour: Count = 5
    tries_per_hour: Count = 5


class ProviderTable(Table):
    """`concurrency`: the most calls in flight over all workers; none: as many as there are.

    `output_hosts`: from where its finished pictures may be fetched, besides its own hosts.
    """

    concurrency: Count | None = None
    output_hosts: tuple[str, ...] = ()


class Chains(Table):
    """The models to ask, in order, when nobody names one: if the first cannot serve, the next may."""

    image: tuple[Name, ...] = ()
    chat: tuple[Name, ...] = ()


class ChatTable(Table):
    """How conversations go. `memory_tokens`: how much of what was said before is sent along, by a rough count.

    `cache`: whether the same question within a day gets the same answer; `cached_price` is what that costs.
    """

    cache: bool = True
    cached_price: Credits = 0
    memory_tokens: Credits = 3000
    memory_hours: Count = 24
    answer_tokens: Count = 2000
    persona: Name = "default"


class Shop(Table):
    """Buying. `link_minutes`: how long a checkout link is good for. `grace_days`: how long a subscriber whose next
    month is late stays one. `referral`: credits for whoever invited somebody, on that person's first purchase.
    """

    link_minutes: Count = 60
    links_per_hour: Count = 10
    grace_days: Credits = 2
    referral: Credits = 0


class Money(Table):
    """`credit`: what one credit is worth in USD, for margins; by default what it costs in the cheapest USD pack."""

    credit: Usd | None = None


class Limits(Table):
    prompt_characters: Count = 2000
    history_shown: Count = 10
    job_seconds: Count = 3600
    subscriber_head_start: Credits = 30
    free_credits_days: Count = 7
    free_credits_after_days: Credits = 0
    requests_per_day: PerDay = PerDay()
    link: LinkLimits = LinkLimits()


class Moderation(Table):
    blocklist: tuple[str, ...] = ()


class Catalogue(Table):
    """Everything in easel.toml. `retired`: models that are listed there and not served any more, and since when.

    `off`: models that an admin has switched off.
    """

    limits: Limits = Limits()
    moderation: Moderation = Moderation()
    styles: dict[Name, str] = {}
    personas: dict[Name, str] = {}
    chat: ChatTable = ChatTable()
    money: Money = Money()
    shop: Shop = Shop()
    chains: Chains = Chains()
    providers: dict[Name, ProviderTable] = {}
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


def find_catalogue(configured: Path | None) -> Path:
    """EASEL_CONFIG, else ./easel.toml, else the one Easel came with."""
    beside = Path(__file__).parent
    for candidate in (configured, Path(FILE_NAME), beside / FILE_NAME, beside.parent / FILE_NAME):
        if candidate is not None and (candidate.exists() or candidate == configured):
            return candidate
    raise ConfigError([f"{FILE_NAME}: not found. Copy the one from Easel's repository here."])


def load_catalogue(path: Path) -> Catalogue:
    """Read easel.toml. Raises ConfigError with one line per problem, naming the place."""
    try:
        with path.open("rb") as file:
            raw = tomllib.load(file)
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError([f"EASEL_CONFIG: {path} cannot be read ({error}). Name a readable file."]) from None
    except tomllib.TOMLDecodeError as error:
        raise ConfigError([f"{path}: not valid TOML ({error})."]) from None
    try:
        return Catalogue.model_validate(raw)
    except ValidationError as error:
        raise ConfigError([f"{path}: {_problem(raw, item)}" for item in error.errors()]) from None


def _problem(raw: dict[str, Any], item: Any) -> str:
    """`models "demo-art" price: must be ... (it is -1)`."""
    place, value = [], raw
    for step in item["loc"]:
        value = value[step] if isinstance(value, list | dict) and _has(value, step) else {}
        if isinstance(step, int) and isinstance(value, dict):
            place.append(f'"{value.get("name", step + 1)}"')
        else:
            place.append(str(step))
    what = str(item["msg"]).removeprefix("Value error, ").replace("Input should be", "must be")
    given = f" (it is {item['input']!r})" if isinstance(item["input"], int | float | str | bool) else ""
    where = " ".join(place)
    return f"{where}: {what}{given}." if where else f"{what}."


def _has(value: list[Any] | dict[str, Any], step: int | str) -> bool:
    return step in value if isinstance(value, dict) else isinstance(step, int) and step < len(value)
