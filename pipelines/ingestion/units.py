"""What the units of a source come to in base units (contract §0.1, qty): a rational factor for each row.

A foreign file has its mapping's `units`. In a contract file, quantity or price `x` may stand in the unit that
column `x_unit` names; without such a column it is of base units, as the contract says.
"""

from __future__ import annotations

from fractions import Fraction

from contracts.mapping import MAX_FACTOR, Target, Unit
from contracts.model import Table
from pipelines.ingestion.delivery import Delivery
from pipelines.ingestion.readers.relation import Staged
from pipelines.ingestion.schema import literal, quote

SUFFIX = "_unit"
UNKNOWN_UNIT = "unknown_unit"
# The packs of each SKU as the warehouse knows them, by every key that the key map gives it. Two systems that contradict
# each other settle nothing.
KNOWN_UNITS = f"""
    with packs as (
        select sku_id, uom, ratio_numerator as n, ratio_denominator as d from raw.product__sku_uom
        where not coalesce(is_deleted, false)
        union
        select sku_id, base_uom, 1, 1 from raw.product__sku where not coalesce(is_deleted, false)
    )
    select sku_id, uom, any_value({{'n': n, 'd': d}}) as factor
    from (
        from packs
        union
        select keys.source_id, packs.uom, packs.n, packs.d from raw.reference__key_map as keys
        inner join packs on keys.id = packs.sku_id
        where keys.entity = 'sku' and not coalesce(keys.is_deleted, false)
    )
    where uom is not null and n between 1 and {MAX_FACTOR} and d between 1 and {MAX_FACTOR}
    group by sku_id, uom
    having count(distinct {{'n': n // gcd(n, d), 'd': d // gcd(n, d)}}) = 1
"""


def units_of(delivery: Delivery, target: Target, table: Table, staged: Staged) -> dict[str, Unit]:
    """Column of the table to the unit that the file has it in, where that need not be the base unit."""
    if delivery.file_mapping is not None:
        return dict(target.units)
    by_name = {name.casefold(): name for name in staged.types}
    if "sku_id" not in by_name:
        return {}
    measured = (c.name for c in table.columns if c.type in ("qty", "money") and c.name in by_name)
    return {name: Unit(unit=quote(by_name[name + SUFFIX])) for name in measured if name + SUFFIX in by_name}


def factor_sql(unit: Unit, word: str, known: str) -> str:
    """SQL for the factor `{n, d}` of a row: `word` is its unit, `known` what `KNOWN_UNITS` says of it."""
    if unit.factor is not None:
        return _struct(unit.factor)
    stated = " ".join(f"when {literal(name)} then {_struct(factor)}" for name, factor in unit.factors.items())
    return f"case {word} {stated} else {known} end" if stated else known


def _struct(factor: Fraction) -> str:
    return f"{{'n': {factor.numerator}::bigint, 'd': {factor.denominator}::bigint}}"


def source_sql(columns: dict[str, tuple[str, str, str, str]]) -> str:
    """SQL for the JSON of what stood in the source: column to SQL for its quantity, unit, factor and SKU.

    It is kept in `_extra`, under `_units`; a cell that is empty has nothing to keep. What the unit is of matters
    only while it is not known.
    """
    told = ", ".join(
        f"{literal(name)}, case when {text} is not null then json_object('source', {text}, 'unit', {word}, "
        f"'factor', {factor}.n || '/' || {factor}.d, 'sku', case when {factor} is null then {sku} end) end"
        for name, (text, word, factor, sku) in columns.items()
    )
    return f"json_object('_units', json_object({told}))"
