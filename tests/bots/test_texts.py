"""Every sentence that turns a person down says what to do next, and says it right."""

from collections.abc import Iterator

import pytest

from bots import error_texts, texts
from core.admin.refunds import CreditsToFollow
from core.errors import (
    ActionRefused,
    AlreadyClaimed,
    AttemptsThrottled,
    BadOption,
    BadRequest,
    CannotGive,
    CodeRefused,
    DeletionRefused,
    EaselError,
    FreeCreditsLater,
    GenerationRefused,
    GiftRefused,
    InsufficientCredits,
    InviteRefused,
    LinkRefused,
    ModelCannot,
    ModelOff,
    ModelRetired,
    NoFreeCredits,
    NotForYou,
    NotFound,
    NotReady,
    Paused,
    PlanRenews,
    PromptMissing,
    PromptRejected,
    PromptTooLong,
    RateLimited,
    Refusal,
    RequestReused,
    RoleNeeded,
    ScopeNeeded,
    ServerAdminNeeded,
    ServerLimited,
    ServerWalletEmpty,
    StoreBusy,
    StoreCorrupt,
    StoreError,
    StoreFull,
    StoreReadOnly,
    StoreTooNew,
    Suspended,
    TooManyInFlight,
    UnknownCommand,
    UnknownModel,
    WrongChannel,
)
from tests.support import NOON

MIDNIGHT = NOON + 12 * 3_600_000
REFUSALS: list[Refusal] = [
    UnknownCommand("imagin", "imagine"),
    UnknownCommand("qqq", None),
    BadOption("count", "must be a whole number from 1 to 4; you gave '9'."),
    BadOption("--zzz", "is not an option of /imagine.", "Type /help imagine for those there are."),
    PromptMissing(),
    PromptTooLong(2_500, 2_000),
    UnknownModel("squar", "square"),
    UnknownModel("qqq", None),
    ModelCannot("square", "styles", ["demo-art"]),
    ModelCannot("square", "styles", []),
    ModelRetired("old", "2026-01-31", ["square"]),
    ModelRetired("old", "2026-01-31", []),
    ModelOff("old", ["square"]),
    ModelOff("old", []),
    Paused("prices are being checked"),
    Suspended("5 requests broke the rules"),
    Suspended("5 requests broke the rules", "help@example.org"),
    RoleNeeded("stats", "admin"),
    ActionRefused("They have 20 credits, not 50."),
    RequestReused(),
    ScopeNeeded("grant", "admin"),
    ServerAdminNeeded(),
    WrongChannel(["1"]),
    NotForYou("imagine"),
    ServerLimited(5, NOON),
    PromptRejected(2, 5),
    PromptRejected(5, 5),
    PromptRejected(1, 0),
    RateLimited(20, MIDNIGHT),
    TooManyInFlight(2),
    NotFound("That request does not exist, or is not yours."),
    PlanRenews(),
    ServerWalletEmpty(),
    CannotGive(50, 20),
    GiftRefused("They have deleted their account."),
    CodeRefused(),
    LinkRefused("This code is not valid: it was mistyped, used before, or is too old.", try_new_code=True),
    DeletionRefused("You have a request in the works."),
    AlreadyClaimed(MIDNIGHT),
    NoFreeCredits(),
    FreeCreditsLater(3, MIDNIGHT),
    CodeRefused(),
    InviteRefused("You cannot invite yourself."),
    CannotGive(50, 7),
    GiftRefused("You cannot give credits to yourself."),
    NotReady(),
    AttemptsThrottled(7),
]
TO_DO = (
    "Type /", "type /", "to type it", "Did you mean", "Say what", "Leave out", "leave it out", "Leave --model out",
    "Please ask", "go on at", "Wait until", "It will be posted", "next ones", "ask the operator", "try again",
    "Compare it", "come back",
    "write to", "must be", "send it again", "your account is suspended",
)  # fmt: skip


def subclasses(of: type[EaselError]) -> Iterator[type[EaselError]]:
    for child in of.__subclasses__():
        yield child
        yield from subclasses(child)


def name_of(error: EaselError) -> str:
    return f"{type(error).__name__}-{error.message[:24]}"


def test_the_list_of_refusals_here_is_complete() -> None:
    told = {type(refusal) for refusal in REFUSALS} | {InsufficientCredits, BadRequest}
    assert {kind for kind in subclasses(Refusal) if kind.__module__.startswith("core.errors.")} == told


@pytest.mark.parametrize("refusal", REFUSALS, ids=name_of)
def test_every_refusal_says_what_to_do(refusal: Refusal) -> None:
    said = error_texts.explain(refusal)
    assert said.startswith(refusal.message)
    assert said.endswith((".", "?"))
    assert any(advice in said for advice in TO_DO), said


def test_a_refusal_by_a_provider_says_what_to_do() -> None:
    said = error_texts.explain(GenerationRefused("The model refuses this by its own rules."))
    assert said.endswith("Please ask for something else.")


def test_the_sentence_about_missing_credits_is_this_one() -> None:
    said = error_texts.need_credits(InsufficientCredits(10, 4), 5, True, MIDNIGHT)
    assert said == "You need 10 credits and have 4. Type /buy, or wait for your 5 free credits at 00:00 UTC."


def test_unclaimed_free_credits_are_offered_first() -> None:
    said = error_texts.need_credits(InsufficientCredits(10, 4), 1, False, MIDNIGHT)
    assert said.startswith("You need 10 credits and have 4. Type /daily for today's 1 free credit, /buy, or wait")


def test_nobody_is_told_to_wait_for_free_credits_that_do_not_exist() -> None:
    assert error_texts.need_credits(InsufficientCredits(1, 0), 0, False, MIDNIGHT) == (
        "You need 1 credit and have 0. Type /buy to get more."
    )


def test_a_deletion_that_must_wait_is_not_answered_with_money() -> None:
    said = error_texts.explain(DeletionRefused("You have a request in the works."))
    assert "charged" not in said
    assert "/cancel" in said


def test_a_refund_that_is_on_its_way_is_not_asked_for_again() -> None:
    assert error_texts.explain(CreditsToFollow()).endswith("are taken later.")


def test_an_account_that_cannot_be_linked_is_not_sent_for_a_new_code() -> None:
    said = error_texts.explain(
        LinkRefused("One of the two accounts is suspended, so they cannot be linked.", try_new_code=False)
    )
    assert "new code" not in said


def test_the_last_strike_does_not_speak_of_a_suspension_to_come() -> None:
    assert "strike 4 of 5; at 5 your account is suspended." in error_texts.explain(PromptRejected(4, 5))
    assert "strike 5 of 5; at 5" not in error_texts.explain(PromptRejected(5, 5))


@pytest.mark.parametrize("minutes", [1, 2, 60])
def test_minutes_are_counted_in_good_english(minutes: int) -> None:
    said = error_texts.explain(AttemptsThrottled(minutes))
    assert ("1 minute." in said) is (minutes == 1)
    assert "1 minutes" not in said


@pytest.mark.parametrize(
    "error",
    [
        StoreBusy(),
        StoreFull(),
        StoreReadOnly("/srv/easel/data/easel.db"),
        StoreCorrupt("/srv/easel/data/easel.db", "file is not a database"),
        StoreTooNew("/srv/easel/data/easel.db", 9, 1),
        StoreError("Easel's database failed (no such table: jobs)."),
    ],
    ids=name_of,
)
def test_a_failing_database_is_told_to_people_without_paths_and_internals(error: StoreError) -> None:
    said = error_texts.explain(error)
    assert "/srv" not in said
    assert "table" not in said
    assert "again" in said


def test_one_credit_is_and_two_credits_are() -> None:
    assert "1 credit is reserved" in texts.balance(3, 1, 0, 20, 20, MIDNIGHT)
    assert "2 credits are reserved" in texts.balance(3, 2, 0, 20, 20, MIDNIGHT)
    assert "1 credit is owed" in texts.balance(0, 0, 1, 20, 20, MIDNIGHT)


def test_a_balance_tells_what_is_there_held_and_left() -> None:
    said = texts.balance(1_234, 20, 0, 18, 20, MIDNIGHT)
    assert said.splitlines() == [
        "You have **1,234 credits**.",
        "20 credits are reserved for requests in the works.",
        "18 of 20 requests left today; the count starts anew at 00:00 UTC.",
    ]


@pytest.mark.parametrize(
    ("milliseconds", "said"), [(0, "1 s"), (1_400, "1 s"), (89_000, "89 s"), (90_000, "2 min"), (600_000, "10 min")]
)
def test_durations_are_rounded_for_people(milliseconds: int, said: str) -> None:
    assert texts.duration(milliseconds) == said


def test_a_failed_request_says_that_it_was_free() -> None:
    assert texts.failed("No model could draw this.", 0) == (
        "No model could draw this. No credits were used. Type the command again to try once more."
    )


def test_a_partly_failed_request_says_what_was_paid() -> None:
    assert texts.partly(2, 3) == "2 of 3 pictures were made; you paid for 2."


def test_an_alternative_text_says_when_a_picture_is_a_demo() -> None:
    assert texts.alt_text("a fox", demo=True) == "Demo picture: a fox"
    assert texts.alt_text("a fox", demo=False) == "Picture: a fox"


def test_people_are_told_for_how_long_their_words_are_kept() -> None:
    assert "your prompts and results until you delete them, how long" in texts.privacy(0)
    assert "your prompts and results for 30 days unless you delete them before, how long" in texts.privacy(30)
