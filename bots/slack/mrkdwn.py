"""Our small Markdown as Slack's own markup, and what people type in Slack as plain words.

https://docs.slack.dev/messaging/formatting-message-text. Everything is escaped, so no text can mention anybody.
No pattern looks further than the next sign of its own kind: what a model writes must not make us search for seconds.
"""

import re

_FENCED = re.compile(r"^```[^\n`]*\n(.*?)(?:^```[ \t]*$|\Z)", re.MULTILINE | re.DOTALL)
_TOKEN = re.compile(
    r"`(?P<code>[^`\n]+)`"
    r"|\[(?P<label>[^\[\]\n]+)\]\((?P<url>(?:https?://|mailto:)[^\s()<>]+)\)"
    r"|\*\*(?P<bold>(?!\s)(?:(?!\*\*)[^\n])+(?<!\s))\*\*"
    r"|~~(?P<struck>(?!\s)(?:(?!~~)[^\n])+(?<!\s))~~"
    r"|(?P<bare>https?://[^\s<>()\[\]*`|]*[^\s<>()\[\]*`|.,;:!?'\"])"
    r"|(?<![\w*])\*(?P<italic>[^\s*](?:[^*\n]*[^\s*])?)\*(?![\w*])"
)
_HEADING = re.compile(r"^#{1,6}[ \t]+([^ \t].*)$")
_BULLET = re.compile(r"^([ \t]*)[-*+][ \t]+")
_REFERENCE = re.compile(r"<(?P<target>[^<>|]+)(?:\|(?P<label>[^<>]*))?>")
_SIGNS = {"@": "@", "#": "#", "!": "@"}


def escaped(text: str) -> str:
    """Text that Slack shows as it is."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def defused(text: str) -> str:
    """Markdown for Slack's own markdown fields, where nothing is escaped: references lose their meaning."""
    return re.sub(r"<(?=[@#!])", "<\u200b", text)


def render(text: str) -> str:
    """Markdown as mrkdwn. The result may be longer, by what is escaped."""
    made, at = [], 0
    for fenced in _FENCED.finditer(text):
        made += [_lines(text[at : fenced.start()]), f"```\n{escaped(fenced[1])}```"]
        at = fenced.end()
    return "".join([*made, _lines(text[at:])])


def plain(text: str) -> str:
    """What a person typed: references by the names they show, `&amp;` and the like undone."""
    return unescaped(_REFERENCE.sub(_spelled, text))


def unescaped(text: str) -> str:
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def without_mention(text: str, user: str) -> str:
    """The words of a message that begins with, or contains, a mention of this user."""
    return re.sub(rf"<@{re.escape(user)}(?:\|[^<>]*)?>", "", text, count=1).strip() if user else text.strip()


def _lines(text: str) -> str:
    return "\n".join(_line(line) for line in text.split("\n"))


def _line(line: str) -> str:
    if heading := _HEADING.match(line):
        words = heading[1].rstrip(" \t#") or heading[1]
        return f"*{_inline(words.replace('**', ''))}*"
    bullet = _BULLET.match(line)
    return f"{bullet[1]}• {_inline(line[bullet.end() :])}" if bullet else _inline(line)


def _inline(text: str) -> str:
    made, at = [], 0
    for token in _TOKEN.finditer(text):
        made += [escaped(text[at : token.start()]), _marked(token)]
        at = token.end()
    return "".join([*made, escaped(text[at:])])


def _marked(token: re.Match[str]) -> str:
    match token.lastgroup:
        case "code":
            return f"`{escaped(token['code'])}`"
        case "url":
            return f"<{escaped(token['url']).replace('|', '%7C')}|{escaped(token['label']).replace('|', '¦')}>"
        case "bare":
            return f"<{escaped(token['bare'])}>"
        case "bold":
            return f"*{_inline(token['bold'])}*"
        case "struck":
            return f"~{_inline(token['struck'])}~"
    return f"_{_inline(token['italic'])}_"


def _spelled(reference: re.Match[str]) -> str:
    target, label = reference["target"], reference["label"]
    if (sign := _SIGNS.get(target[0])) is not None:
        return f"{sign}{(label or target[1:].split('^')[0]).lstrip('@#')}"
    return label if label and label in target else target
