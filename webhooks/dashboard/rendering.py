"""Make pages of templates. Everything that gets into one is escaped; a name that is not given is an error."""

from collections.abc import Mapping
from pathlib import Path

from fastapi.responses import HTMLResponse, Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from webhooks.assets import PALETTE
from webhooks.dashboard import formats

HEADERS = {
    "content-security-policy": "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; "
    "img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "cache-control": "no-store",
    "x-robots-tag": "noindex",
}
FILTERS = {
    "number": formats.number, "usd": formats.usd, "money": formats.money, "more_money": formats.more_money,
    "percent": formats.percent,
    "latency": formats.latency, "when": formats.when, "short_day": formats.short_day,
}  # fmt: skip


class Renderer:
    """The templates of this package."""

    def __init__(self) -> None:
        self._templates = Environment(
            loader=FileSystemLoader(Path(__file__).parent / "templates"), autoescape=True, undefined=StrictUndefined,
            trim_blocks=True, lstrip_blocks=True,
        )  # fmt: skip
        self._templates.filters.update(FILTERS)
        self._templates.globals["palette"] = PALETTE

    def page(
        self, template: str, context: Mapping[str, object], status: int = 200, headers: Mapping[str, str] | None = None
    ) -> Response:
        """A template as an answer that no cache keeps."""
        text = self._templates.get_template(f"{template}.html").render(context)
        return HTMLResponse(text, status, headers=HEADERS | dict(headers or {}))
