"""The envelope of HTTP answers."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import EaselError, InsufficientCredits
from core.wire import failure, failure_of, sane_request_id, success


def test_a_success_carries_its_data_and_the_request_id() -> None:
    assert success([1], "req-12345") == {"success": True, "data": [1], "requestId": "req-12345"}


def test_a_failure_carries_a_code_a_sentence_and_details() -> None:
    error = {"code": "bad", "message": "It is bad.", "details": {"field": "x"}}
    assert failure("bad", "It is bad.", "r", {"field": "x"}) == {"success": False, "error": error, "requestId": "r"}


def test_a_failure_without_details_says_so() -> None:
    assert failure("bad", "It is bad.", "r")["error"]["details"] is None


@pytest.mark.parametrize("error", [InsufficientCredits(10, 3), EaselError("Something.")])
def test_an_error_of_ours_becomes_a_failure_with_its_code_and_sentence(error: EaselError) -> None:
    answer = failure_of(error, "r")
    assert answer == failure(error.code, error.message, "r")
    assert json.loads(json.dumps(answer)) == answer


@pytest.mark.parametrize(
    "given_id", ["1", "req-1", "12345678", "a" * 128, "0af7651916cd43dd-b7ad6b7169203331", "A_b.c:d-9"]
)
def test_a_sane_request_id_is_taken_over(given_id: str) -> None:
    assert sane_request_id(given_id) == given_id


@pytest.mark.parametrize(
    "given_id",
    [None, "", "a" * 129, "with space", "new\nline-123", "12345678\n", "<script>alert", "ünïcodeid", "٣" * 8],
)
def test_any_other_request_id_is_replaced(given_id: str | None) -> None:
    made = sane_request_id(given_id)
    assert made != given_id
    assert sane_request_id(made) == made


@given(st.text())
def test_a_request_id_never_brings_more_than_plain_letters_into_logs_and_headers(given_id: str) -> None:
    assert set(sane_request_id(given_id)) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._:-")


def test_made_request_ids_differ() -> None:
    assert len({sane_request_id(None) for _ in range(100)}) == 100
