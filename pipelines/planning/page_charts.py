"""Charts of the backtest's page, drawn as SVG."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

BLUE, GREY, RULE = "#1f6feb", "#9aa7b5", "#d8dee6"
COLOURS = (BLUE, "#b45309", "#0b6e4f")
WIDTH, HEIGHT, LEFT, BELOW = 420, 300, 46, 34


def calibration_chart(coverage: Mapping[str, Sequence[tuple[float, float]]]) -> str:
    """Share of weeks within each quantile against the share that should be, a line for each level."""

    def at(share: float, of: float) -> tuple[float, float]:
        return LEFT + share * (WIDTH - LEFT - 22), 10 + (1 - of) * (HEIGHT - BELOW - 10)

    (x0, y0), (x1, y1) = at(0, 0), at(1, 1)
    parts = [f'<line x1="{x0}" y1="{y0}" x2="{x1}" y2="{y1}" stroke="{GREY}" stroke-dasharray="4 4"/>']
    for tick in (0.0, 0.25, 0.5, 0.75, 1.0):
        x, y = at(tick, tick)
        parts.append(f'<line x1="{x0}" y1="{y:.1f}" x2="{x1}" y2="{y:.1f}" stroke="{RULE}" stroke-width="0.6"/>')
        parts.append(f'<text x="{x0 - 6}" y="{y + 4:.1f}" text-anchor="end">{tick:.0%}</text>')
        parts.append(f'<text x="{x:.1f}" y="{y0 + 16}" text-anchor="middle">{tick:.0%}</text>')
    for number, (name, shares) in enumerate(coverage.items()):
        colour, points = COLOURS[number], [at(level, covered) for level, covered in shares]
        parts.append(_line(points, colour))
        for (x, y), (level, covered) in zip(points, shares, strict=True):
            tip = f"<title>{name}, {level:.0%}: {covered:.1%}</title>"
            parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="{colour}">{tip}</circle>')
        y = y0 - 14 - 18 * (len(coverage) - 1 - number)
        parts.append(f'<rect x="{x1 - 150}" y="{y - 9}" width="10" height="10" fill="{colour}"/>')
        parts.append(f'<text x="{x1 - 134}" y="{y}">{name}</text>')
    parts.append(f'<text x="{(x0 + x1) / 2}" y="{HEIGHT - 2}" text-anchor="middle">quantile 分位数</text>')
    return _svg(WIDTH, HEIGHT, parts, "Calibration 校准")


def horizon_chart(scores: Sequence[tuple[int, float]]) -> str:
    """Score by weeks ahead."""
    most = max((score for _, score in scores), default=0.0) or 1.0
    room = WIDTH - LEFT - 10
    width = room / max(len(scores), 1)
    base = HEIGHT - BELOW
    parts = [f'<line x1="{LEFT}" y1="{base}" x2="{WIDTH - 10}" y2="{base}" stroke="{RULE}"/>']
    for number, (weeks, score) in enumerate(scores):
        x, height = LEFT + number * width, (base - 24) * score / most
        parts.append(
            f'<rect x="{x + width * 0.15:.1f}" y="{base - height:.1f}" width="{width * 0.7:.1f}" height="{height:.1f}" '
            f'fill="{BLUE}" opacity="0.8"/>'
        )
        middle = x + width / 2
        parts.append(f'<text x="{middle:.1f}" y="{base - height - 5:.1f}" text-anchor="middle">{score:.0%}</text>')
        parts.append(f'<text x="{middle:.1f}" y="{base + 16}" text-anchor="middle">{weeks}</text>')
    parts.append(f'<text x="{LEFT + room / 2}" y="{HEIGHT - 2}" text-anchor="middle">weeks ahead 提前周数</text>')
    return _svg(WIDTH, HEIGHT, parts, "Score by weeks ahead 各提前周得分")


def series_chart(came: Sequence[float], expected: Sequence[float]) -> str:
    """One series: what came in grey, what was expected in blue."""
    width, height = 240, 44
    most = max([*came, *expected], default=0.0) or 1.0
    step = width / max(len(came) - 1, 1)

    def points(values: Sequence[float]) -> list[tuple[float, float]]:
        return [(number * step, 3 + (height - 6) * (1 - value / most)) for number, value in enumerate(values)]

    return _svg(width, height, [_line(points(came), GREY), _line(points(expected), BLUE)], "came and expected")


def _line(points: Sequence[tuple[float, float]], colour: str) -> str:
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    return f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>'


def _svg(width: int, height: int, parts: Sequence[str], label: str) -> str:
    size = f'width="{width}" height="{height}" viewBox="0 0 {width} {height}"'
    return f'<svg {size} role="img" aria-label="{label}">{"".join(parts)}</svg>'
