"""A gateway session: what a bot has heard, so that it can be told again what it missed.

https://docs.discord.com/developers/events/gateway
"""

import asyncio
import json
import zlib
from dataclasses import dataclass, field
from enum import IntEnum

from aiohttp import WSCloseCode, web

from tests.fakes.discord.errors import Json


class Op(IntEnum):
    """https://docs.discord.com/developers/topics/opcodes-and-status-codes#gateway-gateway-opcodes"""

    DISPATCH = 0
    HEARTBEAT = 1
    IDENTIFY = 2
    PRESENCE = 3
    VOICE_STATE = 4
    RESUME = 6
    RECONNECT = 7
    REQUEST_MEMBERS = 8
    INVALID_SESSION = 9
    HELLO = 10
    HEARTBEAT_ACK = 11


class CloseCode(IntEnum):
    """https://docs.discord.com/developers/topics/opcodes-and-status-codes#gateway-gateway-close-event-codes"""

    UNKNOWN_ERROR = 4000
    UNKNOWN_OPCODE = 4001
    DECODE_ERROR = 4002
    NOT_AUTHENTICATED = 4003
    AUTHENTICATION_FAILED = 4004
    ALREADY_AUTHENTICATED = 4005
    INVALID_SEQUENCE = 4007
    RATE_LIMITED = 4008
    SESSION_TIMED_OUT = 4009
    INVALID_SHARD = 4010
    SHARDING_REQUIRED = 4011
    INVALID_VERSION = 4012
    INVALID_INTENTS = 4013
    DISALLOWED_INTENTS = 4014


class Connection:
    """One WebSocket. What is sent waits in a queue, so that events are told without waiting."""

    def __init__(self, socket: web.WebSocketResponse, transport: asyncio.Transport | None, *, compress: bool) -> None:
        self.socket = socket
        self._transport = transport
        self._deflate = zlib.compressobj() if compress else None
        self._outbox: asyncio.Queue[Json | int] = asyncio.Queue()

    def send(self, op: Op, data: object = None, event: str | None = None, sequence: int | None = None) -> None:
        self._outbox.put_nowait({"op": op, "d": data, "s": sequence, "t": event})

    def close(self, code: int) -> None:
        """After everything that was sent before."""
        self._outbox.put_nowait(code)

    def drop(self) -> None:
        """Without a word, as when a cable is pulled."""
        if self._transport is not None:
            self._transport.abort()

    async def write(self) -> None:
        """Send what is in the queue until a code to close with comes."""
        while True:
            item = await self._outbox.get()
            if isinstance(item, int):
                await self.socket.close(code=item)
                return
            await self._transmit(json.dumps(item))

    async def _transmit(self, text: str) -> None:
        if self.socket.closed:
            return
        if self._deflate is None:
            await self.socket.send_str(text)
        else:
            packed = self._deflate.compress(text.encode()) + self._deflate.flush(zlib.Z_SYNC_FLUSH)
            await self.socket.send_bytes(packed)


@dataclass(eq=False)
class Session:
    """`shard` is its number and how many there are; `connection` is None while it may be resumed."""

    id: str
    identify: Json
    shard: tuple[int, int]
    connection: Connection | None
    heard: list[tuple[str, Json]] = field(default_factory=list)

    @property
    def intents(self) -> int:
        return int(self.identify["intents"])

    def tell(self, event: str, data: Json) -> None:
        """The next event, kept for a resume. Its sequence number is its place, from 1."""
        self.heard.append((event, data))
        if self.connection is not None:
            self.connection.send(Op.DISPATCH, data, event, len(self.heard))

    def resume(self, connection: Connection, sequence: int) -> None:
        """Tell again what came after this number."""
        if self.connection is not None:
            self.connection.close(WSCloseCode.OK)
        self.connection = connection
        for number, (event, data) in enumerate(self.heard[sequence:], sequence + 1):
            connection.send(Op.DISPATCH, data, event, number)
        self.tell("RESUMED", {"_trace": []})
