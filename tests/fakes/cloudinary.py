"""Cloudinary over the wire: signed uploads and deletions, delivery of pictures and of smaller versions, and bad days.

As https://cloudinary.com/documentation/image_upload_api_reference and .../authentication_signatures say it; that the
real SDK gets along with it is a test (tests/fakes/test_cloudinary.py).
"""

import asyncio
import hashlib
import io
import json
import re
import secrets
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal, Self

from aiohttp import web
from aiohttp.web_request import FileField
from PIL import Image, UnidentifiedImageError

from tests.fakes.serving import serve

SIGNATURE_SECONDS = 3600
UNSIGNED = frozenset({"file", "cloud_name", "resource_type", "api_key", "signature"})
KNOWN = {
    "upload": {"file", "api_key", "signature", "timestamp", "public_id", "asset_folder", "overwrite", "invalidate"},
    "destroy": {"api_key", "signature", "timestamp", "public_id", "invalidate"},
}
BAD_ID = re.compile(r"[?&#\\%<>+]|^/|/$|\s$|^\s")
ADDRESS = re.compile(r"(?:(?P<change>[a-z]{1,2}_[^/]+)/)?(?:v\d+/)?(?P<id>[^.]+)\.(?P<format>png|jpg|webp)")
FORMATS = {"PNG": "png", "JPEG": "jpg", "WEBP": "webp"}
MIMES = {"png": "image/png", "jpg": "image/jpeg", "webp": "image/webp"}

Fault = Literal[
    "500", "503", "420", "429", "429 long", "401", "400", "hang", "drop", "drop after commit", "bad json", "html",
    "a list", "endless", "drip", "wrong host", "no address", "http address", "other picture", "foreign port",
]  # fmt: skip
WRONG_ANSWERS: dict[str, Callable[[str], str]] = {
    "wrong host": lambda url: "https://res.cloudinary.com.evil.example/" + url.rpartition("//")[2],
    "http address": lambda url: "http://res.cloudinary.com/" + url.rpartition("//")[2],
    "other picture": lambda url: url.rpartition("/")[0] + "/other.png",
    "foreign port": lambda url: "https://res.cloudinary.com:8443/" + url.rpartition("//")[2],
}


@dataclass
class Asset:
    data: bytes
    format: str
    folder: str
    version: int


@dataclass
class Call:
    """A signed call as it came."""

    action: str
    values: dict[str, str]
    file_name: str | None = None
    file_type: str | None = None


@dataclass
class CloudinaryFake:
    """`async with CloudinaryFake() as fake`. The next calls have `faults`, the rest `always`."""

    cloud: str = "demo-cloud"
    key: str = "123456789012345"
    secret: str = "s3cret-Of_the-cloud"
    now: Callable[[], float] = time.time
    faults: deque[Fault] = field(default_factory=deque)
    always: Fault | None = None
    picture_faults: deque[Fault] = field(default_factory=deque)
    assets: dict[str, Asset] = field(default_factory=dict)
    calls: list[Call] = field(default_factory=list)
    looks: list[web.Request] = field(default_factory=list)
    url: str = ""
    sent: int = 0
    """Bytes of answers that do not end."""

    async def __aenter__(self) -> Self:
        self._over = asyncio.Event()
        app = web.Application(client_max_size=100 * 2**20)
        app.router.add_post("/v1_1/{cloud}/image/{action}", self._api)
        app.router.add_get("/{cloud}/image/upload/{address:.+}", self._deliver)
        self._runner, self.url = await serve(app)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._over.set()
        await self._runner.cleanup()

    @property
    def account_url(self) -> str:
        """The CLOUDINARY_URL."""
        return f"cloudinary://{self.key}:{self.secret}@{self.cloud}"

    @property
    def connections(self) -> int:
        """How many are open."""
        return len(self._runner.server.connections) if self._runner.server is not None else 0

    async def _api(self, request: web.Request) -> web.StreamResponse:
        action, form = request.match_info["action"], await request.post()
        fault = self.faults.popleft() if self.faults else self.always
        file = form.get("file")
        call = Call(action, {name: value for name, value in form.items() if isinstance(value, str)})
        if isinstance(file, FileField):
            call.file_name, call.file_type = file.filename, file.content_type
        self.calls.append(call)
        if early := await self._fails_early(request, fault):
            return early
        if action not in KNOWN or request.match_info["cloud"] != self.cloud:
            return _error(404, "cloud_name mismatch")
        if problem := self._problem(call, set(form)):
            return _error(*problem)
        data = file.file.read() if isinstance(file, FileField) else None
        answer = self._upload(call.values, data) if action == "upload" else self._destroy(call.values)
        return await self._fails_late(request, fault, answer)

    async def _fails_early(self, request: web.Request, fault: Fault | None) -> web.StreamResponse | None:
        match fault:
            case "500" | "503" | "420" | "400":
                return _error(int(fault), "General Error")
            case "429" | "429 long":
                answer = _error(429, "Too many requests")
                answer.headers["retry-after"] = "3600" if fault == "429 long" else "0"
                return answer
            case "401":
                return _error(401, "Invalid Signature abc. String to sign - 'public_id=x'.")
            case "hang":
                await self._over.wait()
                return web.Response()
            case "drop":
                _drop(request)
                return web.Response()
        return None

    async def _fails_late(self, request: web.Request, fault: Fault | None, answer: web.Response) -> web.StreamResponse:
        """The deed is done, and the answer says something else or nothing."""
        match fault:
            case "drop after commit":
                _drop(request)
            case "bad json":
                return web.Response(text='{"secure_url": "htt', content_type="application/json")
            case "html":
                return web.Response(text="<html>Sign in to the hotel's network</html>", content_type="text/html")
            case "a list":
                return web.json_response([1, 2, 3])
            case "endless":
                return await self._endless(request, b" " * 2**18)
            case "drip":
                return await self._endless(request, b" ", 0.001)
            case "no address":
                return web.json_response({"public_id": "x"})
            case "wrong host" | "http address" | "other picture" | "foreign port":
                told = json.loads(answer.text or "{}")
                return web.json_response(told | {"secure_url": WRONG_ANSWERS[fault](str(told.get("secure_url")))})
        return answer

    async def _endless(self, request: web.Request, piece: bytes, pause: float = 0) -> web.StreamResponse:
        answer = web.StreamResponse()
        await answer.prepare(request)
        while not self._over.is_set() and not (request.transport is None or request.transport.is_closing()):
            try:
                await answer.write(piece)
                self.sent += len(piece)
                await asyncio.sleep(pause)
            except ConnectionError:
                break
        return answer

    def _problem(self, call: Call, given: set[str]) -> tuple[int, str] | None:
        """What Cloudinary would say against a call, if anything."""
        values = call.values
        signed = {name: value for name, value in values.items() if name not in UNSIGNED}
        to_sign = sorted(f"{name}={value}".replace("&", "%26") for name, value in signed.items())
        expected = hashlib.sha1(("&".join(to_sign) + self.secret).encode()).hexdigest()  # noqa: S324  # as Cloudinary does
        if unknown := given - KNOWN[call.action]:
            return 400, f"Unknown parameters {sorted(unknown)}"
        if values.get("api_key") != self.key:
            return 401, "Unknown API key"
        if not secrets.compare_digest(values.get("signature", ""), expected):
            return 401, f"Invalid Signature. String to sign - '{'&'.join(to_sign)}'."
        if abs(self.now() - int(values.get("timestamp", "0"))) > SIGNATURE_SECONDS:
            return 400, "Stale request - reported time is more than 1 hour ago"
        if not values.get("public_id") or BAD_ID.search(values["public_id"]):
            return 400, "public_id is missing or invalid"
        return None

    def _upload(self, values: dict[str, str], data: bytes | None) -> web.Response:
        if not data:
            return _error(400, "Missing required parameter - file")
        try:
            with Image.open(io.BytesIO(data)) as picture:
                kind, width, height = FORMATS[str(picture.format)], picture.width, picture.height
        except (UnidentifiedImageError, KeyError):
            return _error(400, "Invalid image file")
        public_id = values["public_id"]
        if public_id in self.assets and values.get("overwrite") not in ("true", "1"):
            return _error(400, "already exists")
        version = int(self.now()) + len(self.calls)
        self.assets[public_id] = Asset(data, kind, values.get("asset_folder", ""), version)
        url = f"{self.url}/{self.cloud}/image/upload/v{version}/{public_id}.{kind}"
        return web.json_response({
            "asset_id": secrets.token_hex(16), "public_id": public_id, "version": version, "width": width,
            "height": height, "format": kind, "resource_type": "image", "type": "upload", "bytes": len(data),
            "url": url, "secure_url": url, "asset_folder": values.get("asset_folder", ""),
        })  # fmt: skip

    def _destroy(self, values: dict[str, str]) -> web.Response:
        gone = self.assets.pop(values["public_id"], None)
        return web.json_response({"result": "ok" if gone else "not found"})

    async def _deliver(self, request: web.Request) -> web.StreamResponse:
        self.looks.append(request)
        fault = self.picture_faults.popleft() if self.picture_faults else None
        if early := await self._fails_early(request, fault):
            return early
        if fault == "endless":
            return await self._endless(request, b" " * 2**18)
        address = ADDRESS.fullmatch(request.match_info["address"])
        asset = self.assets.get(address["id"]) if address else None
        if address is None or asset is None or request.match_info["cloud"] != self.cloud:
            return web.Response(status=404, headers={"x-cld-error": "Resource not found"})
        data, kind = asset.data, asset.format
        if address["change"]:
            data, kind = _changed(data, kind, address["change"], request.headers.get("accept", ""))
        return web.Response(body=data, content_type=MIMES[kind])


def _changed(data: bytes, kind: str, change: str, accept: str) -> tuple[bytes, str]:
    """Smaller (`w_200,c_limit`), and in the format that the looker likes best (`f_auto`)."""
    steps = dict(step.split("_", 1) for step in change.split(","))
    kind = "webp" if steps.get("f") == "auto" and "image/webp" in accept else kind
    file = io.BytesIO()
    with Image.open(io.BytesIO(data)) as opened:
        picture: Image.Image = opened
        if "w" in steps and not (steps.get("c") == "limit" and int(steps["w"]) >= picture.width):
            width = int(steps["w"])
            picture = picture.resize((width, max(1, round(picture.height * width / picture.width))))
        picture.save(file, {known: name for name, known in FORMATS.items()}[kind])
    return file.getvalue(), kind


def _error(status: int, message: str) -> web.Response:
    return web.json_response({"error": {"message": message}}, status=status, headers={"x-cld-error": message})


def _drop(request: web.Request) -> None:
    if request.transport is not None:
        request.transport.abort()
