"""The pages of users, costs, jobs, providers, orders and the audit log: what they show, and what no address breaks."""

import html
import re

from core.accounts.model import Identity, Role
from core.admin.figures import Figures, Filter, Span
from core.clock import DAY, utc_date
from tests.core.admin.acts import acts
from tests.core.payments.buying import bought, chosen, link, sold_by
from tests.core.test_requests import accepted
from tests.fakes import settled, working
from tests.support import ALICE, BOB, NOON, imagine
from tests.webhooks.dashboard.conftest import Place
from webhooks.dashboard import formats
from webhooks.dashboard.providers import failure_rate, row
from webhooks.dashboard.views import PAGE

EVERY = ("/admin", "/admin/users", "/admin/costs", "/admin/jobs", "/admin/providers", "/admin/orders", "/admin/audit")
HOSTILE = "<img src=x onerror=alert(1)>\"'{{7*7}}"


def row_values(page: str) -> list[int]:
    """The numbers that tables say, those beside charts left out."""
    return [int(value) for value in re.findall(r'<td role="cell"[^>]* data-value="(-?\d+)"', page)]


async def member(place: Place, identity: Identity = ALICE) -> str:
    return (await place.app.accounts.for_identity(identity)).id


async def test_every_page_is_there_where_nothing_has_happened(place: Place) -> None:
    for path in EVERY:
        page = await place.page(path)
        assert 'aria-current="page"' in page
        assert page.count("<h1>") == 1
        assert 'class="empty"' in page or path == "/admin/users"


async def test_looking_at_a_person_or_their_request_is_written_down_once_an_hour(place: Place) -> None:
    account = await member(place)
    job = await accepted(place.app, imagine())
    for _ in range(2):
        assert "Nothing here. What admins do" in await place.page(f"/admin/users/{account}")
        await place.page(f"/admin/jobs/{job.id}")
    lines = [line for line in await place.app.stores.audit.page(None, 9) if line.action == "view"]
    assert {(line.target, str(line.after["what"])) for line in lines} == {(account, "user"), (job.id, "job")}
    assert len(lines) == 2


async def test_costs_are_those_of_the_reports_with_the_same_filters(place: Place) -> None:
    await place.passes(days=5)
    span = Span(utc_date(NOON - 2 * DAY), utc_date(NOON + 5 * DAY))
    lines = await place.app.reports.costs(span, ("provider", "model"), Filter(operation="image"))
    page = await place.page(f"/admin/costs?from={span.first}&to={span.last}&by=provider,model&operation=image")
    counters = ("requests", "tokens_input", "tokens_output", "pictures")
    assert len(lines) > 1
    assert row_values(page) == [
        value
        for line in lines
        for value in (
            *map(line.figures.count, counters), line.figures.cost_nano, line.figures.earned_nano,
            line.figures.margin_nano,
        )
    ]  # fmt: skip
    assert 'value="image" selected' in page
    total = await place.app.reports.total(span, Filter(operation="image"))
    assert f">{formats.usd(total.cost_nano)}<" in page


async def test_costs_by_day_add_up_to_the_total_however_many_models_there_are(place: Place) -> None:
    await place.passes(days=5)
    page = await place.page("/admin/costs?days=30&by=day,model")
    drawn = sum(int(value) for value in re.findall(r'data-series="[^"]*" data-value="(\d+)"', page))
    span = Span(utc_date(NOON - 25 * DAY), utc_date(NOON + 5 * DAY))
    assert drawn == (await place.app.reports.total(span)).cost_nano > 0


async def test_costs_of_one_account_are_found_by_its_name(place: Place) -> None:
    await place.passes(days=3)
    account = await member(place, Identity("discord", "person-0"))
    named = await place.page("/admin/costs?by=account&account=discord:person-0")
    assert row_values(named) == row_values(await place.page(f"/admin/costs?by=account&account={account}")) != []
    assert f'<a href="/admin/users/{account}">discord:person-0</a>' in named
    assert "There is no such account." in await place.page("/admin/costs?account=discord:nobody", 404)


NONSENSE = {
    "/admin/costs?by=weather": 400,
    "/admin/costs?from=9&to=x": 400,
    "/admin/costs?account=%00:": 404,
    "/admin/users?role=king": 400,
    "/admin/users?suspended=maybe": 400,
    "/admin/users?who=%FF": 404,
    "/admin/users/nobody": 404,
    "/admin/users/%3Cscript%3E": 404,
    "/admin/jobs?state=lost": 400,
    "/admin/jobs?before=1": 400,
    "/admin/jobs?before=99999999999999999999.x": 400,
    "/admin/jobs/none": 404,
    "/admin/orders?state=eaten": 400,
    "/admin/orders?before=%27": 400,
    "/admin/audit?action=dance": 400,
    "/admin/audit?before=x.y": 400,
    "/admin/providers?days=9999": 400,
    "/admin/users/a%2Fb": 404,
}


async def test_an_address_that_says_nonsense_is_answered_by_a_page(place: Place) -> None:
    for path, status in NONSENSE.items():
        page = await place.page(path, status)
        assert "<h1>" in page
        assert "<script>" not in page


async def test_a_user_page_takes_no_nonsense(place: Place) -> None:
    account = await member(place)
    for query in ("before=%00", "before=-1", "before=99999999999999999999", "done=%00"):
        answer = await place.client.get(f"/admin/users/{account}?{query}")
        assert answer.status_code in (200, 400)


async def test_a_user_has_all_that_belongs_to_them_on_one_page(place: Place) -> None:
    gateway = sold_by(place.app)
    order = await bought(place.app, gateway, await link(place.app))
    async with working(place.app):
        job = await settled(place.app, (await accepted(place.app, imagine(prompt="a secret fox"))).id)
    account = await member(place)
    await acts(place.app).grant(await place.root(), "g1", account, 7, HOSTILE)
    await place.app.stores.accounts.strike(account, "s1")
    page = await place.page(f"/admin/users/{account}")
    balance = await place.app.ledger.balance(account)
    entries = await place.app.stores.ledger.latest(account, None, 99)
    for said in (order.id, f"/admin/jobs/{job.id}", f">{balance.available:,}<", str(ALICE), html.escape(HOSTILE, True)):
        assert said.replace("&#x27;", "&#39;").replace("&quot;", "&#34;") in page
    assert all(html.escape(entry.op) in page for entry in entries)
    assert "a secret fox" not in page
    assert "<img" not in page
    assert re.search(r">0\s*<small>10 reserved</small>", page)
    assert f'<a href="/admin/jobs/{job.id}">job:{job.id}:hold</a>' in page


async def test_somebody_who_was_merged_is_shown_as_who_they_are_now(place: Place) -> None:
    alice = await member(place)
    place.clock.move(1)
    bob = await member(place, BOB)
    await place.app.stores.accounts.merge(bob, alice)
    for path in (f"/admin/users/{bob}", f"/admin/users/{alice}", f"/admin/users?who={BOB}"):
        page = await place.page(path)
        assert str(ALICE) in page
        assert str(BOB) in page
    assert f"/admin/users/{bob}" not in await place.page("/admin/users")


async def test_what_a_merged_account_asked_for_and_its_strikes_are_on_the_page(place: Place) -> None:
    alice = await member(place)
    place.clock.move(1)
    bob = await member(place, BOB)
    job = await accepted(place.app, imagine(identity=BOB))
    await place.app.stores.accounts.strike(bob, "s1")
    await place.app.stores.accounts.merge(bob, alice)
    page = await place.page(f"/admin/users/{alice}")
    assert f"/admin/jobs/{job.id}" in page
    assert "<dt>Strikes</dt><dd>1</dd>" in page


async def test_the_list_of_users_has_each_once_and_can_be_filtered(place: Place) -> None:
    everybody = set()
    for number in range(PAGE + 3):
        place.clock.move(1)
        everybody.add(await member(place, Identity("discord", str(number))))
    first = await place.page("/admin/users")
    older = html.unescape(re.findall(r'href="([^"]+)" rel="next"', first)[0])
    second = await place.page(older)
    found = [re.findall(r'href="/admin/users/(a\w+)"', page) for page in (first, second)]
    everybody.add((await place.root()).id)
    assert (len(found[0]), len(found[1])) == (PAGE, 4)
    assert set(found[0]) | set(found[1]) == everybody
    assert 'rel="next"' not in second
    await place.app.stores.accounts.suspend(found[0][0], HOSTILE)
    suspended = await place.page("/admin/users?suspended=yes")
    assert re.findall(r'href="/admin/users/(a\w+)"', suspended) == [found[0][0]]
    assert "<img" not in suspended
    await place.app.stores.accounts.set_role(found[0][1], Role.ADMIN)
    admins = await place.page("/admin/users?role=admin")
    assert re.findall(r'href="/admin/users/(a\w+)"', admins) == [found[0][1], (await place.root()).id]


async def test_jobs_are_listed_by_state_and_never_say_what_was_asked(place: Place) -> None:
    waiting = await accepted(place.app, imagine("r1", prompt="a secret fox"))
    place.clock.move(1)
    done = await accepted(place.app, imagine("r2", BOB, prompt="a secret fox"))
    await place.app.stores.jobs.request_cancel(done.id, place.clock.now())
    page = await place.page("/admin/jobs?state=queued")
    assert waiting.id in page
    assert done.id not in page
    assert done.id in await place.page("/admin/jobs?state=cancelled")
    one = await place.page(f"/admin/jobs/{waiting.id}")
    assert "10 credits" in one
    assert "No provider was asked." in one
    assert "a secret fox" not in page + one


async def test_jobs_go_on_where_the_page_before_ended(place: Place) -> None:
    ids = []
    for number in range(PAGE + 2):
        ids.append((await accepted(place.app, imagine(f"r{number}", Identity("discord", str(number))))).id)
    first = await place.page("/admin/jobs")
    second = await place.page(html.unescape(re.findall(r'href="([^"]+)" rel="next"', first)[0]))
    found = [re.findall(r"/admin/jobs/(\w+)", page) for page in (first, second)]
    assert sorted(found[0] + found[1]) == sorted(ids)


async def test_orders_are_listed_by_state(place: Place) -> None:
    gateway = sold_by(place.app)
    paid = await bought(place.app, gateway, await link(place.app))
    waiting = await chosen(place.app, await link(place.app, BOB, "r2"))
    page = await place.page("/admin/orders?state=fulfilled")
    assert paid.id in page
    assert "4.99 USD" in page
    assert f'<a href="/admin/users/{paid.account}">{ALICE}</a>' in page
    assert waiting.id not in page
    assert waiting.id in await place.page("/admin/orders")
    one = await place.page(f"/admin/orders/{paid.id}")
    assert f'<a href="/admin/users/{paid.account}">{ALICE}</a>' in one
    assert "Renews" not in one  # a pack does not


async def test_providers_say_how_well_they_serve_and_whether_they_are_asked(place: Place) -> None:
    await place.passes(days=5)
    page = await place.page("/admin/providers?days=90")
    (gemini,) = await place.app.reports.costs(
        Span(utc_date(NOON - DAY), utc_date(NOON + 5 * DAY)), ("provider",), Filter(provider="gemini")
    )
    assert f'data-value="{gemini.figures.count("calls")}"' in page
    assert re.search(r"<span>demo\s*</span>", page)
    assert "left alone" not in page


def test_a_provider_in_trouble_is_marked() -> None:
    figures = Figures({"calls": 10, "calls_done": 7, "calls_retryable": 2, "calls_refused": 1})
    states = {"a": "opened", "b": "half-opened", "c": "resting", "d": "closed"}
    rows = {name: row(name, figures, states) for name in ("a", "b", "c", "d", "e")}
    assert [cells[1].tone for cells in rows.values()] == ["bad", "warm", "warm", "good", "good"]
    assert rows["a"][1].text == "left alone: too many failures"
    assert [(cells[3].text, cells[3].tone, cells[4].text) for cells in rows.values()] == [
        ("20.0 %", "bad", "10.0 %")
    ] * 5
    assert failure_rate(Figures()) == 0.0


async def test_the_audit_log_says_who_did_what_to_whom_and_why(place: Place) -> None:
    account = await member(place)
    await acts(place.app).grant(await place.root(), "g1", account, 50, HOSTILE)
    place.clock.move(1)
    await acts(place.app).revoke(await place.root(), "g2", account, 20)
    page = await place.page("/admin/audit")
    assert "available 150 → 130" in page
    assert "available 100 → 150" in page
    assert "<img" not in page
    grants = await place.page(f"/admin/audit?action=grant&target={account}&actor={(await place.root()).id}")
    assert "available 100 → 150" in grants
    assert "available 150 → 130" not in grants
    assert f'<a href="/admin/users/{account}">{ALICE}</a>' in grants
    named = await place.page(f"/admin/audit?action=grant&target={ALICE}&actor=playground:root")
    assert re.findall(r"available \d+ → \d+", named) == ["available 100 → 150"]
    assert "Nothing here." in await place.page("/admin/audit?actor=somebody")
