"""Settings from the environment or `.env`. A bad value is one clear line naming the variable, and exit 2."""

import os
import re
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from dotenv.parser import parse_stream
from pydantic import Field, SecretStr, ValidationError, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from core.accounts.model import Identity, Role
from core.cloudinary_url import UPLOAD_PREFIX, CloudinaryAccount, parse_cloudinary_url
from core.errors import ConfigError
from core.observe.signing import key_of

_LIMIT = re.compile(r"[1-9][0-9]{0,6}")
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


class Settings(BaseSettings):
    """Every setting of Easel. Names are the environment variables, in upper case."""

    model_config = SettingsConfigDict(env_file=".env", env_file_encoding="utf-8", extra="ignore", frozen=True)

    data_dir: Path = Path("data")
    database_url: str = ""
    redis_url: str = ""
    easel_config: Path | None = None
    heartbeat_file: Path | None = None
    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=1, le=65535)
    public_url: str = ""
    log_level: str = "INFO"
    events_webhook_url: str = ""
    events_webhook_secret: SecretStr = SecretStr("")
    otel_exporter_otlp_endpoint: str = ""
    metrics_port: int = Field(default=0, ge=0, le=65535)
    metrics_host: str = "127.0.0.1"
    metrics_token: SecretStr = SecretStr("")
    admins: Annotated[tuple[Identity, ...], NoDecode] = ()
    admin_api_token: SecretStr = SecretStr("")
    oidc_issuer: str = ""
    oidc_audience: Annotated[tuple[str, ...], NoDecode, Field(validate_default=True)] = ()
    oidc_role_claim: str = Field(default="public_metadata.role", min_length=1, max_length=200)
    oidc_jwks_url: str = ""

    rate_limit_per_day: Annotated[dict[Role, int], NoDecode] = {}
    signup_credits: int = Field(default=100, ge=0, le=1_000_000)
    daily_free_credits: int = Field(default=5, ge=0, le=1_000_000)
    daily_credits_automatic: bool = False
    retention_days: int = Field(default=0, ge=0, le=36_500)
    max_jobs_in_flight: int = Field(default=2, ge=1, le=10_000)
    strikes_to_suspend: int = Field(default=5, ge=0, le=1_000)
    support_contact: str = Field(default="", max_length=200)
    admins_see_prompts: bool = False
    worker_concurrency: int = Field(default=2, ge=1, le=256)
    demo_seconds: float = Field(default=1.0, ge=0, le=60)
    demo_checkout: bool = False

    discord_token: SecretStr = SecretStr("")
    discord_api_url: str = ""
    discord_gateway_url: str = ""
    discord_public_key: str = ""
    discord_guild: str = Field(default="", pattern=r"^[0-9]{0,20}$")
    discord_shards: str = ""
    slack_bot_token: SecretStr = SecretStr("")
    slack_app_token: SecretStr = SecretStr("")
    slack_signing_secret: SecretStr = SecretStr("")
    slack_client_id: str = ""
    slack_client_secret: SecretStr = SecretStr("")
    slack_api_url: str = ""
    telegram_token: SecretStr = SecretStr("")
    telegram_api_url: str = ""
    telegram_webhook_secret: SecretStr = SecretStr("")
    telegram_mode: Literal["polling", "webhook"] = "polling"

    openai_api_key: SecretStr = SecretStr("")
    openai_base_url: str = ""
    gemini_api_key: SecretStr = SecretStr("")
    gemini_base_url: str = ""
    replicate_api_token: SecretStr = SecretStr("")
    replicate_base_url: str = ""

    paypal_client_id: str = ""
    paypal_client_secret: SecretStr = SecretStr("")
    paypal_webhook_id: str = ""
    paypal_merchant_id: str = ""
    paypal_base_url: str = ""
    stripe_secret_key: SecretStr = SecretStr("")
    stripe_webhook_secret: SecretStr = SecretStr("")
    stripe_base_url: str = ""

    cloudinary_url: SecretStr = SecretStr("")
    cloudinary_upload_prefix: str = UPLOAD_PREFIX
    keep_provenance: bool = True

    @field_validator("admins", mode="before")
    @classmethod
    def _read_admins(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        return tuple(Identity.parse(item) for item in value.split(",") if item.strip())

    @field_validator("rate_limit_per_day", mode="before")
    @classmethod
    def _read_rate_limit(cls, value: object) -> object:
        return _limits_by_role(value) if isinstance(value, str | int) else value

    @field_validator("admin_api_token")
    @classmethod
    def _hard_to_guess(cls, value: SecretStr) -> SecretStr:
        if value.get_secret_value() and not re.fullmatch(r"[!-~]{32,128}", value.get_secret_value()):
            raise ValueError("must be 32 to 128 letters, digits and signs, such as what openssl rand -hex 32 prints")
        return value

    @field_validator("oidc_issuer", "oidc_jwks_url")
    @classmethod
    def _safe_address(cls, value: str) -> str:
        parts = urlsplit(value)
        is_safe = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK)
        if value and (not is_safe or not parts.hostname):
            raise ValueError("must be https:// and a host, such as https://clerk.example.org")
        return value

    @field_validator("oidc_audience", mode="before")
    @classmethod
    def _read_audience(cls, value: object, info: ValidationInfo) -> object:
        names = tuple(name.strip() for name in value.split(",") if name.strip()) if isinstance(value, str) else value
        if info.data.get("oidc_issuer") and not names:
            raise ValueError("is needed with OIDC_ISSUER: whom tokens are for, such as https://easel.example.org")
        return names

    @field_validator("events_webhook_url")
    @classmethod
    def _events_address(cls, value: str) -> str:
        parts = urlsplit(value)
        is_safe = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK)
        if value and not (is_safe and parts.hostname):
            raise ValueError("must be https:// and a host, or http:// and this machine")
        return value

    @field_validator("events_webhook_secret")
    @classmethod
    def _usable_key(cls, value: SecretStr) -> SecretStr:
        if value.get_secret_value():
            key_of(value.get_secret_value())
        return value

    @field_validator("metrics_token")
    @classmethod
    def _sendable(cls, value: SecretStr) -> SecretStr:
        if value.get_secret_value() and not re.fullmatch(r"[!-~]{16,128}", value.get_secret_value()):
            raise ValueError("must be 16 to 128 letters, digits and signs, such as what openssl rand -hex 32 prints")
        return value

    @field_validator("log_level")
    @classmethod
    def _known_level(cls, value: str) -> str:
        if value.upper() not in ("DEBUG", "INFO", "WARNING", "ERROR"):
            raise ValueError("must be DEBUG, INFO, WARNING or ERROR")
        return value.upper()

    @field_validator("database_url")
    @classmethod
    def _known_database(cls, value: str) -> str:
        if value.startswith(("mongodb://", "mongodb+srv://")) or not value:
            return value
        if not re.fullmatch(r"sqlite:///\s*\S.*", value):
            raise ValueError(
                "must be sqlite:/// and a path, such as sqlite:///data/easel.db, "
                "or mongodb:// and a host, such as mongodb://localhost:27017/easel"
            )
        return value

    @field_validator("redis_url")
    @classmethod
    def _known_redis(cls, value: str) -> str:
        if value and (urlsplit(value).scheme not in ("redis", "rediss") or not urlsplit(value).hostname):
            raise ValueError("must be redis:// or rediss:// (TLS) and a host, such as redis://localhost:6379/0")
        return value

    @field_validator(
        "public_url", "openai_base_url", "gemini_base_url", "replicate_base_url", "discord_api_url", "slack_api_url",
        "telegram_api_url", "paypal_base_url", "stripe_base_url", "otel_exporter_otlp_endpoint",
    )  # fmt: skip
    @classmethod
    def _web_address(cls, value: str) -> str:
        parts = urlsplit(value)
        if value and (parts.scheme not in ("http", "https") or not parts.hostname):
            raise ValueError("must be http:// or https:// and a host, such as https://easel.example.org")
        return value

    @field_validator("discord_gateway_url")
    @classmethod
    def _gateway_address(cls, value: str) -> str:
        if value and (urlsplit(value).scheme not in ("ws", "wss") or not urlsplit(value).hostname):
            raise ValueError("must be ws:// or wss:// and a host, such as wss://gateway.discord.gg")
        return value

    @field_validator("cloudinary_url")
    @classmethod
    def _known_cloud(cls, value: SecretStr) -> SecretStr:
        if value.get_secret_value():
            parse_cloudinary_url(value.get_secret_value())
        return value

    @field_validator("cloudinary_upload_prefix")
    @classmethod
    def _api_address(cls, value: str) -> str:
        parts = urlsplit(value)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
            raise ValueError(f"must be http:// or https:// and a host, such as {UPLOAD_PREFIX}")
        return value

    @property
    def cloudinary(self) -> CloudinaryAccount | None:
        """Where pictures go besides the local disk, if anywhere."""
        url = self.cloudinary_url.get_secret_value()
        return parse_cloudinary_url(url, self.cloudinary_upload_prefix) if url else None

    @property
    def store_url(self) -> str:
        """Where the database is: DATABASE_URL, or a file in the data folder."""
        return self.database_url or f"sqlite:///{self.data_dir / 'easel.db'}"

    @property
    def database_path(self) -> Path | None:
        """The SQLite file, if that is the database."""
        is_file = self.store_url.startswith("sqlite:///")
        return Path(self.store_url.removeprefix("sqlite:///")) if is_file else None

    @property
    def base_url(self) -> str:
        """Where people reach this Easel, without a slash at the end."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return (self.public_url or f"http://{host}:{self.port}").rstrip("/")

    @property
    def has_metrics(self) -> bool:
        """Whether anybody can ask for metrics; else none are counted."""
        return bool(self.metrics_port or self.metrics_token.get_secret_value())

    @property
    def is_local(self) -> bool:
        """Whether only this machine can connect, which may be a reverse proxy for everybody: see `is_private`."""
        return self.host in LOOPBACK

    @property
    def is_private(self) -> bool:
        """Whether nobody can come but who is at this machine: what gives accounts or credits away may be there then."""
        return self.is_local and (not self.public_url or urlsplit(self.public_url).hostname in LOOPBACK)


def _limits_by_role(value: str | int) -> dict[Role, int]:
    """`20`, or `user:20,subscriber:200`. One number is the user's limit, and the least the other roles get."""
    text = str(value).strip()
    pairs = [item.partition(":") for item in text.split(",")] if ":" in text else [("user", ":", text)]
    limits: dict[Role, int] = {}
    for name, _, number in pairs:
        role = name.strip().upper()
        if role not in Role.__members__ or not _LIMIT.fullmatch(number.strip()):
            raise ValueError("must be a whole number of at least 1, or such numbers by role: user:20,subscriber:200")
        limits[Role[role]] = int(number)
    return limits


def load_settings(**overrides: Any) -> Settings:
    """Read all settings. Raises ConfigError with one line per problem."""
    try:
        if problems := _unread_lines(Path(overrides.get("_env_file") or ".env")):
            raise ConfigError(problems)
        return Settings(**overrides)
    except ValidationError as error:
        raise ConfigError([_problem(item) for item in error.errors()]) from None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError([f".env: cannot be read ({error}). Save it as UTF-8 text, or remove it."]) from None


def _unread_lines(path: Path) -> list[str]:
    """Lines of `.env` that mean nothing would otherwise be skipped without a word."""
    if not path.is_file():
        return []
    with path.open(encoding="utf-8") as file:
        wrong = [binding.original.line for binding in parse_stream(file) if binding.error]
    return [f".env: line {number} cannot be understood. Write NAME=value, with quotes closed." for number in wrong]


def _problem(item: Any) -> str:
    name = str(item["loc"][0]).upper()
    what = str(item["msg"]).removeprefix("Value error, ")
    what = what[:1].lower() + what[1:] if what.startswith("Input") else what
    given = f" (it is {str(item['input'])[:80]!r})" if not _is_secret(name) else ""
    return f"{name}: {what}{given}. Change it in the environment or in .env ({os.getcwd()})."


def _is_secret(name: str) -> bool:
    return any(word in name for word in ("TOKEN", "SECRET", "KEY", "PASSWORD", "_URL"))
