"""Guards of gifts, each with the edit that removes it and the test that must notice."""

from tests.mutation.mutants import Mutant

TRANSFERS, MODEL = "core/credits/transfers.py", "core/credits/model.py"
TEST = "tests/core/credits/test_transfers.py"

GIFT_GUARDS = (
    Mutant(
        "free credits stay", MODEL,
        "if is_givable(lot) and not is_past(lot, now))", "if not is_past(lot, now))",
        f"{TEST}::test_free_credits_and_those_of_a_subscription_stay",
    ),
    Mutant(
        "nobody gives more than is there", "core/credits/decide.py",
        "    if state.givable(now) < give.amount:\n        raise CannotGive(give.amount, state.givable(now))\n", "",
        f"{TEST}::test_parallel_gifts_never_give_more_than_there_is",
    ),
    Mutant(
        "a gift has two ids", MODEL,
        'ARRIVED = ":in"', 'ARRIVED = ""',
        f"{TEST}::test_who_is_linked_to_the_giver_on_the_way_still_gets_it",
    ),
    Mutant(
        "what was given up stays so", TRANSFERS,
        """            return await self._ledger.follow(
                Give(transfer.source, give.op, 0, transfer.target, "gift that was not given")
            )
""", "            await self._store.finish(transfer.id)\n            raise\n",
        f"{TEST}::test_what_was_given_up_is_not_given_by_a_twin_that_finds_more",
    ),
    Mutant(
        "a gift is driven on where it began", TRANSFERS,
        "        return await self._drive(known or await self._store.add(transfer))",
        "        return await self._drive(transfer)",
        f"{TEST}::test_a_crash_at_each_write_is_driven_on_under_the_same_ids",
    ),
    Mutant(
        "the sweeper drives gifts on", "core/jobs/sweeper.py",
        "self._linking.recover, self._transfers.recover,", "self._linking.recover,",
        f"{TEST}::test_a_crash_at_each_write_is_driven_on_under_the_same_ids",
    ),
    Mutant(
        "lost gifts are named", "core/credits/gifts.py",
        "len(given) == 1 and got == [amount for amount in given if amount]", "len(given) < 2",
        f"{TEST}::test_a_gift_that_never_arrives_or_comes_from_nowhere_is_named",
    ),
)  # fmt: skip
