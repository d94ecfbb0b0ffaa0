"""Discord: the token, the switches of the application, and whether its commands are ours."""

import tempfile
from datetime import UTC, datetime
from typing import Any

from bots.doctor.asking import Answer, Asking
from bots.doctor.findings import Finding, ok, problem, warning
from core.app import compose
from core.catalogue import find_catalogue, load_catalogue
from core.providers.opening import configured
from core.providers.ports import Providers
from core.settings import Settings
from core.stores.opening import open_stores

AREA = "discord"
API_URL = "https://discord.com/api/v10"
PAGE = "https://discord.com/developers/applications"
SYNC = "Run easel sync discord."


async def look(settings: Settings, asking: Asking) -> list[Finding]:
    token = settings.discord_token.get_secret_value()
    if not token:
        return []
    base, headers = (settings.discord_api_url or API_URL).rstrip("/"), {"authorization": f"Bot {token}"}
    me = await asking("GET", f"{base}/users/@me", headers)
    if me.status != 200:
        return [_refused(me)]
    application = (await asking("GET", f"{base}/applications/@me", headers)).fields
    scope = f"/guilds/{settings.discord_guild}" if settings.discord_guild else ""
    commands = await asking(
        "GET", f"{base}/applications/{application.get('id')}{scope}/commands?with_localizations=true", headers
    )
    return [
        ok(AREA, f"The token is good: this is {me.fields.get('username')}."),
        *_switches(settings, application),
        await _commands(settings, commands),
    ]


def _refused(answer: Answer) -> Finding:
    if answer.status == 401:
        return problem(
            AREA, "Discord refuses DISCORD_TOKEN.", f"Copy the token from your application's page Bot at {PAGE}."
        )
    return problem(
        AREA, f"Discord answers with status {answer.status}.", "Look at discordstatus.com, and try again later."
    )


def _switches(settings: Settings, application: dict[str, Any]) -> list[Finding]:
    """https://docs.discord.com/developers/resources/application"""
    found = [ok(AREA, "Easel needs no privileged intent, so there is none to switch on.")]
    endpoint, key = application.get("interactions_endpoint_url"), application.get("verify_key")
    ours = f"{settings.base_url}/webhooks/discord"
    if endpoint and not settings.discord_public_key:
        found.append(
            problem(
                AREA,
                "Discord sends interactions to an address, and Easel waits for them at the gateway.",
                f"Clear Interactions Endpoint URL at {PAGE}, or set DISCORD_PUBLIC_KEY.",
            )
        )
    elif endpoint and endpoint != ours:
        found.append(
            problem(
                AREA,
                "Discord sends interactions somewhere else.",
                f"Set Interactions Endpoint URL to {ours} at {PAGE}.",
            )
        )
    if settings.discord_public_key and settings.discord_public_key.lower() != key:
        found.append(
            problem(
                AREA,
                "DISCORD_PUBLIC_KEY is not this application's.",
                f"Copy Public Key from General Information at {PAGE}.",
            )
        )
    if application.get("bot_require_code_grant"):
        found.append(
            warning(
                AREA,
                "Requires OAuth2 Code Grant is on: nobody can add the bot by its link.",
                f"Switch it off on the page Bot at {PAGE}.",
            )
        )
    return found


async def _commands(settings: Settings, answer: Answer) -> Finding:
    if answer.status != 200 or not isinstance(answer.json, list):
        return problem(
            AREA,
            f"The commands could not be read (status {answer.status}).",
            "See whether DISCORD_GUILD is a server that the bot is in.",
        )
    if not answer.json:
        return problem(AREA, "No commands are registered.", SYNC)
    if differing := await _differing(settings, answer.json):
        return warning(
            AREA, f"{len(differing)} registered commands are not as they should be: {', '.join(differing)}.", SYNC
        )
    return ok(AREA, f"All {len(answer.json)} commands are registered.")


async def _differing(settings: Settings, theirs: list[dict[str, Any]]) -> list[str]:
    """Ours are made as the bot makes them, over an empty database: what is stored says nothing about them."""
    from bots.discord.client import new_bot  # noqa: PLC0415  # the SDK is loaded only where Discord is used
    from bots.discord.messenger import DiscordMessenger  # noqa: PLC0415  # loads the SDK, only where Discord is used
    from bots.discord.rest import Rest  # noqa: PLC0415  # loads the SDK, only where Discord is used
    from bots.discord.sync import described, differences  # noqa: PLC0415  # loads the SDK, only where Discord is used
    from bots.service import Service  # noqa: PLC0415  # loads the SDK, only where Discord is used

    catalogue = load_catalogue(find_catalogue(settings.easel_config))
    catalogue = catalogue.served_by(configured(settings), datetime.now(UTC).date())
    with tempfile.TemporaryDirectory() as folder:
        async with open_stores(f"sqlite:///{folder}/easel.db") as (stores, clock):
            app = compose(settings, catalogue, clock, stores, Providers({}, {}))
            try:
                async with new_bot(app, Service(app), DiscordMessenger(app, Rest(settings))) as bot:
                    return differences(theirs, await described(bot))
            finally:
                await app.media.close()
