"""Guards of orders and wallets, each with the test that notices when it is gone."""

from tests.mutation.mutants import Mutant

CHECKOUT = "tests/core/payments/test_checkout.py"
AT_ONCE = "tests/core/payments/test_checkout_at_once.py"
MONEY_BACK = "tests/core/payments/test_money_back.py"
DIFFERS = f"{CHECKOUT}::test_a_payment_that_differs_from_its_order_credits_nothing"
REFERRALS = "tests/core/payments/test_referrals.py"
SETTLING = "core/payments/settling.py"
STRIPE = "tests/core/payments/test_stripe.py"
WALLETS = "tests/core/test_wallets.py"

REFUSALS = "tests/core/payments/test_refusals.py"
WAITING = "tests/webhooks/pay/test_waiting.py"

PAYMENT_GUARDS = (
    Mutant(
        "a second card is a try of its own", "core/payments/paypal/gateway.py",
        'f"cap:{order.id}:{order.tries}" if order.tries else f"cap:{order.id}"', 'f"cap:{order.id}"',
        "tests/core/payments/paypal/test_gateway.py::test_a_refused_capture_leaves_the_order_open_and_says_why",
    ),
    Mutant(
        "who finds another's refusal takes nothing", "core/payments/looking.py",
        "confirms and not order.payments and order.tries == tries", "confirms and not order.payments",
        f"{REFUSALS}::test_many_who_hear_of_the_same_refusal_make_one_try",
    ),
    Mutant(
        "nobody tries again without the buyer", "core/payments/looking.py",
        "takes = takes and order.standing is not Standing.REFUSED", "takes = bool(takes)",
        f"{REFUSALS}::test_the_reason_outlives_every_look_and_no_look_tries_again",
    ),
    Mutant(
        "nobody starts over while it is not sure", "core/payments/looking.py",
        "return is_open and self.is_sure and", "return is_open and",
        f"{WAITING}::test_nobody_starts_over_while_the_gateway_is_down",
    ),
    Mutant(
        "what is given back is this order's", "core/payments/checkout.py",
        "        if taken is None:\n            raise NotFound(\"This payment",
        "        if taken is not taken:\n            raise NotFound(\"This payment",
        f"{MONEY_BACK}::test_a_payment_of_another_order_and_more_than_was_paid_cannot_be_given_back",
    ),
    Mutant(
        "nobody owes what lapsed", "core/credits/reversing.py",
        "    gone = min(lot.expired, amount - taken)", "    gone = 0",
        "tests/core/credits/test_reversing.py::test_nobody_owes_credits_of_a_month_that_lapsed_unused",
    ),
    Mutant(
        "the amount is the order's", SETTLING,
        "    if capture.money.amount != goods.price:", "    if capture.money.amount < 0:", f"{DIFFERS}[another amount]",
    ),
    Mutant(
        "the currency is the order's", SETTLING,
        "    if capture.money.currency != goods.currency:", "    if not capture.money.currency:",
        f"{DIFFERS}[another currency]",
    ),
    Mutant(
        "we are who was paid", SETTLING,
        "if None not in (gateway.payee, truth.payee) and gateway.payee != truth.payee:", "if truth.payee == '':",
        f"{DIFFERS}[another payee]",
    ),
    Mutant(
        "the gateway means this order", SETTLING,
        "(truth.order is not None and truth.order != order.id)", "truth.order == ''", f"{DIFFERS}[another order]",
    ),
    Mutant(
        "only complete money counts", SETTLING,
        "    if not capture.is_complete:\n        return", "    if capture.money.amount < 0:\n        return",
        f"{DIFFERS}[not ours]",
    ),
    Mutant(
        "no older truth over a newer one", SETTLING,
        "        if not await self._orders.save(changed):\n            raise OrderChanged",
        "        changed = replace(changed, version=(await self._orders.get(read.id) or read).version)\n"
        "        if not await self._orders.save(changed):\n            raise OrderChanged",
        f"{AT_ONCE}::test_an_answer_that_is_older_than_what_is_known_changes_nothing",
    ),
    Mutant(
        "a link is asked for so often an hour", "core/payments/checkout.py",
        "        await self._throttle.take(account.id, request_id)\n", "",
        f"{CHECKOUT}::test_links_are_throttled",
    ),
    Mutant(
        "a notice is from today", "core/payments/stripe/notices.py",
        "abs(now // SECOND - signed_at) > TOLERANCE_SECONDS", "signed_at < 0",
        f"{STRIPE}::test_a_notice_is_of_today_neither_replayed_nor_from_the_future",
    ),
    Mutant(
        "what is spent of a reward is no debt", "core/credits/reversing.py",
        "    if reverse.spares_spent:\n        missing = min(missing, lot.remaining)\n", "",
        "tests/core/credits/test_reversing.py::"
        "test_a_reversal_that_spares_what_is_spent_takes_what_is_there_and_gives_just_that_back",
    ),
    Mutant(
        "a reward stands with the purchase", "core/payments/referrals.py",
        "elif invited.credits and invited.back is stands:", "elif invited.credits and invited.back is not None:",
        f"{REFERRALS}::test_a_reward_stays_while_anything_that_the_friend_bought_stands",
    ),
    Mutant(
        "a member's cap", "core/wallets.py",
        "            if had.total + amount > cap:\n", "            if amount > cap:\n",
        f"{WALLETS}::test_a_cap_is_for_a_month",
    ),
)  # fmt: skip
