"""Dialect mode: some systems' tables of a delivery in the formats of real systems instead of canonical CSV.

What a format cannot say stays in the canonical files: dropship orders, surcharges of a freight bill, other channels'
statements. Where a foreign export brings rows of a system, the rest of that system's tables takes its name as source,
so that headers and lines still meet.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from simulator.exports.dialects import alipay, sf_express, shopify, wangdiantong, wechat_pay
from simulator.exports.dialects.foreign import ForeignFile, Spoken, write_foreign
from simulator.exports.files import Delivery

__all__ = ["DIALECTS", "Dialect", "ForeignFile", "deliver_foreign", "speak"]


@dataclass(frozen=True)
class Dialect:
    """One real format. The name is that of the mapping in `contracts/mappings` that reads it.

    `renames` are the systems whose canonical tables take the foreign source's name; `carries` the contract columns
    that the format says as the canonical file does, by table.
    """

    name: str
    speak: Callable[[Mapping[str, pa.Table], Delivery], Spoken]
    carries: Mapping[str, tuple[str, ...]]
    renames: tuple[str, ...] = ()


DIALECTS = {
    dialect.name: dialect
    for dialect in (
        Dialect("wangdiantong", wangdiantong.speak, wangdiantong.CARRIES, ("order",)),
        Dialect("wechat_pay", wechat_pay.speak, wechat_pay.CARRIES),
        Dialect("alipay", alipay.speak, alipay.CARRIES),
        Dialect("sf_express", sf_express.speak, sf_express.CARRIES),
        Dialect("shopify", shopify.speak, shopify.CARRIES, ("product",)),
    )
}


def speak(
    tables: Mapping[str, pa.Table], delivery: Delivery, names: Iterable[str] = tuple(DIALECTS)
) -> tuple[dict[str, pa.Table], list[ForeignFile]]:
    """The tables that stay canonical, and the files of the dialects `names`, in their order.

    Raises
    ------
    ValueError
        If a name is no dialect.
    """
    rest, files = dict(tables), []
    for name in names:
        if name not in DIALECTS:
            raise ValueError(f"no dialect is called {name!r}; there are {', '.join(DIALECTS)}")
        spoken = DIALECTS[name].speak(rest, delivery)
        files += spoken.files
        for table, taken in spoken.taken.items():
            rest[table] = rest[table].filter(pc.invert(pa.array(taken)))
        for table in rest:
            if table.split(".")[0] in DIALECTS[name].renames:
                rest[table] = _from_source(rest[table], name)
    return {table: rows for table, rows in rest.items() if rows.num_rows}, files


def deliver_foreign(files: Iterable[ForeignFile], folder: Path, delivery: Delivery) -> list[Path]:
    """Write the dialects' files with their manifests; returns their paths."""
    return [write_foreign(folder, file, delivery) for file in files]


def _from_source(rows: pa.Table, name: str) -> pa.Table:
    place = rows.column_names.index("source_system")
    return rows.set_column(place, "source_system", pa.array([name] * rows.num_rows, pa.string()))
