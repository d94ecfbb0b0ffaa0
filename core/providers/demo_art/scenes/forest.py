"""A forest clearing: pines fading into mist, beams of light, a path of moss."""

from PIL import Image, ImageDraw, ImageFilter

from core.providers.demo_art.colour import darken, lighten, mix
from core.providers.demo_art.scenes import ground
from core.providers.demo_art.stage import Stage


def depths(stage: Stage) -> None:
    """Rows of pines, each nearer row larger and darker."""
    canvas, palette = stage.canvas, stage.palette
    canvas.mist(0, stage.layout.horizon * 1.05, palette.horizon, 0.8)
    for row in range(4):
        rng = stage.detail(f"pines{row}")
        base = stage.layout.horizon + canvas.h * (0.02 + 0.055 * row)
        colour = mix(mix(palette.horizon, palette.far, 0.45), palette.land(0.8), row / 3)
        crest = ground.ridge(stage, rng, base, canvas.h * 0.04, 0.5)
        count = int((34 - 5 * row) * canvas.w / canvas.u)
        for _ in range(count):
            x = rng.uniform(-0.05, 1.05) * canvas.w
            # The clearing stays open in the middle, so the light has a way in.
            middle = 1 - abs(x / canvas.w - stage.layout.sun[0] / canvas.w) * 2.4
            tall = canvas.u * rng.uniform(0.16, 0.3) * (1 + 0.35 * row)
            tall *= 1 - 0.5 * max(0.0, middle)
            foot = ground.height_at(crest, x) + canvas.u * 0.02
            ground.pine(canvas, rng, (x, foot), tall, mix(colour, palette.horizon, rng.uniform(0, 0.14)))
        haze = mix(colour, palette.horizon, 0.55)
        canvas.shade(ground.below(canvas, crest), (colour, haze), (base - canvas.h * 0.04, base + canvas.h * 0.1))
        canvas.mist(base - canvas.u * 0.22, base + canvas.h * 0.05, palette.horizon, 0.42 - 0.07 * row)


def beams(stage: Stage) -> None:
    """Slanting light from where the sun is, drawn small and stretched so that it is soft."""
    canvas, rng = stage.canvas, stage.detail("beams")
    size = 192
    mask = Image.new("L", (size, size))
    pen = ImageDraw.Draw(mask)
    x, y = stage.layout.sun[0] / canvas.w * size, stage.layout.sun[1] / canvas.h * size
    strength = 0.3 if stage.palette.dark else 0.55
    for _ in range(9):
        land = rng.uniform(-0.5, 1.5) * size
        wide = rng.uniform(3, 14)
        pen.polygon(
            [(x - 1, y), (x + 1, y), (land + wide, size), (land - wide, size)],
            fill=round(255 * strength * rng.uniform(0.3, 0.8)),
        )
    canvas.stamp(
        mask.filter(ImageFilter.GaussianBlur(2.5)),
        (0, 0, canvas.w, canvas.h),
        lighten(stage.palette.light, 0.2),
    )
    canvas.glow(*stage.layout.sun, canvas.u * 0.55, stage.palette.light, 0.6 * strength + 0.2, power=2.2)


def trunks(stage: Stage) -> None:
    """A few tall bare trunks standing nearer than the pines."""
    canvas, palette, rng = stage.canvas, stage.palette, stage.detail("trunks")
    for _ in range(int(9 * canvas.w / canvas.u)):
        x = rng.uniform(0, 1) * canvas.w
        if abs(x - stage.layout.sun[0]) < canvas.u * 0.16 or abs(x - stage.layout.stand[0]) < canvas.u * 0.14:
            continue
        near = rng.uniform(0.3, 0.9)
        wide = canvas.u * (0.006 + 0.014 * near)
        foot = stage.layout.horizon + canvas.h * (0.1 + 0.16 * near)
        lean = rng.uniform(-1, 1) * canvas.u * 0.02
        colour = mix(palette.land(0.45), palette.near, near)
        trunk = [(x - wide * 0.6 + lean, -2), (x + wide * 0.6 + lean, -2), (x + wide, foot), (x - wide, foot)]
        canvas.shade(trunk, (mix(colour, palette.horizon, 0.25), colour))
        bright = wide * 0.35 * (1 if stage.layout.sun[0] > x else -1)
        edge = [(x + bright * 1.6 + lean, 0), (x + bright * 2.4, foot)]
        canvas.line(edge, palette.light, canvas.u * 0.003, 0.22)


def floor(stage: Stage) -> None:
    """Mossy ground with ferns."""
    canvas, palette, rng = stage.canvas, stage.palette, stage.detail("floor")
    back = ground.ridge(stage, rng, stage.layout.horizon + canvas.h * 0.25, canvas.h * 0.05, 0.45)
    tone = ground.covered(stage, palette.land(0.78))
    canvas.shade(ground.below(canvas, back), (mix(tone, palette.light, 0.2), ground.covered(stage, palette.near)))
    ground.grass(stage, rng, back, tone, 0.025)
    canvas.glow(stage.layout.sun[0], stage.layout.horizon + canvas.h * 0.28, canvas.u * 0.3, palette.light, 0.25)
    crest = ground.hill(stage, "floor", 0.03)
    top = ground.covered(stage, mix(palette.near, palette.far, 0.16))
    canvas.shade(ground.below(canvas, crest), (top, ground.covered(stage, darken(palette.near, 0.4))))
    ground.grass(stage, rng, crest, top, 0.035)
    if "flowers" in stage.plan.traits or rng.random() < 0.4:
        ground.flowers(stage, rng, crest, 40)


def frame(stage: Stage) -> None:
    """Large dark pines cut off by the edges, nearest of all, which lead the eye inwards."""
    canvas, palette, rng = stage.canvas, stage.palette, stage.detail("frame")
    dark = darken(palette.near, 0.25)
    for side in (0.0, 1.0):
        for _ in range(rng.randint(1, 2)):
            x = canvas.w * abs(side - rng.uniform(-0.06, 0.03))
            tall = min(canvas.h, canvas.u * 1.1) * rng.uniform(0.6, 1.0)
            ground.pine(canvas, rng, (x, canvas.h + tall * 0.13), tall, dark)
