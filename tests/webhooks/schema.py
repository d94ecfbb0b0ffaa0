"""Send the web app whatever its OpenAPI allows, and more: it never fails, and each answer is ours.

await never_fails(create_web_app(app), under="/api/", headers={"authorization": "Bearer ..."})
"""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

import httpx
import requests
import schemathesis
from fastapi import FastAPI
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis import Case
from schemathesis.core.result import Ok

ENVELOPES = ({"success", "data", "requestId"}, {"success", "error", "requestId"})


async def never_fails(
    web: FastAPI,
    *,
    under: str,
    known: Mapping[str, Sequence[str]] | None = None,
    headers: Mapping[str, str] | None = None,
    base_url: str = "http://127.0.0.1:8000",
    examples: int = 20,
) -> int:
    """Call each operation whose path begins with `under` so many times; how many operations there are.

    `known`: values that parts of paths often have, as `{"secret": [...]}`, so that more than 404 is seen. It runs in
    the loop of the caller, whose app it is; Hypothesis waits for each answer in a thread of its own.
    """
    schema = schemathesis.openapi.from_dict(web.openapi())
    found = [each.ok() for each in schema.get_all_operations() if isinstance(each, Ok)]
    operations = [operation for operation in found if operation.path.startswith(under)]
    transport = httpx.ASGITransport(web, raise_app_exceptions=False)
    loop = asyncio.get_running_loop()
    async with httpx.AsyncClient(transport=transport, base_url=base_url, headers=headers) as client:

        def run(operation: Any) -> None:
            places = {name: st.none() | st.sampled_from(values) for name, values in (known or {}).items()}

            @settings(max_examples=examples, deadline=None, database=None, suppress_health_check=list(HealthCheck))
            @given(case=operation.as_strategy(), parts=st.fixed_dictionaries(places))
            def call(case: Case[Any], parts: dict[str, str | None]) -> None:
                case.path_parameters |= {
                    name: part for name, part in parts.items() if part is not None and name in case.path_parameters
                }
                answer = asyncio.run_coroutine_threadsafe(_sent(client, case, base_url), loop).result()
                assert is_ours(answer), (
                    answer.request.method,
                    str(answer.request.url),
                    answer.status_code,
                    answer.text,
                )

            call()

        for operation in operations:
            await asyncio.to_thread(run, operation)
    return len(operations)


async def _sent(client: httpx.AsyncClient, case: Case[Any], base_url: str) -> httpx.Response:
    written = requests.Request(**case.as_transport_kwargs(base_url)).prepare()
    headers: Any = {name: value for name, value in written.headers.items() if name.lower() != "content-length"}
    content: Any = written.body.encode() if isinstance(written.body, str) else written.body
    return await client.request(case.method, written.url or "", headers=headers, content=content)


def is_ours(answer: httpx.Response) -> bool:
    """No failure, and the envelope, a page, one of our files, or a way to another page of ours."""
    if answer.status_code >= 500 or "x-request-id" not in answer.headers:
        return False
    if answer.is_redirect:
        return answer.headers["location"].startswith(("/", "http://127.0.0.1:"))
    kind = answer.headers.get("content-type", "").partition(";")[0]
    if kind == "application/json":
        return set(answer.json()) in ENVELOPES
    if kind == "text/html":
        return answer.text.startswith("<!doctype html>") and answer.text.count("<h1>") == 1
    return kind in ("text/css", "text/javascript")
