"""Draws photos of sample activities, all different, and stores them like uploaded ones."""

import io
from random import Random

from PIL import Image, ImageDraw

from activitylog.files.operations import StoredPicture, store_picture
from activitylog.files.store import FileStore

WIDTH, HEIGHT = 960, 720
PALE = ("#dfe7ea", "#f1e6d2", "#e3ead7", "#e9e0ea", "#bfe0f5", "#f6e2c0")
GROUND = ("#b79b7a", "#9fa8a3", "#c2b280", "#7fa35b", "#9bb06a")
BRIGHT = ("#23527c", "#a23b2a", "#2f6b3c", "#6b4a8a", "#b8731f", "#3c4650", "#8a2f5b", "#1f7a7a")
SKIN, HAIR = ("#f0c8a0", "#e3b58c", "#d9a679"), ("#2b211c", "#3d2f27", "#777777")


def draw_pictures(files: FileStore, number: str, names: list[str]) -> list[StoredPicture]:
    """Draw and store one picture for each name: in turn a hall, a table, an outdoor scene."""
    return [
        store_picture(files, _drawn(f"{number}/{name}", place), f"{name}.jpg")
        for place, name in enumerate(names)
    ]


def _drawn(seed: str, place: int) -> io.BytesIO:
    rng = Random(seed)  # noqa: S311
    image = Image.new("RGB", (WIDTH, HEIGHT), rng.choice(PALE))
    draw, horizon = ImageDraw.Draw(image), rng.randint(340, 450)
    draw.rectangle((0, horizon, WIDTH, HEIGHT), fill=rng.choice(GROUND))
    (_hall, _table, _outdoors)[place % 3](draw, rng, horizon)
    content = io.BytesIO()
    image.save(content, "JPEG", quality=85)
    content.seek(0)
    return content


def _hall(draw: ImageDraw.ImageDraw, rng: Random, horizon: int) -> None:
    """Rows of people seen from behind, a speaker beside a screen."""
    left = rng.randint(60, 420)
    draw.rectangle((left, 60, left + 460, horizon - 90), fill="#fbfbf7", outline="#4b4b4b", width=8)
    for _ in range(5):
        x, y, side = left + rng.randint(20, 360), rng.randint(80, 200), rng.randint(28, 90)
        draw.ellipse((x, y, x + side, y + side), fill=rng.choice(BRIGHT))
    _person(draw, rng, left - 40 if left > 240 else left + 540, horizon - 130, 34)
    for row in range(3):
        for x in range(60 + 45 * (row % 2), WIDTH, 150 - 10 * row):
            if rng.random() < 0.85:
                _person(draw, rng, x + rng.randint(-14, 14), horizon + 10 + 90 * row, 34 + 6 * row)


def _table(draw: ImageDraw.ImageDraw, rng: Random, horizon: int) -> None:
    """People trying things out around a table, posters behind them."""
    for _ in range(3):
        x = rng.randint(0, 800)
        draw.rectangle((x, 40, x + 130, 210), fill=rng.choice(BRIGHT), outline="#ffffff", width=6)
    for x in range(rng.randint(80, 180), WIDTH - 60, rng.randint(150, 230)):
        _person(draw, rng, x, horizon - rng.randint(110, 170), rng.randint(48, 62))
    edge = horizon + 40
    draw.polygon(((60, edge), (900, edge), (WIDTH, HEIGHT), (0, HEIGHT)), fill=rng.choice(PALE))
    for _ in range(9):
        x, y, side = rng.randint(120, 800), rng.randint(edge + 20, 640), rng.randint(24, 74)
        shape = rng.choice((draw.rectangle, draw.ellipse))
        shape((x, y, x + side, y + side), fill=rng.choice(BRIGHT), outline="#ffffff", width=3)


def _outdoors(draw: ImageDraw.ImageDraw, rng: Random, horizon: int) -> None:
    """Tents and people, houses behind them."""
    for x in range(0, WIDTH, 120):
        top = rng.randint(90, horizon - 50)
        draw.rectangle((x, top, x + rng.randint(70, 118), horizon), fill=rng.choice(GROUND))
    for x in (rng.randint(40, 260), rng.randint(420, 700)):
        colour = rng.choice(BRIGHT)
        draw.polygon(((x, horizon), (x + 110, horizon - 80), (x + 220, horizon)), fill=colour)
        draw.rectangle((x + 12, horizon, x + 208, horizon + 120), fill="#f7f5ee", outline=colour, width=5)
    for y in sorted(rng.randint(horizon + 40, 620) for _ in range(14)):
        _person(draw, rng, rng.randint(30, WIDTH - 30), y, 20 + (y - horizon) // 9)


def _person(draw: ImageDraw.ImageDraw, rng: Random, x: int, y: int, size: int) -> None:
    """Head and shoulders, the head's middle at (x, y)."""
    shoulders = (x - size * 1.3, y + size * 0.9, x + size * 1.3, y + size * 4)
    draw.rounded_rectangle(shoulders, size, fill=rng.choice(BRIGHT))
    draw.ellipse((x - size, y - size, x + size, y + size), fill=rng.choice(SKIN))
    draw.chord((x - size, y - size * 1.1, x + size, y + size * 0.9), 180, 360, fill=rng.choice(HAIR))
