"""Counts of several calls make one."""

from core.jobs.attempts import Tokens


def test_tokens_add_up_kind_by_kind() -> None:
    one = Tokens(input=9, cached=3, output=5, thought=2, image=1, cache_written=4, image_input=0)
    other = Tokens(input=10, cached=20, output=30, thought=40, image=50, cache_written=60, image_input=70)
    assert one.plus(other) == Tokens(
        input=19, cached=23, output=35, thought=42, image=51, cache_written=64, image_input=70
    )


def test_what_only_one_counted_apart_is_not_known_of_both() -> None:
    counted, not_counted = Tokens(input=9, image_input=5), Tokens(input=9)
    assert counted.plus(not_counted) == not_counted.plus(counted) == Tokens(input=18)
    assert not_counted.plus(not_counted).image_input is None
