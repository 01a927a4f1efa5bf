"""Reads contract files into the typed model, with one clear error for whatever is wrong in them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from contracts import ContractError
from contracts.model import COMMON_COLUMNS, Column, Contract, ForeignKey, System, Table

__all__ = ["SYSTEMS", "build", "find_table", "load_inbox", "load_outbox", "read_yaml", "shown_path"]

# The order of the loop: from the product to the books, then what all of them refer to.
SYSTEMS = (
    "product", "supplier", "procurement", "inventory", "warehouse", "logistics",
    "order", "payment", "aftersales", "marketing", "finance", "reference", "policy",
)  # fmt: skip

Model = TypeVar("Model", bound=BaseModel)


def load_inbox(directory: Path) -> Mapping[str, System]:
    """Every contract in `directory` by system, foreign keys checked against each other."""
    systems = {}
    for file in sorted(_files(directory), key=_place_in_loop):
        head, tables = _read(file, COMMON_COLUMNS)
        if head.domain != head.name or head.name != file.stem:
            raise ContractError(
                f"{shown_path(file)}: name is {head.name!r} and domain {head.domain!r}; both must be "
                f"{file.stem!r}, as the file is called"
            )
        systems[head.name] = System(
            name=head.name,
            title=head.title,
            title_zh=head.title_zh,
            version=head.version,
            purpose=head.description["purpose"],
            tables=MappingProxyType({table.name: table for table in tables}),
        )
    for system in systems.values():
        for table in system.tables.values():
            _check_foreign_keys(table, systems, directory / f"{system.name}.yaml")
    return MappingProxyType(systems)


def load_outbox(directory: Path) -> Mapping[str, Table]:
    """Every decision file in `directory` by name."""
    tables = (table for file in _files(directory) for table in _read(file, common=())[1])
    return MappingProxyType({table.name: table for table in tables})


def find_table(systems: Mapping[str, System], qualified: str) -> Table:
    system, _, name = qualified.partition(".")
    if system in systems and name in systems[system].tables:
        return systems[system].tables[name]
    known = [table.qualified for system in systems.values() for table in system.tables.values()]
    raise ContractError(f"no contract holds a table {qualified!r}{_meant(qualified, known)}")


def read_yaml(file: Path) -> dict[str, Any]:
    try:
        document = yaml.load(file.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise ContractError(f"{shown_path(file)}: cannot be read as YAML: {error}") from error
    if not isinstance(document, dict):
        raise ContractError(f"{shown_path(file)}: holds {type(document).__name__}, not a mapping; see its neighbours")
    return document


def build(model: type[Model], values: Mapping[str, Any], place: str) -> Model:
    """`model` from `values`; the first thing wrong becomes a ContractError that names `place`."""
    try:
        return model.model_validate(values)
    except ValidationError as error:
        raise ContractError(f"{place}: {_first_fault(error, model)}") from None


def _files(directory: Path) -> list[Path]:
    files = sorted(directory.glob("*.yaml"))
    if not files:
        raise ContractError(f"{directory}: holds no contract (*.yaml); point to a folder that does")
    return files


def _place_in_loop(file: Path) -> tuple[int, str]:
    return (SYSTEMS.index(file.stem) if file.stem in SYSTEMS else len(SYSTEMS), file.stem)


def _read(file: Path, common: tuple[Column, ...]) -> tuple[Contract, list[Table]]:
    place = shown_path(file)
    head = build(Contract, _with_custom_properties(read_yaml(file), place), place)
    return head, [_table(values, head, common, place) for values in head.tables]


def _table(values: dict[str, Any], head: Contract, common: tuple[Column, ...], file: str) -> Table:
    place = f"{file}, table {values.get('name', '(without a name)')}"
    values = _with_custom_properties(values, place)
    foreign_keys = list(_foreign_keys(values.pop("relationships", ()), values.get("name"), None, place))
    columns = []
    for raw in values.get("properties", ()):
        column_place = f"{place}, column {raw.get('name', '(without a name)')}"
        raw = _with_custom_properties(raw, column_place)
        foreign_keys += _foreign_keys(raw.pop("relationships", ()), values.get("name"), raw.get("name"), column_place)
        columns.append(build(Column, raw, column_place))
    semantics = values.get("updateSemantics")
    contract_wide = {
        "system": head.domain,
        "version": head.version,
        "lateRows": head.late_rows.get(semantics, ""),
        "driftPolicy": head.drift_policy,
        "maxBadRows": head.max_bad_rows,
        "maxBadRatio": head.max_bad_ratio,
        "commonColumns": common,
    }
    return build(Table, {**contract_wide, **values, "properties": columns, "foreignKeys": foreign_keys}, place)


def _with_custom_properties(values: dict[str, Any], place: str) -> dict[str, Any]:
    """`values` with its customProperties laid beside the standard keys."""
    flat = {key: value for key, value in values.items() if key != "customProperties"}
    for entry in values.get("customProperties", ()):
        if not isinstance(entry, dict) or set(entry) != {"property", "value"}:
            raise ContractError(f"{place}: customProperties holds {entry!r}; write {{property: …, value: …}}")
        if entry["property"] in flat:
            raise ContractError(f"{place}: {entry['property']!r} is given twice; remove one")
        flat[entry["property"]] = entry["value"]
    return flat


def _foreign_keys(
    relationships: Iterable[dict], table: str | None, column: str | None, place: str
) -> Iterable[ForeignKey]:
    """Foreign keys of one column (`from` is the column) or of a table (`from` and `to` are lists)."""
    for raw in relationships:
        values = _with_custom_properties(raw, place)
        hardness = values.pop("hardness", "soft")
        near = _references(values.pop("from", f"{table}.{column}"))
        far = _references(values.pop("to", ()))
        if values != {"type": "foreignKey"} or hardness not in ("soft", "hard") or not far:
            raise ContractError(
                f"{place}: relationship {raw!r} is not understood; write type: foreignKey, "
                "to: system.table.column and, if it parks the row, the custom property hardness: hard"
            )
        if {name for name, _ in near} != {table} or len({name for name, _ in far}) != 1:
            raise ContractError(
                f"{place}: relationship {raw!r} must lead from columns of {table!r} to columns of one table"
            )
        yield ForeignKey(
            columns=tuple(name for _, name in near),
            table=far[0][0],
            to_columns=tuple(name for _, name in far),
            hard=hardness == "hard",
        )


def _references(written: str | Iterable[str]) -> list[tuple[str, str]]:
    """`order.shop.shop_id` is (`order.shop`, `shop_id`)."""
    names = [written] if isinstance(written, str) else written
    return [(table, column) for table, _, column in (name.rpartition(".") for name in names)]


def _check_foreign_keys(table: Table, systems: Mapping[str, System], file: Path) -> None:
    place = f"{shown_path(file)}, table {table.name}"
    for key in table.foreign_keys:
        try:
            target = find_table(systems, key.table)
            pairs = [
                (table.column(near), target.column(far)) for near, far in zip(key.columns, key.to_columns, strict=True)
            ]
        except ValueError as error:
            raise ContractError(f"{place}: foreign key {', '.join(key.columns)}: {error}") from None
        for near, far in pairs:
            if near.type != far.type:
                raise ContractError(
                    f"{place}, column {near.name}: is {near.type!r} but points to "
                    f"{target.qualified}.{far.name}, which is {far.type!r}; make them one type"
                )


def _first_fault(error: ValidationError, model: type[BaseModel]) -> str:
    """The first thing wrong, a misspelt key before the key that is missing because of it."""
    fault = min(error.errors(), key=lambda fault: fault["type"] != "extra_forbidden")
    where = ".".join(str(part) for part in fault["loc"])
    found = fault.get("input")
    if fault["type"] == "extra_forbidden":
        known = [field.alias or name for name, field in model.model_fields.items()]
        hint = _meant(where, known) if len(fault["loc"]) == 1 else "; correct or remove it"
        return f"key {where!r} is not known{hint}"
    if fault["type"] == "missing":
        return f"key {where!r} is missing; add it"
    if fault["type"] == "value_error":
        return str(fault["ctx"]["error"])
    return f"{where} is {found!r}: {fault['msg']}"


def _meant(found: str, known: Iterable[str]) -> str:
    known = list(known)
    close = get_close_matches(found, known, n=1)
    return f"; did you mean {close[0]!r}?" if close else f"; known are {', '.join(known)}"


def shown_path(file: Path) -> str:
    """The path as a reader of the repository knows it: `contracts/inbox/order.yaml`."""
    return "/".join(file.parts[-3:])
