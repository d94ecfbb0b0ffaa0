"""Ids: in order for accounts, the same again for jobs, not to be guessed for files and codes."""

import re

from hypothesis import given
from hypothesis import strategies as st

from core.ids import CODE_ALPHABET, account_id, digest, job_id, media_token, short_code
from tests.support import NOON

MANY = 500


@given(st.lists(st.integers(0, 2**47), min_size=2))
def test_account_ids_sort_by_creation_time(moments: list[int]) -> None:
    moments = sorted(set(moments))
    ids = [account_id(at) for at in moments]
    assert ids == sorted(ids)


def test_accounts_of_the_same_moment_have_different_ids() -> None:
    assert len({account_id(NOON) for _ in range(MANY)}) == MANY


def test_a_request_always_names_the_same_job() -> None:
    assert job_id("discord:1") == "54fhnccsoak2mawc"


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_a_job_id_fits_into_the_callback_data_of_a_telegram_button(request_id: str) -> None:
    assert re.fullmatch("[a-z2-7]{16}", job_id(request_id))


def test_different_requests_name_different_jobs() -> None:
    assert len({job_id(f"r{number}") for number in range(MANY)}) == MANY


def test_media_names_have_160_random_bits() -> None:
    tokens = {media_token() for _ in range(MANY)}
    assert len(tokens) == MANY
    assert all(re.fullmatch("[a-z2-7]{32}", token) for token in tokens)


def test_a_code_has_the_length_asked_for_and_no_letters_that_are_misread() -> None:
    codes = [short_code(8) for _ in range(MANY)]
    assert {len(code) for code in codes} == {8}
    assert set("".join(codes)) == set(CODE_ALPHABET)
    assert not set(CODE_ALPHABET) & set("ILOU01")
    assert CODE_ALPHABET.upper() == CODE_ALPHABET


def test_codes_differ() -> None:
    assert len({short_code(8) for _ in range(MANY)}) == MANY


def test_a_digest_is_the_sha_256_of_the_text() -> None:
    assert digest("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert digest("ä") != digest("a")
