"""The settings themselves: who is admin, what is on, and what does not go together."""

import stat
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path

from bots.doctor.asking import Asking
from bots.doctor.findings import Finding, ok, problem, warning
from bots.platform import configured as chats_of
from core.catalogue import KINDS, find_catalogue, load_catalogue
from core.payments.opening import configured as gateways_of
from core.providers.opening import configured as providers_of
from core.settings import LOOPBACK, Settings

AREA = "settings"
FEWEST_SIGNS = 10
"""Different ones: 32 random hexadecimal digits have fewer once in ten thousand times."""


async def look(settings: Settings, asking: Asking) -> list[Finding]:
    return [
        *_catalogue(settings),
        _admins(settings),
        *_demo_checkout(settings),
        _chats(settings),
        *_token(settings),
        *_watching(settings),
        *_secrets(Path(".env")),
    ]


def _catalogue(settings: Settings) -> list[Finding]:
    """Raises ConfigError for a file that cannot be used, which names the line."""
    path = find_catalogue(settings.easel_config)
    in_use = load_catalogue(path).served_by(providers_of(settings), datetime.now(UTC).date())
    if missing := [kind for kind in KINDS if not in_use.of_kind(kind)]:
        fix = "Set the key of a provider that has one, or add such a model to the file."
        return [
            problem(AREA, f"{path} has no {kind} model that a configured provider serves.", fix) for kind in missing
        ]
    found = [ok(AREA, f"{path} is fine; {len(in_use.models)} models are in use.")]
    found += [
        warning(AREA, f"The model {name} was retired on {since}.", f"Take it out of {path}.")
        for name, since in in_use.retired.items()
    ]
    return found


def _admins(settings: Settings) -> Finding:
    if settings.admins:
        return ok(AREA, f"{len(settings.admins)} {'admin is' if len(settings.admins) == 1 else 'admins are'} set.")
    fix = "Set ADMINS to your own identities, such as ADMINS=discord:123,telegram:42."
    return warning(AREA, "There is no admin: nobody can grant, refund or suspend.", fix)


def _demo_checkout(settings: Settings) -> list[Finding]:
    """Raises ConfigError for a gateway that is set up in part."""
    if not settings.demo_checkout:
        return []
    if gateways := gateways_of(settings):
        fix = "Remove DEMO_CHECKOUT; it is ignored beside a real gateway."
        return [problem(AREA, f"DEMO_CHECKOUT is on beside {' and '.join(gateways)}.", fix)]
    if not settings.is_private:
        fix = "Remove DEMO_CHECKOUT where other people can come: it is for this machine only."
        return [problem(AREA, "DEMO_CHECKOUT, which gives credits for nothing, is on in a public place.", fix)]
    return [warning(AREA, "DEMO_CHECKOUT gives credits for nothing.", "Remove it before others use this Easel.")]


def _chats(settings: Settings) -> Finding:
    if names := chats_of(settings):
        return ok(AREA, f"Chats: {', '.join(names)}.")
    fix = "Set DISCORD_TOKEN, SLACK_BOT_TOKEN or TELEGRAM_TOKEN."
    return warning(AREA, "No chat platform is set up; only the playground is served.", fix)


def _token(settings: Settings) -> list[Finding]:
    """Its length is checked with the settings; a repeated word is long, too."""
    token = settings.admin_api_token.get_secret_value()
    if token and len(set(token)) < FEWEST_SIGNS:
        fix = "Set it to what openssl rand -hex 32 prints, or use easel token create instead."
        return [problem(AREA, "ADMIN_API_TOKEN can be guessed.", fix)]
    return []


def _watching(settings: Settings) -> list[Finding]:
    """What the operator's own programs are told, and whether others can listen."""
    found = []
    if settings.events_webhook_url and not settings.events_webhook_secret.get_secret_value():
        fix = "Set it to whsec_ and what openssl rand -base64 32 prints."
        found.append(problem(AREA, "EVENTS_WEBHOOK_URL is set, and EVENTS_WEBHOOK_SECRET is not.", fix))
    if settings.otel_exporter_otlp_endpoint and not _can_trace():
        fix = "Run pip install 'easel[traces]', or remove the setting."
        found.append(problem(AREA, "OTEL_EXPORTER_OTLP_ENDPOINT is set, and OpenTelemetry is not installed.", fix))
    if settings.metrics_port and settings.metrics_host not in LOOPBACK:
        fix = "See that only Prometheus can reach that port, or set METRICS_HOST=127.0.0.1."
        found.append(warning(AREA, f"Metrics are on {settings.metrics_host}, where they need no token.", fix))
    return found


def _can_trace() -> bool:
    try:
        import_module("core.observe.traces")
    except ImportError:
        return False
    return True


def _secrets(path: Path) -> list[Finding]:
    """Whether others on this machine can read the file with the tokens."""
    if path.is_file() and path.stat().st_mode & (stat.S_IRGRP | stat.S_IROTH):
        return [warning(AREA, "Others on this machine can read .env and the secrets in it.", "chmod 600 .env")]
    return []
