"""Interactions and commands of the fake Discord, asked in plain HTTP."""

from typing import Any

import httpx
import pytest

from core.clock import SECOND
from tests.fakes.discord import DiscordFake, Impossible, Upload
from tests.fakes.discord.limits import MAX_FILE_BYTES
from tests.fakes.test_discord.plain import IMAGINE, V2, asked, button, row, select
from tests.support import ManualClock


async def test_an_interaction_is_answered_once(fake: DiscordFake, api: httpx.AsyncClient) -> None:
    one = await asked(fake, api)
    callback = f"/interactions/{one.id}/{one.token}/callback"
    hook = f"/webhooks/{fake.world.application}/{one.token}"
    assert (await api.post(hook, json={"content": "early"})).json()["code"] == 10015
    assert (await api.post(callback, json={"type": 6})).json()["code"] == 50035
    assert (await api.post(callback, json={"type": 5})).status_code == 204
    assert (await api.post(callback, json={"type": 5})).json()["code"] == 40060
    first = await api.post(hook, json={"content": "first", "flags": 64})
    assert first.json()["id"] == (await one.original()).id
    assert (await one.original()).ephemeral is False
    second = await api.post(hook, json={"content": "second", "flags": 64})
    assert (await one.followup()).id == second.json()["id"]
    assert (await one.followup()).ephemeral is True
    assert (await api.patch(f"{hook}/messages/{second.json()['id']}", json={"content": "third"})).status_code == 200
    assert (await api.delete(f"{hook}/messages/@original")).status_code == 204
    assert (await api.get(f"{hook}/messages/@original")).json()["code"] == 10008


async def test_a_deferred_answer_takes_no_other_flag(fake: DiscordFake, api: httpx.AsyncClient) -> None:
    one = await asked(fake, api)
    await api.post(f"/interactions/{one.id}/{one.token}/callback", json={"type": 5, "data": {"flags": V2 | 64}})
    assert [problem.source for problem in fake.problems] == ["protocol"]
    assert one.ephemeral


@pytest.mark.parametrize("parts", [0, 6])
async def test_a_modal_has_one_to_five_parts_and_a_short_title(
    fake: DiscordFake, api: httpx.AsyncClient, parts: int
) -> None:
    one = await asked(fake, api)
    inputs = [row({"type": 4, "custom_id": str(number), "style": 1, "label": "x"}) for number in range(parts)]
    body = {"type": 9, "data": {"custom_id": "m", "title": "x" * 46, "components": inputs}}
    answer = await api.post(f"/interactions/{one.id}/{one.token}/callback", json=body)
    assert answer.json()["code"] == 50035
    assert one.callback is None


async def test_people_cannot_do_what_their_discord_does_not_offer(fake: DiscordFake, api: httpx.AsyncClient) -> None:
    alice = fake.user("alice")
    with pytest.raises(Impossible, match="registered"):
        fake.command("imagine", {"prompt": "a fox"}, user=alice)
    await asked(fake, api)
    wrong: list[dict[str, Any]] = [{}, {"prompt": 3}, {"prompt": "x" * 101}, {"prompt": "x", "seed": 1}]
    for options in wrong:
        with pytest.raises(Impossible):
            fake.command("imagine", options, user=alice)
    with pytest.raises(Impossible):
        fake.command("imagine", {"prompt": "x"}, user=alice, guild=fake.guild(installed=False))


async def test_commands_keep_their_ids_when_they_are_registered_again(
    fake: DiscordFake, api: httpx.AsyncClient
) -> None:
    where = f"/applications/{fake.world.application}/commands"
    first = (await api.put(where, json=[IMAGINE])).json()
    assert (await api.put(where, json=[IMAGINE | {"description": "Paint"}])).json()[0]["id"] == first[0]["id"]
    assert (await api.post(where, json=IMAGINE)).status_code == 200
    assert (await api.post(where, json=IMAGINE | {"name": "chat"})).status_code == 201
    assert (await api.patch(f"{where}/{first[0]['id']}", json={"name": "draw"})).json()["name"] == "draw"
    assert (await api.delete(f"{where}/{first[0]['id']}")).status_code == 204
    assert [command["name"] for command in (await api.get(where)).json()] == ["chat"]
    assert fake.problems == []
    for bad in ([IMAGINE, IMAGINE], [IMAGINE | {"name": "Not So"}], [IMAGINE | {"description": ""}]):
        assert (await api.put(where, json=bad)).json()["code"] == 50035


async def test_a_given_clock_decides_on_the_three_seconds() -> None:
    clock = ManualClock()
    async with DiscordFake(clock=clock) as fake, httpx.AsyncClient(base_url=fake.api_url) as api:
        api.headers["Authorization"] = f"Bot {fake.token}"
        one = await asked(fake, api)
        clock.move(3 * SECOND + 1)
        answer = await api.post(f"/interactions/{one.id}/{one.token}/callback", json={"type": 5})
        assert answer.json()["code"] == 10062


async def test_a_select_offers_its_options_to_those_who_see_it(
    fake: DiscordFake, api: httpx.AsyncClient, place: str
) -> None:
    await api.post(place, json={"components": [row(select(3)), row(button() | {"disabled": True})]})
    message, alice = fake.messages[0], fake.user("alice")
    chosen = fake.select("s", ["2"], message, user=alice)
    assert chosen.payload["data"] == {"component_type": 3, "values": ["2"], "custom_id": "s", "id": 2}
    for values in (["9"], [], ["1", "2"]):
        with pytest.raises(Impossible):
            fake.select("s", values, message, user=alice)
    for custom_id in ("x", "y", "s"):
        with pytest.raises(Impossible):
            fake.press(custom_id, message, user=alice)


async def test_an_interaction_says_who_where_and_by_which_installation(
    fake: DiscordFake, api: httpx.AsyncClient
) -> None:
    everywhere = IMAGINE | {"integration_types": [0, 1], "contexts": [0, 1, 2]}
    await api.put(f"/applications/{fake.world.application}/commands", json=[everywhere])
    alice, home, away = fake.user("alice"), fake.guild("home"), fake.guild("away", installed=False)
    fake.entitlement(alice, fake.sku("500 credits"))
    wish = {"prompt": "a fox"}
    seen = [
        fake.command("imagine", wish, user=alice, guild=home, locale="de").payload,
        fake.command("imagine", wish, user=alice, guild=away).payload,
        fake.command("imagine", wish, user=alice).payload,
        fake.command("imagine", wish, user=alice, channel=fake.group(alice)).payload,
    ]
    owners = [one["authorizing_integration_owners"] for one in seen]
    assert owners == [{"0": home.id}, {"1": alice.id}, {"0": "0"}, {"1": alice.id}]
    assert [one["context"] for one in seen] == [0, 0, 1, 2]
    assert ["member" in one for one in seen] == [True, True, False, False]
    assert ["user" in one for one in seen] == [False, False, True, True]
    assert (seen[0]["locale"], seen[0]["guild_locale"]) == ("de", "en-US")
    assert all(len(one["entitlements"]) == 1 and one["attachment_size_limit"] == MAX_FILE_BYTES for one in seen)


async def test_an_ephemeral_answer_is_seen_by_one_person(fake: DiscordFake, api: httpx.AsyncClient) -> None:
    one = await asked(fake, api, fake.guild())
    body = {"type": 4, "data": {"flags": 64, "components": [row(button())]}}
    await api.post(f"/interactions/{one.id}/{one.token}/callback", json=body)
    message = await one.original()
    fake.press("x", message, user=one.user)
    with pytest.raises(Impossible):
        fake.press("x", message, user=fake.user("bob"))
    where = f"/channels/{message.channel.id}/messages/{message.id}"
    assert (await api.patch(where, json={"content": "x"})).json()["code"] == 10008


async def test_a_press_is_answered_by_changing_its_message(
    fake: DiscordFake, api: httpx.AsyncClient, place: str
) -> None:
    await api.post(place, json={"content": "before", "components": [row(button())]})
    alice = fake.user("alice")
    one = fake.press("x", fake.messages[0], user=alice)
    body = {"type": 7, "data": {"content": "after", "components": []}}
    answer = await api.post(f"/interactions/{one.id}/{one.token}/callback?with_response=true", json=body)
    assert answer.json()["resource"]["message"]["content"] == "after"
    assert (await one.original()) is fake.messages[0]
    with pytest.raises(Impossible):
        fake.press("x", fake.messages[0], user=alice)
    assert fake.problems == []


async def test_a_modal_takes_files_and_choices(fake: DiscordFake, api: httpx.AsyncClient) -> None:
    one = await asked(fake, api)
    inputs = [
        {"type": 18, "label": "Picture", "component": {"type": 19, "custom_id": "file"}},
        {"type": 18, "label": "Style", "component": select(2)},
        {"type": 18, "label": "Why", "component": {"type": 4, "style": 1, "custom_id": "why", "required": False}},
    ]
    body = {"type": 9, "data": {"custom_id": "m", "title": "Edit", "components": inputs}}
    assert (await api.post(f"/interactions/{one.id}/{one.token}/callback", json=body)).status_code == 204
    sent = fake.submit_modal(one, {"file": [Upload("a.png", b"a")], "s": ["1"]}).payload["data"]
    file, style, why = (part["component"] for part in sent["components"])
    assert sent["resolved"]["attachments"][file["values"][0]]["filename"] == "a.png"
    assert (style["values"], why["value"], sent["custom_id"]) == (["1"], "", "m")
    assert fake.problems == []


@pytest.mark.parametrize(
    "choices", [[{"name": "x", "value": "x"}] * 26, [{"name": "x" * 101, "value": "x"}], [{"name": "", "value": "x"}]]
)
async def test_choices_are_few_and_short(
    fake: DiscordFake, api: httpx.AsyncClient, choices: list[dict[str, str]]
) -> None:
    await asked(fake, api)
    one = fake.autocomplete("imagine", "prompt", {"prompt": "a"}, user=fake.user("alice"))
    where = f"/interactions/{one.id}/{one.token}/callback"
    assert (await api.post(where, json={"type": 8, "data": {"choices": choices}})).json()["code"] == 50035
    assert (await api.post(where, json={"type": 8, "data": {"choices": []}})).status_code == 204
    assert one.choices == []
