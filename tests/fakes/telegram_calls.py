"""Calls as any HTTP client makes them, without a library's help or its own checks.

No certificates are loaded for these plain connections: that would take longer than the calls.
"""

import io
from typing import Any

import httpx
from PIL import Image

from tests.fakes.telegram import TelegramFake

Answer = dict[str, Any]


def client() -> httpx.AsyncClient:
    return httpx.AsyncClient(verify=False, timeout=60)  # noqa: S501  # there is nothing to verify on plain http


async def call(fake: TelegramFake, method: str, **arguments: Any) -> Answer:
    """A call with a JSON body: what it was answered, good or bad."""
    async with client() as http:
        response = await http.post(address(fake, method), json=arguments)
    return checked(response)


async def upload(fake: TelegramFake, method: str, files: dict[str, bytes], **arguments: Any) -> Answer:
    """A call with a multipart body."""
    named = {name: (f"{name}.bin", content) for name, content in files.items()}
    async with client() as http:
        response = await http.post(address(fake, method), data=arguments, files=named)
    return checked(response)


async def refusal(fake: TelegramFake, method: str, **arguments: Any) -> str:
    """What a call is refused with, without the name of the usual status, 400."""
    answer = await call(fake, method, **arguments)
    assert not answer["ok"], answer
    return str(answer["description"]).removeprefix("Bad Request: ")


def checked(response: httpx.Response) -> Answer:
    body: Answer = response.json()
    assert body["ok"] == (response.status_code == 200)
    assert body.get("error_code", 200) == response.status_code
    return body


def address(fake: TelegramFake, method: str) -> str:
    return f"{fake.url}/bot{fake.token}/{method}"


def png(width: int = 64, height: int = 48, color: str = "red") -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (width, height), color).save(file, "PNG")
    return file.getvalue()
