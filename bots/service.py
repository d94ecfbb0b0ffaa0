"""One message of one person, whatever the platform: read it, check it, pass it to the core, say what came of it."""

import structlog

from bots import replies, texts
from bots.answers import ANSWERS, Asked, cancel_job
from bots.commands import command_table
from bots.parse import Invocation, parse
from bots.replies import Action, Reply
from core.accounts.model import Account, Identity
from core.app import App
from core.clock import next_midnight
from core.errors import BadRequest, EaselError, InsufficientCredits, Refusal, RoleNeeded, Suspended
from core.generation.orders import Again, Chat, Imagine
from core.jobs.model import ReplyTo
from core.log import logger
from core.observe.model import Indicators
from core.requests import Completed, Request
from core.timing import Stopwatch, stopwatch


class Service:
    """What every platform's adapter talks to. Its methods always return a reply and never raise an EaselError."""

    def __init__(self, app: App) -> None:
        self.app = app
        self.commands = command_table(app.catalogue)

    async def say(self, request_id: str, identity: Identity, text: str, reply_to: ReplyTo) -> Reply:
        """Take a typed message or command. The same `request_id` again is the same request."""
        with structlog.contextvars.bound_contextvars(requestId=request_id):
            try:
                return await self._say(request_id, identity, text, reply_to)
            except Exception as error:
                return await self._error(error, identity)

    async def press(
        self,
        request_id: str,
        identity: Identity,
        action: Action,
        job: str,
        index: int | None,
        reply_to: ReplyTo,
    ) -> Reply:
        """Take the press of a button under a result."""
        with structlog.contextvars.bound_contextvars(requestId=request_id):
            try:
                if action == "cancel":
                    account = await self.app.accounts.for_identity(identity)
                    return await cancel_job(self.app, await self.app.requests.owned_job(account, job))
                wish = Again(job, (index or 0) if action == "vary" else None)
                return await self._submit(Request(request_id, identity, wish, reply_to))
            except Exception as error:
                return await self._error(error, identity)

    async def _say(self, request_id: str, identity: Identity, text: str, reply_to: ReplyTo) -> Reply:
        with stopwatch() as watch:
            try:
                invocation = parse(text, self.commands)
            except BadRequest as refusal:
                account = await self.app.accounts.for_identity(identity)
                await self._record(request_id, account, identity, "command", watch, refusal)
                raise
        wish = wish_of(invocation)
        if wish is not None:
            return await self._submit(Request(request_id, identity, wish, reply_to))
        return await self._answer(request_id, identity, invocation)

    async def _submit(self, request: Request) -> Reply:
        outcome = await self.app.requests.submit(request)
        if isinstance(outcome, Completed):
            return replies.answered(outcome.result)
        if not outcome.job.is_open:
            return replies.ended(self.app, outcome.job)
        return replies.waiting(outcome.job)

    async def _answer(self, request_id: str, identity: Identity, invocation: Invocation) -> Reply:
        command = invocation.command
        with stopwatch() as watch:
            account = await self.app.accounts.for_identity(identity)
            try:
                if account.suspended and not command.suspended:
                    raise Suspended(account.suspended)
                if account.role < command.role:
                    raise RoleNeeded(command.name, command.role.label)
                asked = Asked(self.app, self.commands, account, identity, request_id, invocation)
                reply = await ANSWERS[command.name](asked)
            except Refusal as refusal:
                await self._record(request_id, account, identity, command.name, watch, refusal)
                raise
            await self._record(request_id, account, identity, command.name, watch, None)
        return reply

    async def _record(
        self,
        request_id: str,
        account: Account,
        identity: Identity,
        operation: str,
        watch: Stopwatch,
        refusal: Refusal | None,
    ) -> None:
        indicators = Indicators(
            total_ms=watch.total_ms(), status="refused" if refusal else "done",
            error_name=refusal.code if refusal else None, **watch.parts,
        )  # fmt: skip
        await self.app.recorder.request(request_id, account.id, identity, operation, indicators)

    async def _error(self, error: Exception, identity: Identity) -> Reply:
        """Any error as a sentence. What nobody expected is logged, and not shown."""
        if isinstance(error, InsufficientCredits):
            return replies.refused(error, await self._need_credits(error, identity))
        if isinstance(error, EaselError):
            if not isinstance(error, Refusal):
                logger().error("request failed", errorName=error.code, detail=str(error))
            return replies.refused(error, texts.explain(error))
        logger().error("request crashed", exc_info=error)
        return replies.refused(EaselError(texts.INTERNAL), texts.INTERNAL)

    async def _need_credits(self, error: InsufficientCredits, identity: Identity) -> str:
        daily = self.app.daily
        try:
            claimed = await daily.is_claimed(await self.app.accounts.for_identity(identity))
        except EaselError:
            claimed = True
        return texts.need_credits(error, daily.amount, claimed, next_midnight(self.app.clock.now()))


def wish_of(invocation: Invocation) -> Imagine | Chat | None:
    """The wish of a command that makes something; None for one that is answered at once."""
    match invocation.command.name:
        case "imagine":
            return Imagine(
                prompt=invocation.text("prompt") or "",
                aspect=invocation.text("aspect"),
                count=invocation.number("count") or 1,
                model=invocation.text("model"),
                seed=invocation.number("seed"),
                style=invocation.text("style"),
            )
        case "chat":
            return Chat(invocation.text("message") or "")
    return None
