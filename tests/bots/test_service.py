"""One message or press of one person: the same rules whatever the platform, and never a raw error."""

import asyncio
import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest

from bots import texts
from bots.incoming import Incoming
from bots.service import Service
from core.accounts.model import Identity, Role
from core.app import App
from core.jobs.specs import ImageSpec
from tests.bots.people import Person, until_delivered, working
from tests.support import ALICE, BOB, ManualClock, opened, settings_in, to_feed

FORGED = ["", "abcdefghijklmnop", "../../etc/passwd", "'; drop table jobs --", "x" * 100_000, "\x00", "\u202e"]


async def test_a_request_is_waited_for_and_then_charged(alice: Person) -> None:
    reply = await alice.say("/imagine a red fox --aspect 16:9")
    assert (reply.kind, reply.text) == ("job", "a red fox")
    job = await alice.draw("/imagine a red fox")
    assert job.charged == 10
    assert await alice.balance() == 80


async def test_plain_words_are_a_chat(alice: Person) -> None:
    job = await alice.draw("what is a fox?")
    assert job.result is not None
    assert "what is a fox?" in job.result.text
    assert await alice.balance() == 99


async def test_the_same_question_again_is_answered_at_once_and_free(alice: Person) -> None:
    await alice.draw("what is a fox?")
    again = await alice.say("what is a fox?")
    assert again.kind == "result"
    assert await alice.balance() == 99


async def test_the_same_message_twice_is_one_request(app: App) -> None:
    service = Service(app)
    replies = await asyncio.gather(*(service.say(Incoming("m1", ALICE, "/imagine a fox", to_feed())) for _ in range(8)))
    assert len({reply.job.id for reply in replies if reply.job}) == 1
    assert await Person(app).balance() == 90


async def test_a_message_that_comes_again_after_its_end_brings_the_result(alice: Person) -> None:
    service = Service(alice.app)
    first = await service.say(Incoming("m1", ALICE, "/imagine a fox", to_feed()))
    assert first.job is not None
    async with working(alice.app):
        await until_delivered(alice.app, first.job.id)
    again = await service.say(Incoming("m1", ALICE, "/imagine a fox", to_feed()))
    assert again.kind == "result"
    assert len(again.pictures) == 1
    assert await alice.balance() == 90


async def test_too_few_credits_are_told_with_the_way_to_more(tmp_path: Path, clock: ManualClock) -> None:
    async with opened(settings_in(tmp_path, signup_credits=4), clock) as app:
        alice = Person(app)
        unclaimed = await alice.say("/imagine a fox")
        assert "Type /daily for today's 5 free credits, /buy, or wait" in unclaimed.text
        await alice.say("/daily")
        claimed = await alice.say("/imagine a fox")
        assert claimed.text == (
            "You need 10 credits and have 9. Type /buy, or wait for your 5 free credits at 00:00 UTC."
        )
        assert await alice.balance() == 9


async def test_the_third_request_at_once_is_refused(alice: Person) -> None:
    await alice.say("/imagine one")
    await alice.say("/imagine two")
    reply = await alice.say("/imagine three")
    assert reply.text.startswith("You have 2 requests in the works already.")
    assert await alice.balance() == 80


async def test_the_last_request_of_the_day_is_followed_by_the_time_of_the_next(
    tmp_path: Path, clock: ManualClock
) -> None:
    async with opened(settings_in(tmp_path, rate_limit_per_day="1"), clock) as app:
        alice = Person(app)
        await alice.draw()
        reply = await alice.say("/imagine a fox")
        assert "You can go on at 00:00 UTC." in reply.text


@pytest.mark.parametrize("typed", ["/imagine", "/imagine   ", "/imagine \x00\x07\u200b", "/chat", "", "  ", "\u202e"])
async def test_no_words_no_request(alice: Person, typed: str) -> None:
    reply = await alice.say(typed)
    assert reply.text == "There are no words to work with. Say what you want, such as /imagine a red fox at dawn."
    assert await alice.balance() == 100


async def test_a_prompt_that_is_too_long_says_by_how_much(alice: Person) -> None:
    reply = await alice.say("/imagine " + "x" * 2_001)
    assert reply.text == (
        "Your text has 2,001 characters; the limit is 2,000. Leave out 1 character and send it again."
    )


@pytest.mark.parametrize("wish", ["--aspect 2:1 --count 2", "--aspect 2:1 --seed 4", "--model square --style pixel"])
async def test_who_follows_the_advice_about_a_model_gets_a_picture(alice: Person, wish: str) -> None:
    """Advice that leads into the next refusal, and from there back, is worse than none."""
    typed = f"/imagine a fox {wish}"
    reply = await alice.say(typed)
    assert reply.kind == "error"
    if "Add --model" in reply.text:
        model = reply.text.split("Add --model ")[1].split(",")[0]
        reply = await alice.say(f"{typed.replace('--model square', '')} --model {model}")
        assert reply.kind == "job", reply.text


async def test_broken_rules_are_counted_and_then_suspend(tmp_path: Path, clock: ManualClock) -> None:
    async with opened(settings_in(tmp_path, strikes_to_suspend=2), clock) as app:
        alice = Person(app)
        assert "strike 1 of 2" in (await alice.say("/imagine a f\u00f3rbidden fruit")).text
        assert "your account is suspended now" in (await alice.say("/imagine f o r b i d d e n fruit")).text
        assert (await alice.say("/imagine a fox")).text.startswith("Your account is suspended")
        assert await alice.balance() == 100


async def test_a_suspended_person_may_only_read_and_take_the_own_data(alice: Person) -> None:
    job = await alice.draw()
    account = await alice.app.accounts.for_identity(ALICE)
    await alice.app.accounts.store.suspend(account.id, "spam")
    for command in Service(alice.app).commands:
        typed = f"/{command.name} {job.id if command.name in ('recover', 'cancel') else ''}"
        reply = await alice.say(typed + "x" * (command.name in ("imagine", "chat")))
        refused = "Your account is suspended: spam." in reply.text
        assert refused is not command.suspended, command.name
    assert "suspended" in (await alice.press("reroll", job.id)).text
    assert (await alice.say("/privacy export")).attachments
    assert await alice.balance() == 90


async def test_a_suspension_is_not_washed_off_by_deletion(alice: Person) -> None:
    account = await alice.app.accounts.for_identity(ALICE)
    await alice.app.accounts.store.suspend(account.id, "spam")
    await alice.say("/privacy delete --confirm yes")
    reply = await alice.say("/imagine a fox")
    assert reply.kind == "error"


async def test_a_command_of_a_role_is_hidden_from_and_refused_to_others(tmp_path: Path, clock: ManualClock) -> None:
    async with opened(settings_in(tmp_path, admins=(BOB,)), clock) as app:
        service = Service(app)
        service.commands = tuple(
            replace(command, role=Role.ADMIN) if command.name == "buy" else command for command in service.commands
        )
        for identity, allowed in ((ALICE, False), (BOB, True)):
            reply = await service.say(Incoming(f"1:{identity}", identity, "/buy", to_feed(identity)))
            assert (reply.kind == "text") is allowed
            assert reply.text.startswith("/buy is for the role admin. Type /help") is not allowed
            helped = await service.say(Incoming(f"2:{identity}", identity, "/help", to_feed(identity)))
            assert ("/buy" in helped.text) is allowed


async def test_what_nobody_expected_is_told_without_its_text(alice: Person) -> None:
    await alice.say("/imagine a fox")
    with sqlite3.connect(alice.app.settings.data_dir / "easel.db") as database:
        database.execute("UPDATE jobs SET doc = json_set(doc, '$.spec.kind', 'top-secret-detail')")
    database.close()
    reply = await alice.say("/history")
    assert (reply.kind, reply.text) == ("error", texts.INTERNAL)


async def test_a_broken_database_is_told_without_its_text(alice: Person) -> None:
    await alice.say("/balance")
    with sqlite3.connect(alice.app.settings.data_dir / "easel.db") as database:
        database.execute("ALTER TABLE accounts RENAME TO mislaid")
    database.close()
    reply = await alice.say("/balance")
    assert reply.kind == "error"
    assert "again" in reply.text
    assert "accounts" not in reply.text


async def test_a_result_is_drawn_anew_with_another_seed(alice: Person) -> None:
    job = await alice.draw("/imagine a fox --count 2 --aspect 16:9 --style pixel")
    reply = await alice.press("reroll", job.id)
    assert reply.job is not None
    spec, former = reply.job.spec, job.spec
    assert isinstance(spec, ImageSpec)
    assert isinstance(former, ImageSpec)
    assert (spec.prompt, spec.count, spec.aspect, spec.style) == ("a fox", 2, "16:9", "pixel")
    assert spec.seed != former.seed
    assert await alice.balance() == 60


async def test_one_picture_of_a_result_is_varied(alice: Person) -> None:
    job = await alice.draw("/imagine a fox --count 2")
    assert job.result is not None
    reply = await alice.press("vary", job.id, 2)
    assert reply.job is not None
    assert isinstance(reply.job.spec, ImageSpec)
    assert reply.job.spec.count == 1
    assert reply.job.spec.seed == job.result.pictures[1].seed
    assert reply.job.spec.variation > 0
    assert await alice.balance() == 70


@pytest.mark.parametrize("index", [None, 0, 3, -1])
async def test_a_picture_that_is_not_there_cannot_be_varied(alice: Person, index: int | None) -> None:
    job = await alice.draw("/imagine a fox --count 2")
    assert (await alice.press("vary", job.id, index)).kind == "error"
    assert await alice.balance() == 80


async def test_a_button_cancels_its_request(alice: Person) -> None:
    reply = await alice.say("/imagine a fox")
    assert reply.job is not None
    assert (await alice.press("cancel", reply.job.id)).text == texts.CANCELLED
    assert (await alice.press("cancel", reply.job.id)).text == texts.CANCELLED
    done = await alice.draw()
    assert (await alice.press("cancel", done.id)).text == texts.TOO_LATE_TO_CANCEL
    assert await alice.balance() == 90


async def test_the_same_press_twice_is_one_request(alice: Person) -> None:
    job = await alice.draw()
    service = Service(alice.app)
    presses = (service.press(Incoming("p1", ALICE, "", to_feed()), "reroll", job.id, None) for _ in range(8))
    replies = await asyncio.gather(*presses)
    assert len({reply.job.id for reply in replies if reply.job}) == 1
    assert await alice.balance() == 80


async def test_other_peoples_requests_cannot_be_touched(alice: Person, bob: Person) -> None:
    job = await alice.draw()
    running = await alice.say("/imagine a fox")
    assert running.job is not None
    missing = await bob.press("reroll", "abcdefghijklmnop")
    for reply in (
        await bob.press("reroll", job.id),
        await bob.press("vary", job.id, 1),
        await bob.press("cancel", running.job.id),
    ):
        assert (reply.kind, reply.text) == ("error", missing.text)
    assert await bob.balance() == 100
    assert await alice.balance() == 80


@pytest.mark.parametrize("forged", FORGED)
async def test_a_forged_id_is_one_that_does_not_exist(bob: Person, forged: str) -> None:
    for reply in (
        await bob.press("reroll", forged),
        await bob.press("vary", forged, 1),
        await bob.press("cancel", forged),
    ):
        assert reply.text.startswith("That request does not exist, or is not yours.")


async def test_a_chat_has_no_picture_to_draw_again(alice: Person) -> None:
    job = await alice.draw("what is a fox?")
    assert (await alice.press("reroll", job.id)).kind == "error"


async def test_each_request_and_refusal_is_recorded_with_its_name(alice: Person) -> None:
    await alice.say("/balance")
    await alice.say("/nonsense")
    await alice.say("/imagine")
    recorded = [await alice.app.stores.usage.get(f"{ALICE}:{n}") for n in (1, 2, 3)]
    told = [(usage.operation, usage.indicators.status, usage.indicators.error_name) for usage in recorded if usage]
    assert told == [
        ("balance", "done", None),
        ("command", "refused", "unknown_command"),
        ("image", "refused", "prompt_missing"),
    ]


async def test_a_person_on_another_platform_with_the_same_number_is_somebody_else(app: App) -> None:
    one, other = Person(app, Identity("discord", "7")), Person(app, Identity("telegram", "7"))
    job = await one.draw()
    assert (await other.say(f"/recover {job.id}")).kind == "error"
    assert await other.balance() == 100
