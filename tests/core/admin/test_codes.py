"""Gift codes by an admin: made once per request, shown once, written down without the codes."""

import pytest

from core.app import App
from core.errors import ActionRefused, BadOption, StoreBusy
from core.payments.codes import Terms
from tests.core.admin.boss import BOSS
from tests.fakes import Fault, app_on, meddled
from tests.support import ALICE


async def test_codes_are_made_once_and_never_told_again(app: App) -> None:
    line, codes = await app.admin.codes(BOSS, "r1", 3, Terms(50, uses=2, days=30), "for the stream")
    assert len(set(codes)) == 3
    assert line.after == {"number": 3, "credits": 50, "uses": 2, "days": 30}
    written = repr(await app.stores.audit.page(None, 9))
    assert not any(code in written for code in codes)
    with pytest.raises(ActionRefused, match="told once"):
        await app.admin.codes(BOSS, "r1", 3, Terms(50, uses=2, days=30))
    entry = await app.codes.redeem(await app.accounts.for_identity(ALICE), codes[0], "try")
    assert entry.amount == 50


async def test_codes_that_make_no_sense_are_not_made_and_not_written_down(app: App) -> None:
    with pytest.raises(BadOption):
        await app.admin.codes(BOSS, "r1", 0, Terms(50))
    assert await app.stores.audit.page(None, 9) == []


@pytest.mark.parametrize("write", [1, 2])
async def test_a_crash_leaves_no_code_that_nobody_was_told(app: App, write: int) -> None:
    with pytest.raises(StoreBusy):
        await app_on(app, meddled(app.stores, before=Fault(write))).admin.codes(BOSS, "r1", 1, Terms(50))
    assert len(await app.stores.audit.page(None, 9)) == write - 1
    _, codes = await app.admin.codes(BOSS, "r2", 1, Terms(50))
    assert len(codes) == 1
