"""What an admin's action changed is said in words, and money as money."""

import pytest

from core.admin.model import Doc
from core.errors import BadRequest
from webhooks.dashboard.changes import changes, facts
from webhooks.dashboard.forms import money_in


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ({"available": 5}, {"credits": 50, "available": 55}, "credits 50, available 5 → 55"),
        ({"was": "user"}, {"role": "admin"}, "role user → admin"),
        ({"suspended": None}, {"suspended": "spam"}, "suspended no → yes"),
        ({"suspended": "spam"}, {"suspended": None}, "suspended yes → no"),
        ({"price": 10}, {"credits": 12, "price": 12}, "price 10 → 12"),
        ({"limit": 20}, {"per_day": None, "limit": 30}, "requests a day 20 → 30"),
        ({"was_enabled": True}, {"enabled": False}, "enabled yes → no"),
        (
            {"payment": "p-1", "state": "fulfilled", "paid": 123_456, "currency": "EUR", "credits_back": 0},
            {"payment": "", "amount": 499, "state_now": "fulfilled", "credits_back": 1_250},
            "amount 4.99 EUR, state fulfilled, credits taken back 0 → 1,250",
        ),
    ],
)
def test_changes_are_words(before: Doc, after: Doc, said: str) -> None:
    assert changes(before, after) == said


def test_whoever_is_asked_sees_how_things_are() -> None:
    before: Doc = {"payment": "p-1", "state": "fulfilled", "paid": 123_456, "currency": "EUR", "credits_back": 0}
    assert facts(before) == [
        ("Payment", "p-1"), ("State", "fulfilled"), ("Paid", "1,234.56 EUR"), ("Credits taken back", "0")
    ]  # fmt: skip
    assert facts({"suspended": None}) == [("Suspended", "no")]


def test_money_is_typed_as_people_write_it() -> None:
    assert [money_in(text, "USD") for text in ("4.99", "4,9", "5")] == [499, 490, 500]
    assert (money_in("500", "JPY"), money_in("1.25", "KWD")) == (500, 1_250)
    for text, currency in (("4.999", "USD"), ("1.5", "JPY"), (".5", "USD"), ("", "USD"), ("-1", "USD")):
        with pytest.raises(BadRequest):
            money_in(text, currency)
