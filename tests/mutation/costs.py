"""Guards of what calls cost and of how it is added up."""

from tests.mutation.mutants import Mutant

PRICES, PRICELIST, TEST_PRICES = (
    "core/generation/prices.py", "core/generation/pricelist.py", "tests/core/generation/test_prices.py",
)  # fmt: skip
MONGO, TEST_MONGO = "core/stores/mongo/usage.py", "tests/core/stores/test_mongo_faults.py"
RECORDER, TEST_RECORDER = "core/observe/recorder.py", "tests/core/observe/test_recorder.py"

COST_GUARDS = (
    Mutant(
        "no price for input is not free", PRICELIST,
        "        price.input_mtok is not None\n", "        True\n",
        f"{TEST_PRICES}::test_what_is_in_the_list_without_prices_is_not_free",
    ),
    Mutant(
        "no price for output is not free", PRICELIST,
        "and (price.output_mtok is not None or tokens.output == 0)", "",
        f"{TEST_PRICES}::test_what_is_in_the_list_without_prices_is_not_free",
    ),
    Mutant(
        "pictures that were not counted apart", PRICELIST,
        "        and (price.input_image_mtok is None or tokens.image_input is not None)\n", "",
        f"{TEST_PRICES}::test_pictures_to_edit_that_were_not_counted_apart_make_the_cost_unknown_where_it_matters",
    ),
    Mutant(
        "the model that served decides", PRICELIST,
        "return [name, model.id] if is_release else [name]", "return [name, model.id]",
        f"{TEST_PRICES}::test_the_model_that_served_decides_and_one_that_nobody_knows_is_unknown",
    ),
    Mutant(
        "counts that cannot be true", PRICES,
        "if pictures < 0 or (tokens is not None and not _agree(tokens)):", "if pictures < 0:",
        f"{TEST_PRICES}::test_counts_that_cannot_be_true_are_not_believed",
    ),
    Mutant(
        "digits enough", PRICES,
        "        with localcontext(EXACT):\n", "        if True:\n",
        f"{TEST_PRICES}::test_a_table_is_applied_exactly_whatever_precision_the_caller_works_with",
    ),
    Mutant(
        "a row that has it already", MONGO,
        'if found and request_id in found["pending"]:', "if False:",
        f"{TEST_MONGO}::test_a_process_may_be_killed_after_any_write_of_a_record",
    ),
    Mutant(
        "a record that was counted meanwhile", MONGO,
        'if record is None or record["counted"]:', "if record is None:",
        f"{TEST_MONGO}::test_another_may_do_all_of_the_counting_between_any_two_steps_of_it",
    ),
    Mutant(
        "marked before it leaves", MONGO,
        'await self._database.run(self._usage.update_one({"_id": usage.request_id}, {"$set": {"counted": True}}))', "",
        f"{TEST_MONGO}::test_a_process_may_be_killed_after_any_write_of_a_record",
    ),
    Mutant(
        "only what was unknown is reconciled", RECORDER,
        'earlier.calls[number].outcome != "unknown"', "False",
        f"{TEST_RECORDER}::test_nothing_is_added_to_what_was_known_or_while_nothing_is",
    ),
    Mutant(
        "nobody serves a failed request", RECORDER,
        "result = job.result if job.state in (JobState.DONE, JobState.CANCELLED) else None", "result = job.result",
        f"{TEST_RECORDER}::test_who_served_is_said_only_when_somebody_did",
    ),
)  # fmt: skip
