"""Every operation of the API's description, with input that fits and input that does not, by whoever may and may not.

Nothing is a 5xx, every answer is as described, and data is only for those with the right role and scope.
"""

import asyncio
import json
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import APIOperation, Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)  # fmt: skip

from core.admin.model import Scope
from tests.support import ALICE
from tests.webhooks.api.support import Api
from tests.webhooks.api.test_insight import drawn
from tests.webhooks.test_app import site_of

FEW = settings(max_examples=2, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
MANY = settings(FEW, max_examples=60)
Operation = APIOperation[Any, Any, Any, Any]
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
OPEN_TO = {"reader": ("get",), "poster": ("post /api/v1/admin/events",), "nobody": ()}
"""Who may do what, by method and path; whoever is not here may do everything."""


@dataclass(frozen=True)
class Served:
    """An Easel in a thread of its own, the description it gives, and tokens by whoever has them."""

    url: str
    operations: list[Operation]
    tokens: dict[str, str]
    known: dict[str, str]


@contextmanager
def thread_of(folder: Path) -> Iterator[Served]:
    """Serve until left."""
    ready: Future[tuple[str, dict[str, str], dict[str, str]]] = Future()
    loop, over = asyncio.new_event_loop(), asyncio.Event()

    async def serve() -> None:
        async with site_of(folder) as site:
            api = Api(site.app, None, None)  # type: ignore[arg-type]  # neither clock nor client is used
            tokens = {
                "reader": await api.token(Scope.READ, name="reader"),
                "poster": await api.token(Scope.EVENTS, name="poster"),
                "admin": await api.token(Scope.ADMIN, name="admin"),
            }
            await drawn(api)
            account = await site.app.accounts.for_identity(ALICE)
            [job] = await site.app.stores.jobs.history([account.id], 1)
            ready.set_result((site.url, tokens, {"users": account.id, "jobs": job.id}))
            await over.wait()

    def run() -> None:
        try:
            loop.run_until_complete(serve())
        except BaseException as error:
            if not ready.done():
                ready.set_exception(error)
            raise

    thread = threading.Thread(target=run)
    thread.start()
    try:
        url, tokens, known = ready.result(timeout=60)
        description = requests.get(f"{url}/api/v1/openapi.json", timeout=30).json()
        found = schemathesis.openapi.from_dict(description).get_all_operations()
        yield Served(url, [each.ok() for each in found if isinstance(each, Ok)], tokens, known)
    finally:
        loop.call_soon_threadsafe(over.set)
        thread.join(timeout=60)
        loop.close()


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with thread_of(tmp_path_factory.mktemp("api")) as served:
        yield served


def may(who: str, operation: Operation) -> bool:
    label = f"{operation.method} {operation.path}".lower()
    return who not in OPEN_TO or any(label.startswith(each) for each in OPEN_TO[who])


def judged(served: Served, who: str, case: Case[Any]) -> requests.Response:
    """Send it, and see that the answer is one of those that are described."""
    operation = case.operation
    kind = operation.path.removeprefix("/api/v1/admin/").split("/")[0]
    if case.path_parameters and kind in served.known and case.path_parameters.get("id"):
        case.path_parameters["id"] = served.known[kind]  # else nothing but 404s would be seen
    case.headers.pop("authorization", None)
    headers = {"authorization": f"Bearer {served.tokens[who]}"} if who in served.tokens else {}
    answer = case.call(base_url=served.url, headers=headers)
    case.validate_response(answer, checks=CHECKS)
    return answer  # type: ignore[return-value]  # it has what is asked of it below


FITTING, UNFIT = GenerationMode.POSITIVE, GenerationMode.NEGATIVE


@pytest.mark.parametrize(
    ("who", "mode"),
    [("nobody", FITTING), ("reader", FITTING), ("poster", FITTING), ("admin", FITTING), ("admin", UNFIT)],
)
def test_whatever_is_sent_is_answered_as_described_and_no_data_is_given_away(
    served: Served, who: str, mode: GenerationMode
) -> None:
    for operation in served.operations:
        FEW(given(case=operation.as_strategy(mode))(sender(served, who)))()


@pytest.mark.soak
@pytest.mark.parametrize("mode", list(GenerationMode))
@pytest.mark.parametrize("who", ["nobody", "reader", "poster", "admin"])
def test_much_more_of_the_same(served: Served, who: str, mode: GenerationMode) -> None:
    for operation in served.operations:
        MANY(given(case=operation.as_strategy(mode))(sender(served, who)))()


def sender(served: Served, who: str) -> Callable[..., None]:
    def send(case: Case[Any]) -> None:
        answer = judged(served, who, case)
        if not may(who, case.operation):
            assert answer.status_code in (401, 403, 404, 405, 429)
            assert "data" not in json.loads(answer.content or b"{}")

    return send


def test_each_operation_is_described_with_what_it_needs(served: Served) -> None:
    labels = {operation.label for operation in served.operations}
    assert {"GET /api/v1/admin/stats", "POST /api/v1/admin/events", "POST /api/v1/admin/users/{id}/grant"} <= labels
    for operation in served.operations:
        raw: dict[str, Any] = operation.definition.raw
        assert raw["security"] == [{"HTTPBearer": []}]
        assert {"401", "403", "422"} <= set(raw["responses"])
