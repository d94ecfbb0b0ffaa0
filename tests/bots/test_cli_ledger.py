"""`easel ledger verify`: whoever changes the books by hand is found out, by account and invariant."""

import asyncio
import shutil
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import pytest

from core.settings import Settings
from tests.bots.people import Person
from tests.support import ALICE, BOB, easel, opened, settings_in

pytestmark = pytest.mark.soak
"""Whole programs are started here: what they do is covered by quicker tests beside this file, too."""

FREED = (
    "CREATE TABLE loose AS SELECT * FROM entries",
    "DROP TABLE entries",
    "ALTER TABLE loose RENAME TO entries",
)
"""Take the unique keys off the table, as a forger would."""


async def spend(settings: Settings) -> tuple[str, str]:
    """Two people with a welcome, two pictures and free credits each; their accounts."""
    accounts = []
    async with opened(settings) as app:
        for identity in (ALICE, BOB):
            person = Person(app, identity)
            await person.draw("/imagine a red fox")
            await person.draw("/imagine a red fox")
            await person.say("/daily")
            accounts.append((await app.accounts.for_identity(identity)).id)
    return accounts[0], accounts[1]


@pytest.fixture(scope="module")
def books(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str, str]:
    """A folder with honest books, made once, and the two accounts in them."""
    folder = tmp_path_factory.mktemp("books")
    honest, forger = asyncio.run(spend(settings_in(folder)))
    return folder, honest, forger


@pytest.fixture
def settings(books: tuple[Path, str, str], tmp_path: Path) -> Settings:
    """Settings on a copy of the books."""
    copy = settings_in(tmp_path)
    shutil.copytree(books[0] / "data", copy.data_dir)
    return copy


@pytest.fixture
def honest(books: tuple[Path, str, str]) -> str:
    return books[1]


@pytest.fixture
def forger(books: tuple[Path, str, str]) -> str:
    return books[2]


def tamper(settings: Settings, statements: Sequence[str], account: str) -> None:
    with closing(sqlite3.connect(settings.data_dir / "easel.db")) as database, database:
        for statement in statements:
            assert database.execute(statement.replace("$account", f"'{account}'")).rowcount != 0


def test_honest_books_are_right(settings: Settings, tmp_path: Path) -> None:
    finished = easel(settings, "ledger", "verify", cwd=tmp_path)
    assert (finished.returncode, finished.stderr) == (0, "")
    assert finished.stdout == "Checked 2 accounts, 12 entries, 0 open holds: the books are right (I1 to I10).\n"


def test_empty_books_are_right(tmp_path: Path) -> None:
    assert easel(settings_in(tmp_path), "ledger", "verify", cwd=tmp_path).stdout.startswith(
        "Checked 0 accounts, 0 entries"
    )


@pytest.mark.parametrize(
    ("invariant", "statements"),
    [
        ("I2", ["UPDATE entries SET amount = amount + 5 WHERE account = $account AND seq = 3"]),
        ("I2", ["UPDATE entries SET amount = 1000 WHERE account = $account AND seq = 1"]),
        ("I5", ["DELETE FROM entries WHERE account = $account AND seq = 3"]),
        ("I5", ["DELETE FROM entries WHERE account = $account AND seq = 1"]),
        ("I6", ["DELETE FROM entries WHERE account = $account AND seq = 6"]),
        (
            "I4",
            [
                "DELETE FROM entries WHERE account = $account AND seq >= 5",
                "DELETE FROM snapshots WHERE account = $account",
            ],
        ),
        (
            "I3",
            [
                *FREED,
                "UPDATE entries SET op = (SELECT op FROM entries WHERE account = $account AND seq = 2)"
                " WHERE account = $account AND seq = 4",
            ],
        ),
        (
            "I4",
            [
                *FREED,
                "INSERT INTO entries SELECT account, 7, 'again', kind, 0, at, json_remove(doc, '$.parts')"
                " FROM entries WHERE account = $account AND seq = 3",
                "UPDATE entries SET doc = json_set(doc, '$.parts', json('[]')) WHERE op = 'again'",
            ],
        ),
        ("I9", ["UPDATE snapshots SET doc = json_set(doc, '$.debt', 7) WHERE account = $account"]),
        (
            "I9",
            [
                "UPDATE snapshots SET doc = json_set(doc, '$.lots[0].remaining',"
                " json_extract(doc, '$.lots[0].remaining') + 500) WHERE account = $account"
            ],
        ),
        (
            "I7",
            [
                "UPDATE entries SET doc = json_set(doc, '$.parts[0].amount', 600), amount = 600"
                " WHERE account = $account AND seq = 1"
            ],
        ),
        (
            "I1",
            [
                "UPDATE entries SET doc = json_set(doc, '$.parts[0].amount', 600)"
                " WHERE account = $account AND kind = 'hold' AND seq = 2"
            ],
        ),
        (
            "I8",
            [
                "UPDATE entries SET doc = json_set(doc, '$.lots[0].origin', 4), op = 'paypal:1' WHERE seq = 6",
            ],
        ),
    ],
)
def test_whoever_changes_the_books_is_named_with_the_broken_invariant(
    settings: Settings, forger: str, tmp_path: Path, invariant: str, statements: Sequence[str]
) -> None:
    tamper(settings, statements, forger)
    finished = easel(settings, "ledger", "verify", cwd=tmp_path)
    assert (finished.returncode, finished.stdout) == (1, "")
    found = [line for line in finished.stderr.splitlines() if f": {invariant} broken: " in line]
    assert found
    assert forger in finished.stderr
    assert "Traceback" not in finished.stderr


def test_only_the_changed_account_is_blamed(settings: Settings, honest: str, forger: str, tmp_path: Path) -> None:
    tamper(settings, ["UPDATE entries SET amount = 1000 WHERE account = $account AND seq = 1"], forger)
    finished = easel(settings, "ledger", "verify", cwd=tmp_path)
    assert forger in finished.stderr
    assert honest not in finished.stderr


def test_an_account_whose_whole_ledger_is_gone_is_missed(settings: Settings, forger: str, tmp_path: Path) -> None:
    everything = ["DELETE FROM entries WHERE account = $account", "DELETE FROM snapshots WHERE account = $account"]
    tamper(settings, everything, forger)
    finished = easel(settings, "ledger", "verify", cwd=tmp_path)
    assert finished.returncode == 1
    assert forger in finished.stderr


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE entries SET doc = 'no json' WHERE account = $account AND seq = 2",
        "UPDATE entries SET doc = '{}' WHERE account = $account AND seq = 2",
        "UPDATE entries SET kind = 'gift' WHERE account = $account AND seq = 2",
        "UPDATE snapshots SET doc = '[]' WHERE account = $account",
    ],
)
def test_what_cannot_be_read_at_all_is_named_too(
    settings: Settings, forger: str, tmp_path: Path, statement: str
) -> None:
    """One unreadable line must not hide what else is wrong, nor end in a traceback."""
    tamper(settings, [statement], forger)
    finished = easel(settings, "ledger", "verify", cwd=tmp_path)
    assert finished.returncode == 1
    assert "Traceback" not in finished.stderr
    assert forger in finished.stderr
