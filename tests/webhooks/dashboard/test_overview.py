"""The first page of the dashboard: its numbers, who sees it, and what is wrong, as a page."""

import re

import httpx
from structlog.testing import capture_logs

from core.accounts.model import Role
from core.admin.figures import Figures, Span
from core.admin.model import Scope
from core.clock import DAY, utc_date
from tests.support import NOON
from tests.webhooks.dashboard.conftest import OURS, Place
from webhooks.app import create_web_app
from webhooks.assets import PALETTE
from webhooks.dashboard import formats
from webhooks.dashboard.overview import kinds
from webhooks.pay.guard import TRIES


def values(page: str, series: str) -> list[int]:
    """What the table beside a chart says."""
    return [int(value) for value in re.findall(rf'data-series="{series}" data-value="(-?\d+)"', page)]


async def test_every_number_is_that_of_the_reports(place: Place) -> None:
    await place.passes(days=8)
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


def test_all_requests_are_of_some_kind() -> None:
    asked = {"image": Figures({"requests": 1_200}), "chat": Figures({"requests": 5})}
    assert kinds(1_205, asked) == "1,200 images, 5 chats"
    assert kinds(1_216, asked) == "1,200 images, 5 chats, 11 others"
    assert kinds(0, {}) == "0 images, 0 chats"


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
    for path, back in (
        ("/admin/nowhere", '"/admin">Back to Overview<'), ("/admin/users/x", '"/admin/users">Back to Users<'),
        ("/admin/costs?by=x", '"/admin/costs">Back to Costs<'), ("/admin/do/grant/x", '"/admin/users">Back to Users<'),
        ("/admin/do/dance/x", '"/admin">Back to Overview<'), ("/admin/usersx", '"/admin">Back to Overview<'),
    ):  # fmt: skip
        assert back in (await place.client.get(path)).text, path
    assert (await place.client.get("/admin/")).headers["location"] == "/admin"


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
    root = await place.root()
    for role in (Role.USER, Role.SUBSCRIBER):
        await place.app.stores.accounts.set_role(root.id, role)
        assert "Revenue" not in await place.page("/admin", 403)
    await place.app.stores.accounts.set_role(root.id, Role.ADMIN)
    await place.enters(await place.root(Scope.EVENTS))
    assert "Revenue" not in await place.page("/admin", 403)
    await place.app.stores.accounts.suspend(root.id, "gone")
    assert "Revenue" not in await place.page("/admin", 401)


async def test_a_link_is_used_by_its_button_only_and_once(place: Place) -> None:
    place.client.cookies.clear()
    link = await place.link(await place.root())
    page = await place.page(link)
    assert f'action="{link}"' in page
    assert (await place.client.get("/admin")).status_code == 401
    assert (await place.client.post(link)).status_code == 403
    assert (await place.client.get("/admin")).status_code == 401
    entered = await place.client.post(link, headers=OURS)
    assert (entered.status_code, entered.headers["location"]) == (303, "/admin")
    assert "httponly" in entered.headers["set-cookie"].lower()
    assert (await place.client.get("/admin")).status_code == 200
    place.client.cookies.clear()
    again = await place.client.post(link, headers=OURS)
    assert again.status_code == 401
    assert "This link was used or has expired." in again.text


async def test_whoever_tries_link_after_link_is_told_to_stop(place: Place) -> None:
    statuses = [(await place.client.post("/admin/enter/x", headers=OURS)).status_code for _ in range(TRIES + 1)]
    assert statuses == [401] * TRIES + [429]
    await place.enters(await place.root())


async def test_leaving_needs_a_form_of_this_session(place: Place) -> None:
    csrf = await place.csrf()
    for form, headers in (({}, OURS), ({"csrf": csrf}, {}), ({"csrf": "x" * 64}, OURS), ({"csrf": "é"}, OURS)):
        assert (await place.client.post("/admin/leave", data=form, headers=headers)).status_code == 403
    assert (await place.client.get("/admin")).status_code == 200
    assert (await place.client.post("/admin/leave", data={"csrf": csrf}, headers=OURS)).status_code == 303
    assert (await place.client.get("/admin")).status_code == 401


async def test_a_crash_is_a_page_that_tells_nothing_of_the_inside(place: Place) -> None:
    vars(place.app)["reports"] = None
    app = create_web_app(place.app)
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url=place.app.settings.base_url, cookies=place.client.cookies
    ) as client:
        with capture_logs() as logs:
            answer = await client.get("/admin")
    assert answer.status_code == 500
    assert "NoneType" not in answer.text
    assert "Something went wrong on our side." in answer.text
    assert [line["event"] for line in logs if line["log_level"] == "error"] == ["page crashed"]


async def test_pages_allow_no_script_of_others_and_no_cache(place: Place) -> None:
    for path in ("/admin", "/admin/nowhere", "/admin/enter/x", "/admin?days=x"):
        answer = await place.client.get(path)
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-frame-options"] == "DENY"
        assert "<style" not in answer.text
        assert not re.search(r'<script(?! src="/admin-static/)', answer.text)
        assert not re.search(r"\s(style|on\w+)=", answer.text)


async def test_files_of_the_pages_are_there_and_no_others(place: Place) -> None:
    page = await place.page("/admin")
    own = [f"/admin-static/{name}" for name in ("dashboard.css", "dashboard.js", "htmx.min.js", "icon.svg")]
    for path in (PALETTE, *own):
        assert f'"{path}"' in page
        assert (await place.client.get(path)).status_code == 200
    for name in ("htmx.LICENSE", "..%2Froutes.py", "x.css"):
        assert (await place.client.get(f"/admin-static/{name}")).status_code == 404
