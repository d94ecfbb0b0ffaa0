"""Actions over the API: done once, written down, and refused to whoever may not."""

import asyncio
from typing import Any

import httpx

from core.admin.model import Scope
from core.credits.model import Balance
from tests.support import ALICE
from tests.webhooks.api.support import Api


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
        {"credits": None}, {"credits": 5, "why": "x" * 501}, {"credits": 5, "why": "\x00"},
    ]  # fmt: skip
    for body in bodies:
        answer = await acted(api, token, f"{user}/grant", body)
        assert (answer.status_code, answer.json()["success"]) == (422, False)
    assert (await acted(api, token, "users/nobody/grant", {"credits": 5})).status_code == 404
    assert (await acted(api, token, f"{user}/grant", {"credits": 5}, "a key with spaces")).status_code == 422
    assert (await balance(api)).available == 100
