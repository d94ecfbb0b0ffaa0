"""`easel` on a terminal: its answers, its exit codes, and what it says when something is wrong."""

import json
import struct
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from core.settings import Settings
from tests.bots.conftest import Typed
from tests.support import easel, environment, settings_in

INDICATORS = {
    "totalMs", "dbMs", "cacheReadMs", "creditMs", "aiMs", "cacheWriteMs",
    "status", "providerUsed", "fallbackUsed", "cached", "messageLength", "errorName",
}  # fmt: skip
Finished = subprocess.CompletedProcess[str]


def told(finished: Finished) -> dict[str, Any]:
    """What `--json` printed. Fails when anything else is on stdout."""
    answer: dict[str, Any] = json.loads(finished.stdout)
    return answer


def one_sentence(finished: Finished) -> str:
    """The single line on stderr. Fails on a traceback."""
    [line] = finished.stderr.splitlines()
    assert "Traceback" not in line
    return line


def png_size(path: Path) -> tuple[int, int]:
    data = path.read_bytes()
    assert data.startswith(b"\x89PNG\r\n\x1a\n")
    assert data.endswith(b"IEND\xaeB`\x82")
    width, height = struct.unpack(">II", data[16:24])
    return int(width), int(height)


def test_a_picture_is_saved_in_the_asked_shape_and_told_as_json(settings: Settings, tmp_path: Path) -> None:
    out = tmp_path / "new" / "pictures"
    finished = easel(
        settings,
        "ask",
        "/imagine a red fox --aspect 16:9 --count 2 --seed 7",
        "--out",
        str(out),
        "--json",
        cwd=tmp_path,
    )
    answer = told(finished)
    assert (finished.returncode, finished.stderr) == (0, "")
    assert answer.keys() >= INDICATORS
    assert (answer["success"], answer["status"], answer["model"], answer["demo"]) == (True, "done", "demo-art", True)
    assert (answer["cost"], answer["balanceBefore"], answer["balanceAfter"]) == (20, 100, 80)
    assert answer["messageLength"] == len("a red fox")
    parts = sum(answer[name] for name in ("dbMs", "cacheReadMs", "creditMs", "aiMs", "cacheWriteMs"))
    assert 0 < answer["aiMs"] <= parts <= answer["totalMs"] + 1
    paths = [Path(image["path"]) for image in answer["images"]]
    assert [path.parent for path in paths] == [out, out]
    assert [png_size(path) for path in paths] == [(64, 36), (64, 36)]
    assert paths[0].read_bytes() != paths[1].read_bytes()
    assert answer["images"][0]["seed"] == 7


def test_without_json_the_text_the_paths_and_the_balance_are_printed(settings: Settings, tmp_path: Path) -> None:
    finished = easel(settings, "ask", "/imagine a red fox", cwd=tmp_path)
    text, path, facts = finished.stdout.splitlines()
    assert text == "a red fox"
    assert png_size(Path(path)) == (64, 64)
    assert Path(path).parent == tmp_path
    assert "Cost: 10 credits" in facts
    assert "Balance: 90" in facts
    assert facts.endswith("demo: made by a program, not by AI")


@pytest.mark.soak
def test_when_the_credits_end_the_way_to_more_is_told_and_nothing_is_owed(tmp_path: Path) -> None:
    settings = settings_in(tmp_path, signup_credits=24)
    finished = [easel(settings, "ask", "/imagine a fox", "--json", cwd=tmp_path) for _ in range(3)]
    assert [run.returncode for run in finished] == [0, 0, 1]
    assert [told(run)["balanceAfter"] for run in finished] == [14, 4, 4]
    assert told(finished[2])["error"]["code"] == "insufficient_credits"
    easel(settings, "ask", "/daily", cwd=tmp_path)
    assert one_sentence(easel(settings, "ask", "/imagine a fox", cwd=tmp_path)) == (
        "You need 10 credits and have 9. Type /buy, or wait for your 5 free credits at 00:00 UTC."
    )


@pytest.mark.soak
def test_many_at_once_spend_no_more_than_there_is(tmp_path: Path) -> None:
    settings = settings_in(tmp_path, signup_credits=24)
    with ThreadPoolExecutor(5) as pool:
        runs = pool.map(lambda _: easel(settings, "ask", "/imagine a fox", "--json", cwd=tmp_path), range(5))
    answers = [told(run) for run in runs]
    assert sum(answer["cost"] for answer in answers) == 20
    assert sum(answer["success"] for answer in answers) == 2
    assert all(answer["balanceAfter"] >= 0 for answer in answers)
    assert easel(settings, "ledger", "verify", cwd=tmp_path).returncode == 0


@pytest.mark.parametrize(
    ("text", "code", "sentence"),
    [
        ("", "prompt_missing", "There are no words"),
        ("/imagine", "prompt_missing", "There are no words"),
        ("/imagine \x01\x02\x7f", "prompt_missing", "There are no words"),
        ("/imagine \u200b\u200d\ufeff", "prompt_missing", "There are no words"),
        ("/imagine \u0336\u0336\u0336", "prompt_missing", "There are no words"),
        ("/imagine " + "x" * 100_000, "prompt_too_long", "Leave out 98,000 characters"),
        ("x" * 100_000, "prompt_too_long", "Your text has 100,000 characters"),
        ("/imagin a fox", "unknown_command", "Did you mean /imagine?"),
        ("/imagine a fox --aspect 5:1", "bad_option", "aspect must be one of 1:1, 16:9, 9:16, 2:1"),
        ("/imagine a fox --count 0", "bad_option", "count must be a whole number from 1 to 4"),
        ("/imagine a fox --modle square", "bad_option", "Did you mean --model?"),
        ("/imagine forbidden fruit", "prompt_rejected", "strike 1 of 5"),
        ("/recover", "not_found", "no finished result"),
        ("/cancel abcdefghijklmnop", "not_found", "does not exist"),
        ("/link WRONGCODE", "link_refused", "This code is not valid"),
    ],
)
def test_what_cannot_be_done_is_told_in_a_sentence_and_is_free(
    typed: Typed, tmp_path: Path, text: str, code: str, sentence: str
) -> None:
    finished = typed("ask", text, "--json")
    answer = told(finished)
    assert finished.returncode == 1
    assert sentence in one_sentence(finished)
    assert (answer["success"], answer["error"]["code"], answer["errorName"]) == (False, code, code)
    assert answer["error"]["message"] == finished.stderr.strip()
    assert answer.keys() >= INDICATORS
    assert (answer["cost"], answer["balanceBefore"], answer["balanceAfter"]) == (0, 100, 100)
    assert not list(tmp_path.glob("*.png"))


def test_bytes_that_are_no_text_are_answered_with_clean_json(settings: Settings, tmp_path: Path) -> None:
    finished = easel(settings, "ask", "/\udcff\udcfe", "--json", cwd=tmp_path, PYTHONIOENCODING="utf-8:strict")
    assert finished.returncode == 1
    assert told(finished)["error"]["code"] == "unknown_command"
    assert "Traceback" not in finished.stderr


def test_a_terminal_that_knows_few_letters_still_gets_its_picture(settings: Settings, tmp_path: Path) -> None:
    finished = easel(settings, "ask", "/imagine a \U0001f98a", cwd=tmp_path, PYTHONIOENCODING="ascii")
    assert (finished.returncode, finished.stderr) == (0, "")


@pytest.mark.parametrize(
    "prompt",
    [
        "z\u0336\u0321\u0322a\u0335\u0334\u0333l\u0332go" * 9,
        "\U0001f98a\u200d\u2744\ufe0f",
        "\u0645\u0631\u062d\u0628\u0627",
        "../../../etc/passwd",
        "a\x1b[31mfox\x07",
    ],
)  # fmt: skip
def test_strange_words_are_drawn_into_a_file_with_a_plain_name(typed: Typed, tmp_path: Path, prompt: str) -> None:
    out = tmp_path / "out"
    finished = typed("ask", f"/imagine {prompt}", "--out", str(out))
    assert (finished.returncode, finished.stderr) == (0, "")
    [file] = out.iterdir()
    assert file.name.replace("-", "").replace(".", "").isalnum()
    assert file.name.isascii()
    assert "\x1b" not in finished.stdout


@pytest.mark.soak
def test_a_suspended_person_is_told_so(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    easel(settings, "ask", "/imagine forbidden fruit", cwd=tmp_path, STRIKES_TO_SUSPEND="1")
    finished = easel(settings, "ask", "/imagine a fox", cwd=tmp_path)
    assert finished.returncode == 1
    assert one_sentence(finished).startswith("Your account is suspended: 1 request broke the rules.")
    assert easel(settings, "ask", "/imagine a fox", "--as", "discord:1", cwd=tmp_path).returncode == 0


def test_people_have_their_own_wallets(typed: Typed) -> None:
    typed("ask", "/imagine a fox", "--as", "discord:42")
    other = typed("ask", "/balance", "--as", "slack:T1/U1")
    assert "You have 100 credits." in other.stdout
    assert "**" not in other.stdout


def test_a_file_of_ones_data_is_saved(typed: Typed) -> None:
    finished = typed("ask", "/privacy export", "--json")
    [path] = told(finished)["files"]
    assert json.loads(Path(path).read_text())["identities"] == ["playground:local"]


def test_an_unwritable_folder_for_pictures_is_found_before_anything_is_charged(typed: Typed, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    finished = typed("ask", "/imagine a fox", "--out", str(tmp_path / "file" / "x"))
    assert finished.returncode == 2
    assert one_sentence(finished).startswith("--out: ")
    assert "Name another folder." in finished.stderr
    assert "You have 100 credits." in typed("ask", "/balance").stdout


def test_logs_never_mix_with_json(settings: Settings, tmp_path: Path) -> None:
    finished = easel(settings, "ask", "/imagine a fox", "--json", cwd=tmp_path, LOG_LEVEL="DEBUG")
    assert told(finished)["success"] is True
    assert finished.stderr


@pytest.mark.parametrize(
    "arguments",
    [[], ["nonsense"], ["ask"], ["ask", "hi", "--as", "alice"], ["ask", "hi", "ho"], ["ledger"], ["run", "nonsense"]],
)  # fmt: skip
def test_wrong_usage_exits_with_2_and_shows_the_right_one(typed: Typed, tmp_path: Path, arguments: list[str]) -> None:
    finished = typed(*arguments)
    assert (finished.returncode, finished.stdout) == (2, "")
    assert finished.stderr.startswith("usage: easel")
    assert not (tmp_path / "data").exists()


def test_the_models_are_listed_with_their_prices(typed: Typed) -> None:
    finished = typed("models", COLUMNS="160")
    rows = [line for line in finished.stdout.splitlines() if "demo" in line and "small.toml" not in line]
    assert finished.returncode == 0
    assert [row.split("\u2502")[1].strip() for row in rows] == ["demo-art", "square", "demo-chat"]
    assert [row.split("\u2502")[4].strip() for row in rows] == ["10", "3", "1"]
    assert [row.split("\u2502")[8].strip() for row in rows] == ["asked first", "by name", "asked first"]


@pytest.mark.soak
def test_python_and_the_installed_program_are_the_same(settings: Settings, tmp_path: Path) -> None:
    program = Path(sys.executable).parent / "easel"
    finished = subprocess.run(
        [program, "--version"], cwd=tmp_path, env=environment(settings), capture_output=True, text=True, check=True
    )
    assert finished.stdout == easel(settings, "--version", cwd=tmp_path).stdout
