"""What is shown of a job: pictures, buttons that survive restarts, facts, and honest words when it failed."""

import pytest

from bots.replies import Button, answered, ended, refused, waiting
from core.app import App
from core.errors import PromptMissing
from core.jobs.model import Job, JobState
from core.jobs.results import Failure, Picture, Result
from core.jobs.specs import ChatSpec, ImageSpec, Quote
from tests.support import ALICE, NOON, to_feed

PICTURE = ImageSpec(prompt="a red fox", model="demo-art", aspect="16:9", width=64, height=36, count=1, seed=7)
QUESTION = ChatSpec(prompt="why?", model="demo-chat")


def job(spec: ImageSpec | ChatSpec = PICTURE, state: JobState = JobState.DONE, **more: object) -> Job:
    values: dict[str, object] = {
        "id": "abcdefghijklmnop",
        "request_id": "r1",
        "account": "a1",
        "identity": ALICE,
        "reply_to": to_feed(),
        "spec": spec,
        "quote": Quote(each=10, count=spec.count if isinstance(spec, ImageSpec) else 1),
        "created_at": NOON,
        "hold_expires_at": NOON + 1,
        "state": state,
    }
    return Job.model_validate(values | more)


def drawn(count: int) -> Result:
    names = [f"{'abcd'[n] * 32}.png" for n in range(count)]
    pictures = tuple(
        Picture(name=name, mime="image/png", width=64, height=36, size=9, seed=7 + n) for n, name in enumerate(names)
    )
    return Result(provider="demo", model="demo-art", demo=True, pictures=pictures)


def of_four(**more: object) -> ImageSpec:
    return PICTURE.model_copy(update={"count": 4, **more})


async def test_a_result_shows_its_picture_with_size_address_and_alternative_text(app: App) -> None:
    reply = ended(app, job(result=drawn(1), charged=10))
    [shown] = reply.pictures
    assert (reply.kind, reply.text, reply.demo) == ("result", "a red fox", True)
    assert (shown.index, shown.width, shown.height) == (1, 64, 36)
    assert shown.url == f"{app.settings.base_url}/media/{'a' * 32}.png"
    assert shown.alt == "Demo picture: a red fox"


async def test_a_result_names_its_model_seed_aspect_and_cost(app: App) -> None:
    reply = ended(app, job(result=drawn(1), charged=10))
    assert reply.facts == (("Model", "demo-art"), ("Seed", "7"), ("Aspect", "16:9"), ("Cost", "10 credits"))


async def test_a_style_is_a_fact_too(app: App) -> None:
    styled = PICTURE.model_copy(update={"style": "pixel"})
    assert ("Style", "pixel") in ended(app, job(styled, result=drawn(1), charged=10)).facts


async def test_one_picture_has_one_vary_and_several_have_numbered_ones(app: App) -> None:
    one = ended(app, job(result=drawn(1), charged=10)).buttons
    assert one == (
        Button("reroll", "Re-roll"), Button("vary", "Vary", 1), Button("edit", "Edit", 1),
        Button("upscale", "Upscale", 1),
    )  # fmt: skip
    four = ended(app, job(of_four(), result=drawn(4), charged=40)).buttons
    assert [(button.label, button.index) for button in four[1:]] == [
        (f"{label} {n}", n) for label in ("Vary", "Edit", "Upscale") for n in (1, 2, 3, 4)
    ]


async def test_when_some_pictures_failed_the_reply_says_how_many_were_paid(app: App) -> None:
    reply = ended(app, job(of_four(), result=drawn(3), charged=30))
    assert reply.text == "a red fox\n3 of 4 pictures were made; you paid for 3."
    assert ("Cost", "30 credits") in reply.facts
    assert len(reply.pictures) == 3


async def test_a_chat_answer_has_no_buttons_that_could_not_work(app: App) -> None:
    reply = ended(app, job(QUESTION, result=Result(provider="demo", model="demo-chat", text="because"), charged=1))
    assert (reply.kind, reply.text, reply.buttons) == ("result", "because", ())
    assert reply.facts == (("Model", "demo-chat"), ("Cost", "1 credit"))


async def test_a_failed_request_says_why_that_it_was_free_and_offers_another_try(app: App) -> None:
    failure = Failure(code="generation_failed", message="No model could draw this.")
    reply = ended(app, job(state=JobState.FAILED, failure=failure, charged=0))
    assert reply.kind == "error"
    assert reply.text.startswith("No model could draw this. No credits were used.")
    assert reply.buttons == (Button("reroll", "Try again"),)


async def test_a_request_that_a_provider_refused_is_answered_with_what_to_do_instead(app: App) -> None:
    failure = Failure(code="generation_refused", message="The model refuses this by its own rules.")
    reply = ended(app, job(QUESTION, state=JobState.FAILED, failure=failure))
    assert reply.text == f"{failure.message} No credits were used. Please ask for something else."


async def test_a_failed_request_whose_words_were_deleted_offers_nothing(app: App) -> None:
    erased = PICTURE.model_copy(update={"prompt": ""})
    assert ended(app, job(erased, state=JobState.FAILED)).buttons == ()


async def test_a_failed_chat_offers_no_picture_buttons(app: App) -> None:
    assert ended(app, job(QUESTION, state=JobState.FAILED)).buttons == ()


async def test_a_cancelled_request_says_so_and_can_be_made_again(app: App) -> None:
    reply = ended(app, job(state=JobState.CANCELLED))
    assert reply.text == "Request `abcdefghijklmnop` is cancelled. No credits were used."
    assert reply.buttons == (Button("reroll", "Try again"),)


async def test_a_failure_without_words_gets_the_general_ones(app: App) -> None:
    assert "Something went wrong on our side." in ended(app, job(state=JobState.FAILED)).text


def test_a_waiting_request_can_be_cancelled_by_a_button_that_names_it() -> None:
    reply = waiting(job(state=JobState.QUEUED))
    assert reply.kind == "job"
    assert reply.job is not None
    assert reply.buttons == (Button("cancel", "Cancel"),)


def test_an_answer_from_the_cache_is_free_and_says_so() -> None:
    reply = answered(Result(provider="demo", model="demo-chat", text="because", demo=True))
    assert (reply.kind, reply.text, reply.demo) == ("result", "because", True)
    assert dict(reply.facts)["Cost"].startswith("0 credits")


@pytest.mark.parametrize("sentence", ["No.", ""])
def test_a_refusal_carries_its_error_for_machines_and_its_sentence_for_people(sentence: str) -> None:
    error = PromptMissing()
    reply = refused(error, sentence)
    assert (reply.kind, reply.text, reply.error) == ("error", sentence, error)
