"""Say what the doctor found: a line each for people, or one JSON object for scripts."""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict

from bots.doctor.findings import Finding, Level

MARKS: dict[Level, str] = {"ok": "[ ok ]", "warning": "[warn]", "problem": "[FAIL]"}
"""Read without colours, and in any character set."""


def lines(found: Sequence[Finding]) -> list[str]:
    """A line for each finding, its advice below, and a summary."""
    width = max((len(finding.area) for finding in found), default=0)
    said: list[str] = []
    for finding in found:
        said.append(f"{MARKS[finding.level]} {finding.area:{width}}  {finding.what}")
        if finding.fix:
            said.append(f"{'':{len(MARKS['ok']) + width + 2}} -> {finding.fix}")
    return [*said, "", summary(found)]


def summary(found: Sequence[Finding]) -> str:
    counts = Counter(finding.level for finding in found)
    warnings = f"{counts['warning']} {'warning' if counts['warning'] == 1 else 'warnings'}"
    fine = f"{counts['ok']} {'check is' if counts['ok'] == 1 else 'checks are'} fine"
    if not counts["problem"]:
        return f"{fine}, {warnings}."
    problems = f"{counts['problem']} {'problem' if counts['problem'] == 1 else 'problems'}"
    return f"{problems} to mend, {warnings}, {fine}."


def as_json(found: Sequence[Finding]) -> str:
    return json.dumps({"ok": is_well(found), "findings": [asdict(finding) for finding in found]}, ensure_ascii=False)


def is_well(found: Sequence[Finding]) -> bool:
    return all(finding.level != "problem" for finding in found)
