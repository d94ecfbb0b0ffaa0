"""Decides from the prompt what to draw, before anything is drawn."""

from dataclasses import dataclass

from core.providers.demo_art import palette, words
from core.providers.demo_art.colour import RGB
from core.providers.demo_art.dice import Dice
from core.providers.demo_art.palette import Palette

_ANY_SCENE = (
    "mountains", "mountains", "forest", "sea", "city", "space", "desert", "meadow",
    "ribbons", "mosaic", "orbits",
)  # fmt: skip


@dataclass(frozen=True)
class Plan:
    """What to draw: a place, its colours, its weather, and perhaps someone in it."""

    scene: str
    palette: Palette
    traits: frozenset[str]
    subject: str | None
    coat: RGB | None


def make(dice: Dice) -> Plan:
    """Read the prompt into a plan; what it does not say is drawn by lot."""
    spoken = words.read(dice.prompt)
    subject = words.first(spoken, words.SUBJECTS)
    scene = words.first(spoken, words.SCENES)
    if scene is None and subject is not None:
        scene = words.HOMES[subject]
    if scene == "forest" and subject == "bigtree":
        subject = None
    coat, wanted = words.colours(spoken)
    colours = palette.choose(dice, words.first(spoken, words.MOODS), scene, wanted)
    if scene is None:
        scene = dice.of_layout("scene").choice(_ANY_SCENE)
    return Plan(scene, colours, words.every(spoken, words.TRAITS), subject, coat)
