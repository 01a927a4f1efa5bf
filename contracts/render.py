"""Writes what is generated from the contracts: the page `docs/contracts.md` and the dbt sources.

python -m contracts.render            writes the files
python -m contracts.render --check    exits 1 if a file on disk differs
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import yaml

from contracts import inbox, outbox
from contracts.model import COMMON_COLUMNS, Column, System, Table

REPOSITORY = Path(__file__).parent.parent
PAGE = "docs/contracts.md"
SOURCES = "dbt_project/models/sources"
GENERATED = "# Generated from contracts/inbox/"
COMMAND = "python -m contracts.render"


def render() -> Mapping[str, str]:
    """The text of every generated file by its path in the repository."""
    return {PAGE: page(inbox(), outbox())} | {
        f"{SOURCES}/{system.name}.yml": dbt_source(system) for system in inbox().values()
    }


def dbt_source(system: System) -> str:
    """The dbt source of a system: its tables in schema `known`, each with one test of its contract."""
    source = {
        "name": system.name,
        "schema": "known",
        "description": system.purpose,
        "tables": [_dbt_table(table) for table in system.tables.values()],
    }
    body = yaml.dump(
        {"version": 2, "sources": [source]},
        Dumper=_Plain,
        sort_keys=False,
        allow_unicode=True,
        width=100,
    )
    return f"{GENERATED}{system.name}.yaml by `{COMMAND}`: change it there.\n\n{body}"


def page(systems: Mapping[str, System], decisions: Mapping[str, Table]) -> str:
    """The reference page of everything that comes in and goes out."""
    return "\n".join(_page(systems, decisions)) + "\n"


def _dbt_table(table: Table) -> dict:
    arguments: dict = {
        "key": list(table.primary_key),
        "not_null": list(dict.fromkeys([*table.primary_key, *(c.name for c in table.columns if c.required)])),
    }
    if accepted := {c.name: _accepted(c) for c in table.all_columns if c.values}:
        arguments["accepted"] = accepted
    return {
        "name": table.name,
        "identifier": table.raw_name,
        "description": table.grain,
        "config": {"meta": {"dagster": {"asset_key": ["raw", table.system, table.name]}}},
        "data_tests": [
            {
                "honours_contract": {
                    "name": f"{table.raw_name}_honours_contract",
                    "arguments": arguments,
                    "config": {"severity": "error"},
                }
            }
        ],
        "columns": [
            {"name": c.name, "description": c.description, "data_type": c.duckdb_type} for c in table.all_columns
        ],
    }


def _accepted(column: Column) -> list[str]:
    return [*column.values] if column.hard else [*column.values, "__unknown__"]


class _Plain(yaml.SafeDumper):
    """YAML as people write it here: lists stand indented under their key."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)


def _page(systems: Mapping[str, System], decisions: Mapping[str, Table]) -> Iterator[str]:
    yield f"<!-- Generated from contracts/ by `{COMMAND}`: change it there. -->"
    yield "# Contracts"
    yield ""
    yield "What the retailer's systems export to us, table by table, and what we send back. Any subset of the"
    yield "systems is enough; beside each table stands what takes its place when it is not delivered."
    yield ""
    yield "| system | | tables | |"
    yield "|---|---|---:|---|"
    for system in systems.values():
        link = f"[{system.name}](#{system.name})"
        yield f"| {link} | {system.title_zh} | {len(system.tables)} | {system.purpose} |"
    yield f"| [outbox](#outbox) | 决策 | {len(decisions)} | Decisions we send and the receivers' answers. |"
    yield ""
    yield "Every table that comes in also carries:"
    yield ""
    yield from _columns(COMMON_COLUMNS)
    yield "A value that breaks its type is quarantined, never coerced."
    yield ""
    yield "| semantics | an older or late row |"
    yield "|---|---|"
    for semantics, rule in _late_rows(systems).items():
        yield f"| {semantics} | {rule} |"
    yield ""
    for system in systems.values():
        yield f"## {system.name}"
        yield ""
        yield f"{system.title} · {system.title_zh} · version {system.version}. {system.purpose}"
        yield ""
        for table in system.tables.values():
            yield from _table(table, table.qualified)
    yield "## outbox"
    yield ""
    yield "Decision files and acknowledgements. Each is versioned alone."
    yield ""
    for table in decisions.values():
        yield from _table(table, table.name)


def _late_rows(systems: Mapping[str, System]) -> dict[str, str]:
    return {table.semantics: table.late_rows for system in systems.values() for table in system.tables.values()}


def _table(table: Table, heading: str) -> Iterator[str]:
    yield f"### {heading}"
    yield ""
    yield f"**{table.title} · {table.title_zh}.** {table.grain} {table.description}"
    yield ""
    yield f"- Key: {', '.join(f'`{name}`' for name in table.primary_key)}"
    yield f"- Changes by: {table.semantics}" + (
        f", slice {', '.join(f'`{name}`' for name in table.slice)}" if table.slice else ""
    )
    yield f"- Known at: `{table.known_at}`" + (f", event time `{table.event_time}`" if table.event_time else "")
    yield f"- Tier: {table.tier}"
    for key in table.foreign_keys:
        near = ", ".join(f"`{name}`" for name in key.columns)
        far = ", ".join(f"`{key.table}.{name}`" for name in key.to_columns)
        yield f"- Refers to: {near} → {far} ({'hard' if key.hard else 'soft'})"
    yield f"- When absent: {table.absent_default} {table.absent_default_zh}"
    yield ""
    yield from _columns(table.columns)


def _columns(columns: tuple[Column, ...]) -> Iterator[str]:
    yield "| column | 中文 | type | | values and limits | |"
    yield "|---|---|---|---|---|---|"
    for column in columns:
        yield (
            f"| `{column.name}` | {column.title_zh} | {column.type} | {_duty(column)} | {_limits(column)} | "
            f"{_cell(column.description)} |"
        )
    yield ""


def _duty(column: Column) -> str:
    marks = (
        (column.primary_key, "key"),
        (column.required and not column.primary_key, "required"),
        (column.state, "state"),
        (column.personal is not None, f"personal: {column.personal}"),
    )
    return ", ".join(mark for holds, mark in marks if holds)


def _limits(column: Column) -> str:
    limits = [", ".join(f"`{value}`" for value in column.values)] if column.values else []
    if column.hard and column.values:
        limits.append("no other value loads")
    if column.key_default is not None:
        limits.append(f"empty becomes `{column.key_default or repr('')}`")
    if column.minimum is not None:
        limits.append(f"≥ {column.minimum}")
    if column.exclusive_minimum is not None:
        limits.append(f"> {column.exclusive_minimum}")
    if column.pattern is not None:
        limits.append(f"in the form `{column.pattern}`")
    return "; ".join(limits)


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _generated_sources() -> list[Path]:
    """The sources written here; others in the folder are written by hand and left alone."""
    files = sorted((REPOSITORY / SOURCES).glob("*.yml"))
    return [file for file in files if file.read_text(encoding="utf-8").startswith(GENERATED)]


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Write what is generated from the contracts.")
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 if a file on disk differs")
    check = parser.parse_args(arguments).check
    wanted = {REPOSITORY / path: text for path, text in render().items()}
    stale = [p for p, text in wanted.items() if not p.exists() or p.read_text(encoding="utf-8") != text]
    orphans = [path for path in _generated_sources() if path not in wanted]
    for path in stale:
        print(f"{path.relative_to(REPOSITORY)}: differs from contracts/")
    for path in orphans:
        print(f"{path.relative_to(REPOSITORY)}: has no source in contracts/")
    if check:
        if stale or orphans:
            print(f"run `{COMMAND}` and commit what it writes")
        return int(bool(stale or orphans))
    for path in stale:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(wanted[path], encoding="utf-8")
    for path in orphans:
        path.unlink()
    return 0


if __name__ == "__main__":
    sys.exit(main())
