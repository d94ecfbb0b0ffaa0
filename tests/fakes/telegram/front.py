"""The HTTP side: `/bot<token>/<method>` and `/file/bot<token>/<path>`, on good days and bad ones.

https://core.telegram.org/bots/api#making-requests
"""

from aiohttp import web

from tests.fakes.serving import serve
from tests.fakes.telegram import wire
from tests.fakes.telegram.call import Call
from tests.fakes.telegram.desk import Desk
from tests.fakes.telegram.errors import ApiError
from tests.fakes.telegram.faults import REASONS, Fault, Faults
from tests.fakes.telegram.files import Files
from tests.fakes.telegram.signal import Signal


class Front:
    """A listening server. `url` is its address."""

    def __init__(self, token: str, desk: Desk, files: Files, faults: Faults, signal: Signal) -> None:
        self._token = token
        self._desk = desk
        self._files = files
        self._faults = faults
        self._signal = signal
        self.url = ""

    async def start(self) -> None:
        app = web.Application(client_max_size=wire.MAX_UPLOAD + wire.ENVELOPE)
        app.router.add_route("*", "/bot{token}/{method}", self._called)
        app.router.add_get("/file/bot{token}/{path:.+}", self._downloaded)
        self._runner, self.url = await serve(app, shutdown_timeout=1)

    async def stop(self) -> None:
        await self._runner.cleanup()

    async def _called(self, request: web.Request) -> web.StreamResponse:
        call = self._desk.called(request.match_info["method"], {}, {})
        try:
            return await self._answered(request, call)
        finally:
            self._signal.notify()

    async def _answered(self, request: web.Request, call: Call) -> web.StreamResponse:
        fault = None
        try:
            call.args, call.files = await wire.read(request)
            fault = self._faults.next(call)
            if fault is not None and fault.error is not None:
                raise fault.error
            if fault is not None and fault.gate is not None:
                await fault.gate.wait()
            elif fault is not None and not fault.after:
                return broken(request, call, fault)
            self._check_token(request.match_info["token"])
            call.answer = await self._desk.run(call)
            call.status = 200
        except ApiError as error:
            call.status, call.answer = error.code, error.json()
        if fault is not None and fault.after:
            return broken(request, call, fault)
        wait = call.answer.get("parameters", {}).get("retry_after")
        return web.json_response(call.answer, status=call.status, headers={"Retry-After": str(wait)} if wait else {})

    def _check_token(self, token: str) -> None:
        if token != self._token:
            raise ApiError(401, "Unauthorized") if ":" in token else ApiError(404, "Not Found")

    async def _downloaded(self, request: web.Request) -> web.Response:
        if self._faults.outage and request.transport is not None:
            request.transport.abort()
        file = self._files.at(request.match_info["path"])
        if file is None or request.match_info["token"] != self._token:
            return web.json_response(ApiError(404, "Not Found").json(), status=404)
        return web.Response(body=file.content, content_type="application/octet-stream")


def broken(request: web.Request, call: Call, fault: Fault) -> web.StreamResponse:
    """An answer that is none, or no answer at all."""
    call.status = fault.status
    if not fault.status:
        if request.transport is not None:
            request.transport.abort()
        return web.Response()
    reason = REASONS[fault.status]
    call.answer = {"ok": False, "error_code": fault.status, "description": reason}
    if fault.html:
        page = f"<html><body><h1>{fault.status} {reason}</h1></body></html>"
        return web.Response(text=page, status=fault.status, content_type="text/html")
    return web.json_response(call.answer, status=fault.status)
