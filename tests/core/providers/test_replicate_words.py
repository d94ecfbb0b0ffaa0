"""What is read out of Replicate's words: progress bars, refusals, and waits."""

import pytest

from core.providers.replicate.outcomes import is_policy
from core.providers.replicate.snapshot import Snapshot, outputs_in, seed_in
from core.providers.replicate.waits import wait_asked_for

BAR = " 12%|#1        | 3/25 [00:01<00:09,  2.36it/s]"


@pytest.mark.parametrize(
    ("logs", "progress"),
    [
        ("", 0.0),
        ("Using seed: 7", 0.0),
        (BAR, 0.12),
        (f"{BAR}\r 48%|####8     | 12/25 [00:05]", 0.48),
        ("running 3/28 [00:01<00:09]", 3 / 28),
        ("100%|##########| 4/4 [00:00<00:00, 14.07it/s]\nTotal safe images: 1 out of 1", 1.0),
        ("999%|#| 7/0 [", 1.0),
        ("5/0 [", 1.0),
        ("loaded 5/7 files", 0.0),
        ("12% done", 0.0),
        ("x" * 100_000 + "\n" + BAR, 0.12),
        (BAR + "\n" + "x" * 100_000, 0.0),
    ],
)
def test_the_last_progress_bar_in_the_logs_counts(logs: str, progress: float) -> None:
    assert Snapshot("p1", "processing", logs=logs).progress == pytest.approx(progress)


@pytest.mark.parametrize("status", ["succeeded", "failed", "canceled", "aborted"])
def test_whatever_has_ended_is_done(status: str) -> None:
    ended = Snapshot("p1", status, logs=BAR)
    assert (ended.has_ended, ended.progress) == (True, 1.0)


@pytest.mark.parametrize("status", ["starting", "processing", "queued", ""])
def test_whatever_else_it_says_it_has_not_ended(status: str) -> None:
    assert not Snapshot("p1", status).has_ended


@pytest.mark.parametrize(
    ("version", "official"), [("hidden", True), ("d-c6559c57", True), ("c" * 64, False), ("", False)]
)
def test_what_is_known_to_be_no_version_is_official(version: str, official: bool) -> None:
    assert Snapshot("p1", "failed", version=version).is_official is official


@pytest.mark.parametrize(
    "words",
    [
        "All generated images contained NSFW content. Try running it again with a different prompt.",
        "NSFW content detected. Try running it again, or try a different prompt.",
        "The input or output was flagged as sensitive. Please try again with different inputs. (E005) (uIJ6l3ruRD)",
        "Request Moderated",
        "Content moderation blocked this prompt",
        "blocked by the safety system",
        "Your prompt violates our content policy",
        "prohibited content",
    ],
)
def test_a_refusal_is_known_by_its_words(words: str) -> None:
    assert is_policy(words)


@pytest.mark.parametrize(
    "words",
    [
        "",
        "CUDA out of memory. Tried to allocate 20.00 MiB",
        "Prediction interrupted; please retry (code: PA)",
        "Director: unexpected error handling prediction (E6716)",
        "Model ran out of memory (E1001)",
        "input.prompt: must not be empty",
        "the model's name is case-sensitive",
        "- input.safety_tolerance: Must be less than or equal to 6",
        "- input.disable_safety_checker: Invalid value",
        "Access violation at 0x00007ff",
    ],
)
def test_any_other_trouble_is_no_refusal(words: str) -> None:
    assert not is_policy(words)


def test_outputs_are_addresses_whatever_they_come_in() -> None:
    assert outputs_in("https://a/1") == ("https://a/1",)
    assert outputs_in(["https://a/1", None, "https://a/2"]) == ("https://a/1", "https://a/2")
    assert outputs_in(None) == outputs_in({"a": 1}) == outputs_in(5) == ()


def test_a_seed_is_told_only_of_a_picture_that_it_draws_alone() -> None:
    assert seed_in({"seed": 7}) == seed_in({"seed": 7, "num_outputs": 1}) == 7
    assert seed_in({"seed": 7, "num_outputs": 4}) is None
    assert seed_in({}) is None


def test_nobody_is_asked_to_wait_without_a_word() -> None:
    assert wait_asked_for({}, "Something else.") is None
    assert wait_asked_for({}, "Your rate limit resets in ~30s.") == 30
