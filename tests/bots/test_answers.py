"""The commands that are answered at once, typed by people at a real core."""

import json
from pathlib import Path

import pytest

from bots.replies import Reply
from bots.service import Service
from core.accounts.model import Identity, Role
from core.clock import DAY, HOUR, MINUTE
from core.jobs.model import JobState
from tests.bots.people import Person, until_delivered, until_running, working
from tests.support import SMALL_MODELS, ManualClock, opened, settings_in


async def test_help_names_every_command_and_one_in_detail(alice: Person) -> None:
    overview = (await alice.say("/help")).text
    for command in Service(alice.app).commands:
        assert (f"**/{command.name}**" in overview) is (command.role is Role.USER)
    for typed in ("/help imagine", "/help /imagine", "/help IMAGINE"):
        detail = (await alice.say(typed)).text
        assert "`aspect` Shape, width:height (1:1, 16:9, 9:16, 2:1)" in detail
        assert "`count` How many pictures (1 to 4)" in detail


async def test_help_for_no_command_names_the_nearest(alice: Person) -> None:
    reply = await alice.say("/help imagin")
    assert reply.kind == "error"
    assert "Did you mean /imagine?" in reply.text


async def test_about_says_what_this_is(alice: Person) -> None:
    assert "**Easel** turns words into pictures" in (await alice.say("/about")).text


async def test_models_tell_price_and_abilities(alice: Person) -> None:
    lines = (await alice.say("/models")).text.splitlines()
    assert lines[0].startswith("- **demo-art** (used unless you say otherwise): 10 credits each, image, shapes 1:1")
    assert lines[2].startswith("- **demo-chat** (used unless you say otherwise): 1 credit each, chat")


async def test_buy_lists_the_packs_with_their_price(alice: Person) -> None:
    said = (await alice.say("/buy")).text
    assert "- **small**: 500 credits for 4.99 USD" in said
    assert "Ask its operator" in said


async def test_buy_without_packs_shows_no_empty_list(tmp_path: Path, clock: ManualClock) -> None:
    (tmp_path / "small.toml").write_text(SMALL_MODELS.partition("[[packs]]")[0])
    async with opened(settings_in(tmp_path), clock) as app:
        said = (await Person(app).say("/buy")).text
    assert "Credit packs" not in said
    assert "Ask its operator" in said


async def test_a_balance_counts_what_is_reserved(alice: Person) -> None:
    assert "You have **100 credits**." in (await alice.say("/balance")).text
    await alice.say("/imagine a fox")
    said = (await alice.say("/balance")).text
    assert "You have **90 credits**." in said
    assert "10 credits are reserved" in said
    assert "19 of 20 requests left today" in said


async def test_daily_credits_come_once_a_day(alice: Person, clock: ManualClock) -> None:
    assert (await alice.say("/daily")).text == "Here are your 5 free credits for today. You have 105 credits."
    again = await alice.say("/daily")
    assert again.text == "You have had your free credits for today. The next ones are there at 00:00 UTC."
    assert await alice.balance() == 105
    clock.move(DAY)
    assert (await alice.say("/daily")).kind == "text"
    assert await alice.balance() == 110


async def test_where_no_free_credits_are_given_nobody_is_told_that_he_had_them(
    tmp_path: Path, clock: ManualClock
) -> None:
    async with opened(settings_in(tmp_path, daily_free_credits=0), clock) as app:
        reply = await Person(app).say("/daily")
    assert reply.kind == "error"
    assert "You have had" not in reply.text


async def test_history_lists_requests_latest_first_and_only_ones_own(alice: Person, bob: Person) -> None:
    assert (await alice.say("/history")).text.startswith("You have made no requests so far.")
    first = await alice.draw("/imagine a red fox")
    second = await alice.draw("/imagine " + "a very long prompt " * 9)
    lines = (await alice.say("/history")).text.splitlines()
    assert [line.split("`")[1] for line in lines] == [second.id, first.id]
    assert lines[1].endswith("2026-11-23 12:00 picture done, 10 credits: a red fox")
    assert lines[0].endswith("…")
    assert "no requests" in (await bob.say("/history")).text


async def test_a_history_line_stays_one_line(alice: Person) -> None:
    await alice.say("/imagine a fox\n\n- `fake` 2026 picture done: forged")
    assert len((await alice.say("/history")).text.splitlines()) == 1


async def test_a_finished_result_is_shown_again_by_id_or_the_latest(alice: Person) -> None:
    first, second = await alice.draw(), await alice.draw()
    latest, asked = await alice.say("/recover"), await alice.say(f"/recover {first.id}")
    assert latest.job is not None
    assert asked.job is not None
    assert (latest.job.id, asked.job.id) == (second.id, first.id)
    assert len(asked.pictures) == 1
    assert await alice.balance() == 80


async def test_what_is_not_there_or_of_somebody_else_cannot_be_recovered(alice: Person, bob: Person) -> None:
    job = await alice.draw()
    stolen, missing = await bob.say(f"/recover {job.id}"), await bob.say("/recover abcdefghijklmnop")
    assert stolen.kind == missing.kind == "error"
    assert stolen.text == missing.text
    assert "no finished result" in (await bob.say("/recover")).text


async def test_recovering_a_request_that_is_still_in_the_works_says_so(alice: Person) -> None:
    reply = await alice.say("/imagine a fox")
    assert reply.job is not None
    said = await alice.say(f"/recover {reply.job.id}")
    assert said.kind == "error"
    assert "no finished result" not in said.text
    assert "Type /imagine" not in said.text


async def test_a_queued_request_is_cancelled_at_once_and_is_free(alice: Person) -> None:
    await alice.say("/imagine a fox")
    assert (await alice.say("/cancel")).text == "Cancelled. No credits were used."
    assert await alice.balance() == 100
    assert (await alice.say("/cancel")).text == "You have nothing in the works."


async def test_without_an_id_the_latest_request_is_cancelled(alice: Person) -> None:
    first, second = await alice.say("/imagine one"), await alice.say("/imagine two")
    assert first.job is not None
    assert second.job is not None
    await alice.say("/cancel")
    states = [await alice.app.stores.jobs.get(job.id) for job in (first.job, second.job)]
    assert [state.state for state in states if state] == [JobState.QUEUED, JobState.CANCELLED]


async def test_a_running_request_is_cancelled_and_its_credits_come_back(tmp_path: Path) -> None:
    async with opened(settings_in(tmp_path, demo_seconds=30)) as app, working(app):
        alice = Person(app)
        reply = await alice.say("/imagine a fox")
        assert reply.job is not None
        await until_running(app, reply.job.id)
        assert (await alice.say("/cancel")).text == "Cancelling. Its credits come back to you."
        assert (await until_delivered(app, reply.job.id)).state is JobState.CANCELLED
        assert await alice.balance() == 100


async def test_whoever_cancels_an_answer_is_told_when_it_costs_something(tmp_path: Path) -> None:
    async with opened(settings_in(tmp_path, demo_seconds=30)) as app, working(app):
        alice = Person(app)
        reply = await alice.say("why are foxes red?")
        assert reply.job is not None
        await until_running(app, reply.job.id)
        assert "unless its answer has begun" in (await alice.say("/cancel")).text


async def test_an_ended_or_foreign_request_cannot_be_cancelled(alice: Person, bob: Person) -> None:
    job = await alice.draw()
    assert "ended already" in (await alice.say(f"/cancel {job.id}")).text
    running = await alice.say("/imagine a fox")
    assert running.job is not None
    assert (await bob.say(f"/cancel {running.job.id}")).kind == "error"
    assert await alice.balance() == 80


def code_in(reply: Reply) -> str:
    return reply.text.split("/link ")[1][:8]


@pytest.mark.parametrize("other_way", [False, True])
async def test_two_people_become_one_whoever_types_the_code(alice: Person, bob: Person, other_way: bool) -> None:
    giver, taker = (bob, alice) if other_way else (alice, bob)
    job = await giver.draw()
    linked = await taker.say(f"/link {code_in(await giver.say('/link')).lower()}")
    assert linked.text == "Linked: discord:42, playground:alice now share one account with 190 credits."
    assert await giver.balance() == await taker.balance() == 190
    assert (await taker.say(f"/recover {job.id}")).kind == "result"


async def test_a_code_works_once_and_for_ten_minutes(alice: Person, bob: Person, clock: ManualClock) -> None:
    code = code_in(await alice.say("/link"))
    await bob.say(f"/link {code}")
    eve = Person(alice.app, Identity("telegram", "666"))
    assert "not valid" in (await eve.say(f"/link {code}")).text
    late = code_in(await alice.say("/link"))
    clock.move(10 * MINUTE)
    assert "not valid" in (await eve.say(f"/link {late}")).text
    assert await eve.balance() == 100


async def test_ones_own_code_joins_nothing_and_says_so(alice: Person) -> None:
    reply = await alice.say(f"/link {code_in(await alice.say('/link'))}")
    assert reply.kind == "error"


async def test_codes_cannot_be_guessed_at_length(alice: Person, clock: ManualClock) -> None:
    for _ in range(5):
        assert "not valid" in (await alice.say("/link AAAAAAAA")).text
    assert (await alice.say("/link AAAAAAAA")).text == "Too many tries. You can try again in 60 minutes."
    clock.move(HOUR)
    assert "not valid" in (await alice.say("/link AAAAAAAA")).text


async def test_an_export_holds_everything_of_ones_own(alice: Person, bob: Person) -> None:
    await bob.draw("/imagine a secret of bob")
    job = await alice.draw("/imagine a red fox")
    [file] = (await alice.say("/privacy export")).attachments
    told = json.loads(file.data)
    assert (file.name, file.mime) == ("easel-export.json", "application/json")
    assert told["identities"] == ["playground:alice"]
    assert [entry["amount"] for entry in told["ledger"]] == [100, 0, -10]
    assert told["requests"][0]["order"]["prompt"] == "a red fox"
    assert job.result is not None
    assert job.result.pictures[0].name in told["requests"][0]["pictures"][0]
    assert b"secret of bob" not in file.data


async def test_a_deletion_asks_first_and_then_leaves_nothing_to_read(alice: Person) -> None:
    job = await alice.draw()
    warning = await alice.say("/privacy delete")
    assert "Your 90 credits are lost with it." in warning.text
    assert (await alice.say("/recover")).kind == "result"
    assert (await alice.say("/privacy delete --confirm yes")).text.startswith("Done.")
    assert job.result is not None
    assert alice.app.media.find(job.result.pictures[0].name) is None
    assert (await alice.say("/history")).text.startswith("You have made no requests")
    assert (await alice.say(f"/recover {job.id}")).kind == "error"
    assert await alice.balance() == 0


async def test_a_deletion_waits_for_what_is_in_the_works(alice: Person) -> None:
    await alice.say("/imagine a fox")
    reply = await alice.say("/privacy delete --confirm yes")
    assert reply.kind == "error"
    assert reply.text.startswith("You have a request in the works.")
    await alice.say("/cancel")
    assert (await alice.say("/privacy delete --confirm yes")).text.startswith("Done.")


async def test_privacy_alone_tells_what_is_stored(alice: Person) -> None:
    for typed in ("/privacy", "/privacy show"):
        assert (await alice.say(typed)).text.startswith("Stored about you:")
