"""The fake's rules of Block Kit: each documented limit lets its last value through and refuses the next."""

from collections.abc import Callable
from typing import Any

import pytest
from slack_sdk.models import blocks as sdk
from slack_sdk.models.views import View as SdkView

from tests.fakes.slack import Json, kit, kit_blocks, kit_elements

PNG = "https://example.com/a.png"


def problems(*blocks: Json) -> list[str]:
    return kit.blocks_problems(list(blocks), lambda file: file == {"id": "F1"})


def text(length: int, kind: str = "plain_text") -> Json:
    return {"type": kind, "text": "x" * length}


def section(length: int = 1, **more: Any) -> Json:
    return {"type": "section", "text": text(length, "mrkdwn"), **more}


def button(text_length: int = 1, **more: Any) -> Json:
    return {"type": "button", "text": text(text_length), "action_id": "a", **more}


def actions(*elements: Json) -> Json:
    return {"type": "actions", "elements": list(elements)}


def option(number: int = 0, text_length: int = 1, value_length: int = 1) -> Json:
    return {"text": text(text_length), "value": str(number) + "v" * (value_length - len(str(number)))}


def select(count: int, kind: str = "static_select") -> Json:
    return {"type": kind, "action_id": "s", "options": [option(number) for number in range(count)]}


def modal(**more: Any) -> Json:
    return {"type": "modal", "title": text(5), "blocks": [], **more}


LIMITS: dict[str, tuple[Callable[[int], Json], int, str]] = {
    "text of a section": (section, 3000, "must be less than 3001 characters"),
    "fields of a section": (lambda n: {"type": "section", "fields": [text(1)] * n}, 10, "no more than 10 items"),
    "a field": (lambda n: {"type": "section", "fields": [text(n)]}, 2000, "must be less than 2001"),
    "a header": (lambda n: {"type": "header", "text": text(n)}, 150, "must be less than 151"),
    "markdown": (lambda n: {"type": "markdown", "text": "x" * n}, 12_000, "must be less than 12001"),
    "alt text": (lambda n: {"type": "image", "image_url": PNG, "alt_text": "x" * n}, 2000, "must be less than 2001"),
    "block id": (lambda n: section(block_id="x" * n), 255, "must be less than 256"),
    "elements of actions": (lambda n: actions(*[button(action_id=f"a{i}") for i in range(n)]), 25, "no more than 25"),
    "elements of context": (lambda n: {"type": "context", "elements": [text(1)] * n}, 10, "no more than 10 items"),
    "text of a button": (lambda n: actions(button(n)), 75, "must be less than 76"),
    "value of a button": (lambda n: actions(button(value="x" * n)), 2000, "must be less than 2001"),
    "action id": (lambda n: actions(button(action_id="x" * n)), 255, "must be less than 256"),
    "options of a menu": (lambda n: actions(select(n)), 100, "no more than 100 items"),
    "options of checkboxes": (lambda n: actions(select(n, "checkboxes")), 10, "no more than 10 items"),
    "options of an overflow menu": (lambda n: actions(select(n, "overflow")), 5, "no more than 5 items"),
    "text of an option": (
        lambda n: actions({"type": "static_select", "options": [option(0, n)]}), 75, "must be less than 76",
    ),
    "value of an option": (
        lambda n: actions({"type": "static_select", "options": [option(0, 1, n)]}), 150, "must be less than 151",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", LIMITS)
def test_a_limit_holds_the_last_value_and_refuses_the_next(name: str) -> None:
    make, limit, problem = LIMITS[name]
    assert problems(make(limit)) == []
    assert problem in problems(make(limit + 1))[0]


VIEW_LIMITS: dict[str, tuple[Callable[[int], Json], int]] = {
    "title": (lambda n: modal(title=text(n)), 24),
    "submit": (lambda n: modal(submit=text(n)), 24),
    "close": (lambda n: modal(close=text(n)), 24),
    "private_metadata": (lambda n: modal(private_metadata="x" * n), 3000),
    "callback_id": (lambda n: modal(callback_id="x" * n), 255),
    "external_id": (lambda n: modal(external_id="x" * n), 255),
    "blocks": (lambda n: modal(blocks=[{"type": "divider"}] * n), 100),
}


@pytest.mark.parametrize("name", VIEW_LIMITS)
def test_a_limit_of_views_holds_the_last_value_and_refuses_the_next(name: str) -> None:
    make, limit = VIEW_LIMITS[name]
    assert kit.view_problems(make(limit), lambda _: True) == []
    [problem] = kit.view_problems(make(limit + 1), lambda _: True)
    assert f"json-pointer:/view/{name}" in problem


def test_the_limits_are_those_of_the_official_sdk() -> None:
    assert sdk.SectionBlock.text_max_length == kit_blocks.SECTION_TEXT
    assert sdk.SectionBlock.fields_max_length == kit_blocks.FIELDS
    assert sdk.HeaderBlock.text_max_length == kit_blocks.HEADER_TEXT
    assert sdk.MarkdownBlock.text_max_length == kit_blocks.MARKDOWN_TEXT
    assert sdk.ImageBlock.alt_text_max_length == kit_elements.ALT_TEXT
    assert sdk.ActionsBlock.elements_max_length == kit_blocks.ACTIONS
    assert sdk.ContextBlock.elements_max_length == kit_blocks.CONTEXT_ELEMENTS
    assert sdk.Block.block_id_max_length == kit_blocks.BLOCK_ID
    assert sdk.ButtonElement.text_max_length == kit_elements.BUTTON_TEXT
    assert sdk.ButtonElement.value_max_length == kit_elements.BUTTON_VALUE
    assert sdk.ButtonElement.action_id_max_length == kit_elements.ACTION_ID
    assert sdk.StaticSelectElement.options_max_length == kit_elements.OPTIONS
    assert SdkView.title_max_length == kit.TITLE
    assert SdkView.blocks_max_length == kit.VIEW_BLOCKS
    assert SdkView.private_metadata_max_length == kit.PRIVATE_METADATA


def test_a_message_has_at_most_fifty_blocks() -> None:
    assert problems(*[{"type": "divider"}] * 50) == []
    assert problems(*[{"type": "divider"}] * 51) == ["no more than 50 items allowed [json-pointer:/blocks]"]


def test_markdown_counts_in_sum() -> None:
    half = {"type": "markdown", "text": "x" * 6000}
    assert not kit.too_much_markdown([half, half])
    assert kit.too_much_markdown([half, half, {"type": "markdown", "text": "x"}])


def test_ids_are_unique_within_a_message() -> None:
    [problem] = problems(actions(button()), actions(button()))
    assert problem == '`action_id` "a" already exists [json-pointer:/blocks/1/elements/0/action_id]'
    [problem] = problems(section(block_id="b"), section(block_id="b"))
    assert problem == '`block_id` "b" already exists [json-pointer:/blocks/1/block_id]'


@pytest.mark.parametrize(
    ("block", "problem"),
    [
        ({"type": "sektion"}, "unsupported type: sektion [json-pointer:/blocks/0/type]"),
        ({}, "missing required field: type [json-pointer:/blocks/0]"),
        ("text", "must provide an object [json-pointer:/blocks/0]"),
        ({"type": "section"}, "must define either `text` or `fields` [json-pointer:/blocks/0]"),
        ({"type": "header"}, "missing required field: text [json-pointer:/blocks/0]"),
        (section(0), "must be more than 0 characters [json-pointer:/blocks/0/text/text]"),
        (section(colour="red"), "invalid additional property: colour [json-pointer:/blocks/0]"),
        (
            {"type": "header", "text": text(1, "mrkdwn")},
            "must be a valid enum value (plain_text) [json-pointer:/blocks/0/text/type]",
        ),
        (
            section(accessory={"type": "plain_text_input", "action_id": "a"}),
            "unsupported type: plain_text_input [json-pointer:/blocks/0/accessory/type]",
        ),
        (actions(), "must provide at least 1 items [json-pointer:/blocks/0/elements]"),
        (
            actions(button(style="green")),
            "must be a valid enum value (primary, danger) [json-pointer:/blocks/0/elements/0/style]",
        ),
        (actions({"type": "static_select"}), "must define one of `options`, `option_groups`"),
        ({"type": "image", "image_url": PNG}, "missing required field: alt_text [json-pointer:/blocks/0]"),
        ({"type": "image", "alt_text": "a"}, "must define one of `image_url`, `slack_file` [json-pointer:/blocks/0]"),
        (
            {"type": "image", "alt_text": "a", "slack_file": {"id": "F2"}},
            "invalid slack file [json-pointer:/blocks/0/slack_file]",
        ),
        ({"type": "image", "alt_text": "a", "image_url": "a.png"}, "must be a valid URL"),
    ],
)
def test_a_fault_is_named_with_its_place(block: Any, problem: str) -> None:
    assert any(found.startswith(problem) for found in problems(block)), problems(block)


def test_a_modal_with_inputs_needs_a_submit_button() -> None:
    entry = {"type": "input", "label": text(1), "element": {"type": "plain_text_input", "action_id": "a"}}
    [problem] = kit.view_problems(modal(blocks=[entry]), lambda _: True)
    assert problem == "must define `submit` to use an `input` block in modals [json-pointer:/view/blocks/0/input]"
    assert kit.view_problems(modal(blocks=[entry], submit=text(1)), lambda _: True) == []


def test_a_view_shows_no_markdown_and_a_home_tab_has_no_title() -> None:
    home = {"type": "home", "blocks": [{"type": "markdown", "text": "x"}], "title": text(1)}
    assert kit.view_problems(home, lambda _: True) == [
        "invalid additional property: title [json-pointer:/view]",
        "unsupported type: markdown [json-pointer:/view/blocks/0/type]",
    ]


def test_what_the_official_sdk_builds_is_accepted() -> None:
    choice = [sdk.Option(text="One", value="1", description="the first")]
    built = [
        sdk.HeaderBlock(text="Hello"),
        sdk.SectionBlock(text="*Hi*", accessory=sdk.ButtonElement(text="Go", action_id="go", style="primary")),
        sdk.SectionBlock(fields=["one", "two"]),
        sdk.DividerBlock(),
        sdk.ImageBlock(image_url=PNG, alt_text="a fox", title="A fox"),
        sdk.ImageBlock(slack_file={"id": "F1"}, alt_text="a fox"),
        sdk.ContextBlock(elements=[sdk.MarkdownTextObject(text="by"), sdk.ImageElement(image_url=PNG, alt_text="b")]),
        sdk.MarkdownBlock(text="# Title"),
        sdk.ActionsBlock(
            elements=[
                sdk.StaticSelectElement(placeholder="Pick", action_id="pick", options=choice),
                sdk.OverflowMenuElement(action_id="more", options=choice * 2),
                sdk.DatePickerElement(action_id="day", initial_date="2026-01-01"),
                sdk.CheckboxesElement(action_id="check", options=choice),
                sdk.RadioButtonsElement(action_id="radio", options=choice),
                sdk.UserSelectElement(placeholder="Who", action_id="who"),
                sdk.ButtonElement(
                    text="Delete", action_id="delete",
                    confirm=sdk.ConfirmObject(title="Sure?", text="Really?", confirm="Yes", deny="No"),
                ),
            ]
        ),
        sdk.InputBlock(label="Prompt", element=sdk.PlainTextInputElement(action_id="prompt", multiline=True)),
        sdk.RichTextBlock(
            elements=[sdk.RichTextSectionElement(elements=[sdk.RichTextElementParts.Text(text="hi")])]
        ),
        sdk.ContextActionsBlock(
            elements=[
                sdk.FeedbackButtonsElement(
                    action_id="fb",
                    positive_button=sdk.FeedbackButtonObject(text="Good", value="1"),
                    negative_button=sdk.FeedbackButtonObject(text="Bad", value="0"),
                )
            ]
        ),
    ]  # fmt: skip
    assert problems(*[block.to_dict() for block in built]) == []
