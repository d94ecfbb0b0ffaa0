"""Identifiers: sortable for accounts, deterministic for jobs, unguessable for files and codes."""

import base64
import hashlib
import secrets

from core.clock import Millis

JOB_ID_BYTES = 10  # 80 bits: short enough for Telegram's 64-byte callback data, too long to guess or collide
MEDIA_TOKEN_BYTES = 20
CODE_ALPHABET = "ABCDEFGHJKMNPQRSTVWXYZ23456789"  # no I, L, O, U, 0, 1: read aloud and typed by hand


def account_id(now: Millis) -> str:
    """A new account id. Ids sort by creation time, so that of two accounts the older one is the smaller."""
    return f"a{now:012x}{secrets.token_hex(5)}"


def job_id(request_id: str) -> str:
    """The id of the job a request makes: the same request always names the same job."""
    digest = hashlib.sha256(request_id.encode()).digest()[:JOB_ID_BYTES]
    return base64.b32encode(digest).decode().lower()


def media_token() -> str:
    """An unguessable file name stem (160 bits, lower-case base32)."""
    return base64.b32encode(secrets.token_bytes(MEDIA_TOKEN_BYTES)).decode().lower()


def short_code(length: int) -> str:
    """A one-time code for people to type."""
    return "".join(secrets.choice(CODE_ALPHABET) for _ in range(length))


def digest(text: str) -> str:
    """What is stored instead of a secret or a personal id: its SHA-256, in hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()
