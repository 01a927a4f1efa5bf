"""Pieces of the backtest's page: sections, tables and figures as text."""

from __future__ import annotations


def section(title: str, note: str, content: str) -> str:
    """A heading, what the figures below it are, and they."""
    return f'<h2>{title}</h2><p class="note">{note}</p><div class="scroll">{content}</div>'


def table(head: list[str], rows: list[list[str]]) -> str:
    """Rows of cells, which may be `<td>` already; a row of one cell heads those below it."""
    top = "".join(f"<th>{name}</th>" for name in head)
    lines = []
    for row in rows:
        if len(row) == 1:
            lines.append(f'<tr><td class="part" colspan="{len(head)}">{row[0]}</td></tr>')
        else:
            cells = (cell if cell.startswith("<td") else f"<td>{cell}</td>" for cell in row)
            lines.append(f"<tr>{''.join(cells)}</tr>")
    return f"<table><tr>{top}</tr>{''.join(lines)}</table>"


def best(text: str, is_best: bool) -> str:
    """A cell, marked where it is the best of its row."""
    return f'<td class="best">{text}</td>' if is_best else text


def gain(value: float | None) -> str:
    """What was gained (or lost) as a share, in its colour."""
    if value is None:
        return "–"
    if abs(value) < 0.0005:
        return "0"
    return f'<td class="{"best" if value > 0 else "worse"}">{value:+.1%}</td>'


def share(value: float | None, signed: bool = False) -> str:
    """A share in per cent; a dash where there is none."""
    return "–" if value is None else f"{value:+.1%}" if signed else f"{value:.1%}"


def plain(value: float | None) -> str:
    """A number with two decimals; a dash where there is none."""
    return "–" if value is None else f"{value:.2f}"
