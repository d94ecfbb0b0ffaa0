"""A fake Gemini and a client of it, for each test its own."""

from collections.abc import AsyncIterator
from pathlib import Path

import certifi
import pytest

from core.providers.gemini import Gemini
from tests.fakes.gemini import KEY, GeminiFake

END = "-----END CERTIFICATE-----"


@pytest.fixture(scope="session")
def one_certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """To load all that there are takes longer than most of these tests."""
    file = tmp_path_factory.mktemp("tls") / "one.pem"
    file.write_text(certifi.contents().partition(END)[0] + END)
    return file


@pytest.fixture(autouse=True)
def _few_certificates(one_certificate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(one_certificate))


@pytest.fixture
async def fake() -> AsyncIterator[GeminiFake]:
    async with GeminiFake() as fake:
        yield fake


@pytest.fixture
async def gemini(fake: GeminiFake) -> AsyncIterator[Gemini]:
    gemini = Gemini(KEY, f"{fake.url}/v1", answer_tokens=300)  # with the version said, there is none to look for
    yield gemini
    await gemini.close()
