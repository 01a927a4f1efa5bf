"""The list that is kept beside a publication says what the desk would make itself, and nothing depends on it."""

from pathlib import Path

import polars as pl
import pytest
from desk_workspace import AS_OF, make_workspace, name_of
from hypothesis import given
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from feedback.states import Event
from pipelines import desk_list
from pipelines.desk_list import keep_list, leased, list_kept
from pipelines.journal import open_journal
from pipelines.publication import prune
from pipelines.settings import load_settings
from pipelines.workspace import Workspace
from planner.snapshot import Snapshot
from planner.worklist import Lines
from planner.worklist.kept import read_kept
from planner.worklist.narrow import narrow


@pytest.fixture
def shop(tmp_path):
    tenant = make_workspace(tmp_path / "shop", others=True)
    workspace = Workspace.at(tmp_path / "shop")
    yield workspace, tenant.journal
    tenant.journal.store.dispose()


def _list(workspace, journal) -> pl.DataFrame:
    snapshot = Snapshot(lambda: leased(workspace), load_settings(workspace.settings_file).zone)
    try:
        return Lines(snapshot, journal).frame()[1]
    finally:
        snapshot.close()


def _kept(workspace) -> Path:
    with leased(workspace) as published:
        return published.kept_list


def _keep(workspace, journal) -> None:
    keep_list(workspace, load_settings(workspace.settings_file), journal)


def test_a_kept_list_is_the_list_and_what_was_decided_since_is_in_it(shop):
    workspace, journal = shop
    _keep(workspace, journal)
    decided = Event("edit", name_of(2), "ann", AS_OF, {"quantity": "36", "reason": "budget"}, 1)
    journal.record([decided])
    assert read_kept(_kept(workspace)) is not None
    found = _list(workspace, journal)
    _kept(workspace).unlink()
    assert_frame_equal(found, _list(workspace, journal), categorical_as_str=True)
    assert dict(found.select("suggestion_id", "quantity").rows())[name_of(2)] == 36


def test_a_kept_list_of_a_journal_that_was_replaced_is_read_from_the_new_one(shop):
    workspace, journal = shop
    journal.record([Event("reject", name_of(1), "ann", AS_OF, {"reason": "budget"}, 1)])
    _keep(workspace, journal)
    journal.store.dispose()
    for file in workspace.root.glob("decisions.db*"):
        file.unlink()
    empty = open_journal(workspace, load_settings(workspace.settings_file))
    assert set(_list(workspace, empty)["status"].cast(str)) == {"unknown"}
    empty.store.dispose()


def test_a_list_that_other_code_made_is_made_anew(shop, monkeypatch):
    workspace, journal = shop
    _keep(workspace, journal)
    monkeypatch.setattr("planner.worklist.kept.made_by", lambda: "another version")
    assert read_kept(_kept(workspace)) is None
    assert _list(workspace, journal).height == 6


def test_a_list_that_cannot_be_kept_costs_no_run_and_says_why(shop, monkeypatch, caplog):
    workspace, journal = shop
    settings = load_settings(workspace.settings_file)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(desk_list, "keep", full)
    assert "No space left" in list_kept(workspace, settings, journal)
    assert "the desk makes it itself" in caplog.text
    # Nothing is missing for whoever looks, and the next turn keeps it.
    assert _list(workspace, journal).height == 6
    monkeypatch.undo()
    assert list_kept(workspace, settings, journal) is None and _kept(workspace).exists()


def test_lists_go_with_their_publications(shop):
    workspace, journal = shop
    _keep(workspace, journal)
    gone = _kept(workspace).with_name("00000000-000000000000.parquet")
    gone.write_bytes(_kept(workspace).read_bytes())
    prune(workspace, AS_OF)
    assert [file.name for file in gone.parent.iterdir()] == [_kept(workspace).name]


@given(
    st.lists(st.none() | st.floats(allow_nan=True) | st.integers(-(10**17), 10**17).map(float)),
    st.lists(st.none() | st.text(max_size=3)),
)
def test_columns_in_fewer_bytes_say_what_they_said(numbers, words):
    column = pl.Series(numbers, dtype=pl.Float64)
    assert narrow(column).cast(pl.Float64).equals(column, null_equal=True)
    named = pl.Series(words, dtype=pl.String)
    assert narrow(named.cast(pl.Categorical)).cast(pl.String).to_list() == words


def test_codes_are_in_the_order_of_their_texts():
    narrowed = narrow(pl.Series(["b", "c", None, "a"], dtype=pl.String).cast(pl.Categorical))
    assert narrowed.sort(nulls_last=True).cast(pl.String).to_list() == ["a", "b", "c", None]
