"""Who the bot is and where its gateway is: .../resources/user, /resources/application, /events/gateway"""

from tests.fakes.discord.errors import UNKNOWN_GUILD, UNKNOWN_USER, DiscordError, Json
from tests.fakes.discord.gateway import STARTS_PER_DAY, Gateway
from tests.fakes.discord.people import guild_payload
from tests.fakes.discord.rest import Answer, Call, Route
from tests.fakes.discord.world import World

DAY_MS = 86_400_000
MAX_CONCURRENCY = 1


class IdentityRoutes:
    def __init__(self, world: World, gateway: Gateway) -> None:
        self._world = world
        self._gateway = gateway

    def routes(self) -> list[Route]:
        return [
            Route("GET", "/users/@me", self.me),
            Route("GET", "/users/@me/guilds", self.guilds),
            Route("POST", "/users/@me/channels", self.open_dm),
            Route("GET", "/users/{user_id}", self.user),
            Route("GET", "/applications/@me", self.application),
            Route("GET", "/oauth2/applications/@me", self.application),
            Route("GET", "/gateway", self.gateway, open=True),
            Route("GET", "/gateway/bot", self.gateway_bot),
            Route("GET", "/guilds/{guild_id}", self.guild),
        ]

    def me(self, call: Call) -> Answer:
        return 200, self._world.bot.payload() | {"mfa_enabled": True, "locale": "en-US", "verified": True}

    def user(self, call: Call) -> Answer:
        user = self._world.users.get(call.params["user_id"])
        if user is None:
            raise DiscordError(UNKNOWN_USER)
        return 200, user.payload()

    def open_dm(self, call: Call) -> Answer:
        """It opens also when messages there are blocked: only sending fails."""
        user = self._world.users.get(str(call.value.get("recipient_id")))
        if user is None or user.bot:
            raise DiscordError(UNKNOWN_USER)
        return 200, self._world.dm(user).payload()

    def application(self, call: Call) -> Answer:
        world = self._world
        owner = world.owner.payload()
        return 200, {
            "id": world.application, "name": world.bot.username, "icon": None, "description": "", "type": None,
            "verify_key": world.verify_key, "flags": world.application_flags, "flags_new": str(world.application_flags),
            "bot": world.bot.payload(), "bot_public": True, "bot_require_code_grant": False, "redirect_uris": [],
            "interactions_endpoint_url": world.endpoint, "role_connections_verification_url": None, "owner": owner,
            "approximate_guild_count": sum(guild.installed for guild in world.guilds.values()),
            "approximate_user_install_count": 0, "approximate_user_authorization_count": 0,
            "explicit_content_filter": 0, "team": None, "eligible_oauth2_scopes": [],
            "integration_types_config": {"0": {}, "1": {}},
        }  # fmt: skip

    def gateway(self, call: Call) -> Answer:
        return 200, {"url": self._gateway.url}

    def gateway_bot(self, call: Call) -> Answer:
        limit = {"total": STARTS_PER_DAY, "remaining": self._gateway.starts_left, "reset_after": DAY_MS}
        starts: Json = limit | {"max_concurrency": MAX_CONCURRENCY}
        return 200, {"url": self._gateway.url, "shards": self._gateway.shards, "session_start_limit": starts}

    def guilds(self, call: Call) -> Answer:
        mine = [guild for guild in self._world.guilds.values() if guild.installed]
        return 200, [
            {
                "id": guild.id, "name": guild.name, "icon": None, "banner": None, "owner": False,
                "permissions": "0", "features": [],
            }
            for guild in mine
        ]  # fmt: skip

    def guild(self, call: Call) -> Answer:
        guild = self._world.guilds.get(call.params["guild_id"])
        if guild is None or not guild.installed:
            raise DiscordError(UNKNOWN_GUILD)
        return 200, guild_payload(guild, self._world.bot, self._world.clock.now())
