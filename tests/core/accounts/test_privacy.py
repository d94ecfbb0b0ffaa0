"""What a person can see about themselves, and what is left after they had it deleted."""

import json
from pathlib import Path

import pytest

from core.accounts.model import Account
from core.accounts.privacy import Privacy
from core.app import App
from core.cache import MemoryReplyCache
from core.clock import DAY, MINUTE
from core.credits.operations import Adjust
from core.credits.verify import verify_ledger
from core.errors import DeletionRefused, EaselError, Interrupted, MediaError, StoreBusy, Suspended
from core.jobs.model import Job, JobState
from core.media.local import LocalMedia
from core.media.ports import Stored
from core.payments.ports import Payment
from core.requests import Accepted
from tests.core.accounts.test_linking import link, sight
from tests.core.stores.contract_reports import fallen_back
from tests.fakes import Fault, app_on, job_of, meddled, settled, until, with_provider, working
from tests.fakes.providers import Gives, Provider
from tests.support import ALICE, BOB, ManualClock, Silent, chat, imagine


class FullAfterOne(LocalMedia):
    """The media store of a core, whose disk is full after the first picture."""

    def __init__(self, app: App) -> None:
        super().__init__(app.settings.data_dir / "media", app.settings.base_url)
        self._saved = 0

    async def save(self, token: str, mime: str, data: bytes, folder: str | None) -> Stored:
        self._saved += 1
        if self._saved > 1:
            raise MediaError("The disk is full.")
        return await super().save(token, mime, data, folder)


async def made(app: App, *requests: object) -> list[Job]:
    """Jobs that have ended and were shown."""
    app = with_provider(app, Provider())
    jobs = [(await app.requests.submit(request)).job for request in requests]  # type: ignore[union-attr,arg-type]  # these requests are accepted, none is answered at once
    async with working(app):
        return [await settled(app, job.id) for job in jobs]


def files(app: App) -> list[Path]:
    return [path for path in (app.settings.data_dir / "media").rglob("*") if path.is_file()]


async def person(app: App) -> Account:
    return await app.accounts.for_identity(ALICE)


async def test_the_export_is_plain_json_and_has_everything(app: App) -> None:
    picture, answer = await made(app, imagine("r1"), chat("c1"))
    account = await person(app)
    data = json.loads(json.dumps(await app.privacy.export(account)))
    assert data["account"] == {
        "id": account.id, "since": "2026-11-23T12:00:00Z", "role": "user", "suspended": None,
    }  # fmt: skip
    assert {message["job"] for message in data["conversation"]} == {picture.id, answer.id}
    assert data["identities"] == ["playground:alice"]
    assert data["balance"]["available"] == 89
    assert [line["kind"] for line in data["ledger"]].count("settle") == 2
    assert data["ledger"][0] == {
        "at": "2026-11-23T12:00:00Z", "kind": "grant", "amount": 100, "about": "welcome credits",
    }  # fmt: skip
    orders = {request["order"]["prompt"]: request for request in data["requests"]}
    assert orders["a red fox"]["credits"] == picture.charged == 10
    assert orders["hello"]["text"] == answer.result.text == "You said hello"  # type: ignore[union-attr]  # never None here: it was just made
    [url] = orders["a red fox"]["pictures"]
    assert url.endswith(files(app)[0].name)
    assert {usage["request_id"] for usage in data["usage"]} == {"r1", "c1"}
    [event] = data["events"]
    assert (event["kind"], event["about"]["credits"]) == ("grant", 100)


async def test_the_export_has_what_was_used_and_not_what_the_operator_pays_and_earns(app: App) -> None:
    account = await person(app)
    await app.stores.usage.record(fallen_back("r1", account.id))
    [usage] = json.loads(json.dumps(await app.privacy.export(account)))["usage"]
    assert (usage["credits"], usage["model_used"]) == (10, "art")
    assert [(call["model"], call["tokens"]["input"]) for call in usage["calls"]] == [
        ("small", 5),
        ("big", 5),
        ("art", 5),
    ]
    words = json.dumps(usage)
    assert not [word for word in ("cost", "earned", "margin") if word in words]


async def test_the_export_covers_linked_accounts(app: App, clock: ManualClock) -> None:
    await sight(app, clock, ALICE, BOB)
    await made(app, imagine("r1", ALICE), imagine("r2", BOB, prompt="an owl"))
    await link(app, ALICE, BOB)
    data = await app.privacy.export(await person(app))
    assert sorted(data["identities"]) == ["discord:42", "playground:alice"]
    assert {request["order"]["prompt"] for request in data["requests"]} == {"a red fox", "an owl"}
    assert {usage["request_id"] for usage in data["usage"]} == {"r1", "r2"}


async def test_the_export_has_nothing_of_other_people(app: App) -> None:
    await made(app, imagine("r2", BOB, prompt="an owl"))
    data = json.dumps(await app.privacy.export(await person(app)))
    assert "owl" not in data
    assert "r2" not in data


async def test_an_unfinished_request_is_exported_without_a_result(app: App) -> None:
    await app.requests.submit(imagine("r1"))
    [request] = (await app.privacy.export(await person(app)))["requests"]
    assert (request["state"], request["pictures"], request["text"]) == ("queued", [], "")


async def test_deleting_removes_prompts_answers_pictures_conversation_and_identities(app: App) -> None:
    jobs = await made(app, imagine("r1", count=2), chat("c1"))
    account = await person(app)
    assert len(files(app)) == 2
    await app.privacy.delete(account)
    assert files(app) == []
    assert await app.stores.feed.since(str(ALICE), 0, 100) == []
    assert await app.stores.accounts.identities([account.id]) == []
    for job in jobs:
        left = await app.stores.jobs.get(job.id)
        assert left is not None
        assert (left.spec.prompt, left.result, left.identity.user, left.reply_to.channel) == ("", None, "deleted", "")


async def test_no_word_of_a_deleted_person_is_left_in_the_database(app: App) -> None:
    await made(app, imagine("r1", prompt="zanzibar"), chat("c1", message="quagga"))
    await app.privacy.delete(await person(app))
    left = repr([await app.stores.jobs.all_jobs([account]) for account in await app.stores.ledger.accounts()])
    left += repr(await app.stores.feed.since(str(ALICE), 0, 100))
    left += repr([await app.stores.usage.of_accounts([account]) for account in await app.stores.ledger.accounts()])
    assert not any(word in left for word in ("zanzibar", "quagga", "alice"))


async def test_pictures_of_a_job_that_failed_half_way_are_deleted_too(app: App) -> None:
    account = await person(app)
    worker = with_provider(app, Gives(2), media=FullAfterOne(app))
    job = (await app.requests.submit(imagine("r1", count=2))).job  # type: ignore[union-attr]  # never None here: it was just made
    async with working(worker):
        assert (await settled(app, job.id)).state is JobState.FAILED
    await app.privacy.delete(account)
    assert files(app) == []


async def test_the_books_stay_and_balance_after_a_deletion(app: App) -> None:
    await made(app, imagine("r1"))
    account = await person(app)
    entries = await app.stores.ledger.entries(account.id)
    await app.privacy.delete(account)
    assert await app.stores.ledger.entries(account.id) == entries
    assert (await verify_ledger(app.stores)).problems == ()


async def test_deleting_a_linked_account_forgets_every_identity(app: App, clock: ManualClock) -> None:
    old, new = await sight(app, clock, ALICE, BOB)
    await made(app, imagine("r2", BOB, prompt="an owl"))
    await app.privacy.delete(await link(app, ALICE, BOB))
    assert await app.stores.accounts.identities([old.id, new.id]) == []
    assert [job.spec.prompt for job in await app.stores.jobs.all_jobs([new.id])] == [""]


async def test_nothing_is_deleted_while_something_is_in_the_works(app: App) -> None:
    await made(app, imagine("r1"))
    await app.requests.submit(imagine("r2"))
    with pytest.raises(DeletionRefused):
        await app.privacy.delete(await person(app))
    assert len(files(app)) == 1


async def test_who_comes_back_is_new_and_not_welcomed_again(app: App, clock: ManualClock) -> None:
    former = await person(app)
    await app.privacy.delete(former)
    clock.move(1)
    again = await person(app)
    assert again.id != former.id
    assert (await app.ledger.balance(again.id)).available == 0


async def test_who_comes_back_is_not_told_of_former_requests(app: App) -> None:
    [job] = await made(app, imagine("r1"))
    await app.privacy.delete(await person(app))
    with pytest.raises(EaselError, match="not yours"):
        await app.requests.owned_job(await person(app), job.id)


async def test_nobody_pays_what_a_chargeback_left_them_owing_by_deletion(app: App, clock: ManualClock) -> None:
    account, paid = await person(app), Payment("paypal:cap", "c1", ALICE, 500, "USD", 499)
    await app.fulfilment.credited(paid)
    await app.ledger.execute(Adjust(account.id, "spent", -600, "spent"))
    await app.fulfilment.reversed(paid)
    await app.privacy.delete(account)
    clock.move(DAY)
    with pytest.raises(Suspended, match="500 credits were owed"):
        await app.requests.submit(imagine("r1"))


async def test_a_suspended_person_does_not_become_free_by_deletion(app: App, clock: ManualClock) -> None:
    account = await person(app)
    await app.stores.accounts.suspend(account.id, "spam")
    await app.privacy.delete(account)
    clock.move(1)
    with pytest.raises(Suspended):
        await app.requests.submit(imagine("r1"))


async def test_deletion_does_not_open_todays_free_credits_a_second_time(app: App, clock: ManualClock) -> None:
    await app.daily.claim(await person(app))
    await app.privacy.delete(await person(app))
    clock.move(MINUTE)
    with pytest.raises(EaselError):
        await app.daily.claim(await person(app))


async def test_other_peoples_data_is_untouched(app: App) -> None:
    _, theirs = await made(app, imagine("r1", ALICE), imagine("r2", BOB))
    await app.privacy.delete(await person(app))
    assert await app.stores.jobs.get(theirs.id) == theirs
    [picture] = theirs.result.pictures  # type: ignore[union-attr]  # never None here: it was just made
    assert await app.media.read(picture.name) is not None
    assert len(await app.stores.feed.since(str(BOB), 0, 100)) == 1
    assert (await app.ledger.balance((await app.accounts.for_identity(BOB)).id)).available == 90


@pytest.mark.parametrize("write", [1, 2, 3])
async def test_a_deletion_that_was_interrupted_can_be_repeated(app: App, write: int) -> None:
    await made(app, imagine("r1"))
    account = await person(app)
    faulty = app_on(app, meddled(app.stores, before=Fault(write)))
    with pytest.raises(StoreBusy):
        await faulty.privacy.delete(account)
    assert (await person(app)).id == account.id
    await app.privacy.delete(account)
    assert await app.stores.accounts.identities([account.id]) == []
    assert await app.stores.feed.since(str(ALICE), 0, 100) == []


async def test_a_crash_between_the_words_and_the_files_leaves_no_picture_for_ever(app: App) -> None:
    """The names of the files must not be lost before the files are."""
    await made(app, imagine("r1"))
    account = await person(app)

    class Broken(FullAfterOne):
        async def delete(self, token: str, folder: str) -> None:
            raise MediaError("The disk is away.")

    with pytest.raises(MediaError):
        await Privacy(app.stores, app.ledger, Broken(app), MemoryReplyCache(app.clock), app.clock).delete(account)
    await app.privacy.delete(account)
    assert files(app) == []


async def test_nothing_is_deleted_while_a_result_is_being_posted(app: App) -> None:
    account = await person(app)
    app = with_provider(app, Provider())
    refused = []

    class Asked(Silent):
        async def deliver(self, job: Job) -> str:
            with pytest.raises(DeletionRefused):
                await app.privacy.delete(account)
            refused.append(job.id)
            return "m1"

    app.messengers[ALICE.platform] = Asked()
    accepted = await app.requests.submit(imagine("r1"))
    assert isinstance(accepted, Accepted)
    async with working(app):
        await settled(app, accepted.job.id)
    assert refused == [accepted.job.id]
    assert not (await person(app)).closing  # the refused deletion does not lock anybody out
    await app.privacy.delete(account)


async def test_what_cannot_be_delivered_can_be_deleted(app: App) -> None:
    account = await person(app)
    app = with_provider(app, Provider())

    class Away(Silent):
        async def deliver(self, job: Job) -> str:
            raise OSError("the platform is away")

    app.messengers[ALICE.platform] = Away()
    accepted = await app.requests.submit(imagine("r1"))
    assert isinstance(accepted, Accepted)

    async def has_been_tried() -> bool:
        job = await job_of(app, accepted.job.id)
        return bool(job.deliveries) and job.posting_until is None

    async with working(app):
        await until(has_been_tried)
    await app.privacy.delete(account)
    assert not await app.deliveries.deliver(accepted.job.id)


@pytest.mark.parametrize("at", ["create", "open_before"])
async def test_a_request_that_crosses_the_deletion_is_refused_or_stops_it(app: App, at: str) -> None:
    """The deletion runs in the middle of `submit`, just before this verb of the job store."""
    account = await person(app)
    outcomes: list[str] = []

    async def deletes(verb: str) -> None:
        if verb == at:
            try:
                await app.privacy.delete(account)
                outcomes.append("deleted")
            except DeletionRefused:
                outcomes.append("refused")

    crossing = app_on(app, meddled(app.stores, before=deletes))
    try:
        await crossing.requests.submit(imagine("r1", prompt="a secret wish"))
    except Interrupted:
        outcomes.append("interrupted")
    assert outcomes == (["deleted", "interrupted"] if at == "create" else ["refused"])
    words = (await app.stores.jobs.all_jobs([account.id]))[0].spec.prompt
    assert words == ("" if at == "create" else "a secret wish")
    assert (await app.ledger.state(account.id)).held == (0 if at == "create" else 10)


async def test_an_interrupted_deletion_is_brought_to_its_end_by_the_sweeper(app: App, clock: ManualClock) -> None:
    await made(app, imagine("r1"))
    account = await person(app)
    broken = app_on(app, meddled(app.stores, before=Fault(3)))
    with pytest.raises(StoreBusy):
        await broken.privacy.delete(account)
    clock.move(MINUTE)
    await app.sweeper.sweep()
    assert files(app) == []
    assert await app.stores.accounts.identities([account.id]) == []
    assert await app.stores.accounts.closing(clock.now()) == []


async def test_invitations_are_deleted_those_of_others_are_not(app: App, clock: ManualClock) -> None:
    alice, bob = await sight(app, clock, ALICE, BOB)
    codes = [await app.referrals.code(each) for each in (alice, bob)]
    await app.referrals.accept(alice, codes[1])
    await app.referrals.accept(bob, codes[0])
    await app.privacy.delete(alice)
    for scope, is_kept in (
        (f"invites:{alice.id}", False), (f"invite:{codes[0]}", False), (f"invited:{alice.id}", False),
        (f"invites:{bob.id}", True), (f"invite:{codes[1]}", True), (f"invited:{bob.id}", True),
    ):  # fmt: skip
        assert (await app.stores.settings.get(scope) is not None) == is_kept
