"""Only what PayPal signed, for this webhook, with its own certificate, within days, is read at all."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pytest
from cryptography.x509 import Certificate, load_pem_x509_certificates
from hypothesis import given, settings
from hypothesis import strategies as st

from core.clock import DAY, HOUR, SECOND, Millis, to_datetime
from core.payments.paypal.certificates import Certificates
from core.payments.paypal.notices import notice_in
from core.payments.paypal.signature import MAX_BODY, Offline
from core.payments.ports import Forged
from tests.fakes.paypal.signing import CERT_URL, Signer, signer
from tests.support import NOON

VECTORS = Path(__file__).parents[4] / ".." / "shared" / "vectors" / "paypal"
REAL = ("v-1867a42", "v-f71d56c")
needs_vectors = pytest.mark.skipif(not VECTORS.is_dir(), reason="the recorded deliveries are not here")
WEBHOOK = "WH-OURS"
DELIVERY = "071f7d20-1584-11e7-abf0-6b62a8a99ac4"
AT = "2026-11-23T12:00:00Z"


@dataclass
class At:
    time: Millis

    def now(self) -> Millis:
        return self.time


@dataclass
class Place:
    """The only certificate that there is."""

    pem: bytes
    asked: int = 0

    async def fetch(self, url: str) -> bytes:
        self.asked += 1
        if url != CERT_URL:
            raise Forged("There is no such certificate.")
        return self.pem


def check(
    pem: bytes, roots: list[Certificate], at: Millis, webhook_id: str = WEBHOOK, *, sandbox: bool = True
) -> Offline:
    clock = At(at)
    return Offline(webhook_id, Certificates(clock, Place(pem).fetch, roots, sandbox=sandbox), clock)


def real(name: str) -> tuple[Offline, dict[str, str], bytes]:
    """A recorded delivery, and the check at its own time."""
    given_headers = json.loads((VECTORS / f"{name}.headers.json").read_bytes())
    headers = {
        "content-type": "application/json", "paypal-cert-url": CERT_URL,
        "paypal-auth-algo": given_headers["AUTH_ALGO"],
    } | {
        f"paypal-transmission-{part.lower()}": given_headers[f"TRANSMISSION_{part}"] for part in ("ID", "TIME", "SIG")
    }  # fmt: skip
    roots = [cert for file in VECTORS.glob("digicert-*.pem") for cert in load_pem_x509_certificates(file.read_bytes())]
    at = round(datetime.fromisoformat(given_headers["TRANSMISSION_TIME"]).timestamp() * SECOND)
    pem = (VECTORS / f"{name}.cert.pem").read_bytes()
    return check(pem, roots, at, given_headers["webhook_id"]), headers, (VECTORS / f"{name}.body.json").read_bytes()


@pytest.fixture(scope="module")
def ours() -> Signer:
    return signer(to_datetime(NOON))


async def refused(checking: Offline, headers: Mapping[str, str], body: bytes) -> None:
    with pytest.raises(Forged):
        await checking.verified(headers, body)


@needs_vectors
@pytest.mark.parametrize("name", REAL)
async def test_real_deliveries_verify_at_their_time_and_not_when_encoded_anew(name: str) -> None:
    checking, headers, body = real(name)
    assert await checking.verified(headers, body) == headers["paypal-transmission-id"]
    await refused(checking, headers, json.dumps(json.loads(body)).encode())


@needs_vectors
async def test_every_changed_bit_of_a_header_fails() -> None:
    checking, headers, body = real(REAL[1])
    for name in sorted(headers):
        if name == "content-type":
            continue
        for place in range(len(headers[name])):
            for bit in range(7):
                text = headers[name]
                changed = text[:place] + chr(ord(text[place]) ^ 1 << bit) + text[place + 1 :]
                await refused(checking, headers | {name: changed}, body)


@needs_vectors
@given(st.data())
@settings(max_examples=60, deadline=None)
async def test_a_changed_bit_of_the_body_fails(data: st.DataObject) -> None:
    checking, headers, body = real(data.draw(st.sampled_from(REAL)))
    await refused(checking, headers, flipped(body, data.draw(st.integers(0, len(body) * 8 - 1))))


@needs_vectors
@pytest.mark.soak
@pytest.mark.parametrize("name", REAL)
async def test_every_changed_bit_of_the_body_fails(name: str) -> None:
    checking, headers, body = real(name)
    for bit in range(len(body) * 8):
        await refused(checking, headers, flipped(body, bit))


@needs_vectors
async def test_a_forged_body_with_the_same_crc_passes_and_names_nothing_but_what_to_look_at() -> None:
    checking, headers, _ = real(REAL[1])
    body = (VECTORS / "forged-crc32.body.json").read_bytes()
    notice = notice_in(await checking.verified(headers, body), body)
    assert (notice.order, notice.ref, notice.payment) == (None, None, "FORGED")


def flipped(body: bytes, bit: int) -> bytes:
    changed = bytearray(body)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)


@pytest.mark.parametrize("late", [-9 * SECOND, HOUR, 3 * DAY])
async def test_a_delivery_may_be_late_by_days(ours: Signer, late: Millis) -> None:
    checking = check(ours.pem, [ours.root], NOON + late)
    assert await checking.verified(ours.signed(DELIVERY, AT, WEBHOOK, b"{}"), b"{}") == DELIVERY


@pytest.mark.parametrize("late", [-HOUR, 7 * DAY])
async def test_a_delivery_of_last_week_or_of_the_future_is_refused(ours: Signer, late: Millis) -> None:
    await refused(check(ours.pem, [ours.root], NOON + late), ours.signed(DELIVERY, AT, WEBHOOK, b"{}"), b"{}")


async def test_a_delivery_for_another_webhook_is_refused(ours: Signer) -> None:
    await refused(check(ours.pem, [ours.root], NOON), ours.signed(DELIVERY, AT, "WH-THEIRS", b"{}"), b"{}")


async def test_no_webhook_id_means_that_nothing_is_ours(ours: Signer) -> None:
    await refused(check(ours.pem, [ours.root], NOON, ""), ours.signed(DELIVERY, AT, "", b"{}"), b"{}")


@pytest.mark.parametrize("body", [b"", b"x", b"[" * 100_000, b"{" + b" " * MAX_BODY + b"}", bytes(10 * 2**20)])
async def test_bodies_that_cannot_be_are_refused(ours: Signer, body: bytes) -> None:
    await refused(check(ours.pem, [ours.root], NOON), ours.signed(DELIVERY, AT, WEBHOOK, body), body)


@pytest.mark.parametrize("kind", ["", "text/plain", "application/x-www-form-urlencoded", "application/jsonx"])
async def test_other_content_types_are_refused(ours: Signer, kind: str) -> None:
    headers = ours.signed(DELIVERY, AT, WEBHOOK, b"{}") | {"content-type": kind}
    await refused(check(ours.pem, [ours.root], NOON), headers, b"{}")


async def test_a_certificate_of_another_name_root_or_time_is_refused(ours: Signer) -> None:
    now = to_datetime(NOON)
    headers = ours.signed(DELIVERY, AT, WEBHOOK, b"{}")
    await refused(check(ours.pem, [signer(now).root], NOON), headers, b"{}")
    await refused(check(ours.pem, [ours.root], NOON, sandbox=False), headers, b"{}")
    other = signer(now, "api.sandbox.paypal.com.example.org")
    await refused(check(other.pem, [other.root], NOON), other.signed(DELIVERY, AT, WEBHOOK, b"{}"), b"{}")
    short = signer(now, days=1)
    await refused(check(short.pem, [short.root], NOON + 2 * DAY), short.signed(DELIVERY, AT, WEBHOOK, b"{}"), b"{}")


HOST = "https://api.sandbox.paypal.com"
CERT = "/v1/notifications/certs/CERT-360caa42-fca2a594-1d93a270"


@pytest.mark.parametrize("url", [
    "", CERT, "http" + HOST[5:] + CERT, HOST + ":444" + CERT, HOST + ":" + CERT, HOST + "." + CERT,
    HOST + ".evil.example" + CERT, "https://evil.example" + CERT, "https://evil.example/" + HOST + CERT,
    "https://u:p@api.sandbox.paypal.com" + CERT, "https://api.sandbox.paypal.com@evil.example" + CERT,
    "https://api.paypal.com" + CERT, "https://www.sandbox.paypal.com" + CERT, "https://apixsandbox.paypal.com" + CERT,
    HOST + CERT + "?x=1", HOST + CERT + "#x", HOST + CERT + "/../x", HOST + CERT + "\n", HOST + CERT + "%00",
    HOST + "/v1/notifications/certs/../../x", HOST + "/v1/notifications/test", HOST.upper() + CERT,
    "https://\u0430pi.sandbox.paypal.com" + CERT, "https://127.0.0.1" + CERT, HOST + CERT + "a" * 300,
])  # fmt: skip
async def test_no_certificate_is_fetched_from_anywhere_else(ours: Signer, url: str) -> None:
    place = Place(ours.pem)
    certificates = Certificates(At(NOON), place.fetch, [ours.root], sandbox=True)
    with pytest.raises(Forged):
        await certificates.key(url)
    assert place.asked == 0


async def test_a_certificate_is_fetched_once(ours: Signer) -> None:
    place = Place(ours.pem)
    certificates = Certificates(At(NOON), place.fetch, [ours.root], sandbox=True)
    for _ in range(3):
        await certificates.key(CERT_URL)
    assert place.asked == 1
