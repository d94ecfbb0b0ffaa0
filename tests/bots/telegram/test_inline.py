"""Inline mode and deep links: one's own pictures anywhere, and nothing that costs before a button is pressed."""

import pytest

from bots.telegram.deeplinks import payload_of, prompt_in
from bots.telegram.limits import MAX_START
from tests.bots.telegram.bots import Bot, data_of, identity, photo, saying
from tests.fakes import until
from tests.fakes.telegram import Question, Record, TelegramFake, User


async def searched(fake: TelegramFake, user: User, words: str) -> list[dict[str, object]]:
    question = fake.inline(words, user)
    await fake.until(lambda: question.answer)
    assert question.answer is not None
    return list(question.answer["results"])


async def drawn(fake: TelegramFake, bot: Bot, user: User, words: str) -> Record:
    fake.send(f"/imagine {words}", user)
    await fake.until(lambda: (found := photo(fake, user)) and found.text.startswith(words))
    found = photo(fake, user)
    assert found is not None

    async def known() -> bool:
        account = await bot.app.accounts.for_identity(identity(user))
        return all(job.message_id for job in await bot.app.stores.jobs.history([account.id], 9))

    await until(known)
    return found


async def test_recent_pictures_are_offered_the_newest_first(fake: TelegramFake, alice: User, bot: Bot) -> None:
    for words in ("a red fox", "a blue whale"):
        await drawn(fake, bot, alice, words)
    results = await searched(fake, alice, "")
    assert [one["caption"] for one in results] == ["a blue whale", "a red fox"]
    assert [one["caption"] for one in (await searched(fake, alice, "FOX"))[1:]] == ["a red fox"]


async def test_pictures_of_others_are_not_offered(fake: TelegramFake, alice: User, bob: User, bot: Bot) -> None:
    await drawn(fake, bot, alice, "a red fox")
    assert await searched(fake, bob, "") == []


async def test_what_is_chosen_to_be_generated_becomes_the_picture_where_it_was_sent(
    fake: TelegramFake, alice: User, bob: User, bot: Bot
) -> None:
    fake.world.private(alice)
    group = fake.group("Elsewhere", alice, bob, joined=False)
    question = fake.inline("a red fox", alice)
    await fake.until(lambda: question.answer)
    record = fake.choose_inline(question, "generate", alice, group)
    await fake.until(lambda: "photo" in record.json)
    assert record.text.startswith("a red fox")
    assert await bot.balance(alice) == -10


async def test_a_choice_that_comes_twice_is_one_picture(fake: TelegramFake, alice: User, bot: Bot) -> None:
    fake.world.private(alice)
    group = fake.group("Elsewhere", alice, joined=False)
    question = fake.inline("a red fox", alice)
    await fake.until(lambda: question.answer)
    record = fake.choose_inline(question, "generate", alice, group)
    await fake.until(lambda: "photo" in record.json)
    fake.deliver({"update_id": 1, "chosen_inline_result": _chosen(fake, question, alice)})
    await fake.until(lambda: not fake.updates.pending)
    assert await bot.balance(alice) == -10


async def test_a_refusal_is_shown_where_the_picture_would_be(fake: TelegramFake, alice: User, bot: Bot) -> None:
    group = fake.group("Elsewhere", alice, joined=False)
    question = fake.inline("forbidden fruit", alice)
    await fake.until(lambda: question.answer)
    record = fake.choose_inline(question, "generate", alice, group)
    await fake.until(lambda: "against the rules" in record.text)


async def test_the_button_above_the_results_leads_to_a_question_in_private(
    fake: TelegramFake, alice: User, bot: Bot
) -> None:
    question = fake.inline("a red fox", alice)
    await fake.until(lambda: question.answer)
    assert question.answer is not None
    start = question.answer["button"]["start_parameter"]
    fake.send(f"/start {start}", alice)
    message = await fake.until(lambda: saying(fake, alice, "Draw this?"))
    assert message is not None
    assert await bot.balance(alice) == 0
    for _ in range(2):
        fake.press(data_of(message.json)[0], message, alice)
    assert await fake.until(lambda: photo(fake, alice))
    assert await bot.balance(alice) == -10


@pytest.mark.parametrize("words", ["", " ", "x" * 256, "<b>&\"'", "🦊" * 60, "\u202e"])
async def test_whatever_is_searched_for_is_answered(fake: TelegramFake, alice: User, bot: Bot, words: str) -> None:
    await searched(fake, alice, words)


async def test_start_greets(fake: TelegramFake, alice: User, bot: Bot) -> None:
    fake.send("/start", alice)
    assert await fake.until(lambda: saying(fake, alice, "Try /imagine a red fox"))


@pytest.mark.parametrize(
    "payload", ["nothing-known", "link-", "link-<x>", "i-", "i-!!!", "i-_-8", "buy-", "-", "x" * 64]
)
async def test_a_link_that_says_nothing_is_greeted(fake: TelegramFake, alice: User, bot: Bot, payload: str) -> None:
    fake.send(f"/start {payload}", alice)
    assert await fake.until(lambda: fake.messages(alice))
    assert await bot.balance(alice) == 0


async def test_a_link_to_a_pack_sends_its_invoice(fake: TelegramFake, alice: User, bot: Bot) -> None:
    fake.send("/start buy-small", alice)
    record = await fake.until(lambda: next((one for one in fake.messages(alice) if "invoice" in one.json), None))
    assert record is not None
    assert record.json["invoice"]["total_amount"] == 400


async def offered(fake: TelegramFake, user: User, command: str, before: str) -> str:
    """The code that an answer has behind these words."""
    fake.send(command, user)
    answer = await fake.until(lambda: saying(fake, user, before))
    assert answer is not None
    return answer.text.split(before)[1].split()[0]


async def test_a_link_to_link_accounts_warns_and_links_only_when_pressed(
    fake: TelegramFake, alice: User, bob: User, bot: Bot
) -> None:
    fake.send(f"/start link-{await offered(fake, bob, '/link', 'Type /link ')}", alice)
    message = await fake.until(lambda: saying(fake, alice, "share one wallet"))
    assert message is not None
    assert "Only go on if you made that code yourself" in message.text
    accounts = [await _account(bot, user) for user in (alice, bob)]
    assert accounts[0] != accounts[1]
    fake.press(data_of(message.json)[0], message, alice)
    assert await fake.until(lambda: saying(fake, alice, "now share one account"))
    assert await _account(bot, alice) == await _account(bot, bob)


async def test_an_invitation_travels_in_a_link_that_enters_it(
    fake: TelegramFake, alice: User, bob: User, bot: Bot
) -> None:
    fake.send(f"/start inv_{await offered(fake, bob, '/invite', '?start=inv_')}", alice)
    assert await fake.until(lambda: saying(fake, alice, "Try /imagine a red fox"))
    assert await fake.until(lambda: saying(fake, alice, "Noted: whoever invited you"))
    invited = await bot.app.stores.settings.get(f"invited:{await _account(bot, alice)}")
    assert invited is not None
    assert await _account(bot, bob) in invited.doc


@pytest.mark.parametrize("words", ["a red fox", "ä", "🦊 🐺", "x" * 46])
def test_a_prompt_travels_in_a_link(words: str) -> None:
    payload = payload_of(words)
    assert payload is not None
    assert len(payload) <= MAX_START
    assert prompt_in(payload) == words


def test_a_prompt_that_is_too_long_for_a_link_has_none() -> None:
    assert payload_of("x" * 47) is None


async def _account(bot: Bot, user: User) -> str:
    return (await bot.app.accounts.for_identity(identity(user))).id


def _chosen(fake: TelegramFake, question: Question, user: User) -> dict[str, object]:
    inline_id = next(iter(fake.editing.inline))
    query = question.update["inline_query"]["query"]
    return {"result_id": "generate", "query": query, "inline_message_id": inline_id, "from": user.json()}
