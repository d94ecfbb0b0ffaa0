"""What calls cost is exact or unknown: never a guess, never 0 for want of a price, never a float."""

import subprocess
import sys
from decimal import Decimal, localcontext
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.catalogue import DEMO, Cost, Model, load_catalogue
from core.clock import DAY
from core.generation.prices import Prices
from core.jobs.attempts import Tokens
from tests.support import ManualClock

PRICES = Prices(ManualClock())
NANO = 10**9


def model(provider: str = "openai", name: str = "gpt-6-luna", cost: Cost | None = None) -> Model:
    return Model(name="m", upstream=name, provider=provider, kind="chat", price=1, cost=cost)


def listed(
    name: str, tokens: Tokens | None, *, provider: str = "openai", served: str | None = None, prices: Prices = PRICES
) -> int | None:
    return prices.cost(model(provider, name), served, tokens, 0)


def by_table(cost: Cost, tokens: Tokens | None = None, pictures: int = 0) -> int | None:
    return PRICES.cost(model("nowhere", "nothing", cost), None, tokens, pictures)


# --- the price list --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("tokens", "cost"),
    [
        (Tokens(input=1_000, output=100), 1_000 * 100 + 100 * 500),
        (Tokens(input=1_000, cached=400, output=100), 600 * 100 + 400 * 10 + 100 * 500),
        (Tokens(input=1_000, cached=400, cache_written=600, output=100), 400 * 10 + 600 * 125 + 100 * 500),
        (Tokens(input=1_000, output=100, thought=90), 1_000 * 100 + 100 * 500),
        (Tokens(input=1_000, cached=400, output=100, image_input=700), 600 * 100 + 400 * 10 + 100 * 500),
        (Tokens(input=7), 700),
        (Tokens(input=272_000, output=1), 272_000 * 100 + 500),
        (Tokens(input=272_001, output=1), 272_001 * 200 + 750),
    ],
    ids=["plain", "cached", "put into the cache", "thoughts", "pictures seen", "no answer", "at the tier", "above it"],
)
def test_each_kind_of_token_has_its_price(tokens: Tokens, cost: int) -> None:
    assert listed("gpt-6-luna", tokens) == cost


@pytest.mark.parametrize(
    ("provider", "name", "tokens", "cost"),
    [
        ("gemini", "gemini-3.8-flash", Tokens(input=1_000, cached=400, output=100, thought=60),
         600 * 750 + 400 * 75 + 100 * 3_750),
        ("gemini", "gemini-3-pro-image", Tokens(input=10, output=1_300, thought=100, image=1_120),
         10 * 2_000 + 180 * 12_000 + 1_120 * 120_000),
        ("gemini", "gemini-3.1-flash-image", Tokens(input=10, output=1_290, image=1_290), 10 * 500 + 1_290 * 60_000),
        ("openai", "gpt-image-2", Tokens(input=20, image_input=0, output=4_160, image=4_160),
         20 * 5_000 + 4_160 * 30_000),
        ("openai", "gpt-image-2", Tokens(input=1_020, image_input=1_000, output=4_160, image=4_160),
         20 * 5_000 + 1_000 * 8_000 + 4_160 * 30_000),
        ("openai", "gpt-image-1.5", Tokens(input=20, image_input=0, output=1_100, image=1_000),
         20 * 5_000 + 100 * 10_000 + 1_000 * 32_000),
    ],
    ids=["thoughts", "pictures and thoughts", "pictures", "pictures as output", "an edit", "pictures apart from text"],
)  # fmt: skip
def test_pictures_and_thoughts_cost_what_the_provider_says(provider: str, name: str, tokens: Tokens, cost: int) -> None:
    assert listed(name, tokens, provider=provider) == cost


def test_the_price_is_that_of_the_day_of_the_call() -> None:
    tokens, clock = Tokens(input=1_000_000, output=1_000_000), ManualClock()
    prices = Prices(clock)
    assert listed("gemini-3.8-flash", tokens, provider="gemini", prices=prices) == 4_500_000_000
    clock.move(39 * DAY)  # 2027-01-01
    assert listed("gemini-3.8-flash", tokens, provider="gemini", prices=prices) == 9_000_000_000


SOME = Tokens(input=1_000, output=100)


@pytest.mark.parametrize(
    ("asked", "served", "cost"),
    [
        ("gpt-6-luna", None, 150_000),
        ("gpt-6-luna", "", 150_000),
        ("gpt-6-luna", "gpt-6-luna-2026-09-08", 150_000),
        ("gpt-6-luna", "gpt-6-astra", 15_000_000),
        ("gpt-6-luna", "gpt-6-luna-002", 150_000),
        ("gpt-6-luna", "gpt-6-mystery", None),
        ("gpt-6-luna", "gpt-6-luna-pro", None),
        ("gpt-6", "gpt-6-mystery-2026-09-08", None),
        ("my-model", "gpt-6-luna", 150_000),
        ("my-model", None, None),
    ],
)
def test_the_model_that_served_decides_and_one_that_nobody_knows_is_unknown(
    asked: str, served: str | None, cost: int | None
) -> None:
    assert listed(asked, SOME, served=served) == cost


def test_a_release_that_the_list_has_not_heard_of_costs_what_its_model_does() -> None:
    served = "models/gemini-3-pro-image-001"
    assert listed("gemini-3-pro-image", SOME, provider="gemini", served=served) == 3_200_000


@pytest.mark.parametrize(
    ("provider", "name"),
    [
        ("replicate", "black-forest-labs/flux-schnell"), ("replicate", "gpt-6-luna"), ("google", "gemini-3.8-flash"),
        ("gemini", "gemma-3"), ("gemini", "gemini-embedding-001"), ("openai", "whisper-1"), ("openai", "llama3.2"),
    ],
)  # fmt: skip
def test_what_has_no_price_or_only_a_part_of_one_is_unknown_and_not_free(provider: str, name: str) -> None:
    assert listed(name, SOME, provider=provider) is None


def test_what_is_in_the_list_without_prices_is_not_free() -> None:
    assert listed("gemma-3", Tokens(input=5), provider="gemini") is None
    assert listed("gemini-embedding-001", Tokens(input=5), provider="gemini") == 750
    assert listed("gemini-embedding-001", Tokens(input=5, output=5), provider="gemini") is None


@pytest.mark.parametrize("name", ["gpt-6-luna", "gpt-image-2"])
def test_what_was_not_counted_is_unknown(name: str) -> None:
    assert listed(name, None) is None
    assert listed(name, Tokens()) is None


def test_pictures_to_edit_that_were_not_counted_apart_make_the_cost_unknown_where_it_matters() -> None:
    assert listed("gpt-image-2", Tokens(input=1_020, output=4_160)) is None
    assert listed("gpt-image-2", Tokens(input=1_020, cached=10, image_input=1_000, output=4_160)) is None
    assert listed("gpt-image-2", Tokens(input=1_020, cached=10, image_input=0, output=0)) == 1_010 * 5_000 + 12_500


@pytest.mark.parametrize(
    "tokens",
    [
        Tokens(input=1, cached=2, output=1), Tokens(input=3, cached=2, cache_written=2, output=1),
        Tokens(input=1, image_input=2, output=1), Tokens(input=1, output=1, image=2), Tokens(input=-5, output=1),
        Tokens(input=1, output=1, thought=2), Tokens(input=1, cached=-1, output=1), Tokens(input=1, output=-1),
        Tokens(output=5),
    ],
)  # fmt: skip
def test_counts_that_cannot_be_true_are_not_believed(tokens: Tokens) -> None:
    assert listed("gpt-6-luna", tokens) is None
    assert by_table(Cost(input=Decimal(1), output=Decimal(1)), tokens) is None


def test_the_price_list_is_not_loaded_before_somebody_needs_it() -> None:
    program = """
import sys
from core.app import open_app
from core.generation.prices import Prices
from core.catalogue import DEMO, Cost, Model, load_catalogue
from core.jobs.attempts import Tokens
free = Model(name="m", provider="demo", kind="chat", price=1)
Prices().cost(free, None, Tokens(input=1), 0)
Prices().cost(free.model_copy(update={"provider": "replicate"}), None, Tokens(input=1), 1)
Prices().cost(free.model_copy(update={"provider": "openai", "cost": Cost(picture="0.1")}), None, None, 1)
assert not [name for name in sys.modules if name.startswith("genai_prices")]
assert Prices().cost(Model(name="gpt-6-luna", provider="openai", kind="chat", price=1), None, Tokens(input=1), 0) == 100
assert [name for name in sys.modules if name.startswith("genai_prices")]
"""
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)


BUNDLED = load_catalogue(Path(__file__).parents[3] / "easel.toml").models


@pytest.mark.parametrize("listed", BUNDLED, ids=[model.name for model in BUNDLED])
def test_every_model_that_easel_comes_with_has_a_known_price(listed: Model) -> None:
    """Of those that count tokens, and of those that do not."""
    tokens = Tokens(input=1_000, image_input=500, output=1_500, image=1_120, thought=100)
    costs = [PRICES.cost(listed, None, counted, 1) for counted in (tokens, None)]
    assert any(cost == 0 if listed.provider == DEMO else cost for cost in costs)


# --- easel.toml's own prices -----------------------------------------------------------------------------------


def test_what_easel_toml_says_goes_before_the_price_list() -> None:
    own = model(cost=Cost(input=Decimal(1), output=Decimal(2)))
    assert PRICES.cost(own, "gpt-6-luna", SOME, 0) == 1_000 * 1_000 + 100 * 2_000


@pytest.mark.parametrize(
    ("cost", "tokens", "pictures", "nano"),
    [
        (Cost(picture=Decimal("0.003")), None, 4, 12_000_000),
        (Cost(picture=Decimal("0.003")), None, 0, 0),
        (Cost(picture=Decimal("0.003")), SOME, 0, None),
        (Cost(picture=Decimal("0.003")), SOME, 1, 3_000_000),
        (Cost(picture=Decimal("0.003"), input=Decimal(1), output=Decimal(2)), SOME, 1, 4_200_000),
        (Cost(picture=Decimal("0.003"), input=Decimal(1), output=Decimal(2)), None, 1, None),
        (Cost(picture=Decimal("0.003"), input=Decimal(1)), SOME, 1, None),
        (Cost(picture=Decimal(0)), None, 4, 0),
        (Cost(picture=Decimal(1)), None, -1, None),
        (Cost(), SOME, 1, None),
        (Cost(input=Decimal(1)), SOME, 0, None),
        (Cost(output=Decimal(1)), SOME, 0, None),
        (Cost(input=Decimal(0), output=Decimal(0)), SOME, 0, 0),
        (Cost(input=Decimal(1), output=Decimal(2)), None, 1, None),
        (Cost(input=Decimal(1), output=Decimal(2)), Tokens(), 1, None),
        (Cost(input=Decimal(1), output=Decimal(1), image_input=Decimal(3)), SOME, 0, None),
        (Cost(input=Decimal(1), output=Decimal(1), image_input=Decimal(1)), SOME, 0, 1_100_000),
        (Cost(input=Decimal(1), output=Decimal(1), image_input=Decimal(3)),
         Tokens(input=9, cached=1, image_input=1), 0, None),
    ],
)  # fmt: skip
def test_a_table_says_all_or_nothing(cost: Cost, tokens: Tokens | None, pictures: int, nano: int | None) -> None:
    assert by_table(cost, tokens, pictures) == nano


usd = st.decimals(0, 1_000, allow_nan=False, allow_infinity=False) | st.integers(0, 1_000).map(Decimal)
counts = st.integers(0, 10**12)


@st.composite
def counted(draw: st.DrawFn) -> Tokens:
    """Counts as a provider may give them; pictures among the input only where nothing came from a cache."""
    plain, cached, written, text, image, thought = (draw(counts) for _ in range(6))
    seen = draw(st.integers(0, plain)) if not cached + written else 0
    output = text + image
    return Tokens(
        input=1 + plain + cached + written, cached=cached, cache_written=written, image_input=seen, output=output,
        image=image, thought=min(thought, output),
    )  # fmt: skip


tables = st.builds(
    Cost, input=usd, output=usd, cached=st.none() | usd, cache_written=st.none() | usd, image_input=st.none() | usd,
    image_output=st.none() | usd, picture=st.none() | usd,
)  # fmt: skip


def added(one: Tokens, other: Tokens) -> Tokens:
    fields = Tokens.model_fields
    return Tokens(**{name: (getattr(one, name) or 0) + (getattr(other, name) or 0) for name in fields})


def plainly(cost: Cost, tokens: Tokens, pictures: int) -> int:
    """The same with fractions, kind by kind."""
    seen = tokens.image_input or 0
    priced = [
        (tokens.input - tokens.cached - tokens.cache_written - seen, cost.input),
        (tokens.cached, cost.cached if cost.cached is not None else cost.input),
        (tokens.cache_written, cost.cache_written if cost.cache_written is not None else cost.input),
        (seen, cost.image_input if cost.image_input is not None else cost.input),
        (tokens.output - tokens.image, cost.output),
        (tokens.image, cost.image_output if cost.image_output is not None else cost.output),
    ]
    total = sum((count * Fraction(price or 0) / 10**6 for count, price in priced), Fraction())
    return round((total + pictures * Fraction(cost.picture or 0)) * NANO)


@given(tables, counted(), st.integers(0, 4))
def test_a_table_is_applied_exactly_whatever_precision_the_caller_works_with(
    cost: Cost, tokens: Tokens, pictures: int
) -> None:
    with localcontext(prec=3):
        nano = by_table(cost, tokens, pictures)
    assert type(nano) is int
    assert nano == plainly(cost, tokens, pictures)


@given(usd, st.integers(0, 10**6))
def test_pictures_are_counted_exactly(price: Decimal, pictures: int) -> None:
    assert by_table(Cost(picture=price), None, pictures) == round(Fraction(price) * pictures * NANO)


NAMES = (
    "gpt-6-luna", "gpt-image-2", "gpt-image-1.5", "gemini-3.8-flash", "gemini-3-pro-image", "gemini-3.1-pro-preview",
)  # fmt: skip


@given(st.sampled_from(NAMES), counted(), counted())
def test_more_never_costs_less_and_nothing_costs_less_than_nothing(name: str, tokens: Tokens, more: Tokens) -> None:
    provider = "gemini" if name.startswith("gemini") else "openai"
    both = added(tokens, more)
    one, two = (listed(name, each, provider=provider) for each in (tokens, both))
    if one is None or two is None:
        assert name.startswith("gpt-image")  # of whose pictures nobody says how many came from a cache
        assert both.image_input
        assert both.cached
    else:
        assert (type(one), type(two)) == (int, int)
        assert 0 <= one <= two


@given(tables, counted(), counted(), st.integers(0, 4), st.integers(0, 4))
def test_more_never_costs_less_by_a_table(
    cost: Cost, tokens: Tokens, more: Tokens, pictures: int, further: int
) -> None:
    """Where both can be told: pictures that may have come from a cache cannot."""
    cost = cost.model_copy(update={"image_input": None})
    both = added(tokens, more)
    one, two = by_table(cost, tokens, pictures), by_table(cost, both, pictures + further)
    assert one is not None
    assert two is not None
    assert 0 <= one <= two


@given(counted() | st.none(), st.integers(0, 4))
def test_the_demo_costs_nothing(tokens: Tokens | None, pictures: int) -> None:
    assert PRICES.cost(model("demo", "demo-art"), None, tokens, pictures) == 0


def test_half_a_nano_goes_to_the_even_side() -> None:
    halves = [by_table(Cost(input=Decimal("0.0005"), output=Decimal(0)), Tokens(input=count)) for count in (1, 3, 5)]
    assert halves == [0, 2, 2]
