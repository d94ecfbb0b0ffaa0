"""What an operator is told at the start, and what an outage costs."""

import asyncio
import shutil
import ssl
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest

from core.errors import ConfigError
from core.redis.connection import RedisAway, RedisLink
from tests.core.redis.conftest import rested
from tests.servers import Valkey, free_port, valkey_server


async def refused(url: str) -> str:
    with pytest.raises(ConfigError) as error:
        await RedisLink.open(url)
    assert "s3cret" not in error.value.message
    return error.value.message


@pytest.mark.parametrize("password", ["", ":wrong-s3cret@"])
async def test_a_wrong_password_is_named_at_the_start(tmp_path: Path, password: str) -> None:
    with valkey_server(tmp_path, "--requirepass", "s3cret", mine=True) as server:
        message = await refused(f"redis://{password}127.0.0.1:{server.port}/0")
        assert message.startswith("REDIS_URL: the server refuses this user or password.")
        link = await RedisLink.open(f"redis://default:s3cret@127.0.0.1:{server.port}/0")  # as Upstash gives it
        assert await link.run(lambda client: client.ping())
        await link.close()


@pytest.fixture
def certified(tmp_path: Path) -> tuple[Path, Path]:
    """A key and a certificate that it signed itself."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("openssl is not installed")
    key, certificate = tmp_path / "key.pem", tmp_path / "cert.pem"
    subprocess.run(
        [openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=localhost",
         "-addext", "subjectAltName=DNS:localhost", "-keyout", str(key), "-out", str(certificate)],
        check=True, capture_output=True,
    )  # fmt: skip
    return key, certificate


async def test_a_certificate_that_nobody_signed_is_named_and_a_known_one_is_taken(
    tmp_path: Path, certified: tuple[Path, Path]
) -> None:
    key, certificate = certified
    with valkey_server(tmp_path / "valkey", "--requirepass", "s3cret", mine=True) as plain:
        async with tls_in_front(plain.port, certificate, key) as port:
            url = f"rediss://:s3cret@localhost:{port}/0"
            assert "no secure connection" in await refused(url)
            link = await RedisLink.open(f"{url}?ssl_ca_certs={certificate}")
            assert await link.run(lambda client: client.set("k", "v"))
            await link.close()


@asynccontextmanager
async def tls_in_front(plain: int, certificate: Path, key: Path) -> AsyncIterator[int]:
    """The same server over TLS, on another port."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)

    async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65536):
            writer.write(data)
        writer.close()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        to_reader, to_writer = await asyncio.open_connection("127.0.0.1", plain)
        with suppress(OSError):
            await asyncio.gather(pump(reader, to_writer), pump(to_reader, writer))

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)
    yield server.sockets[0].getsockname()[1]
    server.close()


async def test_something_else_that_answers_is_named() -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(100)
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    assert "not a Redis" in await refused(f"redis://127.0.0.1:{port}/0")
    server.close()


async def test_a_host_that_does_not_exist_is_named() -> None:
    assert "name is not known" in await refused("redis://no-such-host.invalid:6379/0")


async def test_an_absent_redis_does_not_keep_easel_from_starting(own_server: Valkey) -> None:
    own_server.kill()
    link = await RedisLink.open(own_server.url)
    with pytest.raises(RedisAway):
        await link.run(lambda client: client.ping())
    own_server.start()
    await rested(link)
    assert await link.run(lambda client: client.ping())
    await link.close()


async def test_during_an_outage_only_the_first_one_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that takes connections and never answers costs one timeout and then nothing for a while."""

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    server = await asyncio.start_server(silent, "127.0.0.1", free := free_port())
    link = RedisLink(f"redis://127.0.0.1:{free}/0", timeout=0.2)
    asked = 0

    async def command(client: object) -> None:
        nonlocal asked
        asked += 1
        await link.client.ping()

    for _ in range(50):
        with pytest.raises(RedisAway):
            await link.run(command)
    assert asked == 1
    assert link.outages == 1
    await link.close()
    server.close()
