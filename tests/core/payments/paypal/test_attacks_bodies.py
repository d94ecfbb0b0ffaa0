"""Attacks by the body of a notice: other encodings, other shapes, and what would break a log line."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.payments.paypal.notices import notice_in
from core.payments.paypal.signature import Online
from core.payments.ports import Forged, Notice
from tests.core.payments.paypal.test_signature import AT, DELIVERY, WEBHOOK, At, check, ours, refused
from tests.fakes.paypal.signing import Signer
from tests.support import NOON

__all__ = ["ours"]
BREAKING_OUT = '"}, "webhook_id": "WH-THEIRS", "webhook_event": {"'


class Asked:
    """An API that believes everything."""

    def __init__(self) -> None:
        self.questions: list[bytes] = []

    async def post(self, path: str, body: bytes) -> dict[str, str]:
        self.questions.append(body)
        return {"verification_status": "SUCCESS"}


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-8-sig", "latin-1"])
async def test_encoding_what_is_not_utf_8_is_not_read_as_something_else_than_what_is_asked_about(
    ours: Signer, encoding: str
) -> None:
    """Python's JSON reads UTF-16, whose bytes could mean something else to the API that is asked."""
    api, body = Asked(), json.dumps({"id": BREAKING_OUT + "é"}, ensure_ascii=False).encode(encoding)
    headers = ours.signed(DELIVERY, AT, WEBHOOK, body)
    with pytest.raises(Forged):
        await Online(WEBHOOK, api, At(NOON)).verified(headers, body)  # type: ignore[arg-type]  # all it needs of one
    assert api.questions == []
    await refused(check(ours.pem, [ours.root], NOON), headers, body)
    with pytest.raises(Forged):
        notice_in(DELIVERY, body)


async def test_cpu_what_nobody_signed_is_not_read(ours: Signer) -> None:
    """A megabyte of brackets takes long to read, and anybody can send one."""
    body = b"[" * 2**19 + b"]" * 2**19
    headers = ours.signed(DELIVERY, AT, WEBHOOK, b"{}")
    with pytest.raises(Forged, match="signature is wrong"):
        await check(ours.pem, [ours.root], NOON).verified(headers, body)


@given(body=st.recursive(st.none() | st.booleans() | st.integers() | st.text(), lambda inner: st.lists(inner) |
                         st.dictionaries(st.text() | st.just("webhook_id"), inner), max_leaves=8))  # fmt: skip
async def test_injection_no_event_changes_what_is_asked_about_it(body: object) -> None:
    api = Asked()
    headers = {"content-type": "application/json", "paypal-auth-algo": "SHA256withRSA",
               "paypal-transmission-id": DELIVERY, "paypal-transmission-time": AT}  # fmt: skip
    await Online(WEBHOOK, api, At(NOON)).verified(headers, json.dumps(body).encode())  # type: ignore[arg-type]  # a stand-in with what is called
    [question] = api.questions
    pairs = json.loads(question, object_pairs_hook=lambda pairs: pairs)
    assert [name for name, _ in pairs].count("webhook_id") == 1
    assert json.loads(question)["webhook_id"] == WEBHOOK
    assert json.loads(question)["webhook_event"] == body


@pytest.mark.parametrize("header", ["paypal-transmission-id", "paypal-transmission-time", "paypal-auth-algo"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\x00", "|", " ", ", x"])
async def test_injection_a_header_with_more_behind_it_is_refused(ours: Signer, header: str, end: str) -> None:
    headers = ours.signed(DELIVERY, AT, WEBHOOK, b"{}")
    checking = check(ours.pem, [ours.root], NOON)
    await refused(checking, headers | {header: headers[header] + end}, b"{}")
    await refused(checking, headers | {header: end + headers[header]}, b"{}")


async def test_confusion_fields_of_the_signed_message_cannot_flow_into_each_other(ours: Signer) -> None:
    """`id|time|webhook|crc`: none of the four may have a bar in it."""
    for delivery, at in ((f"{DELIVERY}|{AT}", AT), (DELIVERY, f"{AT}|{WEBHOOK}"), (f"{DELIVERY}|", AT)):
        await refused(check(ours.pem, [ours.root], NOON), ours.signed(delivery, at, WEBHOOK, b"{}"), b"{}")


@pytest.mark.parametrize("kind", ["\ud800", "A\nB", "A" * 81, "paypal", "", "\u202e"])
def test_log_injection_a_kind_that_is_none_is_not_repeated(kind: str) -> None:
    assert notice_in(DELIVERY, json.dumps({"event_type": kind}).encode()).kind == "unknown"


JSON = st.recursive(st.none() | st.booleans() | st.floats() | st.integers() | st.text(), lambda inner: st.lists(inner) |
                    st.dictionaries(st.sampled_from(["id", "links", "purchase_units", "custom_id", "supplementary_data",
                                                     "related_ids", "disputed_transactions", "rel", "href"]), inner),
                    max_leaves=20)  # fmt: skip
KINDS = st.sampled_from(["PAYMENT.CAPTURE.X", "CHECKOUT.ORDER.X", "CUSTOMER.DISPUTE.X", "BILLING.SUBSCRIPTION.X",
                         "PAYMENT.SALE.X", "CHECKOUT.PAYMENT-APPROVAL.X", "PAYMENT", "."])  # fmt: skip


@given(kind=KINDS, resource=JSON)
def test_fuzz_whatever_a_forged_event_says_it_is_a_notice_or_forged(kind: str, resource: object) -> None:
    found = notice_in(DELIVERY, json.dumps({"event_type": kind, "resource": resource}).encode())
    assert isinstance(found, Notice)
    for name in (found.order, found.ref, found.payment):
        assert name is None or (name.isascii() and name.isprintable() and len(name) <= 127)
