"""Lists over the API: page by page without a hole, as CSV, and what is none of theirs."""

from collections.abc import AsyncIterator
from typing import Any

import httpx

from core.accounts.model import Identity, Role
from core.admin.model import Audited, Scope
from core.clock import MINUTE
from core.credits.operations import Adjust
from core.generation.bulletin import Bulletin, Standing
from tests.core.payments.buying import link
from tests.support import ALICE
from tests.webhooks.api.support import Api
from tests.webhooks.api.test_insight import drawn, rows


async def whole(api: Api, path: str, token: str, limit: int = 2) -> list[dict[str, Any]]:
    """All pages of a list, one after the other."""
    items: list[dict[str, Any]] = []
    cursor: dict[str, str | int] = {}
    while True:
        data = (await api.get(path, token, limit=limit, **cursor)).json()["data"]
        assert len(data["items"]) <= limit
        items += data["items"]
        if data["next"] is None:
            return items
        cursor = {"cursor": data["next"]}


async def people(api: Api, count: int) -> list[str]:
    made = []
    for number in range(count):
        made.append((await api.app.accounts.for_identity(Identity("discord", f"{number}"))).id)
        api.clock.move(1)
    return made


async def test_users_are_listed_newest_first_without_a_hole(api: Api) -> None:
    made, token = await people(api, 5), await api.token(Scope.READ)
    found = await whole(api, "users", token)
    assert [user["id"] for user in found] == made[::-1]
    assert (found[0]["identities"], found[0]["available"], found[0]["role"]) == (["discord:4"], 100, "user")
    assert (await api.get("users", token, limit=5)).json()["data"]["next"] is None


async def test_users_are_found_by_role_suspension_and_identity(api: Api) -> None:
    made, token = await people(api, 3), await api.token()
    await api.app.stores.accounts.suspend(made[0], "spam")
    for wanted, ids in (
        ({"role": "admin"}, [made[1]]), ({"suspended": "true"}, [made[0]]), ({"suspended": "false"}, made[:0:-1]),
        ({"identity": "discord:2"}, [made[2]]), ({"identity": "discord:77"}, []),
    ):  # fmt: skip
        answer = await api.get("users", token, **wanted)
        assert [user["id"] for user in answer.json()["data"]["items"]] == ids
    assert (await api.get("users", token, identity="icq:1")).status_code == 422


async def test_a_user_is_shown_with_all_that_belongs_to_it(api: Api) -> None:
    account, token = await api.app.accounts.for_identity(ALICE), await api.token()
    await api.app.stores.accounts.strike(account.id, "r1")
    person = (await api.get(f"users/{account.id}", token)).json()["data"]
    assert (person["identities"], person["available"], person["strikes"]) == (["playground:alice"], 100, 1)
    assert (await api.get("users/nobody", token)).json()["error"]["code"] == "not_found"


async def test_the_ledger_of_a_user_goes_back_to_its_beginning(api: Api) -> None:
    account, token = await api.app.accounts.for_identity(ALICE), await api.token()
    for number in range(4):
        await api.app.ledger.follow(Adjust(account.id, f"op{number}", -1, ref="=1+1"))
    entries = await whole(api, f"users/{account.id}/ledger", token)
    assert [entry["seq"] for entry in entries] == [5, 4, 3, 2, 1]
    assert (entries[-1]["kind"], entries[-1]["origin"], entries[-1]["about"]) == ("grant", "free", "welcome credits")
    sheet = rows(await api.get(f"users/{account.id}/ledger", token, format="csv"))
    assert (sheet[0]["amount"], sheet[0]["about"]) == ("-1", "'=1+1")


async def test_orders_are_listed_by_state_and_by_user(api: Api) -> None:
    token = await api.token()
    for _ in range(3):
        await link(api.app)
        api.clock.move(1)
    orders = await whole(api, "orders", token)
    assert [order["state"] for order in orders] == ["created"] * 3
    assert "token" not in orders[0]
    assert (await api.get("orders", token, state="paid")).json()["data"]["items"] == []
    account = orders[0]["account"]
    assert (await api.get(f"users/{account}/orders", token)).json()["data"] == orders
    first = (await api.get("orders", token, account=account, limit=2)).json()["data"]
    rest = (await api.get("orders", token, account=account, limit=2, cursor=first["next"])).json()["data"]
    assert (first["items"] + rest["items"], rest["next"]) == (orders, None)
    assert (await api.get("orders", token, account="somebody")).json()["data"]["items"] == []


async def test_a_list_of_one_persons_is_a_look_at_them_and_written_down(api: Api) -> None:
    token = await api.token()
    for path in ("orders", "jobs", "events"):
        await api.get(path, token)
        await api.get(path, token, account="a1")
    lines = await api.app.stores.audit.page(None, 9)
    assert sorted(f"{line.target} {line.after['what']}" for line in lines) == ["a1 events", "a1 jobs", "a1 orders"]


async def test_requests_are_listed_without_what_people_wrote(api: Api) -> None:
    await drawn(api, "r1")
    api.clock.move(1)
    await drawn(api, "r2")
    token = await api.token()
    jobs = await whole(api, "jobs", token, limit=1)
    assert [job["requestId"] for job in jobs] == ["r2", "r1"]
    assert [call["outcome"] for call in jobs[0]["attempts"]] == ["done"]
    job = await api.get(f"jobs/{jobs[0]['id']}", token)
    assert job.json()["data"] == jobs[0]
    assert "fox" not in job.text
    assert (await api.get("jobs", token, state="failed")).json()["data"]["items"] == []
    assert (await api.get("jobs/none", token)).status_code == 404
    assert len(rows(await api.get("jobs", token, format="csv"))) == 2


async def test_what_happened_is_listed_by_kind(api: Api) -> None:
    await drawn(api)
    token = await api.token()
    events = await whole(api, "events", token, limit=1)
    assert {event["kind"] for event in events} >= {"usage"}
    assert (await api.get("events", token, kind="custom.none")).json()["data"]["items"] == []


async def test_what_admins_did_is_listed_and_exported_in_many_pages(api: Api) -> None:
    for number in range(205):
        line = Audited(f"a{number:03}", number, "x", "=evil()", "grant", f"t{number % 2}", "why", after={"credits": 5})
        await api.app.stores.audit.append(line)
    token = await api.token()
    assert len((await api.get("audit", token, target="t1", limit=200)).json()["data"]["items"]) == 102
    sheet = rows(await api.get("audit", token, format="csv", limit=1))
    assert [row["id"] for row in sheet] == [f"a{number:03}" for number in range(204, -1, -1)]
    assert (sheet[0]["label"], sheet[0]["after"]) == ("'=evil()", '{"credits": 5}')


async def test_an_empty_list_is_a_head_only(api: Api) -> None:
    answer = await api.get("orders", await api.token(), format="csv")
    assert answer.text.startswith("id,account,identity,")
    assert rows(answer) == []
    assert answer.headers["content-disposition"] == 'attachment; filename="easel-orders.csv"'


async def test_attack_huge_pages_and_bad_cursors(api: Api) -> None:
    token = await api.token()
    for path, params in (
        ("users", {"limit": 0}), ("users", {"limit": 201}), ("users", {"limit": 10**30}), ("users", {"limit": "many"}),
        ("jobs", {"cursor": "x"}), ("users", {"cursor": "WzEsImEiXQ"}), ("jobs", {"state": "lost"}),
        ("orders", {"format": "xls"}), ("events", {"cursor": "A" * 501}), ("orders", {"format": "csv", "cursor": "é"}),
        ("users", {"rol": "admin"}),
    ):  # fmt: skip
        answer = await api.get(path, token, **params)
        assert answer.status_code == 422
        assert answer.json()["error"]["message"].endswith(".")


async def test_how_it_goes_is_said_with_the_queue(api: Api) -> None:
    health = (await api.get("health", await api.token(Scope.READ))).json()["data"]
    assert (health["queued"], health["running"], health["oldestQueuedAt"]) == (0, 0, None)
    assert health["databaseMs"] > 0
    assert (health["paused"], health["providers"]) == (False, {})


async def test_a_provider_that_fails_in_another_process_is_in_trouble(api: Api) -> None:
    worker = Bulletin(api.app.stores.settings, "worker", api.app.clock)
    await worker.tell({"gemini": Standing("opened", api.app.clock.now() + MINUTE)})
    health = (await api.get("health", await api.token(Scope.READ))).json()["data"]
    assert health["providers"] == {"gemini": "opened"}


async def posted(api: Api, token: str, body: object, key: str | None = None) -> httpx.Response:
    headers = {"authorization": f"Bearer {token}"} | ({"idempotency-key": key} if key else {})
    return await api.client.post("/api/v1/admin/events", json=body, headers=headers)


async def test_an_event_of_ones_own_is_noted_once_per_key_and_found(api: Api) -> None:
    token, reader = await api.token(Scope.EVENTS, name="shop"), await api.token(Scope.READ, name="reader")
    event = {"kind": "custom.contest_won", "data": {"place": 1, "prize": "Ümlaut 🏆"}}
    first, again = [await posted(api, token, event, "k1") for _ in range(2)]
    assert (first.status_code, first.json()["data"]["isNew"]) == (201, True)
    assert again.json()["data"] == {"id": first.json()["data"]["id"], "isNew": False}
    assert (await posted(api, token, event)).json()["data"]["isNew"]
    found = (await api.get("events", reader, kind="custom.contest_won")).json()["data"]["items"]
    assert [each["data"] for each in found] == [event["data"]] * 2
    other = await api.token(Scope.EVENTS, name="other")
    assert (await posted(api, other, event, "k1")).json()["data"]["isNew"]
    assert (await posted(api, reader, event)).status_code == 403


async def test_what_is_no_event_is_refused_in_a_sentence(api: Api) -> None:
    token = await api.token()
    bodies: list[object] = [
        {}, {"kind": "purchase"}, {"kind": "custom."}, {"kind": "custom.A"}, {"kind": "custom.a", "data": []},
        {"kind": "custom.a", "data": {"x": 10**400}}, {"kind": "custom.a", "data": {"x": "y" * 9_000}},
        {"kind": "custom.a", "account": "nobody"}, {"kind": "custom.a", "data": {"x": "\x00"}}, [], "x", None,
    ]  # fmt: skip
    for body in bodies:
        answer = await posted(api, token, body)
        assert 400 <= answer.status_code < 500
        assert answer.json()["error"]["message"].endswith(".")


async def test_attack_bodies_that_are_no_json_for_everybody(api: Api) -> None:
    headers = {"authorization": f"Bearer {await api.token()}", "content-type": "application/json"}
    for body in (
        b'{"kind": "custom.a", "data": {"x": NaN}}', b'{"kind": "custom.a", "data": {"x": 1e999}}', b"{", b"\xff", b"",
        b'{"kind": "custom.a", "data": ' + b'{"x":' * 300 + b"1" + b"}" * 300 + b"}", b"[" * 60_000,
        b'{"kind": "custom.a", "data": {"x": "\\ud800"}}',
    ):  # fmt: skip
        answer = await api.client.post("/api/v1/admin/events", content=body, headers=headers)
        assert 400 <= answer.status_code < 500
        assert answer.json()["success"] is False
    too_big = b'{"kind": "custom.a", "data": {"x": "' + b"y" * 70_000 + b'"}}'
    answer = await api.client.post("/api/v1/admin/events", content=too_big, headers=headers)
    assert (answer.status_code, answer.json()["success"]) == (413, False)


async def test_attack_a_huge_body_of_a_stranger_is_not_read(api: Api) -> None:
    async def endless() -> AsyncIterator[bytes]:
        raise AssertionError("read")
        yield b""

    answer = await api.client.post("/api/v1/admin/events", content=endless())
    assert answer.status_code == 401


async def test_attack_csrf_on_a_write_by_cookie(api: Api) -> None:
    api.client.cookies.set("easel", await api.app.access.enter(await api.app.access.link(await api.admin())))
    event = {"kind": "custom.a"}
    for headers, status in (
        ({}, 403), ({"origin": "https://evil.example"}, 403), ({"sec-fetch-site": "cross-site"}, 403),
        ({"sec-fetch-site": "same-site"}, 403), ({"sec-fetch-site": "none"}, 403), ({"origin": "null"}, 403),
        ({"sec-fetch-site": "same-origin"}, 201), ({"origin": api.app.settings.base_url}, 201),
    ):  # fmt: skip
        answer = await api.client.post("/api/v1/admin/events", json=event, headers=headers)
        assert answer.status_code == status
    assert (await api.get("events")).status_code == 200


async def test_a_role_is_needed_whatever_the_way_in(api: Api) -> None:
    admin = await api.admin()
    api.client.cookies.set("easel", await api.app.access.enter(await api.app.access.link(admin)))
    await api.app.stores.accounts.set_role(admin.id, Role.SUBSCRIBER)
    for path in ("stats", "users", f"users/{admin.id}", "audit", "events", "health"):
        answer = await api.get(path)
        assert (answer.status_code, "data" in answer.json()) == (403, False)
