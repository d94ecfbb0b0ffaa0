"""Our small Markdown as Telegram's HTML. Whatever a model writes, the outcome is valid and mentions nobody.

HTML and not MarkdownV2, because only three characters need escaping: https://core.telegram.org/bots/api#html-style
"""

import re

from bots.split import FENCE, pieces
from bots.telegram.limits import MAX_TEXT, utf16

DEEPEST = 4
NOTHING = "…"
"""Telegram takes no message without anything to see."""
_SILENT = "\u2060"
_INLINE = re.compile(
    r"`(?P<code>[^`\n]+)`"
    r"|\[(?P<label>[^\[\]\n]+)\]\((?P<url>https?://[^\s()<>\"']+)\)"
    r"|\*\*(?=\S)(?P<b>[^\n]+?)(?<=\S)\*\*"
    r"|~~(?=\S)(?P<s>[^\n]+?)(?<=\S)~~"
    r"|(?<![\w*])\*(?=[^\s*])(?P<i>[^*\n]+?)(?<=\S)\*(?![\w*])"
    r"|(?<!\w)_(?=[^\s_])(?P<i2>[^_\n]+?)(?<=\S)_(?!\w)"
)
_HEADING = re.compile(r"#{1,6}\s+(\S.*?)[\s#]*")
_BULLET = re.compile(r"(\s*)[-*+]\s+(.*)")
_MENTION = re.compile(r"(?<!\w)@(?=\w)")
_LANGUAGE = re.compile(r"[A-Za-z0-9+#._-]{1,20}")
_TAG = re.compile(r"<[^>]*>")
_UNSEEN = re.compile(r"[\s\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f"
                     r"\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0\x00-\x1f\x7f-\x9f]+")  # fmt: skip


def pages(markdown: str, limit: int = MAX_TEXT) -> list[str]:
    """A text of any length as HTML messages of at most `limit` UTF-16 units each; never none, and none empty."""
    made = [render(piece) for piece in pieces(_sane(markdown), limit, measure)]
    return [page for page in made if is_visible(page)] or [NOTHING]


def render(markdown: str) -> str:
    """HTML that shows at most `measure(markdown)` units."""
    made: list[str] = []
    lines = _sane(markdown).split("\n")
    while lines:
        line = lines.pop(0)
        if line.lstrip().startswith(FENCE):
            made += _fenced(line.strip()[len(FENCE) :], lines)
        elif heading := _HEADING.fullmatch(line.strip()):
            made.append(f"<b>{_inline(heading[1], 1)}</b>")
        elif bullet := _BULLET.fullmatch(line):
            made.append(f"{bullet[1]}• {_inline(bullet[2])}")
        else:
            made.append(_inline(line))
    return "\n".join(made)


def plain(text: str) -> str:
    """A person's own words: shown as they are, mentioning nobody."""
    return _escaped(_MENTION.sub(f"@{_SILENT}", _sane(text)))


def measure(text: str) -> int:
    """At most so many UTF-16 units are shown of this Markdown or plain text: what keeps a mention silent is counted."""
    return utf16(text) + text.count("@")


def is_visible(html: str) -> bool:
    return bool(_UNSEEN.sub("", _TAG.sub("", html)))


def _sane(text: str) -> str:
    """Without halves of characters, which cannot be sent."""
    return text.encode("utf-8", "ignore").decode()


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _fenced(opening: str, lines: list[str]) -> list[str]:
    """Takes the lines of a code block off the list. A block that is never closed ends with the text."""
    if (end := opening.find(FENCE)) >= 0:
        return [f"<pre>{_escaped(opening[:end])}</pre>" if opening[:end].strip() else ""]
    code: list[str] = []
    while lines and not lines[0].lstrip().startswith(FENCE):
        code.append(lines.pop(0))
    if lines:
        lines.pop(0)
    if not (body := "\n".join(code)).strip():
        return []
    if _LANGUAGE.fullmatch(language := opening.strip()):
        return [f'<pre><code class="language-{language}">{_escaped(body)}</code></pre>']
    return [f"<pre>{_escaped(body)}</pre>"]


def _inline(text: str, depth: int = 0) -> str:
    if depth > DEEPEST:
        return plain(text)
    made, at = [], 0
    for match in _INLINE.finditer(text):
        made += [plain(text[at : match.start()]), _marked(match, depth)]
        at = match.end()
    return "".join([*made, plain(text[at:])])


def _marked(match: re.Match[str], depth: int) -> str:
    if code := match["code"]:
        return f"<code>{_escaped(code)}</code>"
    if label := match["label"]:
        return f'<a href="{_escaped(match["url"])}">{plain(label)}</a>'
    tag = "b" if match["b"] else "s" if match["s"] else "i"
    return f"<{tag}>{_inline(match['b'] or match['s'] or match['i'] or match['i2'], depth + 1)}</{tag}>"
