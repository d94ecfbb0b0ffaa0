"""The pictures are fetched from known places only, never with the key, and never without end."""

import asyncio

import pytest

from core.media.checks import NotAPicture, checked
from core.media.data_urls import data_url
from core.providers.ports import ProviderFailed
from core.providers.replicate import Replicate
from core.providers.replicate.outputs import HOSTS
from tests.core.providers.replicate_parts import PRO, SECONDS, Caller, order, replicate, so
from tests.fakes import skip
from tests.fakes.pixels import png
from tests.fakes.replicate import ReplicateFake, Script
from tests.fakes.replicate.files import CHUNK, SVG, picture

MANY = 100 * len(CHUNK)


@pytest.mark.parametrize(
    "output",
    [
        "{url}/files/huge.png",
        "{url}/files/endless.png",
        "{url}/files/moved.png",
        "{url}/files/gone.png",
        "{url}/files/cut.png",
        "{url}/files/packed.png",
        "https://files.elsewhere.example/1.png",
        "http://replicate.delivery/1.png",
        "https://replicate.delivery.elsewhere.example/1.png",
        "https://replicate.delivery:8443/1.png",
        "https://someone@replicate.delivery/1.png",
        "http://127.0.0.1:1/1.png",
        "http://localhost:{port}/files/1.png",
        "https://127.0.0.1:{port}/files/1.png",
        "http://someone:secret@127.0.0.1:{port}/files/1.png",
        "file:///etc/passwd",
        "data:image/png;base64,%%%",
        "data:image/png",
        "a picture, imagine it",
        "",
    ],
)
async def test_an_output_that_cannot_or_must_not_be_fetched_is_billed(
    fake: ReplicateFake, provider: Replicate, caller: Caller, output: str
) -> None:
    fake.script(Script(output=[output.format(url=fake.url, port=fake.url.rpartition(":")[2])]))
    with pytest.raises(ProviderFailed) as raised:
        await provider.draw(order(), caller.call())
    assert raised.value.bill.billed
    assert raised.value.message == "What flux-schnell has drawn cannot be fetched."
    assert "/files/1.png" not in fake.files.asked
    assert fake.files.sent < MANY
    assert fake.tries == 1


@pytest.mark.parametrize("output", [[], None, {}, 7, [None], {"image": 5}])
async def test_a_prediction_that_succeeded_with_nothing_is_billed(
    fake: ReplicateFake, provider: Replicate, caller: Caller, output: object
) -> None:
    fake.script(Script(output=output, gives_nothing=output is None))
    with pytest.raises(ProviderFailed) as raised:
        await provider.draw(order(), caller.call())
    assert raised.value.bill.billed


async def test_a_server_that_trickles_is_left_when_time_is_over(
    fake: ReplicateFake, provider: Replicate, caller: Caller
) -> None:
    fake.script(Script(polls=0, output=[f"{fake.url}/files/slow.png"]))
    drawing = asyncio.create_task(provider.draw(order(), caller.call()))
    await so(lambda: fake.files.asked)
    skip(SECONDS)
    with pytest.raises(ProviderFailed) as raised:
        await drawing
    assert raised.value.bill.billed


async def test_good_pictures_are_kept_beside_bad_ones_and_all_are_on_the_bill(
    fake: ReplicateFake, provider: Replicate, caller: Caller
) -> None:
    outputs = [f"{fake.url}/files/{name}" for name in ("5.png", "gone.png", "6.png", "huge.png")]
    fake.script(Script(output=outputs))
    drawing = await provider.draw(order(count=4), caller.call())
    assert [drawn.data for drawn in drawing.pictures] == [picture(5), picture(6)]
    assert drawing.billed == 4


async def test_one_address_alone_is_as_good_as_a_list(fake: ReplicateFake, provider: Replicate, caller: Caller) -> None:
    fake.script(Script(output=f"{fake.url}/files/9.png"))
    drawing = await provider.draw(order(), caller.call(PRO))
    assert [drawn.data for drawn in drawing.pictures] == [picture(9)]


async def test_a_picture_in_a_text_is_decoded(fake: ReplicateFake, provider: Replicate, caller: Caller) -> None:
    fake.script(Script(output=[data_url("image/png", png(shade=77))]))
    drawing = await provider.draw(order(), caller.call())
    assert [drawn.data for drawn in drawing.pictures] == [png(shade=77)]
    assert fake.files.asked == []


async def test_whatever_is_fetched_is_still_to_be_checked(
    fake: ReplicateFake, provider: Replicate, caller: Caller
) -> None:
    fake.script(Script(output=[f"{fake.url}/files/drawing.svg"]))
    drawing = await provider.draw(order(), caller.call())
    assert drawing.pictures[0].data == SVG
    with pytest.raises(NotAPicture):
        checked(drawing.pictures[0].data)


async def test_pictures_come_from_hosts_that_the_operator_lists(fake: ReplicateFake, caller: Caller) -> None:
    async with ReplicateFake() as elsewhere:
        for hosts, pictures in (((), 0), ((elsewhere.url,), 1)):
            fake.script(Script(output=[f"{elsewhere.url}/files/3.png", f"{fake.url}/files/4.png"]))
            async with replicate(fake, output_hosts=hosts) as provider:
                drawing = await provider.draw(order(count=2), caller.call())
            assert len(drawing.pictures) == 1 + pictures
        assert elsewhere.files.asked == ["/files/3.png"]
        assert elsewhere.files.leaks == []


async def test_the_file_host_of_the_fake_notices_a_key() -> None:
    """So that the other tests can fail: what the SDK itself does, it would see."""
    from replicate.client import Client
    from replicate.helpers import FileOutput

    async with ReplicateFake() as fake:
        client = Client(api_token=fake.token, base_url=fake.url)
        with pytest.raises(Exception, match="400"):
            async for _ in FileOutput(f"{fake.url}/files/1.png", client):
                pass
        assert [headers["Authorization"] for headers in fake.files.leaks] == [f"Bearer {fake.token}"]
        await client._async_client.aclose()


def test_replicates_own_hosts_are_always_known() -> None:
    assert HOSTS == ("replicate.delivery", "*.replicate.delivery")
