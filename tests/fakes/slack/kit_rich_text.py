"""Rich text: sections, lists, quotes and preformatted text of small inline elements.

https://docs.slack.dev/reference/block-kit/blocks/rich-text-block
"""

from tests.fakes.slack.kit_rules import Rule, anything, array, boolean, integer, link, one_of, shape, string, typed

MANY = 10_000
"""Slack documents no limit for elements of rich text."""

style = shape({}, dict.fromkeys(
    ("bold", "italic", "strike", "code", "underline", "highlight", "client_highlight", "unlink"), boolean
))  # fmt: skip


def inline(required: dict[str, Rule], optional: dict[str, Rule] | None = None) -> Rule:
    return shape({"type": anything, **required}, {"style": style, **(optional or {})})


INLINE: dict[str, Rule] = {
    "text": inline({"text": string()}),
    "link": inline({"url": link()}, {"text": string(), "unsafe": boolean}),
    "user": inline({"user_id": string()}),
    "usergroup": inline({"usergroup_id": string()}),
    "channel": inline({"channel_id": string()}),
    "emoji": inline({"name": string()}, {"unicode": string(), "skin_tone": integer, "url": link()}),
    "broadcast": inline({"range": one_of("here", "channel", "everyone")}),
    "color": inline({"value": string()}),
    "date": inline({"timestamp": integer, "format": string()}, {"url": link(), "fallback": string()}),
}

inlines = array(typed(INLINE), MANY, minimum=0)
section = shape({"type": anything, "elements": inlines})

PARTS: dict[str, Rule] = {
    "rich_text_section": section,
    "rich_text_preformatted": shape(
        {"type": anything, "elements": array(typed(INLINE, ("text", "link")), MANY, minimum=0)},
        {"border": integer, "language": string()},
    ),
    "rich_text_quote": shape({"type": anything, "elements": inlines}, {"border": integer}),
    "rich_text_list": shape(
        {
            "type": anything,
            "elements": array(typed({"rich_text_section": section}), MANY),
            "style": one_of("bullet", "ordered"),
        },
        {"indent": integer, "offset": integer, "border": integer},
    ),
}
