"""Attacks on `POST /webhooks/paypal`: whoever sends what, only what PayPal's API says gives credits."""

import asyncio
import json
import zlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import httpx
import pytest
from pydantic import SecretStr
from structlog.testing import capture_logs

from core.app import App
from core.clock import DAY, HOUR, SECOND, iso, to_datetime
from core.payments.orders import Order, OrderState
from core.payments.paypal.certificates import Certificates
from core.payments.paypal.signature import Offline
from tests.core.payments.buying import have, link, sold_by
from tests.fakes import skip
from tests.fakes.paypal import PayPalFake
from tests.fakes.paypal.forging import with_crc_of
from tests.fakes.paypal.signing import CERT_URL, Signer, signer
from tests.support import BOB, NOON, ManualClock, opened, settings_in
from tests.webhooks.pay.test_pay import OURS
from webhooks.app import create_web_app
from webhooks.bodies import SECONDS
from webhooks.payments import MAX_BODY

Letter = tuple[dict[str, str], bytes]


@dataclass
class Post:
    """A letter box of PayPal's notices, and the order of somebody who is about to pay."""

    app: App
    client: httpx.AsyncClient
    fake: PayPalFake
    clock: ManualClock
    secret: str
    order: Order
    fetched: list[str]

    async def sent(self, headers: Any, body: Any) -> int:
        return (await self.client.post("/webhooks/paypal", headers=headers, content=body)).status_code

    def letter(self, body: bytes = b'{"event_type": "X"}') -> Letter:
        return self.fake.signer.signed("d-00000001", iso(self.clock.now()), self.fake.webhook_id, body), body

    def about(self, **resource: object) -> bytes:
        """What somebody would like to be true."""
        mine = {"id": self.order.ref, "custom_id": self.order.id, "status": "COMPLETED",
                "amount": {"currency_code": "USD", "value": "9999.00"}}  # fmt: skip
        return json.dumps({"event_type": "PAYMENT.CAPTURE.COMPLETED", "resource": mine | resource}).encode()


@pytest.fixture(scope="module")
def paypals() -> Signer:
    return signer(to_datetime(NOON))


@pytest.fixture
async def post(tmp_path: Path, paypals: Signer) -> AsyncIterator[Post]:
    clock, fetched = ManualClock(), list[str]()
    async with PayPalFake(NOON, _signer=paypals) as fake:
        secrets = {"paypal_client_secret": SecretStr(fake.secret), "paypal_webhook_id": fake.webhook_id}
        settings = settings_in(tmp_path, paypal_client_id=fake.client_id, paypal_base_url=fake.url, **secrets)
        async with opened(settings, clock) as app:

            async def fetch(url: str) -> bytes:
                fetched.append(url)
                return fake.signer.pem

            certificates = Certificates(clock, fetch, [fake.signer.root], sandbox=True)
            gateway = cast(Any, app.checkout.gateways["paypal"])
            gateway._check = Offline(fake.webhook_id, certificates, clock)  # as with PayPal's own address
            secret = await link(app)
            order = await app.checkout.choose(secret, "pack", "small", "paypal")
            transport = httpx.ASGITransport(create_web_app(app))
            async with httpx.AsyncClient(transport=transport, base_url=settings.base_url) as client:
                yield Post(app, client, fake, clock, secret, order, fetched)


async def test_a_genuine_notice_credits_what_was_paid(post: Post) -> None:
    post.fake.books.approve(post.order.ref or "")
    for headers, body in post.fake.notices():
        assert await post.sent(headers, body) == 200
    assert await have(post.app) == (500, 0)


CHANGES = (
    {"paypal-transmission-sig": "AAAA"}, {"paypal-transmission-sig": ""}, {"paypal-auth-algo": "SHA1withRSA"},
    {"paypal-auth-algo": "none"}, {"paypal-transmission-id": "d-00000002"}, {"content-type": "text/plain"},
    {"paypal-transmission-time": iso(NOON - SECOND)}, {"content-type": "application/x-www-form-urlencoded"},
    {"content-type": "multipart/form-data"}, {"paypal-cert-url": "https://evil.example/cert.pem"},
    {"paypal-cert-url": CERT_URL.replace("paypal.com", "paypal.com.evil.example")},
    {"paypal-cert-url": CERT_URL.replace("https://", "https://evil.example@")},
    {"paypal-cert-url": CERT_URL.replace("paypal.com", "paypal.com:8443")},
)  # fmt: skip


async def test_forgery_a_notice_with_anything_changed_is_refused_and_paypal_is_not_asked(post: Post) -> None:
    post.fake.books.approve(post.order.ref or "")
    post.fake.calls.clear()
    for headers, body in post.fake.notices():
        for changes in CHANGES:
            assert await post.sent(headers | changes, body) == 401, changes
    assert post.fake.calls == []
    assert all(url == CERT_URL for url in post.fetched)
    assert await have(post.app) == (0, 0)


async def test_forgery_a_notice_for_another_webhook_is_refused(post: Post) -> None:
    body = post.about()
    headers = post.fake.signer.signed("d-00000001", iso(NOON), "WH-THEIRS", body)
    assert await post.sent(headers, body) == 401


async def test_crc_a_body_that_was_made_to_fit_a_genuine_signature_credits_nothing(post: Post) -> None:
    """Whoever saw one delivery can write any other with its signature: nothing that it says is believed."""
    headers, genuine = post.letter()
    wish = post.about()
    body = with_crc_of(genuine, wish[:-1] + b', "note": "', b'"}')
    assert zlib.crc32(body) == zlib.crc32(genuine)
    assert json.loads(body)["resource"]["amount"]["value"] == "9999.00"
    assert await post.sent(headers, body) == 200
    assert await have(post.app) == (0, 0)
    assert (await post.app.checkout.open(post.secret)).state is OrderState.PENDING


async def test_crc_a_body_about_somebody_elses_order_moves_nothing_of_theirs(post: Post) -> None:
    """It says that Bob's was refunded, paid by Alice's capture, or is hers: Bob's is looked at, and is as it is."""
    theirs = await post.app.checkout.choose(await link(post.app, BOB, "r2"), "pack", "small", "paypal")
    post.fake.books.approve(theirs.ref or "")
    headers, genuine = post.letter()
    for kind, resource in (
        ("PAYMENT.CAPTURE.REFUNDED", {"id": theirs.ref, "custom_id": post.order.id}),
        ("CHECKOUT.ORDER.APPROVED", {"id": post.order.ref, "purchase_units": [{"custom_id": theirs.id}]}),
        ("CUSTOMER.DISPUTE.CREATED", {"disputed_transactions": [{"custom": theirs.id}]}),
    ):
        wish = json.dumps({"event_type": kind, "resource": resource}).encode()
        body = with_crc_of(genuine, wish[:-1] + b', "note": "', b'"}')
        assert await post.sent(headers, body) == 200
    assert await have(post.app) == (0, 0)
    assert await have(post.app, BOB) in ((0, 0), (500, 0))


async def test_confusion_a_notice_of_paypal_touches_no_order_of_another_gateway(post: Post) -> None:
    other = sold_by(post.app)
    order = await post.app.checkout.choose(await link(post.app, BOB, "r2"), "pack", "small", "memory")
    other.agree(order.ref or "")
    other.calls.clear()
    assert await post.sent(*post.letter(post.about(id="CAP", custom_id=order.id))) == 200
    assert other.calls == []
    assert await have(post.app, BOB) == (0, 0)


async def test_replay_an_hour_later_changes_nothing_and_a_week_later_is_refused(post: Post) -> None:
    post.fake.books.approve(post.order.ref or "")
    letters = post.fake.notices()
    for late, status in ((0, 200), (HOUR, 200), (4 * DAY, 200), (7 * DAY, 401)):
        post.clock.at = NOON + late
        for headers, body in letters * 2:
            assert await post.sent(headers, body) == status
        assert await have(post.app) == (500, 0)


async def test_duplicate_headers_no_second_value_is_taken_for_the_first(post: Post) -> None:
    """What a proxy checks may be the one, and what we read the other."""
    headers, body = post.letter()
    genuine = list(headers.items())
    for name in headers:
        evil = [(name, "https://evil.example/x")]
        for sent in ([*evil, *genuine], [*genuine, *evil], [*genuine, (name, headers[name])]):
            assert await post.sent(sent, body) == 401, name
    assert await post.sent(genuine, body) == 200


@pytest.mark.parametrize("has_length", [True, False])
async def test_oversize_ten_megabytes_are_not_read_to_their_end(post: Post, has_length: bool) -> None:
    """With a length, or in pieces without one."""
    read = 0

    async def pieces() -> AsyncIterator[bytes]:
        nonlocal read
        for _ in range(160):
            read += 2**16
            yield b"a" * 2**16

    headers, _ = post.letter()
    length = {"content-length": str(10 * 2**20)} if has_length else {}
    assert await post.sent(headers | length, pieces()) == 413
    assert MAX_BODY <= read < 2 * MAX_BODY


async def test_slowness_a_body_that_does_not_end_is_not_awaited_for_ever(post: Post) -> None:
    begun = asyncio.Event()

    async def endless() -> AsyncIterator[bytes]:
        yield b"{"
        begun.set()
        await asyncio.Event().wait()

    headers, _ = post.letter()
    for path in ("/webhooks/paypal", f"/pay/{post.secret}"):
        begun.clear()
        sending = asyncio.ensure_future(post.client.post(path, headers=headers | OURS, content=endless()))
        await begun.wait()
        skip(SECONDS + 1)
        answer = await asyncio.wait_for(sending, 10)
        assert (answer.status_code, answer.headers["connection"]) == (408, "close")


async def test_cut_off_a_caller_who_goes_away_is_no_crash_in_the_log(post: Post) -> None:
    messages: list[dict[str, Any]] = [
        {"type": "http.request", "body": b"{", "more_body": True},
        {"type": "http.disconnect"},
    ]
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return messages.pop(0)

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "POST", "path": "/webhooks/paypal", "raw_path": b"", "query_string": b"",
             "headers": [(b"host", b"127.0.0.1")], "http_version": "1.1", "scheme": "http"}  # fmt: skip
    with capture_logs() as lines:
        await create_web_app(post.app)(scope, receive, send)
    assert sent[0]["status"] == 400
    assert lines == []


async def test_oversize_a_notice_of_just_the_allowed_size_is_read(post: Post) -> None:
    body = b'{"a": "' + b"a" * (MAX_BODY - 9) + b'"}'
    assert len(body) == MAX_BODY
    assert await post.sent(*post.letter(body)) == 200


async def test_probing_no_answer_and_no_log_line_repeats_what_was_signed(post: Post) -> None:
    headers, body = post.letter(post.about())
    bad = headers | {"paypal-transmission-sig": "SIGN" + headers["paypal-transmission-sig"][4:]}
    with capture_logs() as lines:
        answers = [await post.client.post("/webhooks/paypal", headers=each, content=body) for each in (headers, bad)]
    assert [answer.status_code for answer in answers] == [200, 401]
    for text in (str(lines), *(answer.text for answer in answers)):
        assert headers["paypal-transmission-sig"][4:] not in text
        assert "9999" not in text


async def test_probing_other_methods_and_gateways_are_not_there(post: Post) -> None:
    for method in ("GET", "PUT", "DELETE", "PATCH", "OPTIONS"):
        assert (await post.client.request(method, "/webhooks/paypal")).status_code == 405
    for name in ("stripe", "demo", "PayPal", "paypal%00", "..", "replicate"):
        assert (await post.client.post(f"/webhooks/{name}", content=b"{}")).status_code in (404, 405)
