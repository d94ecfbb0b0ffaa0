"""Pictures that people bring, change and enlarge at the page, in Chromium, on a desk and on a telephone."""

import base64
import io
import json

import pytest
from PIL import Image
from playwright.sync_api import Browser, FilePayload, Page, expect

from tests.bots.playground.test_pictures import noise
from tests.bots.test_demo_process import Demo
from tests.browser.people import CONTRAST, LIVE, draw, results, say, visit
from tests.fakes.pixels import png

pytestmark = pytest.mark.soak
"""Whole programs are started here: what they do is covered by quicker tests beside this file, too."""

HAND_OVER = """async ([kind, target]) => {
  const canvas = new OffscreenCanvas(32, 32);
  canvas.getContext('2d').fillRect(0, 0, 32, 32);
  const data = new DataTransfer();
  data.items.add(new File([await canvas.convertToBlob()], 'mine.png', {type: 'image/png'}));
  const detail = {clipboardData: data, dataTransfer: data, bubbles: true, cancelable: true};
  document.querySelector(target).dispatchEvent(new (kind === 'paste' ? ClipboardEvent : DragEvent)(kind, detail));
}"""


def file(name: str = "fox.png", data: bytes | None = None, mime: str = "image/png") -> FilePayload:
    return {"name": name, "mimeType": mime, "buffer": png() if data is None else data}


def attach(page: Page, *files: FilePayload) -> None:
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Attach pictures").click()
    chooser.value.set_files(list(files))


def test_an_attached_picture_is_changed_and_stays_beside_its_words(anywhere: Page) -> None:
    page = anywhere
    attach(page, file())
    expect(page.get_by_role("list", name="Attached pictures").get_by_role("img", name="fox.png")).to_be_visible()
    expect(page.get_by_role("combobox", name="Message Easel")).to_be_focused()
    expect(page.get_by_role("button", name="Send message")).to_be_disabled()
    say(page, "/edit make it blue")
    expect(page.locator("#tray")).to_be_hidden()
    own = page.locator("article[data-role=user]").get_by_role("img", name="Attached picture")
    expect(own).to_be_visible()
    expect(results(page).locator("img.is-loaded")).to_be_visible()
    page.reload()
    expect(own).to_be_visible()
    assert own.evaluate("node => [node.naturalWidth, node.naturalHeight]") == [64, 64]


def test_a_picture_is_changed_and_enlarged_by_its_buttons(anywhere: Page) -> None:
    page = anywhere
    draw(page, "--count 2")
    page.get_by_role("button", name="Edit 2").click()
    words = page.get_by_role("textbox", name="What should change in picture 2?")
    expect(words).to_be_focused()
    words.fill("add a boat")
    page.get_by_role("button", name="Send edit").click()
    expect(results(page)).to_have_count(2)
    expect(results(page).last).to_contain_text("add a boat")
    results(page).last.get_by_role("button", name="Upscale").click()
    expect(results(page)).to_have_count(3)
    picture = results(page).last.locator("img.is-loaded")
    expect(picture).to_be_visible()
    assert picture.evaluate("node => [node.naturalWidth, node.naturalHeight]") == [128, 128]


def test_a_picture_is_changed_by_keyboard_alone(page: Page) -> None:
    draw(page)
    opener = page.get_by_role("button", name="Edit", exact=True)
    opener.focus()
    page.keyboard.press("Enter")
    expect(opener).to_have_attribute("aria-expanded", "true")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Say what should change.")).to_be_visible()
    page.keyboard.press("Escape")
    expect(opener).to_be_focused()
    expect(opener).to_have_attribute("aria-expanded", "false")
    page.keyboard.press("Enter")
    page.keyboard.type("add a boat")
    page.keyboard.press("Enter")
    expect(opener).to_be_focused()
    expect(results(page)).to_have_count(2)


def test_only_one_form_is_open_at_a_time(page: Page) -> None:
    draw(page, "--count 2")
    page.get_by_role("button", name="Edit 1").click()
    page.get_by_role("button", name="Edit 2").click()
    expect(page.get_by_role("textbox", name="What should change")).to_have_count(1)
    expect(page.get_by_role("button", name="Edit 1")).to_have_attribute("aria-expanded", "false")


def test_pictures_can_be_pasted_and_dropped(page: Page) -> None:
    for number, way in enumerate((["paste", "#composer"], ["paste", "body"], ["drop", "#thread"]), 1):
        page.evaluate("document.activeElement.blur()")
        page.evaluate(HAND_OVER, way)
        expect(page.get_by_role("img", name="mine.png")).to_have_count(number)
        expect(page.get_by_role("combobox", name="Message Easel")).to_be_focused()


def test_what_is_dragged_over_the_page_is_invited(page: Page) -> None:
    page.evaluate(HAND_OVER, ["dragover", "#thread"])
    expect(page.get_by_text("Drop pictures to attach them")).to_be_visible()
    expect(page.get_by_text("Drop pictures to attach them")).to_be_hidden()


@pytest.mark.parametrize(
    ("large", "sent_as"), [(png(2600, 1300), (2048, 1024)), (noise(1100, 1000), (1100, 1000))], ids=["wide", "heavy"]
)
def test_a_large_picture_is_made_smaller_before_it_is_sent(page: Page, large: bytes, sent_as: tuple[int, int]) -> None:
    [sent] = sent_with(page, file("large.png", large))
    data = base64.b64decode(sent["base64"])
    assert sent["mime"] == "image/jpeg"
    assert len(data) <= 3_000_000
    assert Image.open(io.BytesIO(data)).size == sent_as
    expect(results(page)).to_contain_text("with 1 pictures")


def sent_with(page: Page, *files: FilePayload) -> list[dict[str, str]]:
    """What goes over the wire for these files and a question."""
    attach(page, *files)
    expect(page.locator("#tray img")).to_have_count(len(files))
    with page.expect_request("**/playground/messages") as request:
        say(page, "what is this?")
    assert request.value.post_data is not None
    return list(json.loads(request.value.post_data)["images"])


def test_a_small_picture_is_sent_as_it_is(page: Page) -> None:
    assert sent_with(page, file()) == [{"mime": "image/png", "base64": base64.b64encode(png()).decode()}]


def test_pictures_are_taken_away_again_and_never_more_than_four(page: Page) -> None:
    attach(page, *(file(f"fox-{number}.png") for number in range(1, 6)))
    expect(page.locator("#tray img")).to_have_count(4)
    expect(page.get_by_text("A message can have up to 4 pictures.")).to_be_visible()
    page.get_by_role("button", name="Remove picture 2: fox-2.png").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Remove picture 2: fox-3.png")).to_be_focused()
    for _ in range(3):
        page.locator("#tray button").last.click()
    expect(page.locator("#tray")).to_be_hidden()
    expect(page.get_by_role("combobox", name="Message Easel")).to_be_focused()


def test_what_is_no_picture_is_turned_down_at_once(page: Page) -> None:
    attach(page, file("notes.txt", b"hello", "text/plain"))
    expect(page.get_by_text("notes.txt is not a PNG, JPEG or WebP picture.")).to_be_visible()
    attach(page, file("broken.png", b"hello"))
    expect(page.get_by_text("broken.png could not be opened as a picture.")).to_be_visible()
    page.keyboard.type("never mind")
    expect(page.locator("#tray")).to_be_hidden()


def ask_in_vain(page: Page) -> None:
    """A question with a picture that does not get through."""
    page.route("**/playground/messages", lambda route: route.abort())
    attach(page, file())
    expect(page.get_by_role("img", name="fox.png")).to_be_visible()
    say(page, "what is this?")
    expect(page.get_by_text("Not sent.")).to_be_visible()


def test_pictures_that_could_not_be_sent_are_sent_again_with_their_words(chromium: Browser, running: Demo) -> None:
    with visit(chromium, running.url) as page:
        ask_in_vain(page)
        page.unroute("**/playground/messages")
        page.get_by_role("button", name="Retry").click()
        expect(results(page)).to_contain_text("with 1 pictures")


def test_words_whose_pictures_were_lost_are_not_sent_without_them(chromium: Browser, running: Demo) -> None:
    with visit(chromium, running.url) as page:
        ask_in_vain(page)
        page.reload()
        page.wait_for_selector(LIVE)
        expect(page.get_by_text("Attach them again.")).to_be_visible()
        expect(page.get_by_role("button", name="Retry")).to_have_count(0)
        page.locator("[data-delivery-action=edit]").click()
        expect(page.get_by_role("combobox", name="Message Easel")).to_have_value("what is this?")
        page.reload()
        page.wait_for_selector(LIVE)
        expect(page.locator("article[data-role=user]")).to_have_count(0)


def test_the_new_commands_and_their_words_are_offered(page: Page) -> None:
    page.fill("#composer", "/")
    offered = page.get_by_role("option").locator(".suggestion-title")
    assert {"/edit", "/upscale", "/reset", "/persona"} <= set(offered.all_inner_texts())
    page.fill("#composer", "/edit make it blue --pic")
    expect(page.get_by_role("option")).to_contain_text("--picture")
    page.fill("#composer", "/persona ")
    expect(offered).to_have_text(["pirate"])
    assert page.get_by_role("combobox").get_attribute("aria-activedescendant") is None
    page.press("#composer", "Enter")
    expect(page.locator("article[data-role=easel]")).to_contain_text("answers here")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_new_words_can_be_read_in_light_and_dark(chromium: Browser, running: Demo, scheme: str) -> None:
    with visit(chromium, running.url, color_scheme=scheme) as page:
        draw(page, "--count 2")
        page.get_by_role("button", name="Edit 1").click()
        page.keyboard.press("Enter")
        attach(page, file(), file("notes.txt", b"hello", "text/plain"))
        expect(page.locator(".tray-note")).to_be_visible()
        for selector in (".action-group-title", ".is-number", ".edit-label", ".edit-send", ".edit-buttons .link-button",
                         ".edit-buttons .action-note", ".tray-note"):  # fmt: skip
            assert page.locator(selector).count() > 0, selector
            for node in page.locator(selector).filter(visible=True).all():
                assert node.evaluate(CONTRAST) >= 4.5, f"{selector} in {scheme}"
        nameless = page.locator("button:visible, textarea:visible, img:visible").evaluate_all(
            "all => all.filter(n => !(n.ariaLabel || n.textContent || n.alt || n.labels?.length)).map(n => n.outerHTML)"
        )
        assert nameless == []
