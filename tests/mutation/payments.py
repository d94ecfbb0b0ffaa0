"""Guards of orders and wallets, each with the test that notices when it is gone."""

from tests.mutation.mutants import Mutant

CHECKOUT = "tests/core/payments/test_checkout.py"
DIFFERS = f"{CHECKOUT}::test_a_payment_that_differs_from_its_order_credits_nothing"
REFERRALS = "tests/core/payments/test_referrals.py"
SETTLING = "core/payments/settling.py"
STRIPE = "tests/core/payments/test_stripe.py"
WALLETS = "tests/core/test_wallets.py"

PAYMENT_GUARDS = (
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
        f"{CHECKOUT}::test_an_answer_that_is_older_than_what_is_known_changes_nothing",
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
        "what is spent of a reward is no debt", "core/credits/decide.py",
        "    if reverse.spares_spent:\n        missing = min(missing, lot.remaining)\n", "",
        "tests/core/credits/test_decide.py::"
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
