"""Where calls are checked, counted and handed to the method that they name."""

from inspect import isawaitable
from typing import Any

from core.clock import Clock
from tests.fakes.telegram import spec, wire
from tests.fakes.telegram.call import Call, Described, Upload
from tests.fakes.telegram.errors import ApiError, Json
from tests.fakes.telegram.flood import Flood
from tests.fakes.telegram.methods import Handlers
from tests.fakes.telegram.methods.me import Me
from tests.fakes.telegram.signal import Signal

NOT_FROM_WEBHOOK = frozenset({"setwebhook", "deletewebhook", "close", "logout"})


class Desk:
    """All calls so far, and the `problems` that the API's description finds in them."""

    def __init__(self, clock: Clock, flood: Flood, signal: Signal) -> None:
        self.calls: list[Call] = []
        self.problems: list[str] = []
        self._clock = clock
        self._flood = flood
        self._signal = signal
        self._description = spec.load()
        self._handlers: Handlers = {}
        self._names: dict[str, str] = {}

    def open(self, me: Me, handlers: Handlers) -> None:
        self._me = me
        self._handlers = handlers
        self._names = {name.lower(): name for name in handlers}

    def called(self, method: str, args: dict[str, str], files: dict[str, Upload]) -> Call:
        """A call that arrived. Telegram does not look at upper and lower case in a method's name."""
        call = Call(self._names.get(method.lower(), method), args, files, self._clock.now())
        self.calls.append(call)
        return call

    async def run(self, call: Call) -> Json:
        """The answer. Raises ApiError."""
        try:
            return await self._run(call)
        except ApiError:
            raise
        except Exception as error:
            self.problems.append(f"{call.method}: the fake itself failed: {error!r}")
            raise

    async def _run(self, call: Call) -> Json:
        self._me.check_logged_in()
        self._check(call)
        self._flood.admit(call)
        result = self._handlers[call.method](call)
        if isawaitable(result):
            result = await result
        described = {"description": result.description} if isinstance(result, Described) else {}
        value = result.result if isinstance(result, Described) else result
        self._check_result(call.method, value)
        return {"ok": True, "result": value} | described

    async def from_webhook(self, body: Json) -> None:
        """A call that came as a webhook's answer: nobody learns how it went, as in Telegram."""
        method = str(body.pop("method"))
        if method.lower() in NOT_FROM_WEBHOOK or method.lower().startswith("get"):
            return
        call = self.called(method, wire.texts_of(body), {})
        try:
            call.status, call.answer = 200, await self.run(call)
        except ApiError as error:
            call.status, call.answer = error.code, error.json()
        self._signal.notify()

    def check_update(self, update: Json) -> None:
        """The fake's own updates must be as described too."""
        if self._description is not None:
            self.problems += [f"update: {one.text}" for one in self._description.check(["Update"], update, "update")]

    def _check(self, call: Call) -> None:
        if call.method not in self._handlers:
            known = self._description is not None and self._description.named(call.method)
            self.problems.append(f"{call.method}: {'this fake lacks it' if known else 'there is no such method'}")
            raise ApiError(404, "Not Found: method not found")
        if self._description is None:
            return
        try:
            self.problems += self._description.check_call(call)
        except ApiError as error:
            self.problems.append(f"{call.method}: {error.description}")
            raise

    def _check_result(self, method: str, result: Any) -> None:
        if self._description is not None:
            self.problems += self._description.check_result(method, result)
