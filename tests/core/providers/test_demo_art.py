"""The demo's pictures: any prompt, any size, any style, the same bytes again."""

import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageStat

from core.catalogue import load_catalogue
from core.providers.demo_art import STYLES, draw, words
from core.providers.demo_art.scenes import SCENES
from core.providers.demo_art.subjects import SUBJECTS
from tests.core.test_catalogue import OURS

MEANINGS = [
    *words.SCENES,
    *words.MOODS,
    *words.SUBJECTS,
    *words.COLOURS,
    *(w for g in words.TRAITS.values() for w in g),
]


def drawn(prompt: str, width: int = 64, height: int = 64, seed: int = 1, **more: object) -> Image.Image:
    with Image.open(io.BytesIO(draw(prompt, width=width, height=height, seed=seed, **more))) as picture:  # type: ignore[arg-type]  # a test knows what it gives
        picture.load()
        return picture


@pytest.fixture(scope="module")
def empty_sea() -> bytes:
    return drawn("on the sea").tobytes()


def is_painted(picture: Image.Image) -> bool:
    """Not one flat colour."""
    return max(ImageStat.Stat(picture.convert("L")).stddev) > 1


@pytest.mark.parametrize(
    "size", [(1, 1), (1, 64), (64, 1), (2, 3), (63, 65), (64, 64), (200, 40), (40, 200), (640, 480), (1500, 20)]
)
def test_a_picture_has_exactly_the_size_asked_for(size: tuple[int, int]) -> None:
    picture = drawn("a red fox", *size)
    assert (picture.size, picture.format, picture.mode) == (size, "PNG", "RGB")


@pytest.mark.parametrize(("width", "height"), [(0, 64), (64, 0), (-1, 64), (64, -64), (4097, 64), (64, 4097)])
def test_a_size_that_cannot_be_drawn_is_refused_by_name(width: int, height: int) -> None:
    wrong = "width" if width != 64 else "height"
    with pytest.raises(ValueError, match=f"The {wrong} must be between 1 and 4096 pixels"):
        draw("a red fox", width=width, height=height, seed=1)


def test_the_longest_edge_can_be_drawn() -> None:
    assert drawn("a red fox", 4096, 4).size == (4096, 4)


@pytest.mark.parametrize("style", STYLES)
def test_each_style_looks_different_and_repeats(style: str) -> None:
    picture = draw("a red fox", width=64, height=64, seed=1, style=style)
    assert picture == draw("a red fox", width=64, height=64, seed=1, style=style)
    assert picture != draw("a red fox", width=64, height=64, seed=1)
    assert is_painted(drawn("a red fox", style=style))


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("size", [(1, 1), (5, 300), (133, 77)])
def test_each_style_fits_odd_sizes(style: str, size: tuple[int, int]) -> None:
    assert drawn("a red fox", *size, style=style).size == size


def test_every_style_of_the_catalogue_is_known() -> None:
    assert set(load_catalogue(OURS).styles) == set(STYLES)


def test_an_unknown_style_counts_as_none() -> None:
    plain = draw("a red fox", width=64, height=64, seed=1)
    assert draw("a red fox", width=64, height=64, seed=1, style="cubism") == plain


@pytest.mark.parametrize(
    "prompt",
    ["", "\n", "x" * 4000, "fox " * 1000, "🦊", "👨\u200d👩\u200d👧", "红色的狐狸", "שועל", "\x00", "\ud800"],
)  # fmt: skip
def test_any_prompt_makes_a_picture_and_the_same_one_again(prompt: str) -> None:
    picture = drawn(prompt)
    assert is_painted(picture)
    assert picture.tobytes() == drawn(prompt).tobytes()


@pytest.mark.parametrize("scene", sorted({*words.SCENES.values()}))
def test_every_place_can_be_drawn_upright_and_across(scene: str) -> None:
    word = next(word for word, meaning in words.SCENES.items() if meaning == scene)
    assert is_painted(drawn(word, 96, 48))
    assert is_painted(drawn(f"{word} at night in the rain", 48, 96))


@pytest.mark.parametrize(
    ("plain", "with_more"),
    [
        ("storm over the city", "lightning storm over the city"),
        ("night in the mountains", "aurora night in the mountains"),
        ("a meadow", "a snowy meadow"),
        ("snow on a meadow", "snow on a meadow with flowers"),
        ("mountains", "mountains with wildflowers"),
        ("a forest", "a foggy forest"),
        ("a forest at night", "a forest at night with fireflies"),
        ("deep space", "deep space with an astronaut"),
        ("an oak tree", "an oak tree in the forest"),
        ("an abstract pattern", "an abstract pattern and a fox"),
    ],
)
def test_weather_and_company_change_the_picture(plain: str, with_more: str) -> None:
    assert drawn(with_more, 128, 96).tobytes() != drawn(plain, 128, 96).tobytes()


@pytest.mark.parametrize("subject", sorted({*words.SUBJECTS.values()}))
def test_every_figure_changes_the_picture(subject: str, empty_sea: bytes) -> None:
    assert drawn(f"{subject} on the sea").tobytes() != empty_sea


def test_all_that_words_mean_can_be_drawn() -> None:
    assert {*words.SCENES.values(), *words.HOMES.values()} == set(SCENES)
    assert set(words.SUBJECTS.values()) == set(SUBJECTS) == set(words.HOMES)


def test_a_colour_is_seen_in_the_picture() -> None:
    red, blue = (ImageStat.Stat(drawn(f"{colour} abstract silk")).mean for colour in ("red", "blue"))
    assert red[0] - red[2] > blue[0] - blue[2]


def test_only_the_first_words_of_a_very_long_prompt_are_read() -> None:
    assert "fox" not in words.read("word " * 5000 + "fox")


@pytest.mark.parametrize(
    ("prompt", "read"), [("Foxes", "fox"), ("ponies", "pony"), ("wolves' HOUSES", "house"), ("cats", "cat")]
)
def test_plurals_are_read_like_singulars(prompt: str, read: str) -> None:
    assert read in words.read(prompt)


def test_seeds_and_variations_differ_and_an_unchanged_one_repeats() -> None:
    pictures = {draw("a red fox", width=64, height=64, seed=s, variation=v) for s in (0, 1, 2**31) for v in (0, 1)}
    assert len(pictures) == 6


def test_progress_only_grows_from_nothing_to_all() -> None:
    seen: list[float] = []
    draw("a red fox", width=64, height=64, seed=1, on_progress=seen.append)
    assert seen == sorted(seen)
    assert (seen[0], seen[-1]) == (0.0, 1.0)
    assert len(seen) > 5


def test_an_error_raised_by_progress_stops_the_drawing() -> None:
    seen: list[float] = []

    def stop(done: float) -> None:
        seen.append(done)
        if len(seen) == 3:
            raise InterruptedError

    with pytest.raises(InterruptedError):
        draw("a red fox", width=64, height=64, seed=1, on_progress=stop)
    assert len(seen) == 3


def test_a_picture_is_marked_as_a_demo_in_file_and_image() -> None:
    picture = drawn("night", 256, 256)
    assert picture.info["Software"] == "Easel demo provider"
    corner = picture.crop((150, 225, 250, 253)).convert("L")
    darkest, brightest = corner.getextrema()
    assert isinstance(darkest, int)
    assert isinstance(brightest, int)
    assert (darkest < 80, brightest > 200) == (True, True)


@settings(max_examples=15)
@given(
    st.lists(st.sampled_from(MEANINGS), max_size=7), st.integers(1, 90), st.integers(1, 90), st.integers(0, 2**31),
    st.sampled_from([None, *STYLES]), st.integers(0, 3),
)  # fmt: skip
def test_any_mixture_of_known_words_can_be_drawn_at_any_size(
    said: list[str], width: int, height: int, seed: int, style: str | None, variation: int
) -> None:
    assert drawn(" ".join(said), width, height, seed, style=style, variation=variation).size == (width, height)


@settings(max_examples=10)
@given(st.text(st.characters(), max_size=200))
def test_any_text_can_be_drawn(prompt: str) -> None:
    assert drawn(prompt).size == (64, 64)
