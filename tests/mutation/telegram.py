"""Guards of payments, and of what Telegram sends and takes."""

from tests.mutation.mutants import Mutant

FULFILMENT, TEST_FULFILMENT = "core/payments/fulfilment.py", "tests/core/payments/test_fulfilment.py"
BOT, TESTS = "bots/telegram", "tests/bots/telegram"

TELEGRAM_GUARDS = (
    Mutant(
        "a payment belongs to the account it was claimed for", FULFILMENT,
        "        return Claim.model_validate_json(kept.doc)",
        "        root = await self._accounts.for_identity(payment.identity)\n"
        "        return Claim(account=root.id, credits=payment.credits)",
        f"{TEST_FULFILMENT}::test_a_payment_that_is_reported_again_after_a_link_is_not_credited_to_the_new_wallet",
    ),
    Mutant(
        "a refund credits first what it takes back", FULFILMENT,
        "        await self._credited(payment, claim)\n", "",
        f"{TEST_FULFILMENT}::test_a_refund_that_comes_before_its_payment_leaves_nothing",
    ),
    Mutant(
        "the charge is the operation", f"{BOT}/stars.py",
        "return Payment(PROVIDER, charge,", "return Payment(PROVIDER, str(id(buyer)),",
        f"{TESTS}/test_stars.py::test_a_payment_is_credited_once_also_if_it_is_told_twice",
    ),
    Mutant(
        "only what is sold today can be paid", f"{BOT}/stars.py",
        "is_sold = goods is not None and is_offered(goods, self._app.catalogue.packs)", "is_sold = goods is not None",
        f"{TESTS}/test_stars.py::test_what_is_not_sold_any_more_cannot_be_paid",
    ),
    Mutant(
        "the list moves only past what is settled", f"{BOT}/transactions.py",
        "            settled += is_whole\n", "            settled += 1\n",
        f"{TESTS}/test_stars.py::test_a_transaction_that_fails_is_looked_at_again",
    ),
    Mutant(
        "only admins refund", f"{BOT}/operators.py",
        "            if account.role < Role.ADMIN:\n", "            if False:\n",
        f"{TESTS}/test_stars.py::test_only_admins_refund",
    ),
    Mutant(
        "answers to questions wait for nobody", f"{BOT}/pacer.py",
        "        if not chat:\n            return await callback(*args, **kwargs)\n", "",
        f"{TESTS}/test_pacer.py::test_a_question_that_is_answered_too_fast_holds_up_no_other",
    ),
    Mutant(
        "an update is confirmed only when it was taken", f"{BOT}/polling.py",
        "        if again:\n", "        if False:\n",
        f"{TESTS}/test_stars.py::test_a_payment_that_a_failing_database_cut_short_is_credited_once",
    ),
    Mutant(
        "an update has its effect once", f"{BOT}/desk.py",
        "        known = await self._app.stores.jobs.get(job_id(message.id))\n", "        known = None\n",
        f"{TESTS}/test_taking_in.py::test_after_a_restart_an_update_that_comes_again_shows_no_second_placeholder",
    ),
    Mutant(
        "the webhook's secret", f"{BOT}/hook.py",
        "        if not hmac.compare_digest(given.encode(), secret.encode()):\n", "        if False:\n",
        f"{TESTS}/test_taking_in.py::test_nobody_else_brings_updates",
    ),
    Mutant(
        "the result is written over a later status", f"{BOT}/live.py",
        "                if shown and current is not None:\n", "                if False:\n",
        f"{TESTS}/test_delivery.py::test_a_status_that_comes_after_the_result_does_not_stay",
    ),
    Mutant(
        "what is delivered is not sent again", f"{BOT}/poster.py",
        "        if before is not None and before.message != place.message:\n", "        if False:\n",
        f"{TESTS}/test_delivery.py::test_a_second_delivery_of_an_album_by_this_process_sends_none_again",
    ),
    Mutant(
        "nobody is mentioned", f"{BOT}/html.py",
        '    return _escaped(_MENTION.sub(f"@{_SILENT}", _sane(text)))', "    return _escaped(_sane(text))",
        f"{TESTS}/test_html.py::test_whatever_it_is_the_html_is_valid_and_mentions_nobody",
    ),
    Mutant(
        "forwarded words are no command", f"{BOT}/hearing.py",
        "    if message.forward_origin is not None:", "    if False:",
        f"{TESTS}/test_requests.py::test_forwarded_words_are_never_a_command",
    ),
    Mutant(
        "a link only asks", f"{BOT}/deeplinks.py",
        "                self._ask(spoken.place, words)\n",
        '                await self._desk.make(spoken.incoming, spoken.place, words, "image", self._service.say)\n',
        f"{TESTS}/test_inline.py::test_the_button_above_the_results_leads_to_a_question_in_private",
    ),
    Mutant(
        "a link code is said in private", f"{BOT}/messages.py",
        "privately=name in FOR_ONE and not spoken.place.is_private", "privately=False",
        f"{TESTS}/test_groups.py::test_what_is_private_is_said_in_private",
    ),
)  # fmt: skip
