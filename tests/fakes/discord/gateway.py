"""Discord's gateway, version 10: https://docs.discord.com/developers/events/gateway"""

import asyncio
import json
from typing import Any

from aiohttp import WSMsgType, web

from core.tasks import stopped
from tests.fakes.discord.errors import Json
from tests.fakes.discord.flags import KNOWN_INTENTS, PRIVILEGED, Intent
from tests.fakes.discord.ids import shard_of
from tests.fakes.discord.people import Guild, guild_payload
from tests.fakes.discord.session import CloseCode, Connection, Op, Session
from tests.fakes.discord.world import World

VERSION = "10"
GATEWAY_PATH = "/gw"
STARTS_PER_DAY = 1000
LATE_HEARTBEATS = 1.5


class Closing(Exception):  # it is a way to end, not a failure of this fake
    """The connection ends with this code."""

    def __init__(self, code: CloseCode) -> None:
        super().__init__(code.name)
        self.code = code


class Gateway:
    """`sessions` that may still be used, by id; `identified` are the payloads of all IDENTIFYs, `resumed` counts."""

    def __init__(self, world: World, *, shards: int, heartbeat_ms: int) -> None:
        self._world = world
        self._heartbeat_ms = heartbeat_ms
        self.shards = shards
        self.sessions: dict[str, Session] = {}
        self.identified: list[Json] = []
        self.resumed = 0

    @property
    def url(self) -> str:
        return self._world.base.replace("http", "ws", 1) + GATEWAY_PATH

    @property
    def starts_left(self) -> int:
        return STARTS_PER_DAY - len(self.identified)

    def dispatch(
        self, event: str, data: Json, guild: Guild | None = None, intent: int = 0, veiled: Json | None = None
    ) -> None:
        """Tell the sessions that want it and whose shard it is."""
        for session in self.sessions.values():
            number, count = session.shard
            if number != (shard_of(guild.id, count) if guild else 0) or session.intents & intent != intent:
                continue
            blind = veiled is not None and not session.intents & Intent.MESSAGE_CONTENT
            session.tell(event, veiled if blind and veiled is not None else data)

    async def serve(self, request: web.Request) -> web.WebSocketResponse:
        """One connection, until one side ends it."""
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        compress = request.query.get("compress") == "zlib-stream"
        connection = Connection(socket, request.transport, compress=compress)
        writing = asyncio.create_task(connection.write())
        try:
            await self._converse(connection, request.query.get("v"))
        except Closing as end:
            connection.close(end.code)
            await writing
        finally:
            for session in self.sessions.values():
                if session.connection is connection:
                    session.connection = None
            self._world.bell.ring()
            await stopped({writing})
        return socket

    async def _converse(self, connection: Connection, version: str | None) -> None:
        if version != VERSION:
            raise Closing(CloseCode.INVALID_VERSION)
        connection.send(Op.HELLO, {"heartbeat_interval": self._heartbeat_ms, "_trace": []})
        while True:
            try:
                message = await connection.socket.receive(self._heartbeat_ms / 1000 * LATE_HEARTBEATS)
            except TimeoutError:
                raise Closing(CloseCode.SESSION_TIMED_OUT) from None
            if message.type not in {WSMsgType.TEXT, WSMsgType.BINARY}:
                self._forget(connection, message.data)
                return
            self._take(connection, message.data)

    def _forget(self, connection: Connection, code: object) -> None:
        """A bot that leaves with 1000 or 1001 ends its session."""
        if code in {1000, 1001}:
            self.sessions = {id: one for id, one in self.sessions.items() if one.connection is not connection}

    def _take(self, connection: Connection, raw: str | bytes) -> None:
        try:
            payload = json.loads(raw)
            op, data = payload["op"], payload.get("d")
        except (ValueError, KeyError, TypeError):
            raise Closing(CloseCode.DECODE_ERROR) from None
        known = any(session.connection is connection for session in self.sessions.values())
        match op:
            case Op.HEARTBEAT:
                connection.send(Op.HEARTBEAT_ACK)
            case Op.IDENTIFY if known:
                raise Closing(CloseCode.ALREADY_AUTHENTICATED)
            case Op.IDENTIFY:
                self._identify(connection, data)
            case Op.RESUME:
                self._resume(connection, data)
            case Op.PRESENCE | Op.VOICE_STATE | Op.REQUEST_MEMBERS:
                if not known:
                    raise Closing(CloseCode.NOT_AUTHENTICATED)
            case _:
                raise Closing(CloseCode.UNKNOWN_OPCODE)

    def _identify(self, connection: Connection, data: Any) -> None:
        if data.get("token") != self._world.token:
            raise Closing(CloseCode.AUTHENTICATION_FAILED)
        intents = data.get("intents")
        if not isinstance(intents, int) or intents & ~KNOWN_INTENTS:
            raise Closing(CloseCode.INVALID_INTENTS)
        if intents & PRIVILEGED & ~self._world.allowed:
            raise Closing(CloseCode.DISALLOWED_INTENTS)
        number, count = data.get("shard", (0, 1))
        if not 0 <= number < count:
            raise Closing(CloseCode.INVALID_SHARD)
        if "shard" not in data and self.shards > 1:
            raise Closing(CloseCode.SHARDING_REQUIRED)
        session = Session(self._world.ids.new(), data, (number, count), connection)
        self.identified.append(data)
        self.sessions[session.id] = session
        self._greet(session)
        self._world.bell.ring()

    def _resume(self, connection: Connection, data: Any) -> None:
        if data.get("token") != self._world.token:
            raise Closing(CloseCode.AUTHENTICATION_FAILED)
        session = self.sessions.get(str(data.get("session_id")))
        sequence = data.get("seq")
        if session is None:
            connection.send(Op.INVALID_SESSION, data=False)
            return
        if not isinstance(sequence, int) or sequence > len(session.heard):
            raise Closing(CloseCode.INVALID_SEQUENCE)
        self.resumed += 1
        session.resume(connection, sequence)
        self._world.bell.ring()

    def _greet(self, session: Session) -> None:
        world, (number, count) = self._world, session.shard
        guilds = [one for one in world.guilds.values() if one.installed and shard_of(one.id, count) == number]
        ready: Json = {
            "v": int(VERSION),
            "user": world.bot.payload() | {"verified": True, "mfa_enabled": True, "email": None},
            "guilds": [{"id": guild.id, "unavailable": True} for guild in guilds],
            "private_channels": [],
            "session_id": session.id,
            "resume_gateway_url": self.url,
            "application": {"id": world.application, "flags": world.application_flags},
        }
        if "shard" in session.identify:
            ready["shard"] = [number, count]
        session.tell("READY", ready)
        if session.intents & Intent.GUILDS:
            for guild in guilds:
                session.tell("GUILD_CREATE", guild_payload(guild, world.bot, world.clock.now()))
