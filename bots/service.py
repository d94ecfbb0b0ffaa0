"""One message of one person, whatever the platform: read it, check it, pass it to the core, say what came of it."""

import structlog

from bots import error_texts, replies, texts
from bots.answers import ANSWERS, cancel_job
from bots.asked import Asked
from bots.commands import command_table
from bots.house import COMMAND_OF_ACTION, RULED, House
from bots.incoming import Incoming
from bots.parse import Invocation, parse
from bots.replies import Action, Reply
from core.accounts.model import Account, Identity
from core.app import App
from core.clock import next_midnight
from core.errors import (
    BadOption,
    BadRequest,
    EaselError,
    InsufficientCredits,
    NotForYou,
    NotFound,
    Refusal,
    RoleNeeded,
    ServerLimited,
    Suspended,
    WrongChannel,
)
from core.generation.wishes import Again, Chat, Edit, Enlarge, Imagine, Upload, Upscale, Wish
from core.log import logger
from core.observe.model import Indicators
from core.requests import Completed, Request
from core.servers import ServerSettings
from core.timing import Stopwatch, stopwatch

LATEST_LOOKED_AT = 50
MAKING = frozenset(RULED)
"""Commands that make something; the others are answered at once."""


class Service:
    """What every platform's adapter talks to. Its methods always return a reply and never raise an EaselError."""

    def __init__(self, app: App) -> None:
        self.app = app
        self.commands = command_table(app.catalogue)
        self.house = House(app)

    async def say(self, message: Incoming) -> Reply:
        """Take a typed message or command. The same id again is the same request."""
        with structlog.contextvars.bound_contextvars(requestId=message.id):
            try:
                return await self._say(message)
            except Exception as error:
                return await self._error(error, message.identity)

    async def invoke(self, message: Incoming, invocation: Invocation) -> Reply:
        """Take a command whose options the platform has told apart, and `bots.parse.check` has checked."""
        with structlog.contextvars.bound_contextvars(requestId=message.id):
            try:
                return await self._invoke(message, invocation)
            except Exception as error:
                return await self._error(error, message.identity)

    async def press(self, message: Incoming, action: Action, job: str, index: int | None) -> Reply:
        """Take the press of a button under a result. For "edit", the message's text is what to change."""
        with structlog.contextvars.bound_contextvars(requestId=message.id):
            try:
                if action == "cancel":
                    account = await self.app.accounts.for_identity(message.identity)
                    return await cancel_job(self.app, await self.app.requests.owned_job(account, job))
                wish = pressed(action, job, index, message.text)
                return await self._submit(message, wish, COMMAND_OF_ACTION[action])
            except Exception as error:
                return await self._error(error, message.identity)

    async def _say(self, message: Incoming) -> Reply:
        with stopwatch() as watch:
            try:
                invocation = parse(message.text, self.commands)
            except BadRequest as refusal:
                account = await self.app.accounts.for_identity(message.identity)
                await self._record(message, account, "command", watch, refusal)
                raise
        return await self._invoke(message, invocation)

    async def _invoke(self, message: Incoming, invocation: Invocation) -> Reply:
        wish = await self._wish(message, invocation)
        if wish is not None:
            return await self._submit(message, wish, invocation.command.name)
        return await self._answer(message, invocation)

    async def _wish(self, message: Incoming, invocation: Invocation) -> Wish | None:
        """The wish of a command that makes something; None for one that is answered at once."""
        match invocation.command.name:
            case "imagine":
                return _imagine(invocation, message.uploads, await self.house.rules(message))
            case "edit" if message.uploads:
                return Imagine(invocation.text("prompt") or "", model=invocation.text("model"), uploads=message.uploads)
            case "edit":
                job, index = await self._picture(message, invocation)
                return Edit(job, index, invocation.text("prompt") or "", invocation.text("model"))
            case "upscale" if message.uploads:
                return Enlarge((_attached(message.uploads, invocation.number("picture") or 1),), texts.ENLARGED)
            case "upscale":
                return Upscale(*await self._picture(message, invocation))
            case "chat":
                persona = (await self.house.rules(message)).persona
                words = invocation.text("message") or ""
                return Chat(words, conversation=message.talk, persona=persona, uploads=message.uploads)
        return None

    async def _picture(self, message: Incoming, invocation: Invocation) -> tuple[str, int]:
        """The request and number of the picture that is meant: the person's latest, unless they say otherwise."""
        index = invocation.number("picture") or 1
        if job := invocation.text("request"):
            return job, index
        account = await self.app.accounts.for_identity(message.identity)
        family = await self.app.stores.accounts.family(account.id)
        for former in await self.app.stores.jobs.history(family, LATEST_LOOKED_AT):
            if former.result is not None and former.result.pictures:
                return former.id, index
        raise NotFound(texts.NO_PICTURE)

    async def _submit(self, message: Incoming, wish: Wish, command: str) -> Reply:
        sponsor = await self.house.sponsor(message)
        request = Request(message.id, message.identity, wish, message.reply_to, message.locale, sponsor)
        account = await self.app.accounts.for_identity(message.identity)
        with stopwatch() as watch:
            try:
                async with self.house.admitted(message, account, command):
                    outcome = await self.app.requests.submit(request)
            except (WrongChannel, NotForYou, ServerLimited) as refusal:
                await self._record(message, account, command, watch, refusal)
                raise
        if isinstance(outcome, Completed):
            return replies.answered(outcome.result)
        if not outcome.job.is_open:
            return replies.ended(self.app, outcome.job)
        return replies.waiting(outcome.job)

    async def _answer(self, message: Incoming, invocation: Invocation) -> Reply:
        command = invocation.command
        with stopwatch() as watch:
            account = await self.app.accounts.for_identity(message.identity)
            try:
                if account.suspended and not command.suspended:
                    raise Suspended(account.suspended, self.app.settings.support_contact)
                if account.role < command.role:
                    raise RoleNeeded(command.name, command.role.label)
                asked = Asked(self.app, self.commands, account, message, invocation)
                reply = await ANSWERS[command.name](asked)
            except Refusal as refusal:
                await self._record(message, account, command.name, watch, refusal)
                raise
            await self._record(message, account, command.name, watch, None)
        return reply

    async def _record(
        self, message: Incoming, account: Account, operation: str, watch: Stopwatch, refusal: Refusal | None
    ) -> None:
        indicators = Indicators(
            total_ms=watch.total_ms(), status="refused" if refusal else "done",
            error_name=refusal.code if refusal else None, **watch.parts,
        )  # fmt: skip
        await self.app.recorder.request(message.id, account.id, message.identity, operation, indicators)

    async def _error(self, error: Exception, identity: Identity) -> Reply:
        """Any error as a sentence. What nobody expected is logged, and not shown."""
        if isinstance(error, InsufficientCredits):
            return replies.refused(error, await self._need_credits(error, identity))
        if isinstance(error, EaselError):
            if not isinstance(error, Refusal):
                logger().error("request failed", errorName=error.code, detail=str(error))
            return replies.refused(error, error_texts.explain(error))
        logger().error("request crashed", exc_info=error)
        return replies.refused(EaselError(texts.INTERNAL), texts.INTERNAL)

    async def _need_credits(self, error: InsufficientCredits, identity: Identity) -> str:
        daily = self.app.daily
        try:
            claimed = await daily.is_claimed(await self.app.accounts.for_identity(identity))
        except EaselError:
            claimed = True
        return error_texts.need_credits(error, daily.amount, claimed, next_midnight(self.app.clock.now()))


def pressed(action: Action, job: str, index: int | None, words: str = "") -> Wish:
    """What a button under a result asks for."""
    match action:
        case "vary":
            return Again(job, index or 0)
        case "edit":
            return Edit(job, index or 1, words)
        case "upscale":
            return Upscale(job, index or 1)
    return Again(job)


def _attached(uploads: tuple[Upload, ...], index: int) -> Upload:
    """Of several pictures, the one that is meant. Raises BadOption."""
    if index > len(uploads):
        raise BadOption("picture", f"must be at most {len(uploads)}, as that many are attached; you gave {index}.")
    return uploads[index - 1]


def _imagine(invocation: Invocation, uploads: tuple[Upload, ...], rules: ServerSettings) -> Imagine:
    return Imagine(
        prompt=invocation.text("prompt") or "",
        aspect=invocation.text("aspect"),
        count=invocation.number("count") or 1,
        model=invocation.text("model"),
        seed=invocation.number("seed"),
        style=invocation.text("style"),
        negative=invocation.text("negative"),
        uploads=uploads,
        usual_model=rules.model,
        usual_style=rules.style,
    )
