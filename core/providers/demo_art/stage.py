"""Carries what every layer of one picture shares: canvas, plan, and where things stand."""

import random
from dataclasses import dataclass

from core.providers.demo_art.canvas import Canvas
from core.providers.demo_art.curves import Point
from core.providers.demo_art.dice import Dice
from core.providers.demo_art.palette import Palette
from core.providers.demo_art.plan import Plan


@dataclass(frozen=True)
class Layout:
    """The composition, the same for every variation of one picture."""

    horizon: float
    sun: Point
    sun_radius: float
    stand: Point
    mirrored: bool
    closeness: float


@dataclass(frozen=True)
class Stage:
    """Handed to each layer in turn."""

    canvas: Canvas
    plan: Plan
    dice: Dice
    layout: Layout

    @property
    def palette(self) -> Palette:
        """The plan's colours."""
        return self.plan.palette

    def detail(self, name: str) -> random.Random:
        """This layer's own randomness, different in each variation."""
        return self.dice.of_detail(name)


def arrange(canvas: Canvas, plan: Plan, dice: Dice) -> Layout:
    """Place horizon, sun and subject: sun and subject on different thirds, so they never collide."""
    rng = dice.of_layout("layout")
    w, h, u = canvas.w, canvas.h, canvas.u
    horizon = h * rng.uniform(0.5, 0.68)
    right = rng.random() < 0.5
    wide = w / h > 0.7
    aside = rng.uniform(0.2, 0.36) if wide else rng.uniform(0.26, 0.4)
    sun_x = w * (1 - aside if right else aside)
    if plan.subject is None:
        sun_x = w * rng.uniform(0.22, 0.78)
    lift = rng.uniform(0.05, 0.2) if not plan.palette.night else rng.uniform(0.22, 0.4)
    sun_y = max(u * 0.14, horizon - h * lift - u * 0.12)
    stand_x = w * (rng.uniform(0.3, 0.44) if right else rng.uniform(0.56, 0.7))
    if not wide:
        stand_x = w * (0.46 if right else 0.54)
    closeness = rng.uniform(0.78, 1.22)
    stand_y = h * rng.uniform(0.86, 0.91)
    return Layout(
        horizon,
        (sun_x, sun_y),
        u * rng.uniform(0.055, 0.1),
        (stand_x, stand_y),
        rng.random() < 0.5,
        closeness,
    )
