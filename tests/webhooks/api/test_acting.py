"""Actions over the API: done once, written down, and refused to whoever may not."""

import asyncio
from typing import Any

import httpx

from core.accounts.model import Role
from core.admin.model import Actor, Scope
from core.credits.model import Balance
from tests.support import ALICE
from tests.webhooks.api.support import Api
from tests.webhooks.api.test_insight import drawn


async def acted(api: Api, token: str, path: str, body: dict[str, Any], key: str | None = None) -> httpx.Response:
    headers = {"authorization": f"Bearer {token}"} | ({"idempotency-key": key} if key else {})
    return await api.client.post(f"/api/v1/admin/{path}", json=body, headers=headers)


async def balance(api: Api) -> Balance:
    return await api.app.ledger.balance((await api.app.accounts.for_identity(ALICE)).id)


async def alice(api: Api) -> str:
    return f"users/{(await api.app.accounts.for_identity(ALICE)).id}"


async def test_credits_are_given_and_taken_and_it_is_written_down_by_whom(api: Api) -> None:
    token, user = await api.token(name="crm"), await alice(api)
    given = await acted(api, token, f"{user}/grant", {"credits": 50, "why": "for the bug"})
    assert given.status_code == 200
    assert (await balance(api)).available == 150
    api.clock.move(1)
    taken = await acted(api, token, f"{user}/revoke", {"credits": 30})
    assert (await balance(api)).available == 120
    [last, first] = (await api.get("audit", token)).json()["data"]["items"]
    assert (first["actor"], first["action"], first["why"]) == ("token:crm", "grant", "for the bug")
    assert (first["before"], first["after"]) == ({"available": 100}, {"credits": 50, "available": 150})
    assert (first, last) == (given.json()["data"], taken.json()["data"])


async def test_the_same_key_is_the_same_action_also_at_the_same_moment(api: Api) -> None:
    token, user = await api.token(), await alice(api)
    answers = await asyncio.gather(*(acted(api, token, f"{user}/grant", {"credits": 5}, "k1") for _ in range(5)))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.json()["data"]["id"] for answer in answers}) == 1
    assert (await balance(api)).available == 105
    other = await acted(api, token, f"{user}/grant", {"credits": 6}, "k1")
    assert (other.status_code, other.json()["error"]["code"]) == (422, "request_reused")
    await acted(api, await api.token(name="another"), f"{user}/grant", {"credits": 6}, "k1")
    assert (await balance(api)).available == 111


async def test_without_a_key_each_request_is_another_whatever_its_request_id(api: Api) -> None:
    headers = {"authorization": f"Bearer {await api.token()}", "x-request-id": "the-same-for-all"}
    for _ in range(2):
        await api.client.post(f"/api/v1/admin/{await alice(api)}/grant", json={"credits": 5}, headers=headers)
    assert (await balance(api)).available == 110


async def test_taking_more_than_there_is_says_how_much_there_is(api: Api) -> None:
    answer = await acted(api, await api.token(), f"{await alice(api)}/revoke", {"credits": 101})
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "action_refused")
    assert "100 credits" in answer.json()["error"]["message"]
    assert (await balance(api)).available == 100


async def test_an_action_needs_the_scope_admin(api: Api) -> None:
    token = await api.token(Scope.READ, Scope.EVENTS)
    answer = await acted(api, token, f"{await alice(api)}/grant", {"credits": 5})
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "scope_needed")
    assert (await balance(api)).available == 100


async def test_what_is_no_action_is_refused_in_a_sentence(api: Api) -> None:
    token, user = await api.token(), await alice(api)
    bodies: list[dict[str, Any]] = [
        {}, {"credits": 0}, {"credits": -5}, {"credits": 10**9}, {"credits": "many"}, {"credits": 1.5},
        {"credits": None}, {"credits": 5, "why": "x" * 501}, {"credits": 5, "why": "\x00"}, {"credits": "5"},
        {"credits": True}, {"credits": 5, "reason": "a misspelt field"},
    ]  # fmt: skip
    for body in bodies:
        answer = await acted(api, token, f"{user}/grant", body)
        assert (answer.status_code, answer.json()["success"]) == (422, False)
    assert (await acted(api, token, "users/nobody/grant", {"credits": 5})).status_code == 404
    assert (await acted(api, token, f"{user}/grant", {"credits": 5}, "a key with spaces")).status_code == 422
    assert (await balance(api)).available == 100


async def test_people_are_suspended_and_let_go_on_and_given_roles(api: Api) -> None:
    token, user = await api.token(), await alice(api)
    for path, body, expected in (
        ("suspend", {"why": "spam"}, {"suspended": "spam", "role": "user"}),
        ("unsuspend", {}, {"suspended": None, "role": "user"}),
        ("role", {"role": "subscriber"}, {"suspended": None, "role": "subscriber"}),
    ):
        assert (await acted(api, token, f"{user}/{path}", body)).status_code == 200
        person = (await api.get(user, token)).json()["data"]
        assert {name: person[name] for name in expected} == expected
    assert (await acted(api, token, f"{user}/role", {"role": "king"})).status_code == 422


async def test_the_house_is_run_and_the_same_switch_twice_is_refused(api: Api) -> None:
    token = await api.token()
    for path, body in (
        ("models/square/price", {"credits": 7}), ("models/square/price", {"credits": None}),
        ("models/square/switch", {"enabled": False}), ("models/square/switch", {"enabled": True}),
        ("limits/user", {"perDay": 3}), ("limits/user", {"perDay": None}),
        ("announcement", {"text": "New models"}), ("announcement/stop", {}), ("pause", {"why": "moving"}),
        ("resume", {}), ("pause", {}),
    ):  # fmt: skip
        answer = await acted(api, token, path, body)
        assert (path, answer.status_code) == (path, 200)
    assert (await acted(api, token, "pause", {})).status_code == 409
    told = (await api.get("announcement", token)).json()["data"]
    assert (told["text"], told["state"]) == ("New models", "stopped")
    actions = [line["action"] for line in (await api.get("audit", token)).json()["data"]["items"]]
    assert actions.count("price") == actions.count("model") == actions.count("limit") == actions.count("pause") == 2


async def test_what_is_not_there_cannot_be_acted_on(api: Api) -> None:
    token = await api.token()
    for path, body, status in (
        ("users/none/suspend", {}, 404), ("orders/none/refund", {}, 404), ("jobs/none/retry", {}, 404),
        ("jobs/none/cancel", {}, 404), ("models/none/switch", {"enabled": False}, 400),
        ("limits/king", {"perDay": 1}, 400),
        ("models/square/price", {}, 422), ("announcement", {"text": ""}, 422), ("orders/x/refund", {"amount": 0}, 422),
    ):  # fmt: skip
        assert (path, (await acted(api, token, path, body)).status_code) == (path, status)


async def test_a_request_that_is_done_is_neither_made_again_nor_cancelled(api: Api) -> None:
    await drawn(api)
    token = await api.token()
    [job] = (await api.get("jobs", token)).json()["data"]["items"]
    for path in ("retry", "cancel"):
        assert (await acted(api, token, f"jobs/{job['id']}/{path}", {})).status_code == 409


async def test_codes_are_told_once_and_work(api: Api) -> None:
    token, wish = await api.token(), {"number": 3, "credits": 25}
    made = (await acted(api, token, "codes", wish, "k1")).json()["data"]
    assert len(set(made["codes"])) == 3
    again = await acted(api, token, "codes", wish, "k1")
    assert (again.status_code, "codes" in again.text.replace("These codes", "")) == (409, False)
    account = await api.app.accounts.for_identity(ALICE)
    await api.app.codes.redeem(account, made["codes"][0], "r1")
    assert (await balance(api)).available == 125
    sheet = await acted(api, token, "codes?format=csv", wish)
    assert sheet.text.splitlines()[0] == "code,credits,uses,days"
    assert len(sheet.text.splitlines()) == 4


async def test_attack_an_admin_who_raises_or_frees_themselves_or_takes_another_admin_down(api: Api) -> None:
    chief, other = await api.admin(), await api.app.accounts.for_identity(ALICE)
    await api.app.stores.accounts.set_role(other.id, Role.ADMIN)
    actor = Actor(other.id, "alice", Role.ADMIN, account=other.id)
    api.client.cookies.set("easel", await api.app.access.enter(await api.app.access.link(actor)))
    for target in (other.id, chief.id):
        for path, body in (("role", {"role": "user"}), ("suspend", {})):
            headers = {"sec-fetch-site": "same-origin"}
            answer = await api.client.post(f"/api/v1/admin/users/{target}/{path}", json=body, headers=headers)
            assert (answer.status_code, answer.json()["error"]["code"]) == (409, "action_refused")


async def test_who_looks_at_a_person_is_written_down_each_time(api: Api) -> None:
    token, user = await api.token(name="crm"), await alice(api)
    headers = {"authorization": f"Bearer {token}", "x-request-id": "the-same-for-all"}
    for path in (user, user, f"{user}/ledger", f"{user}/orders"):
        assert (await api.client.get(f"/api/v1/admin/{path}", headers=headers)).status_code == 200
    lines = (await api.get("audit", token, action="view")).json()["data"]["items"]
    assert sorted(line["after"]["what"] for line in lines) == ["ledger", "orders", "user", "user"]
    assert {(line["actor"], line["target"]) for line in lines} == {("token:crm", user.removeprefix("users/"))}
