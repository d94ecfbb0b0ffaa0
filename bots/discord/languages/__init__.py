"""The languages that Discord's commands are offered in: https://docs.discord.com/developers/reference#locales"""

from dataclasses import dataclass

from bots.discord.languages import de, es, fr, ja, pt


@dataclass(frozen=True, slots=True)
class Language:
    """`names`: of commands. `texts`: what is read beside them."""

    names: dict[str, str]
    texts: dict[str, str]


LANGUAGES = {
    "de": Language(de.NAMES, de.TEXTS),
    "es": Language(es.NAMES, es.TEXTS),
    "fr": Language(fr.NAMES, fr.TEXTS),
    "ja": Language(ja.NAMES, ja.TEXTS),
    "pt": Language(pt.NAMES, pt.TEXTS),
}
"""By the first part of a locale: es-ES and es-419 are offered the same."""
