"""Files within a text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.media.data_urls import data_url, from_data_url
from core.media.fetch import NotFetched, TooLarge


@given(st.binary(max_size=1000))
def test_what_is_written_into_a_text_is_read_out_of_it(data: bytes) -> None:
    assert from_data_url(data_url("image/png", data)) == data


def test_a_text_need_not_be_packed() -> None:
    assert from_data_url("data:image/svg+xml,%3Csvg%2F%3E") == b"<svg/>"
    assert from_data_url("data:,") == b""


@pytest.mark.parametrize(
    "url",
    ["", "data:", "data:image/png;base64", "image/png;base64,AAAA", "DATA:,x", "data:;base64,A", "data:;base64,AA A="],
)
def test_what_is_not_written_as_it_should_be_is_refused(url: str) -> None:
    with pytest.raises(NotFetched):
        from_data_url(url)


def test_what_is_too_large_is_refused() -> None:
    assert from_data_url(data_url("image/png", bytes(30)), 30) == bytes(30)
    for url in (data_url("image/png", bytes(33)), "data:," + "x" * 41):
        with pytest.raises(TooLarge):
            from_data_url(url, 30)
