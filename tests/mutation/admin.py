"""Guards of what admins do, each with the edit that removes it and the test that must notice."""

from tests.mutation.mutants import Mutant

SERVICE, DRIVING = "core/admin/service.py", "core/admin/driving.py"
TESTS = "tests/core/admin"

ADMIN_GUARDS = (
    Mutant(
        "an intent comes first", SERVICE,
        "known = await self._intents.begin(intent.model_copy(", "known = (intent.model_copy(",
        f"{TESTS}/test_giving.py::test_a_crash_at_any_write_is_made_good_by_whoever_comes_next",
    ),
    Mutant(
        "what is under way is not looked at again", SERVICE,
        "        known = await self._intents.find(request)\n", "        known = None\n",
        f"{TESTS}/test_giving.py::test_after_a_crash_the_same_request_goes_on_at_once",
    ),
    Mutant(
        "an id is one action", SERVICE,
        "        if not as_asked or any(", "        if False and any(",
        f"{TESTS}/test_giving.py::test_the_id_of_a_request_is_not_taken_for_something_else",
    ),
    Mutant(
        "a refused action is over", DRIVING,
        "            except (Refusal, LedgerError):\n                await self._intents.end(intent.request)\n",
        "            except (Refusal, LedgerError):\n",
        f"{TESTS}/test_giving.py::test_what_was_spent_just_before_cannot_be_taken_either",
    ),
    Mutant(
        "what does not come to an end is given up", DRIVING,
        "if intent.at + GIVEN_UP_AFTER <= now:", "if False:",
        f"{TESTS}/test_refunds.py::test_after_an_hour_it_is_given_up_and_the_audit_log_says_so",
    ),
    Mutant(
        "one refund of an order at a time", "core/admin/refunds.py",
        "return (one.action, one.target) == (other.action, other.target)", "return False",
        f"{TESTS}/test_refunds.py::test_a_provider_that_does_not_answer_is_asked_again_and_no_second_refund_begins",
    ),
    Mutant(
        "a role is written before it is looked", "core/admin/people.py",
        "if account.role is Role.ADMIN and not await self._people.has_admin():", "if False:",
        f"{TESTS}/test_people.py::test_of_two_who_are_demoted_at_once_one_stays",
    ),
    Mutant(
        "a late repetition of a suspension changes nothing", "core/admin/people.py",
        'is_as_before = account.suspended == intent.before.get("suspended")', "is_as_before = True",
        f"{TESTS}/test_people.py::test_what_is_repeated_late_does_not_undo_what_another_admin_did",
    ),
    Mutant(
        "a late repetition of a switch changes nothing", "core/admin/switches.py",
        "            if request in now.requests:\n                return self._remember(now)\n", "",
        f"{TESTS}/test_house.py::test_what_is_repeated_late_does_not_undo_what_another_admin_did",
    ),
    Mutant(
        "a pause holds for requests", "core/requests/pipeline.py",
        "        await self._switches.check_open()\n", "",
        f"{TESTS}/test_house.py::test_nothing_is_made_while_it_is_paused_and_nothing_is_held",
    ),
    Mutant(
        "codes are made once", SERVICE,
        "        if not await self._audit.append(line):\n            raise ActionRefused(",
        "        if not await self._audit.append(line) and False:\n            raise ActionRefused(",
        f"{TESTS}/test_codes.py::test_codes_are_made_once_and_never_told_again",
    ),
    Mutant(
        "one process goes on with an announcement", "core/admin/announcing.py",
        "        if not await self._slots.take(SCOPE, self._me, 1, begun, begun + LEASE):\n            return\n",
        "        await self._slots.take(SCOPE, self._me, 1, begun, begun + LEASE)\n",
        f"{TESTS}/test_announcing.py::test_one_process_at_a_time_goes_on_with_it",
    ),
    Mutant(
        "a code to confirm is its admin's", "core/admin/confirming.py",
        'return f"confirm:{admin}"', 'return "confirm:all"',
        "tests/bots/test_admin.py::test_a_code_is_for_whoever_got_it_and_for_ten_minutes",
    ),
    Mutant(
        "a yes stands for the request that was asked for", "bots/admin_answers.py",
        "_do(asked, actor, what.request, Wanted(", "_do(asked, actor, asked.message.id, Wanted(",
        "tests/bots/test_admin.py::test_a_double_clicked_confirm_acts_once_and_answers_the_same",
    ),
)  # fmt: skip
