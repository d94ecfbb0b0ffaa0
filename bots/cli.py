"""`easel ...`: the only place that wires core, bots and webhooks together."""

import argparse
import asyncio
import io
import os
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bots.ask import Question, ask
from bots.lock import sole_user_of
from bots.migrate import run_migration
from bots.models import print_models
from bots.platform import MODULES, configured, load
from bots.tokens import create_token, list_tokens, revoke_token
from bots.verify import verify
from core import __version__
from core.accounts.model import Identity
from core.admin.model import Scope
from core.errors import ConfigError, EaselError, StoreError
from core.generation.wishes import Upload
from core.log import configure_logging
from core.settings import Settings, load_settings

CANNOT_START = 2
FAILED = 1
MAX_CONCURRENCY = 256
MAX_TOKEN_DAYS = 3_650
TOKENS = {"discord": "DISCORD_TOKEN", "slack": "SLACK_BOT_TOKEN", "telegram": "TELEGRAM_TOKEN"}
STORE_ADVICE = {
    "store_corrupt": "Restore your backup, or move the file away to start anew; see docs/operations.md.",
    "store_too_new": "Upgrade Easel, or restore a backup of the older version.",
    "store_read_only": "Give Easel's user the right to write there, or set DATA_DIR to another folder.",
    "store_full": "Make room on the disk, then start again.",
    "store_busy": "Close the program that uses it, then try again.",
    "store_unreachable": "Start the server, or correct the host, the port and the TLS options of the address.",
    "store_refused": "Correct the user and password, and give the user the role readWrite on Easel's database.",
    "store_unfinished": "Run easel migrate with the same source again; it goes on where it stopped.",
    "store_unfit": "Upgrade the server, or name another one.",
    "store": "Check that it is an Easel database and that its disk works; see docs/operations.md.",
}
"""What an operator does next, by the error's code."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one `easel` command. The exit code: 0 done, 1 refused or failed, 2 wrong usage or settings."""
    options = _parser().parse_args(arguments)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a narrow terminal must not cost anybody a result
    if options.run is _doctor:  # settings that cannot be read are a finding
        return int(_doctor(options.as_json))
    try:
        settings = load_settings()
        configure_logging(_log_level(settings, options))
        return int(options.run(settings, options))
    except ConfigError as error:
        print(error.message, file=sys.stderr)
        return CANNOT_START
    except StoreError as error:
        print(f"DATABASE_URL: {error.detail} {STORE_ADVICE.get(error.code, STORE_ADVICE['store'])}", file=sys.stderr)
        return CANNOT_START
    except EaselError as error:
        print(error.message, file=sys.stderr)
        return FAILED
    except KeyboardInterrupt:
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="easel", description="A self-hosted image and chat bot paid by credits.")
    parser.add_argument("--version", action="version", version=f"easel {__version__}")
    commands = parser.add_subparsers(metavar="COMMAND", required=True)

    demo = commands.add_parser("demo", help="everything in one process, with the playground page")
    demo.set_defaults(run=_demo, quiet=False)

    run = commands.add_parser("run", help="run Easel, or one part of it")
    run.add_argument(
        "part", nargs="?", default="all", choices=("all", "web", "worker", "scheduler", *MODULES),
        help="all of them (default) · web: the web app · worker: any number of them, on any machine · scheduler: "
             "periodic work; with REDIS_URL one of several acts · discord, slack, telegram: that chat. Without "
             "REDIS_URL each works jobs off and does the periodic work, too",
    )  # fmt: skip
    run.add_argument(
        "--concurrency", type=_concurrency, metavar="N",
        help="jobs at a time in this process (default: WORKER_CONCURRENCY, 2)",
    )  # fmt: skip
    run.set_defaults(run=_run, quiet=False)

    asking = commands.add_parser("ask", help='one command, such as easel ask "/imagine a red fox at dawn"')
    asking.add_argument("text", help="the command or message, as typed in a chat")
    asking.add_argument(
        "--as", dest="identity", type=_identity, default="playground:local", metavar="PLATFORM:USER",
        help="who asks (default: playground:local)",
    )  # fmt: skip
    asking.add_argument("--out", type=Path, default=Path(), metavar="DIR", help="where pictures go (default: here)")
    asking.add_argument(
        "--attach", type=Path, action="append", default=[], metavar="FILE",
        help="a picture to change or to look at (PNG, JPEG or WebP); may be given several times",
    )  # fmt: skip
    asking.add_argument("--json", dest="as_json", action="store_true", help="print one JSON object for scripts")
    asking.set_defaults(run=_ask, quiet=True)

    ledger = commands.add_parser("ledger", help="check the books")
    ledger.add_argument("action", choices=("verify",), help="replay every entry and check the invariants I1 to I10")
    ledger.set_defaults(run=_verify, quiet=True)

    moving = commands.add_parser("migrate", help="move everything from SQLite to an empty MongoDB database")
    moving.add_argument("source", help="sqlite (the configured file), or sqlite:/// and a path")
    moving.add_argument("target", help="mongodb:// and a host, such as mongodb://localhost:27017/easel")
    moving.set_defaults(run=_migrate, quiet=True)

    syncing = commands.add_parser("sync", help="register the commands with the chat platforms")
    syncing.add_argument("platform", choices=tuple(MODULES), help="which one")
    syncing.add_argument("arguments", nargs=argparse.REMAINDER, help="what that platform takes: easel sync NAME --help")
    syncing.set_defaults(run=_sync, quiet=True)

    models = commands.add_parser("models", help="the models, what they can do, and their price")
    models.add_argument("--check", action="store_true", help="ask the providers whether they still have them")
    models.set_defaults(run=_models, quiet=True)

    doctor = commands.add_parser("doctor", help="check everything that can be set up wrong, and say how to mend it")
    doctor.add_argument("--json", dest="as_json", action="store_true", help="print one JSON object for scripts")
    doctor.set_defaults(run=_doctor, quiet=True)
    _add_tokens(commands.add_parser("token", help="let programs use the admin API"))
    return parser


def _add_tokens(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(metavar="ACTION", required=True)
    create = actions.add_parser("create", help="make a token and print it, this once")
    create.add_argument("name", type=_token_name, help="what it is for, such as grafana")
    create.add_argument(
        "--scope", dest="scopes", action="append", type=Scope, choices=tuple(Scope), metavar="SCOPE",
        help="read (default): reports and lists · events: post events of your own · admin: everything; may be given "
             "several times",
    )  # fmt: skip
    create.add_argument("--days", type=_days, default=90, metavar="N", help="how long it is good for (default: 90)")
    create.set_defaults(run=_create_token, quiet=True)
    actions.add_parser("list", help="the names of all tokens").set_defaults(run=_list_tokens, quiet=True)
    revoke = actions.add_parser("revoke", help="let nobody in by it any more")
    revoke.add_argument("name", help="its name")
    revoke.set_defaults(run=_revoke_token, quiet=True)


def _concurrency(text: str) -> int:
    if not re.fullmatch(r"[1-9][0-9]{0,2}", text) or int(text) > MAX_CONCURRENCY:
        raise argparse.ArgumentTypeError(f"must be a whole number from 1 to {MAX_CONCURRENCY}")
    return int(text)


def _token_name(text: str) -> str:
    if not re.fullmatch(r"[a-z0-9][a-z0-9_.-]{0,39}", text):
        raise argparse.ArgumentTypeError("must be 1 to 40 of a-z 0-9 _ . -, and begin with a letter or a digit")
    return text


def _days(text: str) -> int:
    if not re.fullmatch(r"[1-9][0-9]{0,3}", text) or int(text) > MAX_TOKEN_DAYS:
        raise argparse.ArgumentTypeError(f"must be a whole number from 1 to {MAX_TOKEN_DAYS}")
    return int(text)


def _identity(text: str) -> Identity:
    try:
        return Identity.parse(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _log_level(settings: Settings, options: argparse.Namespace) -> str:
    """On a terminal people read sentences, not log lines, unless somebody asked for them."""
    return "CRITICAL" if options.quiet and "LOG_LEVEL" not in os.environ else settings.log_level


def _demo(settings: Settings, options: argparse.Namespace) -> int:
    if not settings.is_local:
        raise ConfigError([f"HOST: the demo is for this machine only; {settings.host} is not 127.0.0.1 or localhost."])
    if not settings.is_private:
        raise ConfigError([f"PUBLIC_URL: the demo is for this machine only; take {settings.public_url} out for it."])
    banner = (
        f"Easel's demo is ready: {settings.base_url}\n"
        "Pictures and answers are made by a built-in program, marked demo. Ctrl+C stops it."
    )
    settings = settings.model_copy(update={"demo_checkout": True})
    with sole_user_of(settings.data_dir, settings.base_url):
        _serve(settings, banner, web=True, work=True, schedule=True)
    return 0


def _run(settings: Settings, options: argparse.Namespace) -> int:
    if options.concurrency:
        settings = settings.model_copy(update={"worker_concurrency": options.concurrency})
    part, alone = options.part, not settings.redis_url
    web = part in ("all", "web") or (part == "telegram" and settings.telegram_mode == "webhook")
    work = part in ("all", "worker") or (part != "scheduler" and alone)
    schedule = part in ("all", "scheduler") or alone
    chats = tuple(configured(settings)) if part == "all" else (part,) if part in MODULES else ()
    if part in MODULES and part not in configured(settings):
        raise ConfigError([f"{TOKENS[part]}: is not set. Put the bot's token into the environment or .env."])
    banner = f"Easel is ready: {settings.base_url}" if part in ("all", "web") else f"Easel's {part} is ready."
    _serve(settings, banner, web=web, work=work, schedule=schedule, chats=chats)
    return 0


def _serve(settings: Settings, banner: str, **parts: Any) -> None:
    from bots.serve import Parts, serve  # noqa: PLC0415  # `easel ask` starts faster without the web framework

    asyncio.run(serve(settings, Parts(**parts), banner))


def _ask(settings: Settings, options: argparse.Namespace) -> int:
    uploads = tuple(Upload(_attached(path)) for path in options.attach)
    return asyncio.run(ask(settings, Question(options.text, options.identity, options.out, options.as_json, uploads)))


def _attached(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ConfigError([f"--attach: {path} cannot be read ({error.strerror}). Name a readable file."]) from None


def _verify(settings: Settings, options: argparse.Namespace) -> int:
    return asyncio.run(verify(settings))


def _migrate(settings: Settings, options: argparse.Namespace) -> int:
    return run_migration(settings, options.source, options.target)


def _sync(settings: Settings, options: argparse.Namespace) -> int:
    return asyncio.run(load(options.platform).sync(settings, options.arguments))


def _doctor(as_json: bool) -> int:
    from bots.doctor import Finding, examine, problem, report  # noqa: PLC0415  # only this command needs it

    configure_logging("CRITICAL")
    try:
        found: list[Finding] = asyncio.run(examine(load_settings()))
    except ConfigError as error:
        found = [problem("settings", line, "Correct it, and run easel doctor again.") for line in error.problems]
    except KeyboardInterrupt:
        return 130
    print(report.as_json(found) if as_json else "\n".join(report.lines(found)))
    return 0 if report.is_well(found) else FAILED


def _models(settings: Settings, options: argparse.Namespace) -> int:
    return print_models(settings, check=options.check)


def _create_token(settings: Settings, options: argparse.Namespace) -> int:
    scopes = options.scopes or [Scope.READ]
    return asyncio.run(create_token(settings, options.name, scopes, options.days))


def _list_tokens(settings: Settings, options: argparse.Namespace) -> int:
    return asyncio.run(list_tokens(settings))


def _revoke_token(settings: Settings, options: argparse.Namespace) -> int:
    return asyncio.run(revoke_token(settings, options.name))


if __name__ == "__main__":
    sys.exit(main())
