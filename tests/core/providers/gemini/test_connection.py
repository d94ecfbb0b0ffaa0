"""How requests get there: over our own client, within bounds, to the right place."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
import pytest

from core.providers.gemini import Gemini, provider, transport
from core.providers.ports import ProviderCannot, ProviderFailed, ProviderFatal
from tests.core.providers.gemini.orders import chat, draw, order, trouble
from tests.fakes.gemini import KEY, GeminiFake
from tests.fakes.gemini.steps import drops, fails, hangs, page, sends


@asynccontextmanager
async def opened(url: str | None, key: str = KEY) -> AsyncIterator[Gemini]:
    gemini = Gemini(key, url)
    try:
        yield gemini
    finally:
        await gemini.close()


async def test_no_request_goes_through_the_aiohttp_that_happens_to_be_installed(
    fake: GeminiFake, gemini: Gemini, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refused(*_: object, **__: object) -> None:
        raise AssertionError("went through aiohttp")

    monkeypatch.setattr(aiohttp.ClientSession, "_request", refused)
    await chat(gemini)
    await draw(gemini)
    await gemini.models()
    assert len(fake.calls) == 4  # two pages of models


async def test_what_was_lost_is_not_sent_again(fake: GeminiFake, gemini: Gemini) -> None:
    fake.script(drops(), drops(), drops())
    for attempt in (chat(gemini), draw(gemini), gemini.models()):
        await trouble(attempt)
    assert len(fake.calls) == 3


@pytest.mark.parametrize(("seconds", "told"), [(0.5, "10"), (10.2, "11"), (30, "30")])
async def test_the_deadline_that_google_is_told_is_never_one_it_refuses(
    fake: GeminiFake, gemini: Gemini, seconds: float, told: str
) -> None:
    await chat(gemini, seconds=seconds)
    assert fake.calls[0].headers["x-server-timeout"] == told


async def test_a_server_that_takes_no_connection_is_given_up_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "CONNECT_SECONDS", 0.1)
    with socket.socket() as full, socket.socket() as first, socket.socket() as second:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        for waiting in (first, second):
            waiting.setblocking(False)
            waiting.connect_ex(full.getsockname())
        async with opened(f"http://127.0.0.1:{full.getsockname()[1]}") as gemini:
            error = await trouble(chat(gemini, seconds=20))
    assert type(error) is ProviderFailed
    assert not error.bill.billed


@pytest.mark.parametrize(
    ("end", "version"),
    [("", "v1"), ("/", "v1"), ("/v1", "v1"), ("/v1beta", "v1beta"), ("/v1beta/", "v1beta")],
)
async def test_the_version_is_the_sdks_unless_the_address_has_one(fake: GeminiFake, end: str, version: str) -> None:
    async with opened(fake.url + end) as gemini:
        await chat(gemini)
        await draw(gemini)
        await gemini.models()
    assert {asked.version for asked in fake.calls} == {version}


@pytest.mark.parametrize("under", ["", "/gemini", "/v1/gemini"])
async def test_a_server_that_has_the_other_version_only_is_found_out_once(under: str) -> None:
    async with GeminiFake(versions=("v1beta",), under=under) as fake, opened(fake.url) as gemini:
        assert (await chat(gemini)).text == "You said something."
        assert len((await draw(gemini, order(3))).pictures) == 3
        assert len(await gemini.models()) == 3
        assert {asked.version for asked in fake.calls} == {"v1beta"}


async def test_many_first_calls_at_once_all_find_the_other_version() -> None:
    async with GeminiFake(versions=("v1beta",)) as fake, opened(fake.url) as gemini:
        assert len((await draw(gemini, order(4))).pictures) == 4


async def test_a_version_that_was_named_is_the_only_one_that_is_asked() -> None:
    async with GeminiFake(versions=("v1beta",)) as fake, opened(f"{fake.url}/v1") as gemini:
        assert type(await trouble(chat(gemini))) is ProviderCannot
        assert fake.calls == []


async def test_what_no_version_has_is_not_there_and_the_sdks_version_stays(fake: GeminiFake) -> None:
    async with opened(fake.url) as gemini:
        fake.models.remove("gemini-3.8-flash")
        assert type(await trouble(chat(gemini))) is ProviderCannot
        assert [asked.version for asked in fake.calls] == ["v1", "v1beta"]
        await draw(gemini)
        assert fake.calls[-1].version == "v1"


async def test_once_a_version_is_found_it_is_the_only_one_that_is_asked() -> None:
    async with GeminiFake(versions=("v1beta",)) as fake, opened(fake.url) as gemini:
        await chat(gemini)
        fake.models.clear()
        await trouble(chat(gemini))
        assert len(fake.calls) == 2


async def test_another_error_is_no_reason_to_try_another_version(fake: GeminiFake) -> None:
    async with opened(fake.url) as gemini:
        fake.script(fails(503), fails(400))
        await trouble(chat(gemini))
        await trouble(chat(gemini))
        assert len(fake.calls) == 2


async def test_the_environment_of_other_programs_changes_nothing(
    fake: GeminiFake, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {
        "GOOGLE_API_KEY": "another", "GEMINI_API_KEY": "another", "GOOGLE_GENAI_USE_VERTEXAI": "true",
        "GOOGLE_GENAI_USE_ENTERPRISE": "true", "GOOGLE_GEMINI_BASE_URL": "http://127.0.0.1:1",
        "GOOGLE_GENAI_HTTP_CLIENT": "httpx2",
    }.items():  # fmt: skip
        monkeypatch.setenv(name, value)
    async with opened(fake.url) as gemini:
        assert (await chat(gemini)).text == "You said something."


async def test_the_sdk_has_nothing_to_say(fake: GeminiFake, gemini: Gemini, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("INFO", "google_genai"):
        await chat(gemini)
        await draw(gemini)
    assert [record.message for record in caplog.records if record.name.startswith("google_genai")] == []


async def test_one_client_serves_all_calls_over_few_connections(fake: GeminiFake, gemini: Gemini) -> None:
    for _ in range(3):
        await chat(gemini)
    assert len({asked.headers["host"] for asked in fake.calls}) == 1
    assert len(fake.peers) == 1


async def test_once_closed_nothing_is_left_open(fake: GeminiFake) -> None:
    async with opened(fake.url) as gemini:
        await chat(gemini)
    with pytest.raises(RuntimeError, match="closed"):
        await chat(gemini)


async def test_models_are_named_as_people_write_them(fake: GeminiFake, gemini: Gemini) -> None:
    assert await gemini.models() == ["gemini-3.8-flash", "gemini-3.1-flash-image", "gemini-3-pro-image"]


@pytest.mark.parametrize("step", [drops(), page(), sends("fine"), sends('{"models": 3}')])
async def test_a_list_that_did_not_come_costs_nothing(fake: GeminiFake, gemini: Gemini, step: object) -> None:
    fake.script(step)  # type: ignore[arg-type]  # a test knows what it gives
    error = await trouble(gemini.models())
    assert type(error) is ProviderFailed
    assert not error.bill.billed


async def test_a_list_that_does_not_come_is_given_up(
    fake: GeminiFake, gemini: Gemini, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(provider, "MODELS_SECONDS", 0.1)
    fake.script(hangs())
    async with asyncio.timeout(5):
        assert type(await trouble(gemini.models())) is ProviderFailed


async def test_a_wrong_key_gets_no_list(fake: GeminiFake) -> None:
    async with opened(fake.url, "AIza-another") as gemini:
        assert type(await trouble(gemini.models())) is ProviderFatal
