"""The first page of the dashboard: its numbers, who sees it, and what is wrong, as a page."""

import re

from core.accounts.model import Role
from core.admin.figures import Span
from core.admin.model import Actor, Scope
from core.clock import DAY, utc_date
from tests.support import NOON
from tests.webhooks.dashboard.conftest import LINK, OURS, Place
from tests.webhooks.dashboard.place import lived_in
from webhooks.dashboard import formats


def values(page: str, series: str) -> list[int]:
    """What the table beside a chart says."""
    return [int(value) for value in re.findall(rf'data-series="{series}" data-value="(-?\d+)"', page)]


async def test_every_number_is_that_of_the_reports(place: Place) -> None:
    await lived_in(place.app, place.clock, days=8)
    page = await place.page("/admin?days=7")
    stats = await place.app.reports.stats(Span(utc_date(NOON + 2 * DAY), utc_date(NOON + 8 * DAY)))
    assert len(stats.days) == 7
    assert values(page, "Done") == [figures.count("done") for _, figures, _ in stats.days]
    assert values(page, "Cost") == [figures.cost_nano for _, figures, _ in stats.days]
    assert values(page, "Sold") == [books.sold for _, _, books in stats.days]
    assert values(page, "Active") == [books.active for _, _, books in stats.days]
    assert sum(values(page, "Sold")) == stats.books.sold > 0
    for said in (
        formats.usd(stats.total.cost_nano), formats.usd(stats.total.margin_nano), formats.money(stats.books.revenue),
        f"{stats.books.outstanding:,}", formats.percent(stats.total.rate("cached")),
    ):  # fmt: skip
        assert f">{said}<" in page


async def test_a_place_where_nothing_happened_says_so(place: Place) -> None:
    page = await place.page("/admin")
    assert page.count("Nothing in this time.") == 4
    assert "Nothing was measured." in page
    assert "<svg" not in page


async def test_days_that_are_none_are_a_page_that_says_why(place: Place) -> None:
    page = await place.page("/admin?days=many", 400)
    assert "The number of days must be from 1 to 366." in page


async def test_an_address_that_is_not_there_is_a_page_too(place: Place) -> None:
    assert "This page is not there" in await place.page("/admin/nowhere", 404)


async def test_whoever_is_not_signed_in_is_told_how_to_be(place: Place) -> None:
    place.client.cookies.clear()
    page = await place.page("/admin", 401)
    assert "/admin dashboard" in page
    assert "csrf" not in page


async def test_a_page_that_refreshes_itself_after_the_session_ended_goes_to_the_door(place: Place) -> None:
    place.client.cookies.clear()
    answer = await place.client.get("/admin", headers={"hx-request": "true"})
    assert answer.headers["hx-redirect"] == "/admin"


async def test_only_admins_see_anything(place: Place) -> None:
    for role, scope in ((Role.USER, Scope.ADMIN), (Role.SUBSCRIBER, Scope.ADMIN), (Role.ADMIN, Scope.EVENTS)):
        place.door.people["root"] = Actor("a2", "bob", role, frozenset({scope}))
        assert "Revenue" not in await place.page("/admin", 403)


async def test_a_link_is_used_by_its_button_only(place: Place) -> None:
    place.client.cookies.clear()
    page = await place.page(f"/admin/enter/{LINK}")
    assert f'action="/admin/enter/{LINK}"' in page
    assert (await place.client.get("/admin")).status_code == 401
    assert (await place.client.post(f"/admin/enter/{LINK}")).status_code == 403
    entered = await place.client.post(f"/admin/enter/{LINK}", headers=OURS)
    assert (entered.status_code, entered.headers["location"]) == (303, "/admin")
    assert (await place.client.get("/admin")).status_code == 200


async def test_a_used_link_says_so(place: Place) -> None:
    answer = await place.client.post("/admin/enter/unknown", headers=OURS)
    assert answer.status_code == 401
    assert "This link was used or has expired." in answer.text


async def test_leaving_needs_a_form_of_this_session(place: Place) -> None:
    for form, headers, status in (({}, OURS, 403), ({"csrf": "csrf-root"}, {}, 403), ({"csrf": "x"}, OURS, 403)):
        assert (await place.client.post("/admin/leave", data=form, headers=headers)).status_code == status
    assert (await place.client.get("/admin")).status_code == 200
    left = await place.client.post("/admin/leave", data={"csrf": "csrf-root"}, headers=OURS)
    assert left.status_code == 303
    assert 'who=""' in left.headers["set-cookie"]


async def test_pages_allow_no_script_of_others_and_no_cache(place: Place) -> None:
    for path in ("/admin", "/admin/nowhere", f"/admin/enter/{LINK}", "/admin?days=x"):
        answer = await place.client.get(path)
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-frame-options"] == "DENY"
        assert "<style" not in answer.text
        assert not re.search(r'<script(?! src="/admin-static/)', answer.text)
        assert not re.search(r"\s(style|on\w+)=", answer.text)


async def test_names_are_words_and_no_markup(place: Place) -> None:
    place.door.people["root"] = Actor("a1", "<img src=x onerror=alert(1)>", Role.ADMIN)
    page = await place.page("/admin")
    assert "<img" not in page
    assert "&lt;img src=x onerror=alert(1)&gt;" in page


async def test_files_of_the_pages_are_there_and_no_others(place: Place) -> None:
    for name in ("dashboard.css", "dashboard.js", "htmx.min.js", "icon.svg"):
        assert (await place.client.get(f"/admin-static/{name}")).status_code == 200
    for name in ("htmx.LICENSE", "..%2Froutes.py", "x.css"):
        assert (await place.client.get(f"/admin-static/{name}")).status_code == 404
