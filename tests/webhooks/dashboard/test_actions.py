"""What admins do on the pages: confirmed, done once, written down, and never by anybody else's form."""

import html
import re

from core.admin.model import Audited
from tests.core.payments.buying import bought, link, sold_by
from tests.core.test_requests import accepted
from tests.support import BOB, imagine
from tests.webhooks.dashboard.conftest import OURS, Place

FORM = re.compile(r'<form method="post" action="(/admin/do/[^"]+)">(.*?)</form>', re.DOTALL)
FIELD = re.compile(r'name="(\w+)" value="([^"]*)"')


async def asked(place: Place, path: str) -> tuple[str, dict[str, str], str]:
    """Where the page to confirm sends its form, what is in it, and the page."""
    page = await place.page(path)
    ((action, inside),) = FORM.findall(page)
    return action, {name: html.unescape(value) for name, value in FIELD.findall(inside)}, page


async def bob(place: Place) -> str:
    return (await place.app.accounts.for_identity(BOB)).id


async def credits(place: Place) -> int:
    return (await place.app.ledger.balance(await bob(place))).available


async def audited(place: Place) -> list[Audited]:
    """What admins did; looks left out."""
    return [line for line in await place.app.stores.audit.page(None, 99) if line.action != "view"]


async def test_credits_are_given_when_it_is_confirmed_and_the_page_says_so(place: Place) -> None:
    account = await bob(place)
    assert f"/admin/do/grant/{account}" in await place.page(f"/admin/users/{account}")
    action, form, page = await asked(place, f"/admin/do/grant/{account}?credits=1500&why=for+the+bug")
    assert f"Give 1,500 credits to {BOB}?" in page
    assert "<dt>Available</dt><dd>100</dd>" in page
    assert (await credits(place), await audited(place)) == (100, [])
    done = await place.client.post(action, data=form, headers=OURS)
    assert done.status_code == 303
    after = await place.page(done.headers["location"])
    assert "Done: grant. credits 1,500, available 100 → 1,600" in after
    (line,) = await audited(place)
    assert (line.action, line.target, line.why, line.label) == ("grant", account, "for the bug", "playground:root")
    assert await credits(place) == 1_600


async def test_a_button_that_is_pressed_twice_acts_once(place: Place) -> None:
    action, form, _ = await asked(place, f"/admin/do/revoke/{await bob(place)}?credits=30")
    answers = [await place.client.post(action, data=form, headers=OURS) for _ in range(2)]
    assert [answer.headers["location"] for answer in answers] == [answers[0].headers["location"]] * 2
    assert (await credits(place), len(await audited(place))) == (70, 1)
    changed = await place.client.post(action, data=form | {"credits": "31"}, headers=OURS)
    assert changed.status_code == 422
    assert await credits(place) == 70


async def test_what_cannot_be_done_is_said_before_it_is_confirmed(place: Place) -> None:
    account = await bob(place)
    for path, status, said in (
        (f"/admin/do/revoke/{account}?credits=101", 409, "They have 100 credits, not 101."),
        (f"/admin/do/grant/{account}?credits=0", 400, "from 1 to"),
        (f"/admin/do/grant/{account}?credits=-5", 400, "whole number"),
        (f"/admin/do/grant/{account}?credits=99999999", 400, "whole number"),
        (f"/admin/do/grant/{account}", 400, "whole number"),
        ("/admin/do/grant/nobody?credits=5", 404, "There is no such account."),
        (f"/admin/do/dance/{account}", 404, "There is no such action."),
    ):
        assert said in await place.page(path, status)
    assert await audited(place) == []


async def test_a_form_that_is_not_of_this_session_does_nothing(place: Place) -> None:
    action, form, _ = await asked(place, f"/admin/do/grant/{await bob(place)}?credits=5")
    for changes, headers, status in (
        ({"csrf": "0" * 64}, OURS, 403), ({}, {}, 403), ({}, {"sec-fetch-site": "cross-site"}, 403),
        ({}, {"origin": "https://evil.example"}, 403), ({"request": ""}, OURS, 400), ({"request": "x" * 99}, OURS, 400),
        ({"why": "x" * 20_000}, OURS, 413),
    ):  # fmt: skip
        assert (await place.client.post(action, data=form | changes, headers=headers)).status_code == status
    place.client.cookies.clear()
    assert (await place.client.post(action, data=form, headers=OURS)).status_code == 401
    assert (await credits(place), await audited(place)) == (100, [])


async def test_an_address_cannot_make_up_what_was_done(place: Place) -> None:
    assert "Done:" not in await place.page(f"/admin/users/{await bob(place)}?done=grant+999")


async def test_a_reason_is_words_and_no_markup(place: Place) -> None:
    action, form, page = await asked(place, f"/admin/do/grant/{await bob(place)}?credits=5&why=%3Cb%3E%22hi")
    assert "<b>" not in page
    done = await place.client.post(action, data=form, headers=OURS)
    assert "<b>" not in await place.page(done.headers["location"])
    assert (await audited(place))[0].why == '<b>"hi'


async def confirmed(place: Place, path: str) -> str:
    """The page after it."""
    action, form, _ = await asked(place, path)
    done = await place.client.post(action, data=form, headers=OURS)
    assert done.status_code == 303, done.text
    return await place.page(done.headers["location"])


async def test_somebody_is_suspended_let_go_on_and_given_a_role(place: Place) -> None:
    account = await bob(place)
    page = await confirmed(place, f"/admin/do/suspend/{account}?why=spam")
    assert "Done: suspend." in page
    assert f"/admin/do/unsuspend/{account}" in page
    assert f"/admin/do/suspend/{account}" not in page
    page = await confirmed(place, f"/admin/do/unsuspend/{account}")
    assert f"/admin/do/suspend/{account}" in page
    page = await confirmed(place, f"/admin/do/role/{account}?role=subscriber")
    assert "<dd>subscriber</dd>" in page
    assert {line.action for line in await audited(place)} == {"role", "unsuspend", "suspend"}


async def test_nobody_raises_or_suspends_themselves(place: Place) -> None:
    root = (await place.root()).id
    await place.page(f"/admin/do/role/{root}?role=user", 409)
    await place.page(f"/admin/do/suspend/{root}", 409)
    await place.page(f"/admin/do/role/{await bob(place)}?role=king", 400)


async def test_a_waiting_job_is_cancelled_on_its_page(place: Place) -> None:
    job = await accepted(place.app, imagine(identity=BOB))
    assert f"/admin/do/cancel/{job.id}" in await place.page(f"/admin/jobs/{job.id}")
    page = await confirmed(place, f"/admin/do/cancel/{job.id}")
    assert f"/admin/do/retry/{job.id}" in page
    assert await credits(place) == 100


async def test_an_order_is_paid_back_on_its_page(place: Place) -> None:
    order = await bought(place.app, sold_by(place.app), await link(place.app, BOB))
    page = await place.page(f"/admin/orders/{order.id}")
    assert f"/admin/do/refund/{order.id}" in page
    assert "4.99 USD" in page
    for amount in ("4.999", "-1", "x", "1e3", "5,", "٣"):
        assert "such as 1.00 USD" in await place.page(f"/admin/do/refund/{order.id}?amount={amount}", 400)
    too_much = await place.page(f"/admin/do/refund/{order.id}?amount=5", 400)
    assert "At most 4.99 USD can be paid back; you asked for 5.00 USD." in too_much
    _, form, page = await asked(place, f"/admin/do/refund/{order.id}?amount=1,2")
    assert f"Pay 1.20 USD of order {order.id} back, and take its credits?" in page
    assert "<dt>Paid</dt><dd>4.99 USD</dd>" in page
    assert form["amount"] == "1,2"
    page = await confirmed(place, f"/admin/do/refund/{order.id}?amount=1.20&why=a+part")
    assert "state fulfilled, credits taken back 0 → 121" in page
    assert await credits(place) == 100 + 500 - 121
    assert "Pay what is left of order" in await place.page(f"/admin/do/refund/{order.id}?why=sorry")
    page = await confirmed(place, f"/admin/do/refund/{order.id}?amount=all&why=sorry")
    assert ">refunded<" in page
    assert await credits(place) == 100
