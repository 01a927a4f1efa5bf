"""Beside a line stands what was decided for its key the last time, and what that earned."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import polars as pl
from desk_workspace import AS_OF, TODAY, make_workspace, name_of, need

from feedback.identity import suggestion_id
from feedback.states import Event
from planner.worklist.last_decisions import COLUMNS, with_last_decisions


def test_the_last_decision_of_a_key_is_told_with_its_score(tmp_path):
    journal = make_workspace(tmp_path / "shop").journal
    bought, first = need(1), name_of(1)
    later = suggestion_id(*bought.key, 1)
    journal.record(
        [
            Event("edit", first, "ann", AS_OF, {"quantity": "24", "reason": "budget"}, 1),
            Event("approve", first, "ann", AS_OF, {"quantity": "24", "needed": 1}, 2),
        ]
    )
    journal.record([Event("score", first, "scorer", AS_OF, {"class": "buy S1", "earned": Decimal("12.5")})])
    again = replace(bought, due=TODAY + timedelta(days=60))
    journal.take([again, need(2), need(3)], {first: Decimal(24)}, "plan", AS_OF + timedelta(days=1))
    item = bought.sku_id
    line = {"action": "buy", "sku_id": bought.sku_id, "location_id": "W1", "po_line_id": None}
    plan = pl.DataFrame(
        [line | {"suggestion_id": name, "sku_id": sku} for name, sku in ((later, item), (first, item), ("x", "?"))],
        schema_overrides={"po_line_id": pl.String},
    )
    told = with_last_decisions(plan, journal).select(*COLUMNS)
    # A line is not its own last decision.
    assert told.rows() == [("approved", 24.0, 12.0, 12.5), (None,) * 4, (None,) * 4]
    journal.store.dispose()


def test_where_nothing_was_decided_nothing_is_told(tmp_path):
    journal = make_workspace(tmp_path / "shop").journal
    told = with_last_decisions(pl.DataFrame({"suggestion_id": ["x"]}), journal)
    assert told["last_status"].to_list() == [None]
    journal.store.dispose()
