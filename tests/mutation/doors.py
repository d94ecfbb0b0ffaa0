"""Guards of who comes in as an admin, and of what goes out to them."""

from tests.mutation.mutants import Mutant

OIDC, ATTACKS = "core/admin/oidc.py", "tests/core/admin/test_oidc_attacks.py"
JWKS, TEST_JWKS = "core/admin/jwks.py", "tests/core/admin/test_jwks.py"
ACCESS, GUARD, DOOR = "core/admin/access.py", "webhooks/api/guard.py", "tests/webhooks/api/test_door.py"
LISTS = "tests/webhooks/api/test_lists.py"

DOOR_GUARDS = (
    Mutant("the signature counts", OIDC, '"verify_signature": True', '"verify_signature": False',
           f"{ATTACKS}::test_attack_an_altered_claim_under_a_good_signature"),
    Mutant("a token that says what must be understood is not", OIDC, ' or "crit" in header', "",
           f"{ATTACKS}::test_attack_a_good_token_with_demands"),
    Mutant("the issuer counts", OIDC, 'if claims.get("iss") != issuer:', "if False:",
           f"{ATTACKS}::test_attack_wrong_claims_under_a_good_signature"),
    Mutant("the audience counts", OIDC, "if not _is_for(claims, parties):", "if False:",
           f"{ATTACKS}::test_attack_wrong_claims_under_a_good_signature"),
    Mutant("the audience comes before the party", OIDC, "    if audience is None:\n", "    if party:\n",
           f"{ATTACKS}::test_an_audience_counts_before_the_party_that_it_was_given_to"),
    Mutant("a token ends", OIDC, '_instant(claims, "exp") <= now - LEEWAY_SECONDS', "False",
           f"{ATTACKS}::test_attack_an_expired_token"),
    Mutant("a token begins", OIDC, "_instant(claims, name) > now + LEEWAY_SECONDS", "False",
           f"{ATTACKS}::test_attack_a_token_from_the_future"),
    Mutant("a huge token is not read", OIDC, "if len(token) > MAX_TOKEN:", "if False:",
           f"{ATTACKS}::test_attack_a_huge_token_costs_no_call_and_no_signature"),
    Mutant("small and secret keys are none", JWKS, "and key.key_size in RSA_BITS", "",
           f"{TEST_JWKS}::test_attack_hostile_keys_are_not_there"),
    Mutant("a key is for signing", JWKS, ' or each.get("use", "sig") != "sig"', "",
           f"{TEST_JWKS}::test_attack_hostile_keys_are_not_there"),
    Mutant("unknown keys are looked for a few times a minute", JWKS, "and not self._may_search()", "and False",
           f"{TEST_JWKS}::test_attack_made_up_key_ids_make_few_calls_a_minute"),
    Mutant("discovery leads to the issuer's own keys", JWKS, 'found.get("issuer") == self._issuer', "True",
           f"{TEST_JWKS}::test_attack_a_discovery_document_that_leads_elsewhere"),
    Mutant("only a token is a token", ACCESS, 'if key is None or key.kind != "token":', "if key is None:",
           f"{DOOR}::test_attack_keys_of_another_kind"),
    Mutant("only a session is a session", ACCESS,
           'if key is not None and key.kind == "session" else None\n        if key is None or account is None:',
           "if key is not None else None\n        if key is None or account is None:",
           f"{DOOR}::test_attack_keys_of_another_kind"),
    Mutant("who is suspended is out", ACCESS, "account.suspended or ", "",
           f"{DOOR}::test_a_session_has_the_role_of_the_moment"),
    Mutant("the session before ends", "webhooks/sessions.py", "await self._access.leave(old)", "pass",
           f"{DOOR}::test_attack_session_fixation"),
    Mutant("wrong tokens are counted", GUARD, "_shows_something(request) and ", "False and ",
           f"{DOOR}::test_attack_guessing_tokens_is_slowed_down_and_a_good_one_is_served_still"),
    Mutant("a cookie writes from our own pages only", GUARD, "same_origin(request, self._base_url)", "pass",
           f"{LISTS}::test_attack_csrf_on_a_write_by_cookie"),
    Mutant("the rule table counts", GUARD, "        allow(actor, action)\n", "",
           f"{LISTS}::test_a_role_is_needed_whatever_the_way_in"),
    Mutant("a body has an end", GUARD, "if size > MAX_BODY:", "if False:",
           f"{LISTS}::test_attack_bodies_that_are_no_json_for_everybody"),
    Mutant("no cell is a formula", "webhooks/api/sheets.py", "if text.startswith(FORMULA)", "if False",
           "tests/webhooks/api/test_sheets.py::test_attack_a_name_that_is_a_formula"),
)  # fmt: skip
