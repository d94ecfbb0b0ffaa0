"""An answer comes word by word, is whole or none, and costs what was counted."""

import asyncio
from typing import Any

import pytest

from core.jobs.attempts import Tokens
from core.jobs.specs import ChatSpec, Turn
from core.providers.gemini import Gemini
from core.providers.gemini import chat as chat_module
from core.providers.ports import Image, ProviderFailed, ProviderFatal, ProviderUnknown
from core.tasks import stopped
from tests.core.providers.gemini.orders import FLASH, call, chat, trouble
from tests.fakes.gemini import GeminiFake
from tests.fakes.gemini.documents import USAGE, answer, text
from tests.fakes.gemini.steps import drops, hangs, replies, says
from tests.fakes.pixels import png

COUNTED = Tokens(input=11, cached=4, output=8, thought=3)


async def test_the_answer_is_said_as_it_grows_and_counted_as_it_is_billed(fake: GeminiFake, gemini: Gemini) -> None:
    fake.script(says("Because ", "of ", "Rayleigh."))
    said: list[str] = []
    found = await chat(gemini, say=said.append)
    assert said == ["Because ", "Because of ", "Because of Rayleigh."]
    assert (found.text, found.served) == ("Because of Rayleigh.", "gemini-3.8-flash")
    assert found.tokens == COUNTED  # output: candidates and thoughts


async def test_words_are_said_while_the_rest_is_still_to_come(fake: GeminiFake, gemini: Gemini) -> None:
    fake.script(hangs(answer(text("Because "), finish=None)))
    heard = asyncio.Event()
    task = asyncio.create_task(chat(gemini, say=lambda text: heard.set()))
    await asyncio.wait_for(heard.wait(), 10)
    await stopped({task})


async def test_a_conversation_is_sent_in_order_with_its_persona_and_pictures(fake: GeminiFake, gemini: Gemini) -> None:
    spec = ChatSpec(
        prompt="And this?", model="flash", system="You are a pirate.",
        history=(Turn(question="What is that?", answer="A parrot."), Turn(question="Sure?", answer="Aye.")),
    )  # fmt: skip
    await gemini.answer(spec, call(FLASH, sources=(Image(png(shade=1), "image/png"), Image(png(shade=2), "image/png"))))
    body = fake.calls[0].body
    assert [content["role"] for content in body["contents"]] == ["user", "model", "user", "model", "user"]
    words = [[part.get("text") for part in content["parts"]] for content in body["contents"]]
    assert words == [["What is that?"], ["A parrot."], ["Sure?"], ["Aye."], [None, None, "And this?"]]
    assert body["contents"][-1]["parts"][0]["inlineData"] != body["contents"][-1]["parts"][1]["inlineData"]
    assert [part["text"] for part in body["systemInstruction"]["parts"]] == ["You are a pirate."]
    assert body["generationConfig"] == {"maxOutputTokens": 300}


async def test_without_a_persona_none_is_sent_and_turns_without_words_are_left_out(
    fake: GeminiFake, gemini: Gemini
) -> None:
    spec = ChatSpec(prompt="Hello", model="flash", history=(Turn(question="Are you there?", answer=""),))
    await gemini.answer(spec, call(FLASH))
    assert "systemInstruction" not in fake.calls[0].body
    assert len(fake.calls[0].body["contents"]) == 1


async def test_a_picture_may_come_without_a_word(fake: GeminiFake, gemini: Gemini) -> None:
    await chat(gemini, "", sources=(Image(png(), "image/png"),))
    assert [list(part) for part in fake.calls[0].body["contents"][0]["parts"]] == [["inlineData"]]


async def test_the_model_that_served_is_named_as_people_write_it(fake: GeminiFake, gemini: Gemini) -> None:
    fake.script(replies(answer(text("Because."), served="models/gemini-3.8-flash-002")))
    assert (await chat(gemini)).served == "gemini-3.8-flash-002"


async def test_thoughts_are_billed_but_never_shown(fake: GeminiFake, gemini: Gemini) -> None:
    musing = answer(text("The user wants...", thought=True), finish=None)
    fake.script(replies(musing, answer(text("Hm, ", thought=True), text("Rayleigh."))))
    said: list[str] = []
    found = await chat(gemini, say=said.append)
    assert said == [found.text] == ["Rayleigh."]
    assert found.tokens is not None
    assert found.tokens.thought == 3


@pytest.mark.parametrize("finish", ["MAX_TOKENS", "CONTINUATION"])
async def test_an_answer_that_reached_its_longest_is_an_answer(fake: GeminiFake, gemini: Gemini, finish: str) -> None:
    fake.script(says("A long ", "story", finish=finish))
    assert (await chat(gemini)).text == "A long story"


async def test_the_sdk_does_not_go_on_by_itself_where_the_server_stopped(fake: GeminiFake, gemini: Gemini) -> None:
    document = answer(text("A long story"), finish="CONTINUATION")
    document["candidates"][0]["continuationToken"] = "Z28gb24="
    fake.script(replies(document))
    assert (await chat(gemini)).text == "A long story"
    assert len(fake.calls) == 1


async def test_the_sdk_does_not_pick_up_a_cut_stream_by_itself(fake: GeminiFake, gemini: Gemini) -> None:
    document = answer(text("A long story"), finish=None)
    document["candidates"][0]["continuationToken"] = "Z28gb24="
    fake.script(drops(document))
    assert isinstance(await trouble(chat(gemini)), ProviderFailed)
    assert len(fake.calls) == 1


async def test_counts_that_come_before_the_end_are_kept_and_the_last_ones_hold(
    fake: GeminiFake, gemini: Gemini
) -> None:
    early = answer(text("a"), finish=None, usage=USAGE | {"candidatesTokenCount": 1})
    fake.script(replies(early, answer(text("b"), usage=None)))
    assert (await chat(gemini)).tokens == Tokens(input=11, cached=4, output=4, thought=3)
    fake.script(replies(early, answer(text("b"))))
    assert (await chat(gemini)).tokens == COUNTED


async def test_an_answer_that_nobody_counted_has_unknown_tokens_not_none_at_all(
    fake: GeminiFake, gemini: Gemini
) -> None:
    fake.script(replies(answer(text("b"), usage=None)))
    assert (await chat(gemini)).tokens is None


@pytest.mark.parametrize("cut", [replies, drops], ids=["politely", "rudely"])
async def test_a_stream_without_a_finish_reason_is_a_failure_that_costs(
    fake: GeminiFake, gemini: Gemini, cut: object
) -> None:
    assert callable(cut)
    fake.script(cut(answer(text("Because "), finish=None), answer(text("of "), finish=None)))
    error = await trouble(chat(gemini))
    assert isinstance(error, ProviderFailed)
    assert error.message == "The answer of flash was cut off."
    assert (error.bill.billed, error.bill.tokens) == (True, COUNTED)


async def test_a_stream_of_nothing_is_a_failure_that_costs_nothing(fake: GeminiFake, gemini: Gemini) -> None:
    fake.script(replies())
    error = await trouble(chat(gemini))
    assert isinstance(error, ProviderFailed)
    assert not error.bill.billed


@pytest.mark.parametrize(
    "parts",
    [(), (text(" \n"),), (text("Let me think.", thought=True),)],
    ids=["nothing", "blanks", "thoughts only"],
)
@pytest.mark.parametrize("finish", ["STOP", "MAX_TOKENS"])
async def test_an_empty_answer_is_a_failure_that_costs(
    fake: GeminiFake, gemini: Gemini, parts: tuple[dict[str, object], ...], finish: str
) -> None:
    fake.script(replies(answer(*parts, finish=finish)))
    error = await trouble(chat(gemini))
    assert isinstance(error, ProviderFailed)
    assert (error.bill.billed, error.bill.tokens) == (True, COUNTED)


@pytest.mark.parametrize("late", [hangs, drops], ids=["hangs", "drops"])
async def test_an_answer_that_said_it_is_whole_is_kept_however_the_connection_ends(
    fake: GeminiFake, gemini: Gemini, late: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert callable(late)
    monkeypatch.setattr(chat_module, "LINGER_SECONDS", 0.05)
    fake.script(late(answer(text("Because."))))
    async with asyncio.timeout(10):
        found = await chat(gemini, seconds=60)
    assert (found.text, found.tokens) == ("Because.", COUNTED)


async def test_an_answer_that_stops_coming_has_an_unknown_end(fake: GeminiFake, gemini: Gemini) -> None:
    fake.script(hangs(answer(text("Because "), finish=None)))
    assert isinstance(await trouble(chat(gemini, seconds=0.1)), ProviderUnknown)
    await asyncio.wait_for(fake.calls[0].left.wait(), 10)


@pytest.mark.parametrize("begun", [(), (answer(text("Because "), finish=None),)], ids=["before", "amid"])
async def test_cancelling_hangs_up(fake: GeminiFake, gemini: Gemini, begun: tuple[dict[str, object], ...]) -> None:
    fake.script(hangs(*begun))
    task = asyncio.create_task(chat(gemini))
    asked = await fake.asked()
    assert await stopped({task}) == []
    assert task.cancelled()
    await asyncio.wait_for(asked.left.wait(), 10)


async def test_inputs_of_a_model_go_where_gemini_wants_them(fake: GeminiFake, gemini: Gemini) -> None:
    await chat(gemini, thinking_level="low", temperature=0.5, max_output_tokens=900)
    assert fake.calls[0].generation == {
        "thinkingConfig": {"thinkingLevel": "LOW"},
        "temperature": 0.5,
        "maxOutputTokens": 900,
    }


@pytest.mark.parametrize(
    "inputs",
    [{"warmth": 3}, {"temperature": "hot"}, {"labels": "x"}, {"audio_timestamp": True}],
    ids=["unknown", "wrong type", "no table", "Vertex only"],
)
async def test_inputs_that_gemini_does_not_know_are_fatal_and_never_sent(
    fake: GeminiFake, gemini: Gemini, inputs: dict[str, Any]
) -> None:
    error = await trouble(chat(gemini, **inputs))
    assert isinstance(error, ProviderFatal)
    assert not error.bill.billed
    assert fake.calls == []
