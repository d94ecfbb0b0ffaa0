"""Remove each guard once, in a copy of the code, and see its test fail."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.mutation.admin import ADMIN_GUARDS
from tests.mutation.attacks import ATTACK_GUARDS
from tests.mutation.costs import COST_GUARDS
from tests.mutation.doors import DOOR_GUARDS
from tests.mutation.gateways import GATEWAY_GUARDS
from tests.mutation.gifts import GIFT_GUARDS
from tests.mutation.mutants import LEDGER_GUARDS, MEMORY_GUARDS, MORE_GUARDS, PERIODIC_GUARDS, Mutant
from tests.mutation.payments import PAYMENT_GUARDS
from tests.mutation.telegram import TELEGRAM_GUARDS

ROOT = Path(__file__).parents[2]
COPIED = ("bots", "core", "webhooks", "tests", "docs", "pyproject.toml", "easel.toml")
TESTS_FAILED = 1
EVERY_GUARD = (
    *LEDGER_GUARDS, *MORE_GUARDS, *MEMORY_GUARDS, *PERIODIC_GUARDS, *COST_GUARDS, *GIFT_GUARDS, *PAYMENT_GUARDS,
    *GATEWAY_GUARDS, *TELEGRAM_GUARDS, *ADMIN_GUARDS, *ATTACK_GUARDS, *DOOR_GUARDS,
)  # fmt: skip


def copy_of_the_code(folder: Path) -> Path:
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=shutil.ignore_patterns("__pycache__", "static"))
        else:
            shutil.copy(source, folder / name)
    return folder


def run_test(code: Path, test: str) -> subprocess.CompletedProcess[str]:
    """Run one test on the copy: the working folder comes first on the path."""
    return subprocess.run(
        [sys.executable, "-m", "pytest", test, "-q", "-x", "-p", "no:cacheprovider", "-p", "no:xdist"],
        cwd=code, capture_output=True, text=True, timeout=120, check=False,
        env=os.environ | {"PYTHONDONTWRITEBYTECODE": "1", "PYTEST_ADDOPTS": ""},
    )  # fmt: skip


def kill(mutant: Mutant, folder: Path) -> None:
    code = copy_of_the_code(folder)
    file = code / mutant.file
    text = file.read_text()
    file.write_text(text.replace(mutant.old, mutant.new))
    outcome = run_test(code, mutant.test)
    assert outcome.returncode == TESTS_FAILED, f"{mutant.name} was removed and nothing failed:\n{outcome.stdout}"
    assert "1 failed" in outcome.stdout, outcome.stdout


@pytest.mark.parametrize("mutant", EVERY_GUARD, ids=lambda mutant: mutant.name)
def test_every_guard_and_its_test_are_where_they_are_said_to_be(mutant: Mutant) -> None:
    assert (ROOT / mutant.file).read_text().count(mutant.old) == 1
    file, *name = mutant.test.split("::")
    assert all(f"def {each.partition('[')[0]}(" in (ROOT / file).read_text() for each in name)


@pytest.mark.soak
@pytest.mark.parametrize("mutant", EVERY_GUARD, ids=lambda mutant: mutant.name)
def test_without_this_guard_a_test_fails(mutant: Mutant, tmp_path: Path) -> None:
    kill(mutant, tmp_path)
