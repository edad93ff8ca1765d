"""Photos of sample activities: scenes drawn in code, no two alike, stored like any photo that is sent."""

import io
from random import Random

from PIL import Image, ImageDraw

from activitylog.files.store import FileStore
from activitylog.files.uploads import StoredPicture, store_picture

WIDTH, HEIGHT = 960, 720
PALE = ("#dfe7ea", "#f1e6d2", "#e3ead7", "#e9e0ea", "#bfe0f5", "#f6e2c0")
GROUND = ("#b79b7a", "#9fa8a3", "#c2b280", "#7fa35b", "#9bb06a")
BRIGHT = ("#23527c", "#a23b2a", "#2f6b3c", "#6b4a8a", "#b8731f", "#3c4650", "#8a2f5b", "#1f7a7a")
SKIN, HAIR = ("#f0c8a0", "#e3b58c", "#d9a679"), ("#2b211c", "#3d2f27", "#777777")


def draw_pictures(files: FileStore, number: str, names: list[str]) -> list[StoredPicture]:
    """One picture for each name: in turn the hall, the people at a table, and the place outdoors."""
    return [
        store_picture(files, _drawn(f"{number}/{name}", place), f"{name}.jpg")
        for place, name in enumerate(names)
    ]


def _drawn(seed: str, place: int) -> io.BytesIO:
    chance = Random(seed)  # noqa: S311
    image = Image.new("RGB", (WIDTH, HEIGHT), chance.choice(PALE))
    draw, horizon = ImageDraw.Draw(image), chance.randint(340, 450)
    draw.rectangle((0, horizon, WIDTH, HEIGHT), fill=chance.choice(GROUND))
    (_hall, _table, _outdoors)[place % 3](draw, chance, horizon)
    content = io.BytesIO()
    image.save(content, "JPEG", quality=85)
    content.seek(0)
    return content


def _hall(draw: ImageDraw.ImageDraw, chance: Random, horizon: int) -> None:
    """Rows of people seen from behind, a speaker beside a screen."""
    left = chance.randint(60, 420)
    draw.rectangle((left, 60, left + 460, horizon - 90), fill="#fbfbf7", outline="#4b4b4b", width=8)
    for _ in range(5):
        x, y, side = left + chance.randint(20, 360), chance.randint(80, 200), chance.randint(28, 90)
        draw.ellipse((x, y, x + side, y + side), fill=chance.choice(BRIGHT))
    _person(draw, chance, left - 40 if left > 240 else left + 540, horizon - 130, 34)
    for row in range(3):
        for x in range(60 + 45 * (row % 2), WIDTH, 150 - 10 * row):
            if chance.random() < 0.85:
                _person(draw, chance, x + chance.randint(-14, 14), horizon + 10 + 90 * row, 34 + 6 * row)


def _table(draw: ImageDraw.ImageDraw, chance: Random, horizon: int) -> None:
    """People trying things out around a table, posters behind them."""
    for _ in range(3):
        x = chance.randint(0, 800)
        draw.rectangle((x, 40, x + 130, 210), fill=chance.choice(BRIGHT), outline="#ffffff", width=6)
    for x in range(chance.randint(80, 180), WIDTH - 60, chance.randint(150, 230)):
        _person(draw, chance, x, horizon - chance.randint(110, 170), chance.randint(48, 62))
    edge = horizon + 40
    draw.polygon(((60, edge), (900, edge), (WIDTH, HEIGHT), (0, HEIGHT)), fill=chance.choice(PALE))
    for _ in range(9):
        x, y, side = chance.randint(120, 800), chance.randint(edge + 20, 640), chance.randint(24, 74)
        shape = chance.choice((draw.rectangle, draw.ellipse))
        shape((x, y, x + side, y + side), fill=chance.choice(BRIGHT), outline="#ffffff", width=3)


def _outdoors(draw: ImageDraw.ImageDraw, chance: Random, horizon: int) -> None:
    """Tents and people, houses behind them."""
    for x in range(0, WIDTH, 120):
        top = chance.randint(90, horizon - 50)
        draw.rectangle((x, top, x + chance.randint(70, 118), horizon), fill=chance.choice(GROUND))
    for x in (chance.randint(40, 260), chance.randint(420, 700)):
        colour = chance.choice(BRIGHT)
        draw.polygon(((x, horizon), (x + 110, horizon - 80), (x + 220, horizon)), fill=colour)
        draw.rectangle((x + 12, horizon, x + 208, horizon + 120), fill="#f7f5ee", outline=colour, width=5)
    for y in sorted(chance.randint(horizon + 40, 620) for _ in range(14)):
        _person(draw, chance, chance.randint(30, WIDTH - 30), y, 20 + (y - horizon) // 9)


def _person(draw: ImageDraw.ImageDraw, chance: Random, x: int, y: int, size: int) -> None:
    """Head and shoulders, the head's middle at (x, y)."""
    shoulders = (x - size * 1.3, y + size * 0.9, x + size * 1.3, y + size * 4)
    draw.rounded_rectangle(shoulders, size, fill=chance.choice(BRIGHT))
    draw.ellipse((x - size, y - size, x + size, y + size), fill=chance.choice(SKIN))
    draw.chord((x - size, y - size * 1.1, x + size, y + size * 0.9), 180, 360, fill=chance.choice(HAIR))
