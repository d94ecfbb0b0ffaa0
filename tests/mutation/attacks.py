"""Guards against attacks on payments, each with the edit that removes it and the attack that must then succeed."""

from tests.mutation.mutants import Mutant

CERTIFICATES = "core/payments/paypal/certificates.py"
BY_CERTIFICATE = "tests/core/payments/paypal/test_attacks_certificates.py"
BY_BODY = "tests/core/payments/paypal/test_attacks_bodies.py"
BY_LINK = "tests/webhooks/pay/test_attacks_links.py"
BY_ACCOUNT = "tests/webhooks/pay/test_attacks_accounts.py"
BY_NOTICE = "tests/webhooks/pay/test_attacks_notices.py"
LINKING = "tests/core/accounts/test_linking.py"

ATTACK_GUARDS = (
    Mutant(
        "a certificate is not where a redirect says",
        CERTIFICATES,
        "follow_redirects=False",
        "follow_redirects=True",
        f"{BY_CERTIFICATE}::test_redirect_nobody_is_sent_elsewhere",
    ),
    Mutant(
        "a certificate is short",
        CERTIFICATES,
        "if len(data) > MAX_BYTES:",
        "if len(data) > 2 * MAX_BYTES:",
        f"{BY_CERTIFICATE}::test_oversize_one_byte_more_than_a_certificate_needs_is_refused",
    ),
    Mutant(
        "known certificates never wait",
        CERTIFICATES,
        "chain = self._kept.get(url) or await self._new(url)",
        "chain = await self._new(url)",
        f"{BY_CERTIFICATE}::test_flood_made_up_addresses_keep_no_genuine_notice_waiting",
    ),
    Mutant(
        "notices are read in UTF-8 only",
        "core/payments/paypal/signature.py",
        "json.loads(body.decode())",
        "json.loads(body)",
        f"{BY_BODY}::test_encoding_what_is_not_utf_8_is_not_read_as_something_else_than_what_is_asked_about",
    ),
    Mutant(
        "a header that comes twice is no signature",
        "webhooks/payments.py",
        "if name in headers else value",
        "if not name else value",
        f"{BY_NOTICE}::test_duplicate_headers_no_second_value_is_taken_for_the_first",
    ),
    Mutant(
        "no body is awaited for ever",
        "webhooks/bodies.py",
        "asyncio.timeout_at(deadline)",
        "asyncio.timeout(None)",
        f"{BY_NOTICE}::test_slowness_a_body_that_does_not_end_is_not_awaited_for_ever",
    ),
    Mutant(
        "no redirect repeats a Host",
        "webhooks/app.py",
        "redirect_slashes=False",
        "redirect_slashes=True",
        f"{BY_LINK}::test_host_poisoning_no_answer_repeats_the_name_that_a_caller_gives_us",
    ),
    Mutant(
        "errors of links are in no cache",
        "webhooks/pay/errors.py",
        '    "cache-control": "no-store",\n',
        "",
        f"{BY_LINK}::test_caching_no_answer_about_a_link_is_kept_whatever_it_is",
    ),
    Mutant(
        "returns do not flood the gateway",
        "webhooks/pay/routes.py",
        "floods = self._returns.too_many(order.id)",
        "floods = False",
        f"{BY_LINK}::test_flood_whoever_reloads_the_return_does_not_flood_the_gateway",
    ),
    Mutant(
        "nothing is sold to the suspended",
        "webhooks/pay/routes.py",
        "        if account.suspended:\n",
        "        if account.id is None:\n",
        f"{BY_ACCOUNT}::test_suspended_an_old_link_sells_nothing_and_makes_no_new_ones",
    ),
    Mutant(
        "nobody is forgotten while they may pay",
        "core/accounts/privacy.py",
        "if any(_may_be_paid(order, now) for order in orders):",
        "if not now:",
        f"{BY_ACCOUNT}::test_deleted_nobody_is_forgotten_while_they_may_still_pay",
    ),
    Mutant(
        "a deleted person's link opens nothing",
        "core/accounts/privacy.py",
        ', token=f"gone:{order.id}")',
        ")",
        f"{BY_ACCOUNT}::test_deleted_a_link_that_was_left_open_opens_nothing_and_sells_nothing",
    ),
    Mutant(
        "a plan that renews is stopped first",
        "core/accounts/privacy.py",
        "if any(order.renews for order in orders):",
        "if any(order.renews and order.paid_until for order in orders):",
        f"{BY_ACCOUNT}::test_deleted_a_plan_that_renews_although_its_month_was_refunded_is_stopped_first",
    ),
    Mutant(
        "each other code is a try",
        "core/accounts/linking.py",
        'f"{request_id}:{digest(code)}"',
        "request_id",
        "tests/core/accounts/test_linking.py::test_guessing_under_one_and_the_same_request_id_is_throttled_as_well",
    ),
    Mutant(
        "the demo checkout's notices are its own",
        "core/payments/demo.py",
        "if not secrets.compare_digest(",
        "if None and not secrets.compare_digest(",
        "tests/webhooks/pay/test_demo.py::test_forgery_nobody_else_sends_notices_of_the_demo_checkout",
    ),
    Mutant(
        "each use of a gift code is a lot of its own", "core/payments/codes.py",
        'f"code:{code.digest}:{account}"', 'f"code:{code.digest}"',
        "tests/core/payments/test_codes.py::test_two_who_had_the_same_code_are_linked_and_the_books_balance",
    ),
    Mutant(
        "who deleted everything gets nothing for many again", "core/payments/codes.py",
        "if await self._had_before(digest(code), family):", "if False:",
        "tests/core/payments/test_codes.py::test_who_deletes_an_account_and_comes_back_does_not_use_up_a_code_for_many",
    ),
    Mutant(
        "nobody is linked with a deleted account", "core/accounts/linking.py",
        "if one.closing or other.closing:", "if False:",
        f"{LINKING}::test_nobody_loses_their_credits_to_the_code_of_a_deleted_account",
    ),
    Mutant(
        "so many accounts become one", "core/accounts/linking.py",
        "+ await self._size(other) > MOST_LINKED:", "+ await self._size(other) > 99:",
        f"{LINKING}::test_nobody_collects_the_welcome_credits_of_ever_more_accounts",
    ),
    Mutant(
        "deletion pays no debt", "core/accounts/privacy.py",
        " or await self._owing(account.id)", "",
        "tests/core/accounts/test_privacy.py::test_nobody_pays_what_a_chargeback_left_them_owing_by_deletion",
    ),
    Mutant(
        "no playground for everybody", "bots/web.py",
        "if app.settings.is_private else []", "if app.settings.is_local else []",
        "tests/webhooks/test_app.py::test_nobody_gets_free_accounts_from_a_playground_behind_a_reverse_proxy",
    ),
    Mutant(
        "a refund whose credits wait is not over", "core/admin/refunds.py",
        "except LedgerError as error:", "except ZeroDivisionError as error:",
        "tests/core/admin/test_refunds.py::test_a_refund_amid_a_merge_is_written_down_and_is_not_made_twice",
    ),
    Mutant(
        "what is repeated late is overtaken", "core/admin/people.py",
        "return any(line.at > intent.at", "return False and any(line.at > intent.at",
        "tests/core/admin/test_people.py::test_nobody_becomes_admin_again_by_what_is_repeated_after_their_demotion",
    ),
)  # fmt: skip
