"""easel.toml: what is offered, and one clear line for what is wrong in it."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.accounts.model import Role
from core.catalogue import Catalogue, Model, find_catalogue, load_catalogue
from core.catalogue import loading as module
from core.errors import ConfigError, ModelRetired, UnknownModel
from tests.support import SMALL_MODELS

OURS = Path(__file__).parents[2] / "easel.toml"


def loaded(folder: Path, text: str) -> Catalogue:
    path = folder / "easel.toml"
    path.write_text(text)
    return load_catalogue(path)


@pytest.fixture
def small(tmp_path: Path) -> Catalogue:
    return loaded(tmp_path, SMALL_MODELS)


def test_the_catalogue_easel_comes_with_loads() -> None:
    catalogue = load_catalogue(OURS)
    assert catalogue.default("image").price > 0
    assert catalogue.default("chat").price > 0
    assert catalogue.packs
    assert catalogue.plans
    for model in catalogue.of_kind("image"):
        assert all(min(model.size(aspect)) >= 64 for aspect in model.aspects)


def test_what_is_not_said_has_a_default(small: Catalogue) -> None:
    assert small.limits.prompt_characters == 2000
    assert small.limits.requests_per_day.user == 20
    assert small.model("square", "image").max_count == 1


# --- models ------------------------------------------------------------------------------------------------


def test_a_model_is_found_by_its_name_in_any_case(small: Catalogue) -> None:
    assert small.model("SQUARE", "image").price == 3


def test_an_unknown_model_is_refused_with_the_nearest_name(small: Catalogue) -> None:
    with pytest.raises(UnknownModel) as caught:
        small.model("sqare", "image")
    assert caught.value.nearest == "square"


def test_a_name_like_nothing_has_no_nearest_one_and_is_shown_shortened(small: Catalogue) -> None:
    with pytest.raises(UnknownModel) as caught:
        small.model("x" * 1000, "image")
    assert caught.value.nearest is None
    assert len(caught.value.message) < 100


def test_a_chat_model_draws_no_pictures(small: Catalogue) -> None:
    with pytest.raises(UnknownModel):
        small.model("demo-chat", "image")


def test_each_kind_has_its_default(small: Catalogue) -> None:
    assert (small.default("image").name, small.default("chat").name) == ("demo-art", "demo-chat")


def test_all_aspects_are_known_once_in_the_order_of_the_file(small: Catalogue) -> None:
    assert small.aspects == ("1:1", "16:9", "9:16", "2:1")


@pytest.mark.parametrize(
    ("aspect", "size"),
    [("1:1", (1024, 1024)), ("16:9", (1024, 576)), ("9:16", (576, 1024)), ("3:2", (1024, 682)), ("21:9", (1024, 438))],
)
def test_the_longer_edge_of_a_picture_is_what_the_model_says(aspect: str, size: tuple[int, int]) -> None:
    model = Model(name="m", provider="demo", kind="image", price=1, aspects=(aspect,))
    assert model.size(aspect) == size


@given(st.integers(1, 99), st.integers(1, 99), st.integers(64, 4096))
def test_every_picture_that_can_be_ordered_has_an_even_size_that_can_be_drawn(wide: int, high: int, side: int) -> None:
    aspect = f"{wide}:{high}"
    model = Model(name="m", provider="demo", kind="image", price=1, aspects=(aspect,), long_side=side)
    size = model.size(aspect)
    assert all(2 <= edge <= 4096 and edge % 2 == 0 for edge in size)
    assert abs(max(size) - side) <= 1


# --- limits ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("overrides", "per_day"),
    [
        ({}, (20, 200, 1000)),
        ({Role.USER: 5}, (5, 200, 1000)),
        ({Role.USER: 500}, (500, 500, 1000)),
        ({Role.SUBSCRIBER: 7}, (20, 7, 1000)),
        ({Role.USER: 500, Role.SUBSCRIBER: 7}, (500, 7, 1000)),
        ({Role.ADMIN: 1}, (20, 200, 1)),
    ],
)
def test_requests_a_day_are_set_by_role(
    small: Catalogue, overrides: dict[Role, int], per_day: tuple[int, int, int]
) -> None:
    assert tuple(small.per_day(role, overrides) for role in Role) == per_day


# --- what is wrong -----------------------------------------------------------------------------------------

BAD = {
    "a negative price": ("price = 10", "price = -1", 'models "demo-art" price'),
    "a fractional price": ("price = 10", "price = 9.5", 'models "demo-art" price'),
    "a price in words": ("price = 10", 'price = "10"', 'models "demo-art" price'),
    "a true price": ("price = 10", "price = true", 'models "demo-art" price'),
    "an unheard-of price": ("price = 10", "price = 1000001", 'models "demo-art" price'),
    "a missing price": ("price = 10", "", 'models "demo-art" price'),
    "an unknown aspect": ('"9:16"', '"wide"', 'models "demo-art" aspects'),
    "an aspect of nothing": ('"9:16"', '"0:1"', 'models "demo-art" aspects'),
    "no aspects": ('aspects = ["1:1", "2:1"]', "", 'models "square"'),
    "too many pictures": ("max_count = 4", "max_count = 5", 'models "demo-art" max_count'),
    "too large pictures": ("long_side = 64", "long_side = 5000", 'models "demo-art" long_side'),
    "an unknown kind": ('kind = "chat"', 'kind = "video"', 'models "demo-chat" kind'),
    "a name with spaces": ('"square"', '"Square One"', 'models "Square One" name'),
    "an unknown key of a model": ("max_count = 4", "max_cuont = 4", 'models "demo-art" max_cuont'),
    "two models of one name": ('"square"', '"demo-art"', 'two models are named "demo-art"'),
    "no default": ("vision = true\ndefault = true", "vision = true", "exactly one chat model"),
    "two defaults": ('aspects = ["1:1", "2:1"]', 'aspects = ["1:1"]\ndefault = true', "exactly one image model"),
    "a currency in words": ('"USD"', '"dollars"', 'plans "club" currency'),
    "a pack of nothing": ("credits = 500", "credits = 0", 'packs "small" credits'),
    "a free pack": ("price = 499", "price = 0", 'packs "small" price'),
    "an unknown key": ("[styles]", "[stiles]", "stiles"),
    "a style that is no text": ('pixel = "pixel art"', "pixel = 3", "styles pixel"),
    "a blocklist of one word": ('["forbidden fruit", "csam"]', '"csam"', "moderation blocklist"),
}  # fmt: skip
ADDED = {
    "an unknown limit": ("[limits]\nprompt_charactres = 1\n", "limits prompt_charactres"),
    "a negative limit": ("[limits]\njob_seconds = -1\n", "limits job_seconds"),
    "a fractional limit": ("[limits]\nhistory_shown = 2.5\n", "limits history_shown"),
    "an unknown role": ("[limits.requests_per_day]\nguest = 3\n", "limits requests_per_day guest"),
    "no requests at all": ("[limits.requests_per_day]\nuser = 0\n", "limits requests_per_day user"),
    "limits that are no table": ("limits = 3\n", "limits"),
    "a list for a table": ("[[limits]]\nx = 1\n", "limits"),
}
PACK = '[[packs]]\nname = "small"\ncredits = 1\nprice = 1\ncurrency = "USD"\n'
PLAN = PACK.replace("packs", "plans")


@pytest.mark.parametrize(("old", "new", "said"), BAD.values(), ids=BAD)
def test_a_wrong_value_is_one_line_naming_its_place(tmp_path: Path, old: str, new: str, said: str) -> None:
    changed = SMALL_MODELS.replace(old, new, 1)
    assert changed != SMALL_MODELS
    assert said in problem_of(tmp_path, changed)


@pytest.mark.parametrize(("text", "said"), ADDED.values(), ids=ADDED)
def test_a_wrong_limit_is_one_line_naming_its_place(tmp_path: Path, text: str, said: str) -> None:
    assert said in problem_of(tmp_path, f"{text}{SMALL_MODELS}")


@pytest.mark.parametrize("stars", ["0", "10001", "1.5"])
def test_a_plan_costs_as_many_stars_as_telegram_takes_for_one(tmp_path: Path, stars: str) -> None:
    assert "stars" in problem_of(tmp_path, f"{SMALL_MODELS}{PLAN}stars = {stars}\n")
    assert loaded(tmp_path, f"{SMALL_MODELS}{PLAN}stars = 10000\n").plans[-1].stars == 10_000


@pytest.mark.parametrize("twice", [PACK, PLAN + PLAN], ids=["packs", "plans"])
def test_two_things_for_sale_cannot_have_one_name(tmp_path: Path, twice: str) -> None:
    assert '"small"' in problem_of(tmp_path, SMALL_MODELS + twice)


def test_without_models_there_is_nothing_to_offer(tmp_path: Path) -> None:
    assert "models" in problem_of(tmp_path, "")


def test_every_wrong_value_is_named_at_once(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        loaded(tmp_path, SMALL_MODELS.replace("price = 10", "price = -1").replace("price = 3", "price = 3.5"))
    assert ['"demo-art"' in line for line in caught.value.problems] == [True, False]
    assert "must be greater than or equal to 0 (it is -1)." in caught.value.problems[0]


def test_what_is_not_toml_is_one_line_with_the_place(tmp_path: Path) -> None:
    assert "line 2" in problem_of(tmp_path, "[limits]\nwhat is this\n")


@pytest.mark.parametrize("make", [Path.mkdir, lambda path: path.write_bytes(b"\xff\xfe")], ids=["folder", "bytes"])
def test_a_file_that_cannot_be_read_is_one_line(tmp_path: Path, make: Callable[[Path], object]) -> None:
    path = tmp_path / "easel.toml"
    make(path)
    with pytest.raises(ConfigError, match=r"EASEL_CONFIG: .* cannot be read"):
        load_catalogue(path)


# --- where it is -------------------------------------------------------------------------------------------


@pytest.fixture
def homes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The four places, best first, all there: configured, here, in the package, above the package."""
    here, package = tmp_path / "here", tmp_path / "checkout" / "core"
    here.mkdir()
    package.mkdir(parents=True)
    monkeypatch.chdir(here)
    monkeypatch.setattr(module, "__file__", str(package / "catalogue" / "loading.py"))
    homes = [tmp_path / "mine.toml", Path("easel.toml"), package / "easel.toml", package.parent / "easel.toml"]
    for home in homes:
        home.touch()
    return homes


def test_the_configured_catalogue_wins_also_when_it_is_missing(homes: list[Path]) -> None:
    assert find_catalogue(homes[0]) == homes[0]
    homes[0].unlink()
    assert find_catalogue(homes[0]) == homes[0]


def test_without_one_the_catalogue_here_wins_over_those_easel_came_with(homes: list[Path]) -> None:
    for home in homes[1:]:
        assert find_catalogue(None) == home
        home.unlink()
    with pytest.raises(ConfigError, match=r"easel\.toml: not found"):
        find_catalogue(None)


def problem_of(folder: Path, text: str) -> str:
    with pytest.raises(ConfigError) as caught:
        loaded(folder, text)
    (problem,) = caught.value.problems
    assert problem.startswith(str(folder / "easel.toml"))
    assert problem.splitlines() == [problem]
    return problem


# --- who serves ------------------------------------------------------------------------------------------------

SERVED = """
[[models]]
name = "old"
provider = "openai"
kind = "chat"
price = 1
retires = 2026-06-30
[[models]]
name = "new"
provider = "openai"
kind = "chat"
price = 1
[[models]]
name = "demo-chat"
provider = "demo"
kind = "chat"
price = 1
[[models]]
name = "demo-art"
provider = "demo"
kind = "image"
price = 1
aspects = ["1:1"]
[chains]
chat = ["old", "new", "demo-chat"]
image = ["demo-art"]
"""


@pytest.mark.parametrize(
    ("providers", "today", "chain"),
    [
        ({"demo"}, date(2026, 6, 29), ["demo-chat"]),
        ({"demo", "openai"}, date(2026, 6, 29), ["old", "new"]),
        ({"demo", "openai"}, date(2026, 6, 30), ["new"]),
    ],
)
def test_the_demo_serves_only_what_nobody_else_does_and_retired_models_do_not(
    tmp_path: Path, providers: set[str], today: date, chain: list[str]
) -> None:
    (tmp_path / "easel.toml").write_text(SERVED)
    served = load_catalogue(tmp_path / "easel.toml").served_by(providers, today)
    assert [model.name for model in served.chain("chat")] == chain
    assert [model.name for model in served.of_kind("image")] == ["demo-art"]


def test_who_asks_for_a_retired_model_is_told_since_when_and_who_serves_instead(tmp_path: Path) -> None:
    (tmp_path / "easel.toml").write_text(SERVED)
    served = load_catalogue(tmp_path / "easel.toml").served_by({"demo", "openai"}, date(2026, 7, 1))
    with pytest.raises(ModelRetired, match="2026-06-30") as refused:
        served.model("old", "chat")
    assert refused.value.others == ("new",)
