"""Guards of what gateways say and of what follows from it, each with the test that notices when it is gone."""

from tests.mutation.mutants import Mutant

CHECKOUT = "tests/core/payments/test_checkout.py"
AT_ONCE = "tests/core/payments/test_checkout_at_once.py"
MONEY_BACK = "tests/core/payments/test_money_back.py"
PLANS = "tests/core/payments/test_plans.py"
ORDERS = "tests/core/payments/test_orders.py"
PAYPAL = "tests/core/payments/paypal/test_gateway.py"
REFUSALS = "tests/core/payments/test_refusals.py"
SIGNATURE = "tests/core/payments/paypal/test_signature.py"
STRIPE = "tests/core/payments/test_stripe.py"
SETTLING = "core/payments/settling.py"
READING = "core/payments/paypal/reading.py"
SIGNED = "core/payments/paypal/signature.py"

GATEWAY_GUARDS = (
    Mutant(
        "a line says when to look again", SETTLING,
        "replace(order, payments=payments, look_at=now + SOON)", "replace(order, payments=payments, look_at=None)",
        "tests/core/payments/test_checkout.py::"
        "test_who_is_not_credited_as_the_process_died_after_it_had_noted_the_payment_is_so_in_a_minute",
    ),
    Mutant(
        "more that went back is a new word", SETTLING,
        "    word = known.word + (back != known.back)", "    word = known.word or int(back > 0)",
        f"{MONEY_BACK}::test_a_dispute_takes_the_credits_and_when_it_is_won_they_are_back",
    ),
    Mutant(
        "who is not told yet is told soon", "core/payments/due.py",
        "    if is_to_be_told(order, now):", "    if order.told < 0:",
        f"{CHECKOUT}::test_who_cannot_be_told_has_the_credits_and_is_told_later",
    ),
    Mutant(
        "one tells a buyer at a time", SETTLING,
        " or order.telling_until > now:", ":",
        f"{AT_ONCE}::test_many_returns_notices_and_reconcilers_at_once_credit_once",
    ),
    Mutant(
        "who got a month's money back is no subscriber", "core/payments/orders.py",
        "if taken.until is not None and taken.back < taken.credits]", "if taken.until is not None]",
        f"{PLANS}::test_who_gets_a_plans_money_back_is_no_subscriber_any_more",
    ),
    Mutant(
        "credits that go are rounded up", "core/payments/orders.py",
        "-(-credits * min(back, amount) // amount)", "credits * min(back, amount) // amount",
        f"{MONEY_BACK}::test_refunds_take_their_share_of_the_credits",
    ),
    Mutant(
        "who was refused has to agree again", "core/payments/looking.py",
        "                takes = takes and order.standing is not Standing.REFUSED\n", "",
        REFUSALS,
    ),
    Mutant(
        "a link expires", "core/payments/checkout.py",
        "        if order.expires_at <= now:\n            raise NotFound(",
        "        if order.expires_at < 0:\n            raise NotFound(",
        f"{CHECKOUT}::test_a_link_expires_and_what_was_paid_by_it_is_seen_for_another_day",
    ),
    Mutant(
        "an order that crashes keeps no other one waiting", "core/payments/reconciling.py",
        "        except Exception:\n            logger().exception(\"order crashed\"",
        "        except OverflowError:\n            logger().exception(\"order crashed\"",
        f"{AT_ONCE}::test_an_order_that_crashes_keeps_no_other_one_waiting",
    ),
    Mutant(
        "a payment is whose it was first", "core/payments/fulfilment.py",
        "        return Claim.model_validate_json(kept.doc)\n\n\n",
        "        account = payment.account or (await self._accounts.for_identity(payment.identity)).id\n"
        "        return Claim(account=account, credits=payment.credits)\n\n\n",
        "tests/core/payments/test_fulfilment.py"
        "::test_a_payment_that_is_reported_again_after_a_link_is_not_credited_to_the_new_wallet",
    ),
    Mutant(
        "PayPal signs its notices", SIGNED,
        "            key.verify(signature, message, PKCS1v15(), SHA256())", "            pass",
        f"{SIGNATURE}::test_a_delivery_for_another_webhook_is_refused",
    ),
    Mutant(
        "PayPal's notices are of these days", SIGNED,
        "if not -MAX_AHEAD <= clock.now() - at <= MAX_AGE:", "if at < 0:",
        f"{SIGNATURE}::test_a_delivery_of_last_week_or_of_the_future_is_refused",
    ),
    Mutant(
        "PayPal's certificates are at PayPal", "core/payments/paypal/certificates.py",
        "if len(url) > MAX_URL or not self._url.fullmatch(url):", "if len(url) > MAX_URL:",
        f"{SIGNATURE}::test_no_certificate_is_fetched_from_anywhere_else",
    ),
    Mutant(
        "PayPal's certificates are PayPal's", "core/payments/paypal/certificates.py",
        "        self._verify(chain)\n", "",
        f"{SIGNATURE}::test_a_certificate_of_another_name_root_or_time_is_refused",
    ),
    Mutant(
        "a loss that is reported twice is one", READING,
        "before + max(during, disputed)", "before + during + disputed",
        f"{PAYPAL}::test_a_loss_that_is_reported_twice_is_one",
    ),
    Mutant(
        "a won dispute leaves us the money", READING,
        "lost = [each for each in disputes if not is_won(each)]", "lost = [*disputes]",
        f"{PAYPAL}::test_a_won_dispute_gives_the_money_back_to_us",
    ),
    Mutant(
        "the same refund once", "core/payments/paypal/gateway.py",
        'f"refund:{key}")', '__import__("uuid").uuid4().hex)',
        f"{PAYPAL}::test_refunds_add_up_and_the_same_one_again_does_nothing",
    ),
    Mutant(
        "one session for an order", "core/payments/stripe/gateway.py",
        '{"idempotency_key": f"order:{order.id}"}', '{"idempotency_key": __import__("uuid").uuid4().hex}',
        f"{STRIPE}::test_a_session_is_made_once_for_an_order_and_says_what_it_is_for",
    ),
    Mutant(
        "what goes back of a month is named by asking", "core/payments/stripe/gateway.py",
        "            return await self._named(notice, notice.payment)", "            return notice",
        f"{STRIPE}::test_what_goes_back_of_a_month_or_of_a_payment_never_heard_of_is_named_by_asking",
    ),
    Mutant(
        "inquiries take nothing", "core/payments/stripe/truth.py",
        'frozenset({"needs_response", "under_review", "lost"})',
        'frozenset({"needs_response", "under_review", "lost", "warning_needs_response"})',
        f"{STRIPE}::test_an_inquiry_holds_nothing_and_a_lost_dispute_everything",
    ),
    Mutant(
        "no demo beside a real gateway", "core/payments/opening.py",
        "    if not names and (demo :=", "    if (demo :=", "tests/core/payments/test_opening.py",
    ),
)  # fmt: skip
