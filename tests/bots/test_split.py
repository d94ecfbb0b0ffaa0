"""Long texts in pieces: nothing is lost, nothing is too long, no code fence is left open."""

from hypothesis import given
from hypothesis import strategies as st

from bots.split import pieces

WORDS = st.lists(
    st.sampled_from(["fox", "a" * 90, "```", "```python", "\n", "\n\n", "`x`", "é", "🦊", "- item", " "]), max_size=60
).map(" ".join)


def test_a_short_text_stays_as_it_is() -> None:
    assert pieces("hello\nthere", 64) == ["hello\nthere"]
    assert pieces("", 64) == []


def test_a_text_is_cut_between_lines_then_words_then_anywhere() -> None:
    assert pieces(f"{'a' * 40}\n{'b' * 40}", 64) == ["a" * 40, "b" * 40]
    assert pieces(f"{'a' * 40} {'b' * 40}", 64) == ["a" * 40, "b" * 40]
    assert pieces("a" * 100, 64) == ["a" * 60, "a" * 40]


def test_a_fence_is_closed_and_opened_again() -> None:
    code = "\n".join(f"line {number}" for number in range(20))
    made = pieces(f"See:\n```python\n{code}\n```\nDone.", 80)
    assert made[0].startswith("See:\n```python\nline 0")
    assert all(piece.count("```") == 2 for piece in made[:-1])
    assert all(piece.startswith("```python\n") for piece in made[1:-1])
    assert made[-1].endswith("Done.")


@given(WORDS, st.integers(64, 300))
def test_every_piece_fits_and_has_its_fences_closed(text: str, limit: int) -> None:
    for piece in pieces(text, limit):
        assert len(piece) <= limit
        fences = [line for line in piece.split("\n") if line.lstrip().startswith("```")]
        inside = False
        for line in fences:
            inside = not inside if inside or not line.strip()[3:].endswith("```") else inside
        assert not inside


@given(st.text(alphabet="ab \n", max_size=600), st.integers(64, 120))
def test_no_word_is_lost(text: str, limit: int) -> None:
    assert "".join("".join(pieces(text, limit)).split()) == "".join(text.split())


@given(st.text(max_size=400))
def test_another_way_to_measure_is_kept(text: str) -> None:
    def units(piece: str) -> int:
        return len(piece.encode("utf-16-le")) // 2

    assert all(units(piece) <= 100 for piece in pieces(text, 100, units))


def test_many_short_lines_are_not_measured_one_by_one() -> None:
    """To measure is to render: an answer that counts to 3000 must not stop everybody else for seconds."""
    measured: list[int] = []

    def length(piece: str) -> int:
        measured.append(len(piece))
        return len(piece)

    text = "\n".join(map(str, range(3000)))
    assert "\n".join(pieces(text, 3000, length)) == text
    assert sum(measured) < 30 * len(text)
