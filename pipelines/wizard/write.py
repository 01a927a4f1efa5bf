"""A proposal as the text of a mapping, with the reason for each choice beside it."""

from __future__ import annotations

import json
import re
from pathlib import Path

from pipelines.ingestion.schema import literal, quote
from pipelines.wizard.gaps import day_format
from pipelines.wizard.proposal import Draft, Proposal
from pipelines.wizard.rows import TOTALS

# Words that tell how one export differs from the next; what is left names the source.
VARYING = re.compile(r"\d[\d._-]*\d|\d")


def mapping_name(path: Path) -> str:
    """A name for the mapping of such files, of the letters that a mapping's name may have."""
    stem = path.name.split(".")[0]
    letters = re.sub(r"[^a-z0-9]+", "_", VARYING.sub("", stem).casefold()).strip("_")
    return letters if letters[:1].isalpha() else f"own_{letters}".rstrip("_")


def file_pattern(path: Path) -> str:
    """A shell pattern for the file and its like of other days: numbers in its name may be any."""
    return re.sub(r"\*+", "*", VARYING.sub("*", re.sub(r"([\[\]?])", "?", path.name)))


def written(proposal: Proposal, name: str, source_system: str, tz: str) -> str:
    """The mapping as YAML. It holds names of columns and words of closed lists, and no value of any row beside."""
    file = proposal.file
    lines = [
        f"# Proposed by `supplyloop map` from {_one_line(file.path.name)}; read it before you rely on it.",
        f"name: {name}",
        'version: "1.0"',
        f"title: {_scalar(f'Exports like {file.path.name}')}",
        f"source_system: {_scalar(source_system)}",
        "files:",
        f"  - pattern: {_scalar(file_pattern(file.path))}",
        f"    profile: {_flow(_profile(proposal))}",
        f"    tz: {_scalar(tz)}",
    ]
    lines += [f"    currency: {file.currency}"] if file.currency else []
    lines += ['    decimal: ","'] if file.decimal == "," else []
    lines += [f"    from_name: {_scalar(proposal.from_name)}"] if proposal.from_name else []
    lines += _columns(proposal)
    if proposal.fill_down:
        key, names = proposal.fill_down
        lines += ["    # These stand in the first row of a document alone.",
                  f"    fill_down: {{key: {_scalar(key)}, columns: {_flow(list(names))}}}"]  # fmt: skip
    lines.append("    targets:")
    for draft in proposal.drafts:
        lines += _target(draft, proposal)
    return "\n".join(lines) + "\n"


def _profile(proposal: Proposal) -> dict[str, object]:
    profile = proposal.file.profile
    settings = profile.model_dump(exclude_defaults=True, mode="json") | {"format": profile.format}
    serial = [p.source for p in proposal.placements if "serial" in p.formats]
    return settings | ({"serial_dates": serial} if serial else {})


def _columns(proposal: Proposal) -> list[str]:
    """The columns that a file must have, may have, and that are not read; the rest is kept as unknown."""
    stated = set(proposal.file.stated)
    needed = [p.source for d in proposal.drafts for p in d.placements if d.table.column(p.column).required]
    needed += [name for d in proposal.drafts for made in d.made.values() for name in _read_by(proposal, made.sql)]
    required = [n for n in dict.fromkeys(needed) if n not in stated]
    optional = [p.source for p in proposal.placements if p.source not in {*required, *stated}]
    lines = [f"    required_columns: {_flow(required)}"] if required else []
    lines += [f"    optional_columns: {_flow(list(dict.fromkeys(optional)))}"] if optional else []
    if proposal.unread:
        lines.append("    # Not read, since they hold persons or what people type.")
        lines.append(f"    unread_columns: {_flow(list(proposal.unread))}")
    if proposal.kept:
        lines.append(f"    # Kept beside the rows as unknown: {_one_line(', '.join(proposal.kept))}")
    return lines


def _read_by(proposal: Proposal, sql: str) -> list[str]:
    return [column.name for column in proposal.file.columns if quote(column.name) in sql]


def _target(draft: Draft, proposal: Proposal) -> list[str]:
    lines = [f"      - table: {draft.table.qualified}"]
    if draft.group_by:
        lines.append(f"        group_by: [{_scalar(quote(draft.group_by))}]")
    total = (
        f"lower(trim({quote(draft.totals_in)}, ' :：')) in ({', '.join(map(literal, TOTALS))})"
        if draft.totals_in
        else ""
    )
    if total and draft.group_by:
        lines.append(f"        where: {_scalar(f'coalesce({total}, false) = false')}")
    lines.append("        columns:")
    for placement in draft.placements:
        mark = "" if placement.certain else "confirmed by you; "
        lines.append(f"          # {mark}{_one_line(placement.why)}")
        sql = quote(placement.source)
        if draft.group_by and placement.source != draft.group_by:
            sql = f"min({sql})"
        lines.append(f"          {placement.column}: {_scalar(sql)}")
    for column, made in draft.made.items():
        if not made.is_constant:
            sql = f"min({made.sql})" if draft.group_by else made.sql
            lines += [f"          # {_one_line(made.why)}", f"          {column}: {_scalar(sql)}"]
    constants = {column: made.sql for column, made in draft.made.items() if made.is_constant}
    if constants:
        lines.append(f"        constants: {_flow(constants)}")
    enums = {p.column: dict(p.enum_map) for p in draft.placements if p.enum_map}
    if enums:
        lines.append("        enum_map:")
        lines += [f"          {column}: {_flow(words)}" for column, words in enums.items()]
    formats = _formats(draft, proposal)
    if formats:
        lines.append(f"        formats: {_flow(formats)}")
    if total and not draft.group_by:
        lines += ["        set_aside:", f"          - {{reason: total_row, when: {_scalar(total)}}}"]
    return lines


def _formats(draft: Draft, proposal: Proposal) -> dict[str, list[str]]:
    formats = {p.column: list(p.formats) for p in draft.placements if p.formats}
    formats |= {column: list(made.formats) for column, made in draft.made.items() if made.formats}
    formats |= {
        column: [day_format(proposal.file)] for column, made in draft.made.items() if made.sql == quote("file_day")
    }
    # A workbook's serial days are read as times by the profile.
    serial = ["%Y-%m-%d %H:%M:%S", "%Y-%m-%d"]
    return {column: serial if "serial" in items else items for column, items in formats.items()}


def _scalar(text: str) -> str:
    if '"' in text and "'" not in text and text.isprintable():
        return f"'{text}'"
    return json.dumps(text, ensure_ascii=False)


def _flow(value: object) -> str:
    """JSON is YAML; with blanks behind its colons and commas it reads as such."""
    return json.dumps(value, ensure_ascii=False)


def _one_line(text: str) -> str:
    return " ".join(text.split())
