"""On the export of a clean world, figures that two systems give of the same thing are equal."""

from test_cycle import ask


def test_our_valuation_of_stock_equals_that_of_finance(planned):
    [(rows, units_off, share_tied, amount_off)] = ask(
        planned,
        "select count(*), sum(abs(difference_qty)), avg(cast(is_tied as int)), "
        "sum(abs(difference_amount)) / sum(finance_amount) "
        "from inventory_valuation where finance_amount is not null",
    )
    assert rows > 50
    assert units_off == 0
    assert share_tied == 1 and amount_off < 0.0001


def test_all_that_customers_got_left_for_an_order_line_and_has_a_cost(planned):
    [(left, without_line, without_cost)] = ask(
        planned,
        "select sum(left_qty), count(*) filter (where order_line_id = '*'), "
        "count(*) filter (where not is_cost_known) from cost_of_goods",
    )
    assert left > 0 and without_line == without_cost == 0


def test_layers_of_age_are_worth_what_stock_is_worth_first_in_first_out(planned):
    [(layers, valuation)] = ask(
        planned,
        "select (select sum(left_amount) from stock_age), (select sum(fifo_amount) from inventory_valuation "
        "where valued_on = (select max(valued_on) from inventory_valuation))",
    )
    assert layers > 0 and abs(layers - valuation) < 1


def test_the_ledger_leads_from_the_first_snapshot_to_the_last_and_no_lock_is_left_behind(planned):
    [(rows, tied, moved)] = ask(
        planned,
        "select count(*), count(*) filter (where is_tied), sum(in_qty + out_qty) from stock_ledger_reconciliation",
    )
    assert rows == tied > 50 and moved > 0
    stuck = ask(planned, "select count(*) from stuck_lock where reason != 'not_shipped'")
    assert stuck == [(0,)]
