"""While several connections are at work the engine logs, and writes tables afterwards."""

import duckdb

from pipelines.unwritten import unwritten

ROWS = "insert into t select range, repeat('x', 100) from range(20000)"


def test_tables_are_written_afterwards_and_nothing_is_lost(tmp_path):
    file = tmp_path / "warehouse.duckdb"
    with duckdb.connect(file) as connection:
        connection.execute("set checkpoint_threshold = '1KB'")
        connection.execute("create table t (number bigint, words varchar)")
        log = tmp_path / "warehouse.duckdb.wal"
        beside = connection.cursor()
        with unwritten(connection):
            for one in (connection, beside):
                one.execute(ROWS)
            assert log.stat().st_size > 1_000_000, "all of it is in the log"
        beside.execute("insert into t values (-1, 'the next commit writes')")
        assert not log.exists() or log.stat().st_size < 10_000
    with duckdb.connect(file, read_only=True) as connection:
        assert connection.execute("select count(*) from t").fetchall() == [(40_001,)]
