"""Plots as SVG that stands inside a page: no script, no network, told apart without colour too.

Colours are those of Okabe & Ito (2008), which people with any colour vision can tell apart; each
series also has its own dashes and marks. Every plot has a title, a description for screen readers,
and axes with names and units.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape

WIDTH, HEIGHT = 680, 340
_LEFT, _RIGHT, _TOP, _BOTTOM = 76, 48, 36, 52
_COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#000000", "#E69F00", "#56B4E9")
_DASHES = ("", "7 3", "2 3", "9 3 2 3", "4 2", "1 2", "12 4")
_ROW = 22
_LONGEST = 42

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Axis:
    """An axis: its name with the unit, its ends, and where values are written."""

    label: str
    low: float
    high: float
    ticks: Sequence[tuple[float, str]]


@dataclass(frozen=True, slots=True)
class Series:
    """A line, with a mark at each point unless `marks` is False; NaN breaks it."""

    name: str
    points: Sequence[Point]
    marks: bool = True


def axis(label: str, values: Sequence[float], *, zero: bool = False) -> Axis:
    """An axis around the values, with ticks at round numbers; `zero`: 0 is on it."""
    known = [value for value in values if math.isfinite(value)] or [0.0, 1.0]
    low, high = min(known), max(known)
    if zero:
        low, high = min(low, 0.0), max(high, 0.0)
    if high - low < 1e-9:
        low, high = low - 0.5, high + 0.5
    step = round_up((high - low) / 5)
    low, high = math.floor(low / step) * step, math.ceil(high / step) * step
    count = round((high - low) / step)
    ticks = [(low + k * step, _number(low + k * step, step)) for k in range(count + 1)]
    return Axis(label, low, high, ticks)


def line_plot(title: str, about: str, x: Axis, y: Axis, series: Sequence[Series]) -> str:
    """Lines over a common x."""
    across, up = _scale(x, _LEFT, WIDTH - _RIGHT), _scale(y, HEIGHT - _BOTTOM, _TOP)
    parts = [_frame(x, y)]
    for place, line in enumerate(series):
        colour, dash = _style(place)
        for run in _runs(line.points):
            path = " ".join(f"{across(a):.1f},{up(b):.1f}" for a, b in run)
            dashes = f' stroke-dasharray="{dash}"' if dash else ""
            parts.append(
                f'<polyline points="{path}" fill="none" stroke="{colour}" '
                f'stroke-width="2"{dashes}/>'
            )
            if line.marks:
                parts += [_mark(place, across(a), up(b), colour) for a, b in run]
    return _plot(title, about, HEIGHT, parts, _legend([line.name for line in series]))


def column_plot(
    title: str, about: str, x: Axis, y: Axis, edges: Sequence[float], stacks: Sequence[Series]
) -> str:
    """Stacked columns between `edges`; each stack has one point (ignored, height) a column."""
    across, up = _scale(x, _LEFT, WIDTH - _RIGHT), _scale(y, HEIGHT - _BOTTOM, _TOP)
    parts = [_frame(x, y)]
    base = [0.0] * (len(edges) - 1)
    for place, stack in enumerate(stacks):
        colour, _ = _style(place)
        for column, (_, height) in enumerate(stack.points):
            left, right = across(edges[column]), across(edges[column + 1])
            top, bottom = up(base[column] + height), up(base[column])
            parts.append(
                f'<rect x="{left + 0.5:.1f}" y="{top:.1f}" width="{right - left - 1:.1f}" '
                f'height="{bottom - top:.1f}" fill="{colour}" fill-opacity="0.8"/>'
            )
            base[column] += height
    return _plot(title, about, HEIGHT, parts, _legend([stack.name for stack in stacks]))


def bar_plot(title: str, about: str, label: str, bars: Sequence[tuple[str, float]]) -> str:
    """Horizontal bars from 0, each with its name and value; NaN gives no bar."""
    left, height = 290, _TOP + _ROW * len(bars) + _BOTTOM
    x = axis(label, [value for _, value in bars], zero=True)
    across = _scale(x, left, WIDTH - _RIGHT - 50)
    bottom = height - _BOTTOM
    parts = [_ticks_across(x, across, bottom, (left + WIDTH - _RIGHT - 50) / 2)]
    for row, (name, value) in enumerate(bars):
        y = _TOP + row * _ROW
        parts.append(_text(left - 8, y + 15, _shortened(name), anchor="end"))
        if math.isfinite(value):
            begin, end = sorted((across(0.0), across(value)))
            parts.append(
                f'<rect x="{begin:.1f}" y="{y + 3}" width="{end - begin:.1f}" '
                f'height="{_ROW - 6}" fill="{_COLOURS[0]}"/>'
            )
            parts.append(_text(end + 5, y + 15, f"{value:.3f}"))
    return _plot(title, about, height, parts, "")


def _scale(on: Axis, begin: float, end: float) -> Callable[[float], float]:
    """From a value on the axis to pixels."""
    span = on.high - on.low
    return lambda value: begin + (value - on.low) / span * (end - begin)


def _style(place: int) -> tuple[str, str]:
    return _COLOURS[place % len(_COLOURS)], _DASHES[place % len(_DASHES)]


def _number(value: float, step: float) -> str:
    """As many digits as the step needs; thousands as k where there are many."""
    if step >= 1000 and value:
        return f"{value / 1000:,g}k"
    return f"{value:,.{max(0, -math.floor(math.log10(step)))}f}"


def round_up(least: float) -> float:
    """The smallest of 1, 2, 5 times a power of ten that is not below `least` (above 0)."""
    power: float = 10.0 ** math.floor(math.log10(least))
    return next(power * k for k in (1, 2, 5, 10) if power * k >= least * (1 - 1e-9))


def _runs(points: Sequence[Point]) -> list[list[Point]]:
    """The points in runs without NaN."""
    runs: list[list[Point]] = [[]]
    for point in points:
        if math.isfinite(point[1]):
            runs[-1].append(point)
        elif runs[-1]:
            runs.append([])
    return [run for run in runs if run]


def _frame(x: Axis, y: Axis) -> str:
    """Axes with ticks, faint lines across, and names."""
    across, up = _scale(x, _LEFT, WIDTH - _RIGHT), _scale(y, HEIGHT - _BOTTOM, _TOP)
    parts = [_ticks_across(x, across, HEIGHT - _BOTTOM, (_LEFT + WIDTH - _RIGHT) / 2)]
    for value, text in y.ticks:
        level = up(value)
        parts.append(
            f'<line x1="{_LEFT}" x2="{WIDTH - _RIGHT}" y1="{level:.1f}" y2="{level:.1f}" '
            'stroke="#ddd"/>'
        )
        parts.append(_text(_LEFT - 6, level + 4, text, anchor="end"))
    middle = (_TOP + HEIGHT - _BOTTOM) / 2
    parts.append(
        f'<text x="16" y="{middle}" text-anchor="middle" '
        f'transform="rotate(-90 16 {middle})">{escape(y.label)}</text>'
    )
    return "".join(parts)


def _ticks_across(x: Axis, across: Callable[[float], float], bottom: float, middle: float) -> str:
    parts = [
        f'<line x1="{across(x.low):.1f}" x2="{across(x.high):.1f}" y1="{bottom}" y2="{bottom}" '
        'stroke="#444"/>'
    ]
    for value, text in x.ticks:
        place = across(value)
        parts.append(
            f'<line x1="{place:.1f}" x2="{place:.1f}" y1="{bottom}" y2="{bottom + 4}" '
            'stroke="#444"/>'
        )
        parts.append(_text(place, bottom + 18, text, anchor="middle"))
    parts.append(_text(middle, bottom + 40, x.label, anchor="middle"))
    return "".join(parts)


def _mark(place: int, x: float, y: float, colour: str) -> str:
    """A circle, a square or a triangle, in turn."""
    kind = place % 3
    if kind == 0:
        return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>'
    if kind == 1:
        return f'<rect x="{x - 3:.1f}" y="{y - 3:.1f}" width="6" height="6" fill="{colour}"/>'
    corners = f"{x - 4:.1f},{y + 3:.1f} {x + 4:.1f},{y + 3:.1f} {x:.1f},{y - 4:.1f}"
    return f'<polygon points="{corners}" fill="{colour}"/>'


def _text(x: float, y: float, text: str, *, anchor: str = "start") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>'


def _shortened(name: str) -> str:
    """A name that has room beside a bar."""
    return name if len(name) <= _LONGEST else f"{name[: _LONGEST - 1]}…"


def _legend(names: Sequence[str]) -> str:
    """The series by name, with their line and mark, as a list below the plot."""
    items = []
    for place, name in enumerate(names):
        colour, dash = _style(place)
        dashes = f' stroke-dasharray="{dash}"' if dash else ""
        items.append(
            '<li><svg width="34" height="12" aria-hidden="true">'
            f'<line x1="0" x2="34" y1="6" y2="6" stroke="{colour}" stroke-width="2"{dashes}/>'
            f"{_mark(place, 17, 6, colour)}</svg> {escape(name)}</li>"
        )
    return f'<ul class="legend">{"".join(items)}</ul>'


def _plot(title: str, about: str, height: float, parts: Sequence[str], legend: str) -> str:
    """The figure: picture, legend, and how to read it."""
    return (
        f'<figure><svg viewBox="0 0 {WIDTH} {height}" role="img">'
        f"<title>{escape(title)}</title><desc>{escape(about)}</desc>"
        f'<text x="{_LEFT}" y="20" class="title">{escape(title)}</text>{"".join(parts)}</svg>'
        f"{legend}<figcaption>{escape(about)}</figcaption></figure>\n"
    )
