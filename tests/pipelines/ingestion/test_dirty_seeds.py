"""Dirty exports from many seeds: every row and cent is accounted for, every bad row is caught, no good one is."""

import pytest
from dirty import Truth, dirty_exports

from contracts.mapping import mappings
from pipelines.ingestion.ingest import Outcome

PAID, BILLED = "raw.payment__channel_statement_line", "raw.logistics__freight_bill_line"
ORDERS = "raw.order__sales_order where source_system ="


def cents(column: str, relation: str, sign: str = "") -> str:
    return f"select {sign}cast(coalesce(sum({column}), 0) * 100 as bigint) from {relation}"


# Name of a figure to SQL over what was loaded of the file.
FIGURES = {
    "wechat_pay": {
        "order": cents("settle_amount", f"{PAID} where channel = 'wechat'"),
        "refund": cents("refund_amount", f"{PAID} where channel = 'wechat'"),
        "fee": cents("fee_amount", f"{PAID} where channel = 'wechat'"),
    },
    "alipay": {
        "income": cents("settle_amount", f"{PAID} where channel = 'alipay' and direction = 'in'"),
        "expense": cents("settle_amount", f"{PAID} where channel = 'alipay' and direction = 'out'", "-"),
    },
    "amazon_settlement": {
        "total": cents("settle_amount", f"{PAID} where channel = 'amazon' and line_kind <> 'payout'"),
    },
    "sf_express": {"freight": cents("amount", f"{BILLED} where charge_type = 'freight'")},
    "shopify": {
        "orders": f"select count(*) from {ORDERS} 'shopify'",
        "lines": "select count(*) from raw.order__sales_order_line",
        "pieces": "select sum(qty)::bigint from raw.order__sales_order_line",
    },
    "wangdiantong": {
        "orders": f"select count(*) from {ORDERS} 'wangdiantong'",
        "receivable": cents("payable_amount", f"{ORDERS} 'wangdiantong'"),
        "merged": "select count(*) from raw.order__sales_order where order_no like '%,%'",
    },
}


def deliver(desk, *truths: Truth) -> dict[str, list[Outcome]]:
    """What became of each file, all of them loaded by one run."""
    paths = [desk.file(truth.name, truth.content) for truth in truths]
    outcomes = desk.ingest(*paths, mappings=list(mappings().values()))
    return {path.name: [one for one in outcomes if one.file_name == path.name] for path in paths}


@pytest.mark.parametrize("seed", range(1, 6))
def test_every_bad_row_is_caught_and_every_good_one_and_its_cents_are_loaded(desk, seed):
    truths = dirty_exports(seed)
    outcomes = deliver(desk, *truths)
    for truth in truths:
        assert {one.status for one in outcomes[truth.name]} == {"loaded"}, outcomes[truth.name]
        accounted = {(one.rows_in, one.accounted) for one in outcomes[truth.name]}
        assert accounted == {(truth.rows, truth.rows)}, truth.name
        caught = dict(
            desk.rows(
                "select line_no, list(distinct reason_code) from control.quarantine "
                f"where file_name = '{truth.name}' and status = 'open' group by 1"
            )
        )
        assert caught.keys() == truth.bad.keys(), truth.name
        assert all(set(caught[line]) <= reasons for line, reasons in truth.bad.items()), (truth.name, caught, truth.bad)
        found = {name: desk.rows(sql)[0][0] for name, sql in FIGURES[truth.mapping].items()}
        assert found == truth.figures, truth.name


def test_a_footer_that_is_a_cent_off_holds_its_file_and_a_true_one_does_not(desk):
    held = deliver(desk, *dirty_exports(7, 0, 1)[:4])
    assert [one.reason.split(":")[0] for [one] in held.values()] == ["totals_differ"] * 4
    assert all(
        one.status == "loaded" for outcomes in deliver(desk, *dirty_exports(7, 0)[:4]).values() for one in outcomes
    )


def test_an_amount_that_is_not_there_holds_its_file_since_the_footer_knows_of_it(desk):
    truth = dirty_exports(10, 0)[0]
    line = truth.content.split(b"\r\n")[3]
    cells = line.split(b",`")
    fee = len(cells) - 5
    assert cells[fee].endswith(b"000")
    truth.content = truth.content.replace(line, b",`".join([*cells[:fee], b"", *cells[fee + 1 :]]))
    [outcome] = deliver(desk, truth)[truth.name]
    assert outcome.status == "held" and outcome.reason.startswith("totals_differ"), outcome.reason


def test_a_file_that_is_cut_off_is_not_taken_for_a_whole_one(desk):
    truths = dirty_exports(9, 0)[:3]
    for truth in truths:
        lines = truth.content.split(b"\n")
        truth.content = b"\n".join(lines[: len(lines) * 2 // 3])
    for name, [outcome] in deliver(desk, *truths).items():
        assert outcome.status in ("held", "refused") and outcome.rows_loaded == 0, name
