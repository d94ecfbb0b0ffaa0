"""`/admin` from a chat: what is typed, who may, what is answered, and what it does."""

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bots.incoming import Incoming
from bots.replies import Reply
from bots.service import Service
from core.accounts.model import Identity, Role
from core.admin.confirming import GOOD_FOR, Asked, Confirmations
from core.admin.refusals import NotSignedIn
from core.app import App
from tests.core.payments.buying import bought, link, sold_by
from tests.support import ALICE, ManualClock, opened, settings_in, to_feed

BOSS, ANNE = Identity("playground", "boss"), ALICE


class Desk:
    """Somebody who types; each message has an id of its own unless it says which."""

    def __init__(self, app: App, clock: ManualClock) -> None:
        self.app = app
        self.clock = clock
        self.service = Service(app)
        self._count = 0

    async def say(self, text: str, who: Identity = BOSS, id: str = "") -> Reply:
        self._count += 1
        return await self.service.say(Incoming(id or f"m{self._count}", who, text, to_feed(who)))

    async def told(self, text: str, who: Identity = BOSS, id: str = "") -> str:
        reply = await self.say(text, who, id)
        assert reply.kind == "text", reply.text
        return reply.text

    async def refused(self, text: str, who: Identity = BOSS) -> str:
        reply = await self.say(text, who)
        assert reply.error is not None, reply.text
        return reply.text

    async def has(self, who: Identity = ANNE) -> int:
        account = await self.app.accounts.for_identity(who)
        return (await self.app.ledger.balance(account.id)).available - self.app.settings.signup_credits

    async def actions(self) -> list[str]:
        """What the audit log has, the latest first, without views."""
        return [line.action for line in await self.app.stores.audit.page(None, 99) if line.action != "view"]


@pytest.fixture
async def desk(tmp_path: Path, clock: ManualClock) -> AsyncIterator[Desk]:
    settings = settings_in(tmp_path, admins=(BOSS,))
    async with opened(settings, clock) as app:
        await app.accounts.for_identity(ANNE)
        yield Desk(app, clock)


async def test_an_admin_gives_credits_by_typing(desk: Desk) -> None:
    assert await desk.told(f"/admin grant {ANNE} 50 for the bug") == "Given 50 credits. They have **150** now."
    assert await desk.has() == 50
    [line] = await desk.app.stores.audit.page(None, 9)
    assert (line.label, line.action, line.why) == (str(BOSS), "grant", "for the bug")


async def test_people_are_named_in_several_ways(desk: Desk) -> None:
    account = await desk.app.accounts.for_identity(ANNE)
    code = await desk.app.referrals.code(account)
    for who in (str(ANNE), account.id, code, code.lower()):
        await desk.told(f"/admin grant {who} 5")
    assert await desk.has() == 20


async def test_a_mention_is_a_person_of_the_same_platform(desk: Desk) -> None:
    boss, carl = Identity("discord", "1"), Identity("discord", "42")
    await desk.app.accounts.for_identity(carl)
    await desk.app.stores.accounts.set_role((await desk.app.accounts.for_identity(boss)).id, Role.ADMIN)
    await desk.told("/admin grant <@42> 7 hello", boss)
    assert await desk.has(carl) == 7


async def test_the_same_message_delivered_twice_gives_once(desk: Desk) -> None:
    first = await desk.told(f"/admin grant {ANNE} 50", id="same")
    assert await desk.told(f"/admin grant {ANNE} 50", id="same") == first
    assert await desk.has() == 50


async def test_nobody_else_may_and_nothing_is_said_about_what_there_is(desk: Desk) -> None:
    refused = await desk.refused(f"/admin grant {ANNE} 50", ANNE)
    assert "is for the role admin" in refused
    assert await desk.has() == 0
    assert "/admin" not in await desk.told("/help", ANNE)
    assert "/admin" in await desk.told("/help")


@pytest.mark.parametrize("text", [
    "grant", "grant anne", f"grant {ANNE}", f"grant {ANNE} many", f"grant {ANNE} -5", f"grant {ANNE} 0",
    f"grant {ANNE} 1000001", f"grant {ANNE} ١٢", "grant discord:9 5", "fly", f"revoke {ANNE} 9999",
])  # fmt: skip
async def test_what_makes_no_sense_is_refused_and_nothing_is_done(desk: Desk, text: str) -> None:
    await desk.refused(f"/admin {text}")
    assert (await desk.has(), await desk.actions()) == (0, [])


async def test_what_can_be_typed_is_told(desk: Desk) -> None:
    assert "/admin grant @name 50" in await desk.told("/admin")


def code_in(text: str) -> str:
    found = re.search(r"/admin confirm (\w+)", text)
    assert found, text
    return found[1]


async def test_what_cannot_be_taken_back_is_asked_about_first(desk: Desk) -> None:
    asked = await desk.told(f"/admin revoke {ANNE} 30 spam")
    assert f"Take 30 credits from {ANNE}, who has 100?" in asked
    assert (await desk.has(), await desk.actions()) == (0, [])
    assert await desk.told(f"/admin confirm {code_in(asked).lower()}") == "Taken 30 credits. They have **70** left."
    [line] = await desk.app.stores.audit.page(None, 9)
    assert (line.action, line.why) == ("revoke", "spam")


async def test_a_double_clicked_confirm_acts_once_and_answers_the_same(desk: Desk) -> None:
    code = code_in(await desk.told(f"/admin revoke {ANNE} 30 spam"))
    first, second = await asyncio.gather(*(desk.told(f"/admin confirm {code}") for _ in range(2)))
    assert first == second
    assert (await desk.has(), await desk.actions()) == (-30, ["revoke"])
    assert await desk.told(f"/admin confirm {code}") == first
    assert await desk.has() == -30


async def test_a_code_is_for_whoever_got_it_and_for_ten_minutes(desk: Desk) -> None:
    other = Identity("playground", "other")
    account = await desk.app.accounts.for_identity(other)
    await desk.app.stores.accounts.set_role(account.id, Role.ADMIN)
    code = code_in(await desk.told(f"/admin revoke {ANNE} 30"))
    assert "not known" in await desk.refused(f"/admin confirm {code}", other)
    assert "not known" in await desk.refused("/admin confirm ABCD")
    desk.clock.move(GOOD_FOR)
    assert "ten minutes" in await desk.refused(f"/admin confirm {code}")
    assert await desk.has() == 0


async def test_what_is_not_possible_is_refused_before_it_is_asked_about(desk: Desk) -> None:
    assert "They have 100 credits, not 101." in await desk.refused(f"/admin revoke {ANNE} 101")
    assert "themselves" in await desk.refused(f"/admin role {BOSS} user")
    assert "no order" in await desk.refused("/admin refund o9 all")


async def test_a_code_never_comes_to_mean_something_else(desk: Desk) -> None:
    confirmations = Confirmations(desk.app.stores.settings, desk.clock, iter(["AAAA", "AAAA", "BBBB"]))
    for action in ("revoke", "pause"):
        await confirmations.ask("boss", Asked(request=action, action=action, target="x", at=desk.clock.now()))
    assert (await confirmations.confirmed("boss", "AAAA")).action == "revoke"
    assert (await confirmations.confirmed("boss", "BBBB")).action == "pause"


async def confirmed(desk: Desk, text: str) -> str:
    return await desk.told(f"/admin confirm {code_in(await desk.told(text))}")


async def test_roles_and_suspensions_by_typing(desk: Desk) -> None:
    assert "the role **subscriber** now, and had user" in await confirmed(
        desk, f"/admin role {ANNE} subscriber a prize"
    )
    assert "Suspended: spam." in await confirmed(desk, f"/admin suspend {ANNE} spam")
    assert "suspended: spam" in (await desk.refused("/balance", ANNE))
    assert "Not suspended any more" in await desk.told(f"/admin unsuspend {ANNE}")
    assert await desk.actions() == ["unsuspend", "suspend", "role"]


async def test_who_is_let_go_on_begins_without_strikes(desk: Desk) -> None:
    for _ in range(desk.app.settings.strikes_to_suspend):
        await desk.refused("/imagine csam", ANNE)
    assert "suspended: 5 requests broke the rules" in await desk.refused("/balance", ANNE)
    assert "strikes are forgiven" in await desk.told(f"/admin unsuspend {ANNE}")
    assert "strike 1 of 5" in await desk.refused("/imagine csam", ANNE)


async def test_a_question_says_what_people_would_be_told(desk: Desk) -> None:
    assert f"Suspend {ANNE}? They are told: spam\n" in await desk.told(f"/admin suspend {ANNE} spam")
    assert "They are told: too dear\n" in await desk.told("/admin pause too dear")


async def test_the_audit_log_says_what_changed(desk: Desk) -> None:
    await desk.told("/admin limit user 30")
    assert "**limit** `user`, limit 20 → 30" in await desk.told("/admin audit")
    await confirmed(desk, f"/admin role {ANNE} subscriber a prize")
    assert ", role user → subscriber: a prize" in await desk.told("/admin audit role")
    await confirmed(desk, f"/admin suspend {ANNE} spam")
    assert ", suspended no → spam\n" in await desk.told("/admin audit suspend") + "\n"


async def test_the_house_by_typing(desk: Desk) -> None:
    assert "costs 12 credits now" in await confirmed(desk, "/admin price demo-art 12")
    assert "12 credits each" in await desk.told("/models", ANNE)
    assert "is off now" in await desk.told("/admin model disable square")
    assert "square" not in await desk.told("/models", ANNE)
    assert "has 5 requests a day now" in await desk.told("/admin limit user 5")
    assert "of 5" in await desk.told("/balance", ANNE)
    assert "Paused" in await confirmed(desk, "/admin pause we look at costs")
    assert "at the moment: we look at costs" in await desk.refused("/imagine a fox", ANNE)
    health = await desk.told("/admin health")
    assert "we look at costs" in health
    assert "models off: square" in health
    await desk.told("/admin resume")
    assert (await desk.say("/imagine a fox", ANNE)).kind == "job"


async def test_an_announcement_has_no_signs_that_cannot_be_sent(desk: Desk) -> None:
    asked = await desk.told("/admin announce We\x00 mo\u200bve.")
    assert "Tell everybody this?\n\nWe move.\n" in asked
    assert "could not be understood" in await desk.refused("/admin announce \u200b\x00")


async def test_an_announcement_is_shown_before_it_goes_out(desk: Desk) -> None:
    asked = await desk.told("/admin announce We move.\n  New models --soon!")
    assert "We move.\n  New models --soon!" in asked
    assert "begins within a minute" in await desk.told(f"/admin confirm {code_in(asked)}")
    assert "running: told 0, passed over 0" in await desk.told("/admin announce status")
    assert "no more announcements" in await desk.told("/announcements off", ANNE)
    assert "Stopped" in await desk.told("/admin announce stop")


async def test_codes_come_as_a_file_and_once_only(desk: Desk) -> None:
    reply = await desk.say("/admin codes 3 50 2 30", id="same")
    [file] = reply.attachments
    assert len(file.data.splitlines()) == 4
    assert "told once" in (await desk.say("/admin codes 3 50 2 30", id="same")).text
    assert await desk.actions() == ["codes"]


async def test_a_request_is_stopped_and_made_after_all(desk: Desk) -> None:
    reply = await desk.say("/imagine a secret fox", ANNE)
    assert reply.job is not None
    shown = await desk.told(f"/admin job {reply.job.id}")
    assert "queued" in shown
    assert "secret" not in shown
    assert await desk.told(f"/admin cancel {reply.job.id}") == "Cancelled."
    assert "made as request" in await desk.told(f"/admin retry {reply.job.id}")


async def test_prompts_are_shown_only_where_the_operator_says_so(tmp_path: Path, clock: ManualClock) -> None:
    async with opened(settings_in(tmp_path, admins=(BOSS,), admins_see_prompts=True), clock) as app:
        desk = Desk(app, clock)
        reply = await desk.say("/imagine a secret fox", ANNE)
        assert reply.job is not None
        told = await desk.told(f"/admin job {reply.job.id}")
        assert "secret" in told
        assert told.count("words:") == 1


async def test_looking_at_a_person_is_written_down(desk: Desk) -> None:
    account = await desk.app.accounts.for_identity(ANNE)
    shown = await desk.told(f"/admin user {ANNE}")
    assert f"**{ANNE}** `{account.id}`" in shown
    assert "100 to spend" in shown
    assert await desk.told(f"/admin orders {ANNE}") == "Nothing so far."
    assert f"**view** `{account.id}`: user" in await desk.told("/admin audit")
    lines = await desk.app.stores.audit.page(None, 9)
    assert [(line.action, line.target, line.after) for line in lines] == [
        ("view", account.id, {"what": "orders"}), ("view", account.id, {"what": "user"}),
    ]  # fmt: skip


async def test_numbers_by_typing(desk: Desk) -> None:
    await desk.say("/imagine a fox", ANNE)
    assert "2026-11-17 to 2026-11-23" in await desk.told("/admin stats")
    assert "2026-11-23 to 2026-11-23" in await desk.told("/admin stats 1")
    assert "- made: 0 pictures, 0 chat answers" in await desk.told("/admin stats 7 days")
    for text in ("costs", "costs 30 provider", "margin", "orders", "orders disputed", "audit"):
        assert await desk.told(f"/admin {text}")
    await desk.told(f"/admin grant {ANNE} 5 for <b>@everyone</b>")
    assert "**grant**" in await desk.told("/admin audit grant")
    await desk.refused("/imagine forbidden fruit", ANNE)
    assert f"**{ANNE}**: 0.00 USD, 1 request" in await desk.told("/admin costs 7 account")
    assert (await desk.told("/admin audit grant")).endswith("Times are UTC.")
    await desk.refused("/admin costs 7 colour")
    for text in ("stats 7 days please", "stats -3", "stats 99999", "margin model"):
        await desk.refused(f"/admin {text}")
    assert "at most 9 digits" in await desk.refused(f"/admin grant {ANNE} {10**10}")


async def test_the_dashboard_is_opened_by_a_link_that_is_good_once(desk: Desk) -> None:
    told = await desk.told("/admin dashboard")
    link = re.search(rf"{re.escape(desk.app.settings.base_url)}/admin/enter/([\w-]+)", told)
    assert link, told
    session = await desk.app.access.enter(link[1])
    boss = await desk.app.accounts.for_identity(BOSS)
    assert (await desk.app.access.session(session)).account == boss.id
    with pytest.raises(NotSignedIn):
        await desk.app.access.enter(link[1])
    assert "role admin" in await desk.refused("/admin dashboard", ANNE)


@pytest.mark.parametrize(("typed", "back"), [("all", 499), ("4.99", 499), ("1", 100), ("0,5", 50)])
async def test_money_is_paid_back_by_typing(desk: Desk, typed: str, back: int) -> None:
    gateway = sold_by(desk.app)
    order = await bought(desk.app, gateway, await link(desk.app))
    assert f"`{order.id}`" in await desk.told(f"/admin orders {ANNE}")
    assert "is paid back" in await confirmed(desk, f"/admin refund {order.id} {typed} did not like it")
    [capture] = gateway.accounts[order.ref or ""].captures.values()
    assert capture.back == back
    assert await desk.actions() == ["refund"]


async def test_who_ever_disputed_a_payment_is_flagged_also_when_the_dispute_is_over(desk: Desk) -> None:
    gateway = sold_by(desk.app)
    order = await bought(desk.app, gateway, await link(desk.app))
    assert "flagged" not in await desk.told(f"/admin user {ANNE}")
    for back, is_disputed in ((499, True), (0, False)):
        gateway.change(order.ref or "", order.payments[0].payment, back=back, is_disputed=is_disputed)
        await desk.app.checkout.noticed("memory", {"signature": "right"}, (order.ref or "").encode())
        assert "- **flagged**: 1 order of theirs disputed, now or before" in await desk.told(f"/admin user {ANNE}")


@pytest.mark.parametrize("typed", ["4.999", "much", "0", "5", "", "-1"])
async def test_amounts_that_are_none_are_refused(desk: Desk, typed: str) -> None:
    order = await bought(desk.app, sold_by(desk.app), await link(desk.app))
    await desk.refused(f"/admin refund {order.id} {typed}")
    assert await desk.actions() == []
