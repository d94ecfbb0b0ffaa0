"""Guards of the code, each with the edit that removes it and the test that must notice."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Mutant:
    """Replace `old` by `new` in `file`; `test` must then fail."""

    name: str
    file: str
    old: str
    new: str
    test: str


DECIDE = "tests/core/credits/test_decide.py"
LEDGER = "tests/core/credits/test_ledger.py"
MEMORY = "tests/core/credits/test_ledger_memory.py"
SEVERAL = "tests/core/credits/test_ledgers_model.py::test_several_ledgers_on_one_store_do_what_one_without_memory_does"
SCHEMA = "core/stores/sqlite/schema.py"

LEDGER_GUARDS = (
    Mutant(
        "unique (account, seq)", SCHEMA,
        "PRIMARY KEY (account, seq), UNIQUE (account, op)", "PRIMARY KEY (account, op)",
        f"{LEDGER}::test_the_store_takes_each_number_once",
    ),
    Mutant(
        "unique (account, seq), under load", SCHEMA,
        "PRIMARY KEY (account, seq), UNIQUE (account, op)", "PRIMARY KEY (account, op)",
        f"{LEDGER}::test_parallel_holds_never_spend_more_than_there_is",
    ),
    Mutant(
        "unique (account, op)", SCHEMA,
        "PRIMARY KEY (account, seq), UNIQUE (account, op)", "PRIMARY KEY (account, seq)",
        f"{LEDGER}::test_the_store_takes_each_operation_once",
    ),
    Mutant(
        "funds check", "core/credits/decide.py",
        "    if available < hold.amount:\n        raise InsufficientCredits(hold.amount, available)\n", "",
        f"{DECIDE}::test_nobody_spends_more_than_they_have",
    ),
    Mutant(
        "expiry", "core/credits/model.py",
        "return lot.expires_at is not None and lot.expires_at <= now", "return False",
        f"{DECIDE}::test_expired_credits_cannot_be_spent",
    ),
    Mutant(
        "shared end id", "core/credits/model.py",
        "        return end_op(self.job)", '        return f"job:{self.job}:{self.kind}"',
        f"{LEDGER}::test_a_settled_job_cannot_be_released_as_well",
    ),
)  # fmt: skip

MORE_GUARDS = (
    Mutant(
        "a known operation is answered, not repeated", "core/credits/ledger.py",
        "        if loaded.known is not None:\n            return loaded.known\n", "",
        f"{LEDGER}::test_a_settled_job_cannot_be_released_as_well",
    ),
    Mutant(
        "holds in flight", "core/credits/decide.py",
        "    if len(state.holds) >= hold.max_open:\n        raise TooManyInFlight(hold.max_open)\n", "",
        f"{DECIDE}::test_no_more_holds_than_allowed_at_once",
    ),
    Mutant(
        "charge within the hold", "core/credits/decide.py",
        "if not 0 <= charge <= hold.amount:", "if charge < 0:",
        f"{DECIDE}::test_a_job_is_never_charged_more_than_it_held",
    ),
    Mutant(
        "reversal within the payment", "core/credits/decide.py",
        "if not 0 < reverse.amount <= lot.granted - lot.clawed:", "if reverse.amount <= 0:",
        f"{DECIDE}::test_reversals_never_exceed_what_the_payment_gave",
    ),
    Mutant(
        "debt is repaid first", "core/credits/decide.py",
        "    return _with_repayment(state, draft, now)", "    return draft",
        f"{DECIDE}::test_later_credits_repay_debt_first",
    ),
    Mutant(
        "a merged account takes nothing more", "core/credits/decide.py",
        "    if state.moved_to is not None:\n        raise AccountMoved(state.account, state.moved_to)\n", "",
        f"{DECIDE}::test_a_merged_account_passes_further_operations_on",
    ),
    Mutant(
        "grace for credits that expired while held", "core/credits/apply.py",
        '        changes["expires_at"] = at + RETURN_GRACE', "        pass",
        f"{DECIDE}::test_a_failed_job_returns_credits_that_expired_meanwhile_for_a_while",
    ),
    Mutant(
        "burn order", "core/credits/decide.py",
        "key=lambda lot: (lot.origin, FOREVER if lot.expires_at is None else lot.expires_at)", "key=lambda lot: 0",
        f"{DECIDE}::test_what_was_free_and_expires_soonest_is_spent_first",
    ),
    Mutant(
        "snapshots are repaired from the tail", "core/credits/ledger.py",
        "    return fold(loaded.snapshot or State(account), loaded.tail)",
        "    return loaded.snapshot or State(account)",
        f"{LEDGER}::test_a_lost_snapshot_is_repaired_from_the_entries",
    ),
)  # fmt: skip

MEMORY_GUARDS = (
    Mutant(
        "a refusal rests on a fresh state", "core/credits/ledger.py",
        "        except EaselError:\n            return None\n", "        except KeyError:\n            return None\n",
        f"{MEMORY}::test_a_stale_memory_of_too_little_money_refuses_nothing",
    ),
    Mutant(
        "a refusal rests on a fresh state, in random histories", "core/credits/ledger.py",
        "        except EaselError:\n            return None\n", "        except KeyError:\n            return None\n",
        SEVERAL,
    ),
    Mutant(
        "what is used is forgotten until it is durable", "core/credits/memory.py",
        "self._states.pop(account, None)", "self._states.get(account)",
        f"{MEMORY}::test_after_an_append_of_unknown_outcome_nothing_is_remembered",
    ),
    Mutant(
        "only what was appended is remembered", "core/credits/ledger.py",
        "        if isinstance(outcome, Appended):\n", "        if outcome:\n",
        f"{MEMORY}::test_a_lost_race_is_not_remembered_as_won",
    ),
    Mutant(
        "only what was appended is remembered, in random histories", "core/credits/ledger.py",
        "        if isinstance(outcome, Appended):\n", "        if outcome:\n", SEVERAL,
    ),
    Mutant(
        "answers are read afresh", "core/credits/ledger.py",
        "        return _folded(account, await self.store.load(account, None))",
        "        return self._recent._states.get(account) or _folded(account, await self.store.load(account, None))",
        f"{MEMORY}::test_answers_include_what_others_wrote",
    ),
    Mutant(
        "answers are read afresh, in random histories", "core/credits/ledger.py",
        "        return _folded(account, await self.store.load(account, None))",
        "        return self._recent._states.get(account) or _folded(account, await self.store.load(account, None))",
        SEVERAL,
    ),
    Mutant(
        "what is remembered has a limit", "core/credits/memory.py",
        "        if len(self._states) > self._limit:\n            self._states.popitem(last=False)\n", "",
        f"{MEMORY}::test_only_the_accounts_used_last_are_remembered",
    ),
    Mutant(
        "used-up lots come back when they are paid back", "core/credits/apply.py",
        "self._used_up().pop(lot_id, None)", "None",
        "tests/core/credits/test_closed.py::test_a_used_up_lot_is_carried_as_a_text_and_can_still_be_reversed_only_up_to_its_grant",
    ),
)  # fmt: skip
