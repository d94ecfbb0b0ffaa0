"""`easel ledger verify`: check the books and say what is wrong."""

import sys

from core.app import open_app
from core.settings import Settings


async def verify(settings: Settings) -> int:
    """0 when every invariant holds, 1 with a line per broken one."""
    async with open_app(settings) as app:
        report = await app.ledger_check.run()
    for problem in report.problems:
        print(problem, file=sys.stderr)
    checked = f"{report.accounts} accounts, {report.entries} entries, {report.open_holds} open holds"
    if report.problems:
        print(f"Checked {checked}: {len(report.problems)} problems.", file=sys.stderr)
        return 1
    print(f"Checked {checked}: the books are right (I1 to I10).")
    return 0
