"""`easel ask`: one command through the same core, on a terminal."""

import asyncio
import json
import re
import secrets
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskID, TaskProgressColumn, TextColumn

from bots import error_texts, texts
from bots.incoming import Incoming
from bots.playground.feed import PLATFORM, PlaygroundMessenger, channel_of
from bots.replies import Attachment, Reply, Shown, ended, refused
from bots.service import Service
from core.accounts.model import Identity
from core.app import App, open_app
from core.errors import ConfigError, EaselError
from core.generation.wishes import Upload
from core.jobs.model import Job, JobState
from core.observe.model import Indicators, Usage
from core.settings import Settings
from core.tasks import stopped

Saved = tuple[Shown | None, Path]

LOOK_SECONDS = 0.1
PATIENCE_SECONDS = 5.0
SLUG_LENGTH = 40
DONE, REFUSED = 0, 1


@dataclass(frozen=True, slots=True)
class Question:
    """What was asked on the command line."""

    text: str
    identity: Identity
    out: Path
    as_json: bool
    uploads: tuple[Upload, ...] = ()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of it: the reply, the files written, the usage record, the balances."""

    request_id: str
    reply: Reply
    files: list[Saved]
    usage: Usage | None
    before: int
    after: int

    @property
    def is_good(self) -> bool:
        job = self.reply.job
        return self.reply.kind in ("text", "result") and (job is None or job.state is JobState.DONE)


async def ask(settings: Settings, question: Question) -> int:
    """Run the command and print what came of it. The exit code: 0 done, 1 refused or failed."""
    _prepare(question.out)
    async with open_app(settings) as app:
        app.messengers[PLATFORM] = PlaygroundMessenger(app)
        try:
            outcome = await _ask(app, question)
        except EaselError as error:
            if isinstance(error, ConfigError):
                raise
            outcome = Outcome("", refused(error, error_texts.explain(error)), [], None, 0, 0)
    ok = outcome.is_good
    if question.as_json:
        print(json.dumps(_described(outcome), ensure_ascii=False, indent=2))
    elif ok:
        _show(outcome)
    if not ok:
        print(outcome.reply.text, file=sys.stderr)
    return DONE if ok else REFUSED


async def _ask(app: App, question: Question) -> "Outcome":
    before = await _balance(app, question.identity)
    request_id = f"ask:{secrets.token_hex(8)}"
    message = Incoming(
        request_id, question.identity, question.text, channel_of(question.identity), uploads=question.uploads,
        server=PLATFORM,
    )  # fmt: skip
    reply = await Service(app).say(message)
    if reply.job is not None and reply.kind == "job":
        reply = await _finished(app, reply.job, quiet=question.as_json)
    files = await _save_all(app, reply, question)
    usage = await app.stores.usage.get(request_id)
    return Outcome(request_id, reply, files, usage, before, await _balance(app, question.identity))


async def _balance(app: App, identity: Identity) -> int:
    account = await app.accounts.for_identity(identity)
    return (await app.ledger.balance(account.id)).available


async def _finished(app: App, job: Job, *, quiet: bool) -> Reply:
    """Work in this process until the job has ended, showing how far it is."""
    working = [asyncio.create_task(app.runner.run()), asyncio.create_task(app.sweeper.run())]
    try:
        with _progress(quiet) as bar:
            line = bar.add_task(texts.queued(0, None), total=1.0)
            patience = Patience(app)
            while (current := await app.stores.jobs.get(job.id) or job).delivered_at is None:
                patience.check()
                await _advance(bar, line, app, current)
                await asyncio.sleep(LOOK_SECONDS)
            bar.update(line, completed=1.0, description=current.state.value)
        return ended(app, current)
    except StillTrouble as trouble:
        return refused(trouble, trouble.message)
    finally:
        await stopped(working)


class Patience:
    """Gives up when the workers have been in trouble for some seconds on end; the job stays and goes on later."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._since: float | None = None

    def check(self) -> None:
        """Raises StillTrouble."""
        trouble = self._app.signals.trouble
        if trouble is None:
            self._since = None
            return
        now = time.monotonic()
        self._since = self._since or now
        if now - self._since > PATIENCE_SECONDS:
            raise StillTrouble(texts.kept_for_later(trouble.message))


class StillTrouble(EaselError):
    """The job was accepted and cannot go on now."""

    code = "interrupted"
    retryable = True
    http_status = 503


async def _advance(bar: Progress, line: TaskID, app: App, job: Job) -> None:
    if job.state is JobState.RUNNING:
        done = max(job.progress, app.signals.progress.get(job.id, 0.0))
        bar.update(line, completed=done, description="Working")
    elif job.is_open:
        bar.update(line, description=texts.queued(*await app.requests.outlook(job)))


def _progress(quiet: bool) -> Progress:
    console = Console(stderr=True)
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TaskProgressColumn())
    return Progress(*columns, console=console, transient=True, disable=quiet or not console.is_terminal)


async def _save_all(app: App, reply: Reply, question: Question) -> list[Saved]:
    saved: list[Saved] = []
    for shown in reply.pictures:
        data = await app.media.read(shown.name, shown.url)
        if data is not None and reply.job is not None:
            stem = f"{_slug(reply.job.spec.prompt)}-{reply.job.id[:6]}-{shown.index}"
            saved.append((shown, _write(question.out / f"{stem}{Path(shown.name).suffix}", data)))
    for file in reply.attachments:
        saved.append((None, _save_attachment(question.out, file)))
    return saved


def _save_attachment(folder: Path, file: Attachment) -> Path:
    return _write(folder / file.name, file.data)


def _write(path: Path, data: bytes) -> Path:
    try:
        path.write_bytes(data)
    except OSError as error:
        raise ConfigError(
            [f"--out: {path} cannot be written ({error.strerror}). The result is kept: type /recover."]
        ) from None
    return path.absolute()


def _prepare(folder: Path) -> None:
    """Find out before anything is charged whether results can be saved."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / f".easel-{secrets.token_hex(4)}"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise ConfigError([f"--out: {folder} cannot be written ({error.strerror}). Name another folder."]) from None


def _slug(prompt: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", prompt.lower())[:SLUG_LENGTH].strip("-") or "picture"


def _show(outcome: Outcome) -> None:
    reply = outcome.reply
    print(_plain(reply.text))
    for link in reply.links:
        print(f"{link.label}: {link.url}")
    for _, path in outcome.files:
        print(path)
    if reply.facts:
        facts = [f"{label}: {value}" for label, value in reply.facts]
        print(" · ".join([*facts, f"Balance: {outcome.after}", *([texts.DEMO_MARK] if reply.demo else [])]))


def _plain(text: str) -> str:
    """Text for a terminal: the marks that a chat app would render are left out."""
    return re.sub(r"\*\*(.+?)\*\*|`([^`]+)`", lambda match: match[1] or match[2], text)


def _described(outcome: Outcome) -> dict[str, Any]:
    """One flat object for scripts: what came, what it cost, and the 12 indicators under their names."""
    reply, usage, ok = outcome.reply, outcome.usage, outcome.is_good
    indicators = usage.indicators if usage else Indicators(total_ms=0, status="failed", error_name=_code(reply))
    return {
        "success": ok,
        "requestId": outcome.request_id,
        "job": reply.job.id if reply.job else None,
        "text": reply.text,
        "links": {link.label: link.url for link in reply.links},
        "error": None if ok else {"code": _code(reply), "message": reply.text},
        "images": [
            {"path": str(path), "width": shown.width, "height": shown.height, "seed": shown.seed}
            for shown, path in outcome.files
            if shown is not None
        ],
        "files": [str(path) for shown, path in outcome.files if shown is None],
        "model": usage.model if usage else None,
        "demo": reply.demo,
        "cost": usage.credits if usage else 0,
        "balanceBefore": outcome.before,
        "balanceAfter": outcome.after,
        **indicators.model_dump(by_alias=True),
    }


def _code(reply: Reply) -> str:
    if reply.error is not None:
        return reply.error.code
    return reply.job.failure.code if reply.job and reply.job.failure else "failed"
