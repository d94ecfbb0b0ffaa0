"""What was said before is sent along, within a budget, until somebody starts anew."""

import pytest

from core.app import App
from core.catalogue import ChatTable
from core.clock import HOUR
from core.conversations import Conversations, remembered, tokens_in
from core.credits.verify import verify_ledger
from core.errors import Interrupted
from core.generation.wishes import Chat
from core.ids import job_id
from core.jobs.model import Job
from core.jobs.specs import ChatSpec, Turn
from core.requests import Accepted, Completed, Request
from tests.core.jobs.test_settlement import a_job
from tests.fakes import Once, app_on, meddled, settled, working
from tests.support import ALICE, BOB, ManualClock, to_feed

HERE = "playground:here|alice"


async def ask(app: App, number: int, words: str, conversation: str | None = HERE) -> Job:
    wish = Chat(words, conversation=conversation)
    outcome = await app.requests.submit(Request(f"q{number}", ALICE, wish, to_feed()))
    assert isinstance(outcome, Accepted)
    async with working(app):
        return await settled(app, outcome.job.id)


def history_of(job: Job) -> list[str]:
    assert isinstance(job.spec, ChatSpec)
    return [turn.question for turn in job.spec.history]


async def test_later_questions_come_with_the_earlier_ones(app: App, clock: ManualClock) -> None:
    for number, words in enumerate(["one", "two"]):
        await ask(app, number, words)
        clock.move(1_000)
    third = await ask(app, 3, "three")
    assert history_of(third) == ["one", "two"]
    assert isinstance(third.spec, ChatSpec)
    assert third.spec.history[0].answer.startswith("(demo) You wrote 3 characters")


async def test_other_places_and_questions_without_a_place_know_nothing_of_it(app: App) -> None:
    await ask(app, 1, "one")
    assert history_of(await ask(app, 2, "two", "playground:elsewhere|alice")) == []
    assert history_of(await ask(app, 3, "three", None)) == []


async def test_a_reset_starts_anew(app: App, clock: ManualClock) -> None:
    await ask(app, 1, "one")
    clock.move(10)
    await app.conversations.reset(HERE)
    clock.move(10)
    assert history_of(await ask(app, 2, "two")) == []
    clock.move(10)
    assert history_of(await ask(app, 3, "three")) == ["two"]


async def test_a_reset_can_be_repeated(app: App, clock: ManualClock) -> None:
    for number in range(3):
        await ask(app, number, f"say {number}")
        clock.move(10)
        await app.conversations.reset(HERE)
        clock.move(10)
    assert history_of(await ask(app, 9, "last")) == []


async def test_what_is_older_than_the_memory_is_forgotten(app: App, clock: ManualClock) -> None:
    await ask(app, 1, "one")
    clock.move(app.catalogue.chat.memory_hours * HOUR + 1)
    assert history_of(await ask(app, 2, "two")) == []


async def test_a_question_that_is_only_repeated_is_no_conversation_and_free(app: App, clock: ManualClock) -> None:
    await ask(app, 1, "hello")
    clock.move(1_000)
    again = await app.requests.submit(Request("q2", ALICE, Chat("hello", conversation=HERE), to_feed()))
    assert isinstance(again, Completed)


async def test_an_answer_that_was_found_is_remembered_where_it_is_shown(app: App, clock: ManualClock) -> None:
    await ask(app, 1, "hello", "playground:elsewhere|alice")
    for number in (2, 3):
        clock.move(1_000)
        again = await app.requests.submit(Request(f"q{number}", ALICE, Chat("hello", conversation=HERE), to_feed()))
        assert isinstance(again, Completed)
    clock.move(1_000)
    assert history_of(await ask(app, 4, "go on")) == ["hello"]
    report = await verify_ledger(app.stores)
    assert (report.problems, report.open_holds) == ((), 0)
    account = await app.accounts.for_identity(ALICE)
    assert (await app.ledger.balance(account.id)).available == 98
    found = await app.stores.jobs.get(job_id("q2"))
    assert found is not None
    assert (found.charged, found.delivered_at, await app.stores.jobs.get(job_id("q3"))) == (0, clock.at - 2_000, None)


async def test_a_found_answer_is_shown_again_when_its_request_is_delivered_again(app: App) -> None:
    await ask(app, 1, "hello", "playground:elsewhere|alice")
    for _ in range(2):
        again = await app.requests.submit(Request("q2", ALICE, Chat("hello", conversation=HERE), to_feed()))
    assert isinstance(again, Accepted)
    assert again.job.result is not None
    assert (again.job.result.cached, again.job.charged) == (True, 0)
    assert len(await app.stores.usage.of_accounts([again.job.account])) == 2


async def test_a_found_answer_that_crosses_a_deletion_is_forgotten_too(app: App) -> None:
    await ask(app, 1, "hello", "playground:elsewhere|alice")
    account = await app.accounts.for_identity(ALICE)
    before = Once("create", lambda: app.stores.accounts.close(account.id, app.clock.now()))
    request = Request("q2", ALICE, Chat("hello", conversation=HERE), to_feed())
    with pytest.raises(Interrupted):
        await app_on(app, meddled(app.stores, before=before)).requests.submit(request)
    found = await app.stores.jobs.get(job_id("q2"))
    assert found is not None
    assert found.blanked


async def test_the_same_words_in_the_course_of_a_conversation_are_answered_anew(app: App, clock: ManualClock) -> None:
    for number, words in enumerate(["tell me a story", "go on", "go on"]):
        job = await ask(app, number, words)
        clock.move(1_000)
    assert history_of(job) == ["tell me a story", "go on"]


async def test_deleting_all_data_forgets_the_conversation(app: App) -> None:
    await ask(app, 1, "one")
    account = await app.accounts.for_identity(ALICE)
    await app.privacy.delete(account)
    assert await app.conversations.history(HERE) == ()


def turn(number: int, words: str = "12345678") -> Job:
    result = {"provider": "demo", "model": "demo-chat", "text": words}
    return a_job(spec=ChatSpec(prompt=f"q{number}", model="demo-chat"), state="done", result=result)


@pytest.mark.parametrize(
    ("budget", "kept"), [(0, []), (2, []), (3, ["q3"]), (8, ["q2", "q3"]), (99, ["q1", "q2", "q3"])]
)
def test_as_many_of_the_latest_turns_are_kept_as_fit(budget: int, kept: list[str]) -> None:
    turns = remembered([turn(1), turn(2), turn(3)], budget)
    assert [each.question for each in turns] == kept


def test_nothing_is_left_out_in_the_middle() -> None:
    turns = remembered([turn(1), turn(2, "x" * 4_000), turn(3)], 100)
    assert turns == (Turn(question="q3", answer="12345678"),)


@pytest.mark.parametrize(("text", "tokens"), [("", 0), ("a", 1), ("abcd", 1), ("abcde", 2)])
def test_tokens_are_counted_roughly(text: str, tokens: int) -> None:
    assert tokens_in(text) == tokens


async def test_a_memory_of_nothing_remembers_nothing(app: App, clock: ManualClock) -> None:
    await ask(app, 1, "one")
    forgetful = Conversations(ChatTable(memory_tokens=0), app.stores.jobs, app.stores.settings, clock)
    assert await forgetful.history(HERE) == ()


async def test_two_people_in_one_place_have_a_conversation_each(app: App) -> None:
    await ask(app, 1, "one", f"playground:here|{ALICE}")
    assert history_of(await ask(app, 2, "two", f"playground:here|{BOB}")) == []
