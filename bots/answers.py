"""Commands that are answered at once, each by one function."""

import difflib
import json
from collections.abc import Awaitable, Callable

from bots import buying, giving, texts
from bots.admin_answers import admin, announcements
from bots.asked import Asked
from bots.replies import Attachment, Reply, ended
from bots.server_answers import server
from core.accounts.model import Role
from core.app import App
from core.clock import iso
from core.errors import NotFound, NotReady, ServerAdminNeeded, UnknownCommand
from core.jobs.model import Job, JobState
from core.jobs.specs import ChatSpec, ImageSpec

PROMPT_SHOWN = 60
RECOVERABLE = 50


Answer = Callable[[Asked], Awaitable[Reply]]


async def balance(asked: Asked) -> Reply:
    app = asked.app
    have = await app.ledger.balance(asked.account.id)
    left = await app.limits.left(asked.account.id, await app.requests.per_day(asked.account))
    text = texts.balance(have.available, have.held, have.debt, left.remaining, left.limit, left.resets_at)
    lines = [texts.expiring(amount, at) for amount, at in have.expiring]
    return Reply("text", "\n".join([text, *lines]))


async def history(asked: Asked) -> Reply:
    limit = asked.app.catalogue.limits.history_shown
    jobs = await asked.app.stores.jobs.history(await _family(asked), limit)
    return Reply("text", "\n".join(_history_line(job) for job in jobs) or texts.NO_HISTORY)


async def recover(asked: Asked) -> Reply:
    """The result again, here and now, whoever lost it."""
    wanted = asked.invocation.text("request")
    if wanted:
        job = await asked.app.requests.owned_job(asked.account, wanted)
        if job.is_open:
            raise NotReady
        candidates = [job]
    else:
        candidates = await asked.app.stores.jobs.history(await _family(asked), RECOVERABLE)
    for job in candidates:
        if job.result is not None:
            return ended(asked.app, job)
    raise NotFound(texts.NOTHING_FINISHED)


async def cancel(asked: Asked) -> Reply:
    wanted = asked.invocation.text("request")
    if wanted:
        job = await asked.app.requests.owned_job(asked.account, wanted)
    else:
        jobs = await asked.app.stores.jobs.open_jobs(await _family(asked))
        if not jobs:
            return Reply("text", texts.NOTHING_OPEN)
        job = jobs[-1]
    return await cancel_job(asked.app, job)


async def cancel_job(app: App, job: Job) -> Reply:
    """Stop a job. A queued one ends now, a running one within about a second."""
    now = await app.stores.jobs.request_cancel(job.id, app.clock.now())
    app.signals.stop(job.id)
    app.signals.changed(job.reply_to.channel)
    if now is not None and now.state is JobState.CANCELLED:
        await app.sweeper.close(now)
        return Reply("text", texts.CANCELLED)
    running = now is not None and now.state is JobState.RUNNING
    if not running:
        return Reply("text", texts.TOO_LATE_TO_CANCEL)
    return Reply("text", texts.STOPPING if isinstance(job.spec, ChatSpec) else texts.CANCELLING)


async def models(asked: Asked) -> Reply:
    lines = []
    for model in (await asked.app.switches.catalogue()).models:
        able = [f"{texts.count(model.price, 'credit')} each", model.kind]
        if model.kind == "image":
            able += ["shapes " + " ".join(model.shapes), f"up to {model.max_count} at once"]
            able += [name for name in ("seed", "styles", "edit", "upscale", "negative") if getattr(model, name)]
        usual = " (used unless you say otherwise)" if model.default else ""
        lines.append(f"- **{model.name}**{usual}: {', '.join(able)}. {model.summary}".rstrip())
    return Reply("text", "\n".join(lines))


async def daily(asked: Asked) -> Reply:
    entry = await asked.app.daily.claim(asked.account)
    have = await asked.app.ledger.balance(asked.account.id)
    return Reply("text", texts.daily(entry.amount, have.available))


async def link(asked: Asked) -> Reply:
    app, code = asked.app, asked.invocation.text("code")
    if not code:
        offered, _ = await app.linking.offer(asked.account, asked.message.id)
        return Reply("text", texts.link_code(offered, app.catalogue.limits.link.minutes))
    merged = await app.linking.redeem(asked.account, code, asked.message.id)
    family = await app.stores.accounts.family(merged.id)
    identities = sorted(str(identity) for identity in await app.stores.accounts.identities(family))
    return Reply("text", texts.linked(identities, (await app.ledger.balance(merged.id)).available))


async def privacy(asked: Asked) -> Reply:
    app, account = asked.app, asked.account
    match asked.invocation.text("action"):
        case "export":
            data = json.dumps(await app.privacy.export(account), indent=2, ensure_ascii=False).encode()
            attachment = Attachment("easel-export.json", "application/json", data)
            return Reply("text", texts.export_ready(attachment.name), attachments=(attachment,))
        case "delete" if asked.invocation.text("confirm") == "yes":
            await app.privacy.delete(account)
            return Reply("text", texts.DELETED)
        case "delete":
            return Reply("text", texts.confirm_deletion((await app.ledger.balance(account.id)).available))
    return Reply("text", texts.privacy(app.settings.retention_days))


async def help_(asked: Asked) -> Reply:
    visible = tuple(command for command in asked.commands if command.role <= asked.account.role)
    wanted = (asked.invocation.text("command") or "").lstrip("/").lower()
    if not wanted:
        return Reply("text", texts.help_overview(visible))
    command = next((command for command in visible if command.name == wanted), None)
    if command is None:
        near = difflib.get_close_matches(wanted, [command.name for command in visible], 1, cutoff=0.5)
        raise UnknownCommand(wanted[:32], near[0] if near else None)
    return Reply("text", texts.help_detail(command))


async def reset(asked: Asked) -> Reply:
    """Begin the conversation of this place anew."""
    await asked.app.conversations.reset(asked.message.talk)
    return Reply("text", texts.RESET)


async def persona(asked: Asked) -> Reply:
    """Who answers here: shown to everybody, chosen by the admins of the server."""
    app, message, wanted = asked.app, asked.message, asked.invocation.text("name")
    if wanted is None:
        now = (await app.servers.get(message.server)).persona or app.catalogue.chat.persona
        return Reply("text", texts.personas(now, list(app.catalogue.personas)))
    if not (message.is_server_admin or asked.account.role >= Role.ADMIN) or message.server is None:
        raise ServerAdminNeeded
    await app.servers.set_persona(message.server, wanted)
    return Reply("text", texts.persona_set(wanted))


async def about(asked: Asked) -> Reply:
    return Reply("text", texts.ABOUT)


ANSWERS: dict[str, Answer] = {
    "balance": balance,
    "history": history,
    "recover": recover,
    "cancel": cancel,
    "models": models,
    "buy": buying.buy,
    "plans": buying.plans,
    "subscribe": buying.subscribe,
    "unsubscribe": buying.unsubscribe,
    "orders": buying.orders,
    "redeem": buying.redeem,
    "daily": daily,
    "gift": giving.gift,
    "invite": giving.invite,
    "link": link,
    "privacy": privacy,
    "help": help_,
    "reset": reset,
    "persona": persona,
    "server": server,
    "about": about,
    "admin": admin,
    "announcements": announcements,
}


async def _family(asked: Asked) -> list[str]:
    return await asked.app.stores.accounts.family(asked.account.id)


def _history_line(job: Job) -> str:
    words = " ".join(job.spec.prompt.split())
    shown = words if len(words) <= PROMPT_SHOWN else f"{words[: PROMPT_SHOWN - 1]}…"
    what = "picture" if isinstance(job.spec, ImageSpec) else "chat" if isinstance(job.spec, ChatSpec) else ""
    cost = f", {texts.count(job.charged, 'credit')}" if job.charged else ""
    when = iso(job.created_at)[:16].replace("T", " ")
    return f"- `{job.id}` {when} {what} {job.state.value}{cost}: {shown or '(deleted)'}"
