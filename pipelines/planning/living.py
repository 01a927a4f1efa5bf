"""Plans into living suggestions: what a plan asks for is matched with what is known, and keeps its name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

import polars as pl

from feedback.identity import Key, Matching, Need, match
from feedback.journal import Journal, states_before
from pipelines.planning.recognition import PLANNER, is_look_back

# Of the row by its outbox contract, what the plan says and the key does not; and the bridge that led to its quantity
# with the days that its supplier works on it: a later plan is told apart by them.
FACTS = (
    "supplier_id", "sku_name", "ship_to_warehouse_id", "purchase_uom", "uom_ratio_numerator", "uom_ratio_denominator",
    "unit_price", "currency", "tax_included", "requested_date", "worked_lead_days", "reason", "bridge",
)  # fmt: skip

# An item's first order, and what is ordered beside it from further suppliers.
ORDER = ["sku_id", "location_id", "target"]


@dataclass(frozen=True)
class Buying:
    """What a replenishment plan asks for, and the keys about which it could say nothing."""

    needs: list[Need]
    undecided: frozenset[Key]


def buying(suggested: pl.DataFrame, lines: pl.DataFrame, steps: pl.DataFrame, others: pl.DataFrame) -> Buying:
    """The needs of a replenishment plan.

    Parameters
    ----------
    suggested
        The lines to order, with `requested_date`, name, currency and packs, and their `target`: the supplier of what
        is ordered beside an item's first order, empty for that.
    lines
        All lines of the plan.
    steps
        The bridges of the plan, by item and target: they are kept with the suggestion, so that a later one can be told
        apart step by step.
    others
        Who else would deliver: `sku_id`, `location_id`, `supplier_id`.
    """
    told = suggested.join(_told(steps), on=ORDER, how="left", maintain_order="left").with_columns(
        ship_to_warehouse_id="location_id", uom_ratio_numerator="pack_numerator",
        uom_ratio_denominator="pack_denominator", unit_price="unit_cost", tax_included=pl.lit(False),
    )  # fmt: skip
    needs = [_need(row) for row in told.iter_rows(named=True)]
    unknown = lines.filter(pl.col("suggested_qty").is_null()).select("sku_id", "location_id")
    undecided = {("buy", sku, place, None) for sku, place in unknown.iter_rows()}
    offered = others.join(unknown, on=["sku_id", "location_id"]).select("sku_id", "location_id", "supplier_id")
    undecided |= {("buy", sku, place, supplier) for sku, place, supplier in offered.iter_rows()}
    return Buying(needs, frozenset(undecided))


def _told(steps: pl.DataFrame) -> pl.DataFrame:
    """The bridge of each line in one text, ``demand 129; safety 87; on_hand -12``: steps that add nothing left out."""
    spelt = pl.concat_str("step", "quantity", separator=" ").str.join("; ").alias("bridge")
    told = steps.filter(pl.col("quantity") != 0).sort(*ORDER, "seq")
    return told.group_by(ORDER, maintain_order=True).agg(spelt)


def _need(row: Mapping[str, object]) -> Need:
    facts = {name: row[name] for name in FACTS if row[name] is not None}
    return Need(
        "buy", row["sku_id"], row["location_id"], Decimal(row["suggested_qty"]), target=row["target"] or None,
        due=row["requested_date"], multiple=Decimal(row["order_step_qty"]), facts=facts,
    )  # fmt: skip


# What a plan decides beside what to buy.
OTHER_ACTIONS = ("expedite", "defer", "increase", "reduce", "cancel", "transfer")
CLEARING = ("clear",)


def settle_others(
    journal: Journal,
    needs: list[Need],
    counted: Mapping[str, Decimal],
    as_of: datetime,
    actions: Sequence[str] = OTHER_ACTIONS,
) -> Matching:
    """The same as `settle` for all needs of other actions."""
    if is_look_back(journal, as_of):
        known = [state for state in states_before(journal, as_of).values() if state.action in actions]
        return match(known, needs, counted, today=as_of.date())
    return journal.take(needs, counted, PLANNER, as_of, actions=actions)


def named(rows: pl.DataFrame, needs: Sequence[Need], matching: Matching) -> pl.DataFrame:
    """The rows behind these needs that are asked for, each under its living id."""
    living = {
        change.need.key: change.suggestion_id
        for change in (*matching.new, *matching.revised, *matching.unchanged)
        if change.need is not None
    }
    names = [living.get(need.key) for need in needs]
    return rows.with_columns(suggestion_id=pl.Series(names, dtype=pl.String)).filter(
        pl.col("suggestion_id").is_not_null()
    )


def settle(journal: Journal, plan: Buying, counted: Mapping[str, Decimal], as_of: datetime) -> Matching:
    """Match the plan and write to the journal what became of each suggestion; a look back writes nothing."""
    if is_look_back(journal, as_of):
        known = [state for state in states_before(journal, as_of).values() if state.action == "buy"]
        return match(known, plan.needs, counted, plan.undecided, as_of.date())
    return journal.take(plan.needs, counted, PLANNER, as_of, actions=["buy"], undecided=plan.undecided)
