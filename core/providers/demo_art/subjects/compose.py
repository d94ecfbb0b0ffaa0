"""Puts a subject into a scene: size, footing, light from the scene's sun, colours of the hour."""

import math

from core.providers.demo_art.colour import RGB, darken, lighten, mix, parse
from core.providers.demo_art.curves import Point
from core.providers.demo_art.stage import Stage
from core.providers.demo_art.subjects import SUBJECTS
from core.providers.demo_art.subjects.shape import Subject

_INK = parse("#221d24")
_CREAM = parse("#fff3e2")
_WARM = parse("#ffd27a")
_WOOD = parse("#7a5236")
_ROSE = parse("#e8808a")
_SKIN = parse("#e8b48c")
_STEEL = parse("#c4ced8")


def needs_ground(stage: Stage) -> bool:
    """Whether the subject would drown."""
    name = stage.plan.subject
    return name is not None and SUBJECTS[name].habitat == "ground"


def _paints(stage: Stage, coat: RGB) -> dict[str, RGB]:
    """Roles to colours, tuned towards the scene so that the subject sits in its light."""
    palette = stage.palette
    pull = 0.2 if palette.dark else 0.08
    raw = {
        "main": coat, "shade": darken(coat, 0.16), "deep": darken(coat, 0.38), "pale": lighten(coat, 0.42),
        "light": _CREAM, "dark": _INK, "accent": palette.accent, "wood": _WOOD, "rose": _ROSE, "skin": _SKIN,
        "steel": _STEEL, "leaf": mix(parse("#4a8a4a"), palette.near, 0.2),
    }  # fmt: skip
    paints = {role: mix(mix(colour, palette.near, pull), palette.light, 0.07) for role, colour in raw.items()}
    # Lamps and eyes shine whatever the hour.
    paints |= {"glow": mix(_WARM, palette.light, 0.2), "eye": parse("#f4b83f"), "white": (255, 255, 255)}
    return paints


def place(stage: Stage, name: str, foot: Point, height: float, coat: RGB | None = None) -> None:
    """Draw a subject so that its feet stand at foot."""
    subject = SUBJECTS[name]
    canvas, palette = stage.canvas, stage.palette
    scale = height / 100
    way = -scale if stage.layout.mirrored and subject.habitat != "still" else scale
    side = 1.0 if stage.layout.sun[0] > foot[0] else -1.0
    rim = canvas.u * 0.0026
    paints = _paints(stage, coat or subject.coat)
    shapes = [
        (part.role, [(foot[0] + (x - 50) * way, foot[1] + (y - 100) * scale) for x, y in part.points])
        for part in subject.parts
    ]
    for role, points in shapes:
        if role not in {"glow", "eye", "white"}:
            canvas.poly([(x + side * rim, y - rim * 0.6) for x, y in points], mix(palette.light, palette.horizon, 0.4))
    for role, points in shapes:
        colour = paints[role]
        if role == "glow":
            xs, ys = [point[0] for point in points], [point[1] for point in points]
            reach = max(max(xs) - min(xs), max(ys) - min(ys)) * 1.5
            canvas.glow((max(xs) + min(xs)) / 2, (max(ys) + min(ys)) / 2, reach, colour, 0.5)
        canvas.shade(points, (lighten(colour, 0.07), colour, darken(colour, 0.1)))


def _shadow(stage: Stage, foot: Point, height: float) -> None:
    canvas = stage.canvas
    tone = darken(stage.palette.near, 0.55)
    away = height * 0.12 * (-1 if stage.layout.sun[0] > foot[0] else 1)
    for grow, alpha in ((1.0, 0.16), (0.8, 0.2), (0.6, 0.25)):
        canvas.disc(foot[0] + away * grow, foot[1], height * 0.44 * grow, tone, alpha, ry=height * 0.045 * grow)


def _spot(stage: Stage, subject: Subject, footing: str) -> tuple[Point, float]:
    """Where the feet go and how tall the figure is."""
    canvas, layout = stage.canvas, stage.layout
    height = min(canvas.u * 0.46 * subject.size * layout.closeness, canvas.h * 0.62)
    x, y = layout.stand
    drift = stage.detail("stance")
    x += canvas.u * drift.uniform(-0.03, 0.03)
    if footing == "air":
        height = min(canvas.u * 0.56 * math.sqrt(subject.size) * layout.closeness, canvas.h * 0.7)
        centred = stage.plan.scene in {"ribbons", "mosaic", "orbits"}
        height *= 0.8 if centred else 1.0
        return ((canvas.w / 2 if centred else x), canvas.h * 0.5 + height * 0.5), height
    if subject.habitat == "air":
        return (x, max(height * 1.08, layout.horizon * 0.98)), height
    if subject.habitat == "water" and stage.plan.scene in {"sea", "mountains", "city"}:
        shore = layout.horizon
        share = 0.79 if footing == "water" else 0.45
        if stage.plan.scene == "city":
            shore, share = shore + canvas.h * 0.1, 0.62
        return (x, shore + (canvas.h - shore) * share), height * (1.0 if footing == "water" else 0.7)
    return (x, y + canvas.u * 0.012), height


def star(stage: Stage, footing: str) -> None:
    """Draw the plan's subject, if it has one."""
    name = stage.plan.subject
    if name is None or (name == "lighthouse" and stage.plan.scene == "sea"):
        return
    subject = SUBJECTS[name]
    foot, height = _spot(stage, subject, footing)
    grounded = footing != "air" and subject.habitat in {"ground", "still"}
    if grounded:
        _shadow(stage, foot, height)
    elif footing == "air":
        stage.canvas.glow(foot[0], foot[1] - height / 2, height * 0.8, stage.palette.light, 0.22)
    place(stage, name, foot, height, stage.plan.coat)
