"""Guards of payments, and of what Telegram sends and takes."""

from tests.mutation.mutants import Mutant

FULFILMENT, TEST_FULFILMENT = "core/payments/fulfilment.py", "tests/core/payments/test_fulfilment.py"
BOT, TESTS = "bots/telegram", "tests/bots/telegram"

TELEGRAM_GUARDS = (
    Mutant(
        "a payment belongs to the account it was claimed for", FULFILMENT,
        "            await self._settings.put(scope, claim.model_dump_json(), 0)\n"
        "        return Claim.model_validate_json(kept.doc)",
        "            await self._settings.put(scope, claim.model_dump_json(), 0)\n"
        "        root = await self._accounts.for_identity(payment.identity)\n"
        "        return Claim(account=root.id, credits=payment.credits)",
        f"{TEST_FULFILMENT}::test_a_payment_that_is_reported_again_after_a_link_is_not_credited_to_the_new_wallet",
    ),
    Mutant(
        "a refund credits first what it takes back", FULFILMENT,
        "        granted = await self._credited(payment, claim)\n",
        "        granted = Fulfilled(claim.account, claim.credits, 0, True)\n",
        f"{TEST_FULFILMENT}::test_a_refund_that_comes_before_its_payment_leaves_nothing",
    ),
    Mutant(
        "the charge is the operation", f"{BOT}/stars.py",
        "        PROVIDER, charge, identity_of(buyer.id),", "        PROVIDER, str(id(buyer)), identity_of(buyer.id),",
        f"{TESTS}/test_stars.py::test_a_payment_is_credited_once_also_if_it_is_told_twice",
    ),
    Mutant(
        "only what is sold today can be paid", f"{BOT}/stars.py",
        "is_sold = goods is not None and is_offered(goods, self._app.catalogue)", "is_sold = goods is not None",
        f"{TESTS}/test_stars.py::test_what_is_not_sold_any_more_cannot_be_paid",
    ),
    Mutant(
        "the list moves only past what is settled", f"{BOT}/transactions.py",
        "            settled += is_whole\n", "            settled += 1\n",
        f"{TESTS}/test_stars.py::test_a_transaction_that_fails_is_looked_at_again",
    ),
    Mutant(
        "only admins refund", f"{BOT}/operators.py",
        '            allow(_actor(spoken, account), "refund")\n', "",
        f"{TESTS}/test_stars_back.py::test_only_admins_refund",
    ),
    Mutant(
        "no suspended admin refunds", f"{BOT}/operators.py",
        "            if account.suspended:\n", "            if False:\n",
        f"{TESTS}/test_stars_back.py::test_a_suspended_admin_refunds_nothing",
    ),
    Mutant(
        "answers to questions wait for nobody", f"{BOT}/pacer.py",
        "        if not chat:\n            return await callback(*args, **kwargs)\n", "",
        f"{TESTS}/test_pacer.py::test_a_question_that_is_answered_too_fast_holds_up_no_other",
    ),
    Mutant(
        "an update is confirmed only when it was taken", f"{BOT}/polling.py",
        "if not (task.done() and task.result())]", "if task.done() and not task.result()]",
        f"{TESTS}/test_taking_in.py::test_a_slow_update_holds_up_no_other_and_is_not_lost_by_a_crash",
    ),
    Mutant(
        "an update that failed comes again", f"{BOT}/polling.py",
        "if not (task.done() and task.result())]", "if not task.done()]",
        f"{TESTS}/test_stars.py::test_a_payment_that_a_failing_database_cut_short_is_credited_once",
    ),
    Mutant(
        "what the ledger cannot take yet comes again", f"{BOT}/intake.py",
        "except (StoreError, LedgerError) as error:", "except StoreError as error:",
        f"{TESTS}/test_stars_back.py::test_a_refund_while_the_account_is_being_merged_is_told_again",
    ),
    Mutant(
        "a cycle ends with its month", FULFILMENT,
        "return None if payment.plan is None or payment.plan in self._rollover else payment.until", "return None",
        f"{TEST_FULFILMENT}::test_a_cycle_of_a_subscription_is_a_lot_that_ends_with_it",
    ),
    Mutant(
        "the list says until when a cycle is paid", f"{BOT}/transactions.py",
        "transaction.amount, _until(transaction, partner))", "transaction.amount)",
        f"{TESTS}/test_subscriptions.py::test_cycles_that_no_update_told_of_are_found_in_the_list",
    ),
    Mutant(
        "a refund may not say what was sold", f"{BOT}/transactions.py",
        "partner.invoice_payload or await self._payload_of_refunded(transaction)", "partner.invoice_payload",
        f"{TESTS}/test_subscriptions.py::test_a_refund_that_the_list_names_without_its_goods_takes_credits_back",
    ),
    Mutant(
        "a subscription is named by its first payment", f"{BOT}/subscriptions.py",
        "    if cycle.is_first and not kept.is_first:", "    if False:",
        f"{TESTS}/test_subscriptions.py::test_whatever_the_order_the_first_payment_names_the_subscription",
    ),
    Mutant(
        "what was refunded is not paid for", f"{BOT}/subscriptions.py",
        "        return self.until == 0 and self.latest == charge", "        return False",
        f"{TESTS}/test_subscriptions.py::test_what_was_refunded_is_over_whenever_its_payment_is_told",
    ),
    Mutant(
        "what is being sent is not sent again", f"{BOT}/poster.py",
        "        return await asyncio.shield(self._posting[key])", "        return await post()",
        f"{TESTS}/test_delivery.py::test_an_album_that_is_given_up_while_it_is_sent_is_not_sent_again",
    ),
    Mutant(
        "words about another file are about no picture", f"{BOT}/messages.py",
        "        return is_unreadable(spoken.message)\n", "        return False\n",
        f"{TESTS}/test_requests.py::test_words_about_a_file_that_is_no_picture_are_not_taken_for_something_else",
    ),
    Mutant(
        "an album waits for all its pictures", f"{BOT}/messages.py",
        "await album.complete() if album is not None else _pictures(spoken)", "_pictures(spoken)",
        f"{TESTS}/test_albums.py::test_an_album_is_one_edit_of_all_its_pictures",
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
