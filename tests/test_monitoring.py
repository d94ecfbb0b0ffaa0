"""The dashboard and the alert rules ask for metrics that there are, by labels that they have."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from core.observe.metrics import BREAKER, Metrics

FOLDER = Path(__file__).parents[1] / "docs" / "monitoring"
NAME = re.compile(r"\beasel_[a-z_]+\b")
SELECTED = re.compile(r"\b(easel_[a-z_]+)\{([^}]*)\}")
LABEL = re.compile(r'([a-z_]+)!?=~?"')
GROUPED = re.compile(r"\b(?:by|on) \(([a-z_, ]+)\)")


def labels() -> dict[str, set[str]]:
    """The labels of each metric, by each name under which it can be asked for."""
    known = {}
    for name, collector in Metrics().registry._names_to_collectors.items():
        made: Any = collector
        known[name] = {*made._labelnames, *(["le"] if name.endswith("_bucket") else [])}
    return known


def dashboard() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((FOLDER / "grafana.json").read_text())
    return found


def rules() -> list[dict[str, Any]]:
    groups = yaml.safe_load((FOLDER / "alerts.yml").read_text())["groups"]
    return [rule for group in groups for rule in group["rules"]]


def expressions() -> list[str]:
    asked = [target["expr"] for panel in dashboard()["panels"] for target in panel["targets"]]
    return [*asked, *(rule["expr"] for rule in rules())]


@pytest.mark.parametrize("expression", expressions())
def test_an_expression_asks_for_what_there_is(expression: str) -> None:
    known = labels()
    asked = set(NAME.findall(expression))
    assert asked
    assert asked <= known.keys()
    for name, selectors in SELECTED.findall(expression):
        assert set(LABEL.findall(selectors)) <= known[name]
    grouped = {label.strip() for group in GROUPED.findall(expression) for label in group.split(",")}
    assert all(any(label in known[name] for name in asked) for label in grouped)
    assert expression.count("(") == expression.count(")")


def test_whoever_reads_the_page_finds_every_metric_of_the_table() -> None:
    table = (FOLDER / "README.md").read_text()
    told = set(NAME.findall(table))
    counted = {name for name in labels() if not name.endswith(("_created", "_bucket", "_sum", "_count"))}
    assert told <= counted
    assert {name for name in counted if f"{name}_total" not in counted} <= told


def test_rules_are_named_once_and_say_what_to_do() -> None:
    names = [rule["alert"] for rule in rules()]
    assert len(set(names)) == len(names)
    for rule in rules():
        assert rule["labels"]["severity"] in ("warning", "critical")
        assert {"summary", "description"} <= rule["annotations"].keys()
    assert {"EaselLossMakingModel", "EaselJobsStuck", "EaselWebhooksFail", "EaselLedgerMismatch"} <= set(names)


def test_panels_lie_beside_each_other() -> None:
    places = [panel["gridPos"] for panel in dashboard()["panels"]]
    cells = [
        (x, y) for at in places for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])
    ]
    assert len(set(cells)) == len(cells)
    assert max(x for x, _ in cells) == 23
    assert len({panel["id"] for panel in dashboard()["panels"]}) == len(places)


def test_what_is_called_closed_is_a_state_of_a_breaker() -> None:
    assert "closed" in BREAKER
    assert any('state!="closed"' in rule["expr"] for rule in rules())
