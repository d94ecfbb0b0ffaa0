"""One fixture builds one thing."""

import gc
import os
from collections.abc import AsyncIterator, Generator, Iterator
from pathlib import Path

import certifi
import pytest
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings

from core.app import App
from core.log import configure_logging
from core.settings import Settings
from tests.servers import STORE_URL, Secantus, Valkey, mongo_server, valkey_server
from tests.support import ManualClock, opened, settings_in

CONTRACTS = (
    "",
    "_accounts",
    "_jobs",
    "_leases",
    "_asked",
    "_deliveries",
    "_history",
    "_reports",
    "_processes",
    "_turns",
    "_transfers",
)
END = "-----END CERTIFICATE-----"
pytest.register_assert_rewrite(*(f"tests.core.stores.contract{part}" for part in CONTRACTS))

hypothesis_settings.register_profile(
    "easel", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow], print_blob=True
)
hypothesis_settings.load_profile("easel")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--benchmark", action="store_true", help="run the benchmarks in tests/bench")


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """What is imported stays: the garbage collector need not look at it over and over, now and while tests run."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


@pytest.fixture(autouse=True)
def _quiet_log() -> None:
    configure_logging("ERROR")


@pytest.fixture(autouse=True)
def _own_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test depends on the settings of the shell it runs in."""
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture(scope="session", autouse=True)
def _one_authority(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Nobody is asked over TLS: to load all authorities for each client would take longer than most tests.

    A database elsewhere (EASEL_TEST_MONGODB_URL) that wants TLS names its own in its address, as `tlsCAFile`.
    """
    file = tmp_path_factory.mktemp("tls") / "one.pem"
    file.write_text(certifi.contents().partition(END)[0] + END)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SSL_CERT_FILE", str(file))
        yield


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return settings_in(tmp_path)


@pytest.fixture(scope="session")
def valkey(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Valkey]:
    """One server for all tests of this process."""
    with valkey_server(tmp_path_factory.mktemp("valkey")) as server:
        yield server


@pytest.fixture(scope="session")
def mongo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Secantus]:
    """One server for all tests of this process."""
    with mongo_server(tmp_path_factory.mktemp("mongo")) as server:
        yield server


@pytest.fixture(scope="session", autouse=True)
def _store(request: pytest.FixtureRequest) -> Iterator[None]:
    """EASEL_TEST_STORE=mongodb: tests that do not say which database they are about are about MongoDB."""
    if os.environ.get("EASEL_TEST_STORE") != "mongodb":
        yield
        return
    os.environ[STORE_URL] = request.getfixturevalue("mongo").url("{}")
    yield
    del os.environ[STORE_URL]


@pytest.fixture
async def app(settings: Settings, clock: ManualClock) -> AsyncIterator[App]:
    async with opened(settings, clock) as app:
        yield app
