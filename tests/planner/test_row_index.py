"""Ids are found where they stand, one by one and many at once."""

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from planner.worklist.row_index import RowIndex

NAMES = st.text(st.sampled_from("AaBb-0é跑"), max_size=4)


@given(st.lists(NAMES, unique=True), st.lists(NAMES))
def test_every_id_is_found_and_no_other(ids, asked) -> None:
    index, there = RowIndex(pl.Series(ids, dtype=pl.String)), {name: row for row, name in enumerate(ids)}
    assert [index.get(name) for name in asked] == [there.get(name) for name in asked]
    assert index.rows(pl.Series(asked, dtype=pl.String)).to_list() == [there.get(name) for name in asked]
    assert len(index) == len(ids)
