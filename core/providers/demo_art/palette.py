"""Chooses the colours of a picture, so that everything in it belongs together."""

from dataclasses import dataclass, replace

from core.providers.demo_art.colour import RGB, lightness, mix, parse, parse_all, tint, turn
from core.providers.demo_art.dice import Dice

_DARK = 0.45


@dataclass(frozen=True)
class Palette:
    """Sky runs from the zenith to the horizon; land runs from far (hazy) to near (dark)."""

    sky: tuple[RGB, ...]
    light: RGB
    far: RGB
    near: RGB
    accent: RGB
    pops: tuple[RGB, ...]
    night: bool

    @property
    def horizon(self) -> RGB:
        """The sky's lowest colour, which haze takes on."""
        return self.sky[-1]

    @property
    def dark(self) -> bool:
        """Whether light things should glow against it."""
        return lightness(self.sky[1]) < _DARK

    def land(self, depth: float) -> RGB:
        """A land colour from far (0) to near (1)."""
        return mix(self.far, self.near, depth)


# Each line: four sky colours, sun or moon, far land, near land, accent.
_MOODS: dict[str, tuple[str, ...]] = {
    "dawn": (
        "#33457a #8d7bb3 #f2aaa2 #ffe3bd #fff3d6 #c996a8 #2b2c4e #ff8f5c",
        "#4a6fa5 #a9a6cf #f7c5b0 #ffedcf #fff6dd #c4a0b4 #3a3157 #f2785c",
    ),
    "sunset": (
        "#2c1b50 #8b2f70 #ef6150 #ffc866 #ffe9a8 #b34c66 #211434 #ffb347",
        "#27395e #7c5a86 #f08a5d #ffd27a #fff0b8 #b0636a #2a1c33 #ff7e4a",
    ),
    "night": (
        "#060a22 #101c4c #264078 #5675a8 #f6f1dc #3a568a #060b1f #ffcf6b",
        "#0a0820 #1c1747 #3b3376 #7b6aa9 #fff3dc #4c4685 #0a0922 #ffb86b",
    ),
    "day": (
        "#2c7cc8 #68b2e6 #b9e1f2 #f3f7ec #fffbe6 #8cb4c2 #1d4a3c #f2663f",
        "#3e93c9 #86c7e3 #cdeaee #fbf5e2 #fffbe6 #9cbcae #2b5135 #e8553e",
    ),
    "storm": (
        "#26303c #475462 #78868f #b3babb #e3e7e4 #7c8a92 #182229 #e0a83f",
        "#2d2f40 #50556b #8a8fa0 #c2c0c0 #ece8e0 #858aa0 #1b1d2b #d98c4a",
    ),
    "winter": (
        "#5a82b0 #9dbbd8 #d5e3ef #faf3ec #fffaf0 #b3c8dc #2b4766 #d9483b",
        "#6a76ad #adb4d8 #e3dbe8 #fdeee6 #fff8ee #bcc0da #333e66 #e0574a",
    ),
    "autumn": (
        "#5b8296 #a6b7ac #ecd2a0 #fbe7bd #fff2cf #cf9a62 #4a2318 #d8452a",
        "#7a5b62 #c08d75 #efbd84 #fde2ae #fff0c9 #c37f4e #3a1d1c #c93a26",
    ),
    "spring": (
        "#7fb4dc #b5d6ec #f0dcea #fff0ec #fffbea #b9c9a9 #3f6a50 #ec6f9a",
        "#a5a8e0 #cfc6ee #f7d9e6 #fff3e6 #fffbea #c3cbb6 #4d6b62 #f0739a",
    ),
    "neon": (
        "#0d0a2a #2c1563 #8b2a91 #ff6f91 #ffe08a #5a2a86 #0a0720 #23e6e0",
        "#06122e #12306b #5a36a8 #f255a8 #ffd3f2 #33348c #060a20 #38f0c8",
    ),
    "cosmic": (
        "#04030f #0f0a2c #26124e #4b1f70 #ffe6b8 #3f2a70 #070514 #ff9e64",
        "#0a0412 #220a30 #521347 #8c2c5e #ffe0c8 #6a2a5a #0a0414 #54c2bd",
        "#02060f #06182f #0d3350 #1c5b78 #d9f6ff #245a78 #030a14 #ff7eb6",
    ),
    "mystic": (
        "#14183f #3d2f78 #8a5fb0 #f0b6c8 #fff0d2 #7a5fa5 #16122f #6fe3c8",
        "#0d2a3f #1f5a68 #5fa59a #dfe6b8 #fdffd8 #4f8d8d #0a1f2a #f7b267",
    ),
    "sea": (
        "#1c6aa0 #4fa6cc #abdce0 #f8efd6 #fff6da #5fa0b8 #0d3550 #ef5b45",
        "#27548f #5f93c8 #b5d3e6 #fce6cc #fff3d6 #6a92b8 #12294e #f0674a",
    ),
    "forest": (
        "#2c6a62 #6ba585 #bedaa6 #f6f4c8 #fffbd8 #86b08c #0c2a26 #e8703a",
        "#3f6f5a #86ad80 #d2deaa #fbf0c4 #fffbd8 #93b184 #14301f #e2643a",
    ),
    "desert": (
        "#3b82a8 #8fc3cb #f2dcb0 #fdeaca #fff6dc #e6ae7c #84382a #c8452e",
        "#5a5f9c #b88fae #f3b998 #fde3b8 #fff2d2 #dd9a74 #6a2c35 #2e8a8a",
    ),
}

_ANY = ("dawn", "sunset", "night", "day", "autumn", "spring", "neon", "mystic", "sea", "forest", "desert")
_SCENE_MOOD = {"space": "cosmic", "sea": "sea", "underwater": "sea", "forest": "forest", "desert": "desert"}
_CITY = ("sunset", "night", "neon", "dawn")
_OPEN = ("day", "dawn", "sunset", "spring")

# What a place's ground looks like at any hour, and how strongly it insists.
_GROUND: dict[str, tuple[RGB, float]] = {
    "forest": (parse("#2f6b45"), 0.55),
    "meadow": (parse("#5c9a3a"), 0.95),
    "desert": (parse("#c9743c"), 0.75),
    "sea": (parse("#1f6f96"), 0.4),
}
_NIGHTLY = frozenset({"night", "neon", "cosmic", "mystic"})


def _mood_for(mood: str | None, scene: str | None, dice: Dice) -> str:
    if mood is not None:
        return mood
    if scene in _SCENE_MOOD:
        return _SCENE_MOOD[scene]
    pool = {"city": _CITY, "meadow": _OPEN}.get(scene or "", _ANY)
    return dice.of_prompt("mood").choice(pool)


def choose(dice: Dice, mood: str | None, scene: str | None, wanted: list[RGB]) -> Palette:
    """The palette of a prompt; colour words tint the whole picture that no subject wears."""
    named = _mood_for(mood, scene, dice)
    rng = dice.of_prompt("palette")
    colours = parse_all(rng.choice(_MOODS[named]))
    # Two prompts with the same words in common should still not look the same.
    drift = rng.uniform(-9, 9) if mood or scene else rng.uniform(-28, 28)
    colours = tuple(turn(colour, drift) for colour in colours)
    sky, (light, far, near, accent) = colours[:4], colours[4:]
    pops = (accent, sky[2], far, sky[0], light, sky[1])
    palette = Palette(sky, light, far, near, accent, pops, named in _NIGHTLY)
    if named != "winter" and scene in _GROUND:
        ground, force = _GROUND[scene]
        palette = replace(palette, far=tint(far, ground, force * 0.4), near=tint(near, ground, force * 0.8))
    if wanted:
        palette = _coloured(palette, wanted, 0.72)
    return palette


def _coloured(palette: Palette, wanted: list[RGB], force: float) -> Palette:
    main, other = wanted[0], wanted[min(1, len(wanted) - 1)]
    sky = tuple(tint(colour, main, force * (1 - 0.22 * i)) for i, colour in enumerate(palette.sky))
    far, near = tint(palette.far, other, force * 0.8), tint(palette.near, other, force * 0.7)
    pops = (other, main, *(tint(pop, wanted[i % len(wanted)], force) for i, pop in enumerate(palette.pops)))
    return replace(palette, sky=sky, far=far, near=near, accent=other, pops=pops)
