"""What people bought from Discord: .../resources/entitlement and /resources/sku"""

from tests.fakes.discord.errors import UNKNOWN_ENTITLEMENT, DiscordError, Json
from tests.fakes.discord.rest import Answer, Call, Route
from tests.fakes.discord.world import World

ENTITLEMENTS = "/applications/{application_id}/entitlements"
ENTITLEMENT = ENTITLEMENTS + "/{entitlement_id}"
DEFAULT_LIMIT = 100


class Store:
    def __init__(self, world: World) -> None:
        self._world = world

    def routes(self) -> list[Route]:
        return [
            Route("GET", "/applications/{application_id}/skus", self.skus),
            Route("GET", ENTITLEMENTS, self.entitlements),
            Route("GET", ENTITLEMENT, self.entitlement),
            Route("POST", ENTITLEMENT + "/consume", self.consume),
        ]

    def skus(self, call: Call) -> Answer:
        return 200, list(self._world.skus.values())

    def entitlements(self, call: Call) -> Answer:
        """Oldest first; consumed ones too. Deleted ones are left out unless they are asked for."""
        deleted = call.query.get("exclude_deleted", "true").lower() in {"false", "0"}
        found = [one for one in self._world.entitlements.values() if deleted or not one["deleted"]]
        found = [one for one in found if self._asked_for(call, one)]
        limit = int(call.query.get("limit", DEFAULT_LIMIT))
        return 200, found[-limit:] if "before" in call.query else found[:limit]

    def entitlement(self, call: Call) -> Answer:
        return 200, self._one(call)

    def consume(self, call: Call) -> Answer:
        self._one(call)["consumed"] = True
        self._world.bell.ring()
        return 204, None

    def _one(self, call: Call) -> Json:
        entitlement = self._world.entitlements.get(call.params["entitlement_id"])
        if entitlement is None or entitlement["deleted"]:
            raise DiscordError(UNKNOWN_ENTITLEMENT)
        return entitlement

    @staticmethod
    def _asked_for(call: Call, one: Json) -> bool:
        query = call.query
        return (
            query.get("user_id", one["user_id"]) == one["user_id"]
            and ("sku_ids" not in query or one["sku_id"] in query["sku_ids"].split(","))
            and ("guild_id" not in query or query["guild_id"] == one.get("guild_id"))
            and int(query.get("after", 0)) < int(one["id"]) < int(query.get("before", 1 << 63))
        )
