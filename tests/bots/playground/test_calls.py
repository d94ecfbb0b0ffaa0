"""The playground's calls over a real socket: one account per browser, nothing for strangers, nothing lost."""

import asyncio
import base64
import json
import re
from pathlib import Path
from urllib.parse import urljoin

import httpx

from core.ids import digest
from tests.bots.playground.browsing import (
    COOKIE,
    events,
    is_result,
    messages,
    press,
    result_of,
    send,
)
from tests.webhooks.test_app import SAFE, Site, site_of
from webhooks.assets import PALETTE


async def test_the_page_gives_a_browser_its_account_once(site: Site) -> None:
    async with site.client() as client:
        cookie = (await client.get("/")).headers["set-cookie"]
        assert re.match(rf"{COOKIE}=[0-9a-f]{{48}};", cookie)
        for attribute in ("HttpOnly", "SameSite=strict", "Path=/", "Max-Age=31536000"):
            assert attribute in cookie
        assert "set-cookie" not in (await client.get("/")).headers


async def test_a_cookie_that_is_none_of_ours_is_replaced(site: Site) -> None:
    async with site.client() as client:
        client.cookies.set(COOKIE, "1234")
        assert COOKIE in (await client.get("/")).headers["set-cookie"]


async def test_behind_https_the_cookie_stays_there(tmp_path: Path) -> None:
    async with site_of(tmp_path, public_url="https://easel.example") as site, site.client() as client:
        assert "Secure" in (await client.get("/")).headers["set-cookie"]


async def test_the_page_may_load_nothing_from_elsewhere(alice: httpx.AsyncClient) -> None:
    headers = (await alice.get("/")).headers
    policy = dict(part.strip().split(" ", 1) for part in headers["content-security-policy"].split(";"))
    assert policy["default-src"] == policy["base-uri"] == policy["frame-ancestors"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == policy["connect-src"] == "'self'"
    assert headers["cache-control"] == "no-store"
    assert headers.items() >= SAFE.items()


async def test_everything_the_page_refers_to_is_there(alice: httpx.AsyncClient) -> None:
    seen: set[str] = set()
    waiting = ["/"]
    while waiting:
        path = waiting.pop()
        answer = await alice.get(path)
        assert answer.status_code == 200, path
        found = re.findall(r'(?:src="|href="|from "|import\(")((?:/|\./)[^"]+)"', answer.text)
        new = {urljoin(path, name) for name in found} - seen
        seen |= new
        waiting += new
    assert {"/playground/static/app.css", PALETTE} <= seen
    assert len([path for path in seen if path.endswith(".js")]) > 20


async def test_only_the_files_of_the_page_are_served(alice: httpx.AsyncClient) -> None:
    for name in ("..%2froutes.py", "%2e%2e%2froutes.py", "routes.py", "", "app.js%00", "App.js", "."):
        assert (await alice.get(f"/playground/static/{name}")).status_code == 404, name


async def test_without_an_account_nothing_can_be_done(site: Site) -> None:
    for cookie in (None, "", "x" * 48, "A" * 48, "0" * 47, "0" * 49, "../" * 16):
        headers = {} if cookie is None else {"cookie": f"{COOKIE}={cookie}"}
        async with site.client(**headers) as client:
            for answer in (
                await send(client, "/imagine a fox"),
                await press(client, "abcdefghijklmnop", "reroll"),
                await client.get("/playground/events"),
            ):
                assert answer.status_code == 401, cookie
                assert answer.json()["error"]["message"].startswith("Open the playground's page first")


async def test_the_commands_are_described_for_the_page(alice: httpx.AsyncClient) -> None:
    told = (await alice.get("/playground/commands")).json()["data"]["commands"]
    assert told[0]["name"] == "imagine"


async def test_a_picture_arrives_in_the_stream_and_at_its_address(alice: httpx.AsyncClient) -> None:
    assert (await send(alice, "/imagine a red fox --aspect 16:9")).json()["data"] == {"attachments": []}
    got = await events(alice, is_result)
    result = got[-1]
    [image] = result["images"]
    assert (image["width"], image["height"], image["alt"]) == (64, 36, "Demo picture: a red fox")
    assert (await alice.get(image["url"])).headers["content-type"] == "image/png"
    assert result["demo"] is True
    assert [button["action"] for button in result["buttons"]] == ["reroll", "vary", "edit", "upscale"]
    assert [event["name"] for event in got[:1]] == ["hello"]
    assert (got[0]["demo"], got[0]["demoKinds"]) == (True, ["chat", "image"])


async def test_the_balance_is_told_when_it_changes(alice: httpx.AsyncClient) -> None:
    first = (await events(alice, lambda event: event["name"] == "balance"))[-1]
    assert (first["available"], first["held"]) == (100, 0)
    await result_of(alice)
    later = (await events(alice, lambda event: event["name"] == "balance"))[-1]
    assert (later["available"], later["held"]) == (90, 0)


async def test_each_browser_has_its_own_wallet_and_conversation(
    alice: httpx.AsyncClient, bob: httpx.AsyncClient
) -> None:
    await result_of(alice)
    await send(bob, "/balance")
    got = await events(bob, lambda event: event.get("kind") == "text" and event["role"] == "easel")
    assert "You have **100 credits**." in got[-1]["text"]
    assert "fox" not in json.dumps(got)


async def test_other_peoples_results_cannot_be_pressed(alice: httpx.AsyncClient, bob: httpx.AsyncClient) -> None:
    job = (await result_of(alice))["job"]
    for number, action in enumerate(("reroll", "vary", "cancel")):
        body = {"id": f"theft-{number:04}", "job": job, "action": action, "index": 1}
        assert (await bob.post("/playground/actions", json=body)).status_code == 200
        got = await events(bob, lambda event, n=number: event.get("id") == f"re:theft-{n:04}")  # type: ignore[misc]  # mypy cannot infer a lambda with a default
        assert got[-1]["text"].startswith("That request does not exist, or is not yours.")
    assert (await events(bob, lambda event: event["name"] == "balance"))[-1]["available"] == 100


async def test_a_press_draws_again_and_the_same_press_twice_does_it_once(alice: httpx.AsyncClient) -> None:
    job = (await result_of(alice))["job"]
    for _ in range(3):
        assert (await press(alice, job, "reroll")).status_code == 200
    again = (await events(alice, lambda event: is_result(event) and event["job"] != job))[-1]
    assert again["text"] == "a red fox"
    assert (await events(alice, lambda event: event["name"] == "balance"))[-1]["available"] == 80


async def test_a_forged_press_is_refused(alice: httpx.AsyncClient) -> None:
    changes: list[dict[str, object]] = [
        {"job": "../../etc"},
        {"job": "ABCDEFGHIJKLMNOP"},
        {"job": 5},
        {"action": "delete"},
        {"index": 0},
        {"index": 99},
        {"id": "short"},
        {"id": "with:colon:inside"},
        {"id": None},
    ]
    for change in changes:
        body = {"id": "action-1", "job": "abcdefghijklmnop", "action": "vary", "index": 1} | change
        answer = await alice.post("/playground/actions", json=body)
        assert answer.status_code == 400, change
        assert answer.json()["error"]["message"].startswith("This message could not be read: ")


async def test_the_same_message_twice_is_one_request_and_one_echo(alice: httpx.AsyncClient) -> None:
    await asyncio.gather(*(send(alice, "/imagine a red fox") for _ in range(5)))
    await events(alice, is_result)
    await send(alice, "/imagine a red fox")
    await send(alice, "/about", "message-2")
    got = messages(await events(alice, lambda event: event.get("id") == "re:message-2"))
    ids = [event["id"] for event in got]
    assert len(ids) == len(set(ids))
    assert sum(event["role"] == "user" for event in got) == 2
    assert len({event["job"] for event in got if event["job"]}) == 1
    assert (await events(alice, lambda event: event["name"] == "balance"))[-1]["available"] == 90


async def test_the_stream_goes_on_where_the_page_left_it(alice: httpx.AsyncClient) -> None:
    for number in range(4):
        await send(alice, "/about", f"message-{number}")
    everything = messages(await events(alice, lambda event: event.get("id") == "re:message-3"))
    assert [event["seq"] for event in everything] == list(range(1, 9))
    assert [event["eventId"] for event in everything] == [str(event["seq"]) for event in everything]
    seen = everything[2]["seq"]
    rest = messages(await events(alice, lambda event: event.get("id") == "re:message-3", after=seen))
    assert rest == everything[3:]


async def test_a_nonsense_place_in_the_stream_starts_it_anew(alice: httpx.AsyncClient) -> None:
    await send(alice, "/about")
    for nonsense in ("-1", "abc", "9" * 40, "1; drop"):
        got = messages(await events(alice, lambda event: event.get("id") == "re:message-1", after=nonsense))
        assert [event["seq"] for event in got] == [1, 2]


async def test_a_long_conversation_comes_with_its_latest_messages(site: Site, alice: httpx.AsyncClient) -> None:
    await send(alice, "/about")
    [row] = await site.app.stores.feed.since(f"playground:{digest(alice.cookies[COOKIE])[:20]}", 0, 1)
    for number in range(3, 206):
        await site.app.stores.feed.post(row.channel, f"old-{number}", row.body, row.at)
    got = messages(await events(alice, lambda event: event.get("id") == "old-205"))
    assert [event["seq"] for event in got] == list(range(6, 206))


async def test_a_file_comes_with_the_answer_and_stays_out_of_the_conversation(alice: httpx.AsyncClient) -> None:
    [file] = (await send(alice, "/privacy export")).json()["data"]["attachments"]
    assert (file["name"], file["mime"]) == ("easel-export.json", "application/json")
    assert json.loads(base64.b64decode(file["base64"]))["balance"]["available"] == 100
    got = await events(alice, lambda event: event.get("id") == "re:message-1")
    assert "base64" not in json.dumps(got)


async def test_after_deletion_the_conversation_is_gone(alice: httpx.AsyncClient) -> None:
    await result_of(alice)
    await send(alice, "/privacy delete --confirm yes", "message-2")
    got = messages(await events(alice, lambda event: event.get("id") == "re:message-2"))
    assert [event["id"] for event in got] == ["re:message-2"]
