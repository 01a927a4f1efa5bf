"""Every row of a file is accounted for, whatever the mapping does with it."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

TILLS = """
  - pattern: "tills*.csv"
    profile: {format: csv}
    tz: Europe/London
    required_columns: [Till, Shop, Sku, Units, Kind]
    targets:
      - table: order.subscription
        where: "Kind = 'sale'"
        columns: {subscription_id: Till, sku_id: Sku, qty: Units, every_days: "7"}
        set_aside:
          - {reason: postage, when: "Sku = 'POST'", note: Not a product.}
          - {reason: sample, when: "Units = '0'", note: Given away.}
      - table: order.shop
        where: "Kind = 'sale' and Units <> '0'"
        group_by: [Shop]
        columns: {shop_id: Shop, shop_name: max(Till)}
      - table: product.sku
        where: "Kind in ('sale', 'return')"
        group_by: [Sku]
        columns: {sku_id: Sku, spu_id: Sku}
        constants: {status: active}
        set_aside:
          - {reason: postage, when: "Sku = 'POST'"}
"""
HEADER = "Till,Shop,Sku,Units,Kind\n"
lines = st.tuples(
    st.sampled_from(["T1", "T2", "T3", "T4", ""]),
    st.sampled_from(["S1", "S2", ""]),
    st.sampled_from(["A", "B", "POST"]),
    st.sampled_from(["1", "2", "0", "1.5"]),
    st.sampled_from(["sale", "sale", "return", "void", ""]),
).map(",".join) | st.sampled_from(["ragged", "too,many,columns,in,this,row", ""])


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(lines, min_size=1, max_size=12))
def test_rows_of_a_mapped_file_add_up_for_every_target(shared_desk, map_from, rows):
    for contract in ("order.subscription", "order.shop", "product.sku"):
        shared_desk.empty(contract)
    # Good rows keep the file under the share of bad ones at which it is held.
    good = [f"G{n},S{n % 3},A,{n + 1},sale" for n in range(60)]
    path = shared_desk.file("tills.csv", HEADER + "\n".join(rows + good) + "\n")
    outcomes = shared_desk.ingest(path, mappings=[map_from(TILLS)])
    assert [one.status for one in outcomes] == ["loaded"] * 3
    source_rows = sum(1 for row in rows if row) + 60
    assert [one.rows_in for one in outcomes] == [source_rows] * 3
    assert [one.accounted for one in outcomes] == [source_rows] * 3
    # What is counted is there to be looked at.
    for one in outcomes:
        raw = one.contract.replace(".", "__")
        assert shared_desk.rows(f"select count(*) from raw.{raw}") == [(one.rows_loaded,)]
        named = shared_desk.rows(
            f"select count(*) filter (status = 'open'), count(*) filter (status = 'waived') "
            f"from control.quarantine where contract = '{one.contract}'"
        )
        assert named == [(one.rows_quarantined, one.rows_set_aside)]


def test_each_row_of_a_file_is_named_by_what_became_of_it(desk, map_from):
    rows = [
        "T1,S1,A,1,sale",
        "T1,S1,A,1,sale",
        "T2,S1,POST,1,sale",
        "T3,S2,A,0,sale",
        "T4,S2,B,2,return",
        "T5,S2,B,2,void",
        "T6,S2,B,1.5,sale",
        "ragged",
        *(f"G{n},S1,A,1,sale" for n in range(12)),
    ]
    path = desk.file("tills.csv", HEADER + "\n".join(rows) + "\n")
    subscription, shop, sku = desk.ingest(path, mappings=[map_from(TILLS)])
    assert (subscription.rows_loaded, subscription.rows_duplicate) == (13, 1)
    assert (subscription.rows_quarantined, subscription.rows_set_aside, subscription.rows_elsewhere) == (3, 2, 1)
    assert (shop.rows_loaded, shop.rows_combined, shop.rows_elsewhere) == (2, 14, 4)
    assert (sku.rows_loaded, sku.rows_combined, sku.rows_set_aside, sku.rows_elsewhere) == (2, 15, 1, 2)
    found = desk.rows("select contract, line_no, reason_code, status, resolved_by from control.quarantine order by all")
    assert found == [
        ("order.subscription", 4, "postage", "waived", "mapping corner_shop"),
        ("order.subscription", 5, "sample", "waived", "mapping corner_shop"),
        ("order.subscription", 7, "no_target", "open", None),
        ("order.subscription", 8, "fractional_units", "open", None),
        ("order.subscription", 9, "wrong_column_count", "open", None),
        ("product.sku", 4, "postage", "waived", "mapping corner_shop"),
    ]


def test_superseded_and_duplicate_rows_are_counted(desk):
    header = "shop_id,shop_name,updated_at\n"
    desk.deliver("order.shop.all.20260902.1.csv", header + "A,new,2026-09-02 00:00:00\n")
    outcome = desk.deliver(
        "order.shop.all.20260901.1.csv",
        header + "A,old,2026-09-01 00:00:00\nA,new,2026-09-02 00:00:00\nB,b,2026-09-01 00:00:00\n",
    )
    assert (outcome.rows_loaded, outcome.rows_superseded, outcome.rows_duplicate, outcome.accounted) == (1, 1, 1, 3)


@pytest.mark.parametrize(("stated", "status"), [("16", "loaded"), ("16.0000", "loaded"), ("17", "held")])
def test_control_totals_of_a_mapped_file_are_of_its_own_columns(desk, map_from, stated, status):
    rows = "".join(f"T{n},S{n},A,{n},sale\n" for n in range(1, 6)) + "T9,S9,POST,1,sale\n"
    manifest = {"contract": "tills", "control_totals": {"Units": stated}}
    assert desk.deliver("tills.csv", HEADER + rows, manifest, [map_from(TILLS)]).status == status


def test_two_targets_may_fill_one_table(desk, map_from):
    mapping = map_from("""
  - pattern: "swaps*.csv"
    profile: {format: csv}
    targets:
      - table: order.subscription
        columns: {subscription_id: Id, sku_id: Given, qty: "1", every_days: "7"}
      - table: order.subscription
        columns: {subscription_id: Id, sku_id: Taken, qty: "1", every_days: "7"}
""")
    outcomes = desk.ingest(desk.file("swaps.csv", "Id,Given,Taken\n1,A,B\n2,A,A\n"), mappings=[mapping])
    assert [(one.rows_loaded, one.rows_duplicate, one.accounted) for one in outcomes] == [(2, 0, 2), (1, 1, 2)]
