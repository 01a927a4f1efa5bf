"""Charts as small SVG files: points found in the data against the curve fitted to them."""

from dataclasses import dataclass
from html import escape

import numpy as np

WIDTH, HEIGHT = 640, 400
LEFT, RIGHT, TOP, BOTTOM = 70, 20, 40, 60
COLOURS = ("#1f6f8b", "#c8553d", "#5b8c5a")


@dataclass(frozen=True)
class Series:
    """One data set on a chart.

    Parameters
    ----------
    label
        Its name in the legend.
    x, y
        Points found in the data.
    fit_x, fit_y
        The fitted curve, drawn as a line.
    """

    label: str
    x: np.ndarray
    y: np.ndarray
    fit_x: np.ndarray
    fit_y: np.ndarray


@dataclass(frozen=True)
class Chart:
    """A chart.

    Parameters
    ----------
    name
        Of its file, without the ending.
    title, x_label, y_label
        Its texts.
    series
        Up to three.
    log_x, log_y
        Whether an axis is logarithmic, in powers of ten. Default false.
    """

    name: str
    title: str
    x_label: str
    y_label: str
    series: tuple[Series, ...]
    log_x: bool = False
    log_y: bool = False

    def svg(self) -> str:
        """The chart as SVG text."""
        across = Axis.over([part for line in self.series for part in (line.x, line.fit_x)], self.log_x)
        up = Axis.over([part for line in self.series for part in (line.y, line.fit_y)], self.log_y)

        def at(x: float, y: float) -> tuple[str, str]:
            return (
                f"{LEFT + across.share(x) * (WIDTH - LEFT - RIGHT):.1f}",
                f"{HEIGHT - BOTTOM - up.share(y) * (HEIGHT - TOP - BOTTOM):.1f}",
            )

        parts = [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}"'
            ' font-family="sans-serif" font-size="12" fill="#333">',
            f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>',
            text(LEFT, 22, self.title, size=15),
            text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 16, self.x_label, anchor="middle"),
            text(18, (TOP + HEIGHT - BOTTOM) / 2, self.y_label, anchor="middle", turned=True),
        ]
        for tick in across.ticks():
            x, _ = at(tick, up.low)
            parts.append(f'<path d="M{x} {TOP}V{HEIGHT - BOTTOM}" stroke="#e4e4e4"/>')
            parts.append(text(float(x), HEIGHT - BOTTOM + 18, f"{tick:g}", anchor="middle"))
        for tick in up.ticks():
            _, y = at(across.low, tick)
            parts.append(f'<path d="M{LEFT} {y}H{WIDTH - RIGHT}" stroke="#e4e4e4"/>')
            parts.append(text(LEFT - 8, float(y) + 4, f"{tick:g}", anchor="end"))
        for number, (line, colour) in enumerate(zip(self.series, COLOURS, strict=False)):
            path = "L".join(" ".join(at(x, y)) for x, y in zip(line.fit_x, line.fit_y, strict=True))
            parts.append(f'<path d="M{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
            for x, y in (at(x, y) for x, y in zip(line.x, line.y, strict=True)):
                parts.append(f'<circle cx="{x}" cy="{y}" r="4" fill="{colour}"/>')
            parts.append(f'<circle cx="{LEFT + 16}" cy="{TOP + 14 + 18 * number}" r="4" fill="{colour}"/>')
            parts.append(text(LEFT + 26, TOP + 18 + 18 * number, line.label))
        return "\n".join([*parts, "</svg>", ""])


@dataclass(frozen=True)
class Axis:
    """The range of an axis, from ``low`` to ``high``."""

    low: float
    high: float
    log: bool

    @classmethod
    def over(cls, values: list[np.ndarray], log: bool) -> "Axis":
        """The axis that holds all values: whole powers of ten, or round steps."""
        everything = np.concatenate(values)
        if log:
            low, high = np.floor(np.log10(everything.min())), np.ceil(np.log10(everything.max()))
            return cls(float(10**low), float(10 ** max(high, low + 1)), True)
        step = round_step(float(everything.min()), float(everything.max()))
        low = np.floor(everything.min() / step + 1e-9) * step
        return cls(float(low), float(max(np.ceil(everything.max() / step - 1e-9) * step, low + step)), False)

    def share(self, value: float) -> float:
        """How far along the axis a value lies, 0 to 1."""
        if self.log:
            return float(np.log10(value / self.low) / np.log10(self.high / self.low))
        return float((value - self.low) / (self.high - self.low))

    def ticks(self) -> list[float]:
        """Values to mark."""
        if self.log:
            return [float(f"{10.0**k:g}") for k in range(round(np.log10(self.low)), round(np.log10(self.high)) + 1)]
        step = round_step(self.low, self.high)
        return [float(f"{self.low + k * step:.6g}") for k in range(round((self.high - self.low) / step) + 1)]


def round_step(low: float, high: float) -> float:
    """A step of 1, 2 or 5 times a power of ten that divides a range into four to ten."""
    span = max(high - low, 1e-9)
    power = 10.0 ** np.floor(np.log10(span))
    return float(next(part * power for part in (0.1, 0.2, 0.5, 1.0) if span / (part * power) <= 10))


def text(x: float, y: float, words: str, anchor: str = "start", size: int = 12, turned: bool = False) -> str:
    """An SVG text, perhaps turned to read upwards."""
    turn = f' transform="rotate(-90 {x:g} {y:g})"' if turned else ""
    return f'<text x="{x:g}" y="{y:g}" text-anchor="{anchor}" font-size="{size}"{turn}>{escape(words)}</text>'
