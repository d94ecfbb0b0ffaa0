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
REVERSING = "tests/core/credits/test_reversing.py"
MOVING = "tests/core/credits/test_moving.py"
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
        "shared end id", "core/credits/operations.py",
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
        "reversal within the payment", "core/credits/reversing.py",
        "if not 0 <= reverse.total <= lot.granted:", "if reverse.total < 0:",
        f"{REVERSING}::test_reversals_never_exceed_what_the_payment_gave",
    ),
    Mutant(
        "the later word holds", "core/credits/reversing.py",
        "if reverse.word <= lot.word:", "if reverse.word < 0:",
        f"{REVERSING}::test_of_two_words_on_a_payment_the_later_one_holds_in_whatever_order_they_come",
    ),
    Mutant(
        "debt is repaid first", "core/credits/decide.py",
        "    return _with_repayment(state, draft, now)", "    return draft",
        f"{REVERSING}::test_later_credits_repay_debt_first",
    ),
    Mutant(
        "a merged account takes nothing more", "core/credits/decide.py",
        "    if state.moved_to is not None:\n        raise AccountMoved(state.account, state.moved_to)\n", "",
        f"{MOVING}::test_a_merged_account_passes_further_operations_on",
    ),
    Mutant(
        "grace for credits that expired while held", "core/credits/apply.py",
        '        changes["expires_at"] = at + RETURN_GRACE', "        pass",
        f"{DECIDE}::test_a_failed_job_returns_credits_that_expired_meanwhile_for_a_while",
    ),
    Mutant(
        "burn order", "core/credits/drafting.py",
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

LEADER, SCHEDULE, RETENTION = "core/redis/leader.py", "core/schedule.py", "core/retention.py"
TEST_LEADER, TEST_RETENTION = "tests/core/redis/test_leader.py", "tests/core/test_retention.py"

PERIODIC_GUARDS = (
    Mutant(
        "a leader looks at the fence before it acts", LEADER,
        "if await self._fences.highest(self._name) == self._number:", "if True:",
        f"{TEST_LEADER}::test_one_that_slept_through_its_lock_does_nothing_when_it_wakes",
    ),
    Mutant(
        "a lock is renewed by its holder only", LEADER,
        "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('PEXPIRE', KEYS[1], ARGV[2]) end",
        "do return redis.call('PEXPIRE', KEYS[1], ARGV[2]) end",
        f"{TEST_LEADER}::test_of_three_one_acts",
    ),
    Mutant(
        "a lock is released by its holder only", LEADER,
        "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end",
        "do return redis.call('DEL', KEYS[1]) end",
        f"{TEST_LEADER}::test_its_lock_is_never_released_by_another",
    ),
    Mutant(
        "a follower is patient with Redis", LEADER,
        "waited >= self._pace.patience", "True",
        f"{TEST_LEADER}::test_without_redis_from_the_start_one_leads_after_a_while",
    ),
    Mutant(
        "without Redis one leads, by the slot", LEADER,
        "waited >= self._pace.patience) and await self._take_slot()", "waited >= self._pace.patience)",
        f"{TEST_LEADER}::test_while_redis_is_away_the_leader_goes_on_alone",
    ),
    Mutant(
        "a leader keeps the slot while Redis is there", LEADER,
        "                await self._take_slot()  # its last", "                pass  # its last",
        f"{TEST_LEADER}::test_one_that_is_cut_off_from_redis_does_not_depose_one_that_is_not",
    ),
    Mutant(
        "only the leader acts", SCHEDULE,
        "if await self._leadership.acts():", "if True:",
        "tests/core/test_schedule.py::test_only_who_leads_acts",
    ),
    Mutant(
        "a task has a time limit", SCHEDULE,
        "async with asyncio.timeout(task.limit):", "if True:",
        "tests/core/test_schedule.py::test_one_that_hangs_is_given_up_and_tried_again",
    ),
    Mutant(
        "files go before words", RETENTION,
        "            for token in job.media:",
        "            await self._stores.jobs.blank(job.id, now)\n            for token in job.media:",
        f"{TEST_RETENTION}::test_a_crash_between_files_and_words_leaves_no_file_behind",
    ),
    Mutant(
        "what is just being posted is kept", RETENTION,
        "        if not job.is_blankable(now):\n            return False\n", "",
        f"{TEST_RETENTION}::test_a_result_that_is_just_being_posted_is_kept_for_the_next_round",
    ),
    Mutant(
        "suspended people get no daily credits", "core/credits/daily.py",
        "account is None or account.suspended or account.closing", "account is None or account.closing",
        "tests/core/credits/test_daily.py::test_who_is_suspended_or_has_left_gets_none",
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
