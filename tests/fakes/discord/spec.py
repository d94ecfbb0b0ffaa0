"""Discord's own description of its API, to judge what a bot sends and what this fake answers.

The file lies outside the repository: where it is absent, only the documented limits are checked. Where the
description is narrower than the real service, it is widened (`_widen`): those are its gaps and no bot's problem.
"""

import json
from functools import cache
from pathlib import Path as FilePath
from typing import Any

from jsonschema.exceptions import best_match  # type: ignore[import-untyped]  # ships no types
from referencing import Registry
from referencing.jsonschema import DRAFT202012

from tests.fakes.discord.branches import flattened, typed_validator
from tests.fakes.discord.errors import Fault, Json

SPEC_FILE = FilePath(__file__).parents[3] / ".." / "shared" / "specs" / "discord_openapi.json"
NAME = "urn:discord"
MULTIPART = "multipart/form-data"
JSON = "application/json"


class Spec:
    """Validates bodies by route template, such as `/channels/{channel_id}/messages`."""

    def __init__(self, document: Json) -> None:
        document = flattened(document)
        schemas: Json = document["components"]["schemas"]
        _widen(schemas)
        self._paths: Json = document["paths"]
        self._validator = typed_validator(schemas)
        resource = DRAFT202012.create_resource(document)
        self._registry: Registry[Any] = Registry().with_resource(NAME, resource)
        self._validators: dict[str, Any] = {}

    def knows(self, method: str, route: str) -> bool:
        return method.lower() in self._paths.get(route, {})

    def request_faults(self, method: str, route: str, body: Any) -> list[Fault]:
        """What is wrong with a request's body (of a multipart one: with its payload_json)."""
        if not self.knows(method, route):
            return []
        wanted = self._paths[route][method.lower()].get("requestBody")
        return self._faults(body, route, method.lower(), "requestBody", "content", JSON, "schema") if wanted else []

    def answer_faults(self, method: str, route: str, status: int, body: Any) -> list[Fault]:
        """What is wrong with this fake's answer."""
        if not self.knows(method, route):
            return []
        answers: Json = self._paths[route][method.lower()]["responses"]
        if str(status) not in answers:
            return [Fault((), "STATUS", f"{status} is not among {sorted(answers)}")]
        if JSON not in answers[str(status)].get("content", {}):
            return []
        return self._faults(body, route, method.lower(), "responses", str(status), "content", JSON, "schema")

    def _faults(self, body: Any, *steps: str) -> list[Fault]:
        pointer = "/".join(step.replace("~", "~0").replace("/", "~1") for step in ("paths", *steps))
        if pointer not in self._validators:
            schema = {"$ref": f"{NAME}#/{pointer}"}
            self._validators[pointer] = self._validator(schema, registry=self._registry)
        error = best_match(self._validators[pointer].iter_errors(body))
        if error is None:
            return []
        return [Fault(tuple(error.absolute_path), f"OPENAPI_{error.validator}".upper(), error.message[:300])]


def _widen(schemas: Json) -> None:
    """Gaps of the description, each seen with a real client or read in the documentation.

    Ids: the service takes numbers for texts everywhere, and discord.py sends attachments, recipients and referenced
    messages so. https://docs.discord.com/developers/reference#snowflakes
    Entitlements: it names two kinds, the documentation has more, such as PURCHASE for what is bought once.
    https://docs.discord.com/developers/resources/entitlement#entitlement-object-entitlement-types
    """
    schemas["EntitlementTypes"] = {"type": "integer", "minimum": 1}
    schemas["SnowflakeType"] = {"anyOf": [schemas["SnowflakeType"], {"type": "integer", "minimum": 0}]}


@cache
def load_spec(file: FilePath = SPEC_FILE) -> Spec | None:
    """The description, or None where the file is absent."""
    return Spec(json.loads(file.read_text())) if file.exists() else None
