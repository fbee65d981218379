"""The style sheets: readable in light and dark, right in both directions, and small."""

import re
from itertools import product
from pathlib import Path

import pytest

from server.assets import Assets

STATIC = Path(__file__).parents[2] / "static"
SHEETS = sorted((STATIC / "css").rglob("*.css"))
TEXT_ON = [
    *product(("ink", "muted", "accent", "danger", "ok"), ("paper", "surface")),
    *product(("ink", "muted"), ("sunken",)),
    *(("accent-ink", "accent"), ("accent-ink", "accent-strong"), ("accent-strong", "accent-soft")),
    *(("ink", "accent-soft"), ("danger", "danger-soft"), ("ok", "ok-soft"), ("warn", "warn-soft"), ("paper", "ink")),
]
EDGES_ON = [("edge", "paper"), ("edge", "surface")]


def _colours() -> list[dict[str, str]]:
    text = (STATIC / "css/00-tokens.css").read_text("utf-8")
    pairs = re.findall(r"--([a-z-]+): light-dark\((#\w{6}), (#\w{6})\)", text)
    return [{name: both[at] for name, *both in pairs} for at in (0, 1)]


def _contrast(one: str, other: str) -> float:
    """Compare two colours (WCAG 2.2, "contrast ratio")."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_contrast_is_computed_as_the_standard_says() -> None:
    assert _contrast("#000000", "#ffffff") == pytest.approx(21)
    assert _contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
def test_text_can_be_read_in_light_and_in_dark(scheme: int) -> None:
    colours = _colours()[scheme]
    low = {pair: _contrast(*(colours[name] for name in pair)) for pair in TEXT_ON}
    assert {pair: ratio for pair, ratio in low.items() if ratio < 4.5} == {}
    edges = {pair: _contrast(*(colours[name] for name in pair)) for pair in EDGES_ON}
    assert {pair: ratio for pair, ratio in edges.items() if ratio < 3} == {}


def test_old_browsers_get_the_same_light_colours() -> None:
    text = (STATIC / "css/00-tokens.css").read_text("utf-8")
    plain = dict(re.findall(r"--([a-z-]+): (#\w{6});", text))
    assert plain == _colours()[0]


@pytest.mark.parametrize("sheet", SHEETS, ids=lambda sheet: sheet.name)
def test_nothing_is_left_or_right(sheet: Path) -> None:
    text = re.sub(r"/\*.*?\*/", "", sheet.read_text("utf-8"), flags=re.DOTALL)
    sided = re.findall(r"[\w-]*\b(?:left|right)\b[\w-]*|(?<![\w-])(?:margin|padding)-(?:top|bottom)\b", text)
    assert sided == []


@pytest.mark.parametrize("sheet", SHEETS, ids=lambda sheet: sheet.name)
def test_nothing_is_loaded_from_elsewhere(sheet: Path) -> None:
    assert not re.search(r"@import|@font-face|https?://", sheet.read_text("utf-8"))


def test_all_styles_are_small() -> None:
    assert Assets(STATIC, dev=True).weight("majlis.css") <= 9_000
