"""Attacks by the certificate that a notice names: where it is, how it is served, and who signed it."""

import asyncio
import gzip
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest

from core.clock import DAY, to_datetime
from core.payments.paypal.api import PayPalAway
from core.payments.paypal.certificates import MAX_BYTES, MAX_KEPT, MAX_WAITING, TOTAL_SECONDS, Certificates, fetched
from core.payments.ports import Forged
from tests.core.payments.paypal.test_signature import AT, DELIVERY, WEBHOOK, At, Place, check, ours, refused
from tests.fakes import skip
from tests.fakes.paypal.signing import CERT_URL, Signer, signer, usurped
from tests.support import NOON

__all__ = ["ours"]
Serve = Callable[[asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def served(serve: Serve) -> AsyncIterator[tuple[str, list[bytes]]]:
    """A server that answers each request in this way; its address, and the requests."""
    asked: list[bytes] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append(await reader.readuntil(b"\r\n\r\n"))
        try:
            await serve(writer)
            await writer.drain()
        except ConnectionError:
            pass  # who has read enough is gone
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/cert", asked


def said(head: str, body: bytes) -> Serve:
    async def serve(writer: asyncio.StreamWriter) -> None:
        writer.write(f"HTTP/1.1 {head}\r\nConnection: close\r\n\r\n".encode() + body)

    return serve


async def test_what_is_there_is_fetched_without_asking_for_it_packed() -> None:
    async with served(said("200 OK", b"x" * MAX_BYTES)) as (url, asked):
        assert await fetched(url) == b"x" * MAX_BYTES
    assert b"accept-encoding: identity" in asked[0].lower()


@pytest.mark.parametrize("length", ["", "\r\nContent-Length: {0}", "\r\nTransfer-Encoding: chunked"])
async def test_oversize_one_byte_more_than_a_certificate_needs_is_refused(length: str) -> None:
    body = b"x" * (MAX_BYTES + 1)
    sent = b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body) if "chunked" in length else body
    async with served(said("200 OK" + length.format(len(body)), sent)) as (url, _):
        with pytest.raises(Forged, match="too long"):
            await fetched(url)


async def test_oversize_an_answer_without_end_is_not_read_to_its_end() -> None:
    async def endless(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            writer.write(b"x" * 65536)
            await writer.drain()

    async with served(endless) as (url, _):
        with pytest.raises(Forged, match="too long"):
            await fetched(url)


async def test_bomb_a_packed_answer_is_not_unpacked() -> None:
    packed = gzip.compress(b"x" * 10 * MAX_BYTES)
    async with served(said("200 OK\r\nContent-Encoding: gzip", packed)) as (url, _):
        assert await fetched(url) == packed


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_redirect_nobody_is_sent_elsewhere(status: int) -> None:
    async with (
        served(said("200 OK", b"evil")) as (elsewhere, asked),
        served(said(f"{status} Elsewhere\r\nLocation: {elsewhere}", b"")) as (url, _),
    ):
        with pytest.raises(Forged, match="no such certificate"):
            await fetched(url)
    assert asked == []


@pytest.mark.parametrize("head", ["500 Oops", "503 Busy", "429 Slowly"])
async def test_a_bad_day_is_not_taken_for_a_forgery(head: str) -> None:
    async with served(said(head, b"")) as (url, _):
        with pytest.raises(PayPalAway):
            await fetched(url)


async def test_slowness_an_answer_that_comes_byte_by_byte_ends_the_waiting() -> None:
    """Each byte comes soon enough, so that only the time for all of it ends."""
    begun = asyncio.Event()

    async def dripping(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            writer.write(b"x")
            await writer.drain()
            begun.set()
            await asyncio.sleep(0.01)

    async with served(dripping) as (url, _):
        asking = asyncio.ensure_future(fetched(url))
        await begun.wait()
        for _ in range(4):
            skip(TOTAL_SECONDS / 3)
            await asyncio.sleep(0.05)
        with pytest.raises(PayPalAway):
            await asyncio.wait_for(asking, 5)


async def test_flood_made_up_addresses_keep_no_genuine_notice_waiting(ours: Signer) -> None:
    """Each of them has the shape of PayPal's, and costs a call to PayPal that may take long."""
    free, place = asyncio.Event(), Place(ours.pem)

    async def slow(url: str) -> bytes:
        if url != CERT_URL:
            await free.wait()
        return await place.fetch(url)

    certificates = Certificates(At(NOON), slow, [ours.root], sandbox=True)
    await certificates.key(CERT_URL)
    flood = [asyncio.ensure_future(certificates.key(f"{CERT_URL}{number}")) for number in range(3 * MAX_WAITING)]
    await asyncio.wait(flood[MAX_WAITING:], timeout=5)
    async with asyncio.timeout(10):
        await certificates.key(CERT_URL)
    free.set()
    ends = await asyncio.gather(*flood, return_exceptions=True)
    assert [type(end) for end in ends].count(PayPalAway) == 2 * MAX_WAITING
    assert [type(end) for end in ends].count(Forged) == MAX_WAITING


async def test_flood_what_is_kept_of_certificates_is_bounded(ours: Signer) -> None:
    async def anywhere(url: str) -> bytes:
        return ours.pem

    certificates = Certificates(At(NOON), anywhere, [ours.root], sandbox=True)
    for number in range(3 * MAX_KEPT):
        await certificates.key(f"{CERT_URL}{number}")
    assert len(certificates._kept) == MAX_KEPT


async def test_time_a_certificate_that_is_not_valid_yet_is_refused() -> None:
    early = signer(to_datetime(NOON) + timedelta(days=2))
    await refused(check(early.pem, [early.root], NOON), early.signed(DELIVERY, AT, WEBHOOK, b"{}"), b"{}")


async def test_time_a_certificate_that_is_kept_is_refused_when_it_has_expired() -> None:
    clock, short = At(NOON), signer(to_datetime(NOON), days=1)
    certificates = Certificates(clock, Place(short.pem).fetch, [short.root], sandbox=True)
    await certificates.key(CERT_URL)
    clock.time += 2 * DAY
    with pytest.raises(Forged):
        await certificates.key(CERT_URL)


async def test_usurper_a_genuine_certificate_is_no_authority(ours: Signer) -> None:
    evil = usurped(ours, to_datetime(NOON))
    await refused(check(evil.pem, [ours.root], NOON), evil.signed(DELIVERY, AT, WEBHOOK, b"{}"), b"{}")


@pytest.mark.parametrize("pem", [b"", b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", b"\x00" * 99])
async def test_garbage_instead_of_a_certificate_is_refused_and_not_kept(ours: Signer, pem: bytes) -> None:
    place = Place(pem)
    certificates = Certificates(At(NOON), place.fetch, [ours.root], sandbox=True)
    for _ in range(2):
        with pytest.raises(Forged):
            await certificates.key(CERT_URL)
    assert place.asked == 2
    place.pem = ours.pem
    await certificates.key(CERT_URL)
