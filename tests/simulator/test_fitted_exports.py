"""Fitting from exports: files of the public sets' layouts become one file of parameters and a page."""

import tomllib
from datetime import date, datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from made_up_counts import negative_binomial

from simulator.fitting.__main__ import ROOT, main

WEEKS = 52


def write_complete_journey(folder: Path, rng: np.random.Generator) -> None:
    """60 items in three categories; elasticity 2, display worth .7, in two stores."""
    items, stores = 60, 2
    rates = np.exp(rng.normal(2.8, 0.3, items))[:, None]
    cut = np.where(rng.random((items, WEEKS)) < 0.3, rng.uniform(0.1, 0.6, (items, WEEKS)), 0.0)
    display = rng.random((items, WEEKS)) < 0.2
    units = negative_binomial(rng, rates * np.exp(2.0 * cut + 0.7 * display), 0.1, 1.5).astype(int)
    item, week = (np.repeat(part.ravel(), units.ravel()) for part in np.indices(units.shape))
    lines = len(item)
    seconds = rng.integers(6 * 3600, 27 * 3600, lines) + 86400 * (7 * week + rng.integers(0, 7, lines))
    folder.mkdir()
    pl.DataFrame(
        {
            "household_id": rng.integers(1, 300, lines),
            "store_id": rng.integers(1, stores + 1, lines),
            "basket_id": rng.integers(1, lines // 3, lines),
            "product_id": 1000 + item,
            "quantity": rng.geometric(0.8, lines),
            "week": week + 2,
            "transaction_timestamp": pl.Series(
                np.datetime64("2017-01-02", "ms") + seconds * np.timedelta64(1000, "ms")
            ),
        }
    ).with_columns(
        sales_value=(pl.col("quantity") * 3.0 * np.exp(-cut[item, week])).round(4),
        retail_disc=(pl.col("quantity") * 3.0 * (1 - np.exp(-cut[item, week]))).round(4),
        coupon_disc=pl.lit(0.0),
        coupon_match_disc=pl.lit(0.0),
    ).write_csv(folder / "transactions.csv", datetime_format="%Y-%m-%d %H:%M:%S")
    numbers = np.arange(items)
    pl.DataFrame(
        {
            "product_id": 1000 + numbers,
            "department": ["GROCERY"] * items,
            "product_category": [f"CATEGORY {k % 3}" for k in numbers],
            "product_type": [f"TYPE {k % 12}" for k in numbers],
        }
    ).write_csv(folder / "products.csv")
    shown, shown_week = np.nonzero(display)
    mailed, mailed_week = np.nonzero(rng.random((items, WEEKS)) < 0.1)
    pl.concat(
        pl.DataFrame({"product_id": 1000 + which, "week": when + 2})
        .with_columns(display_location=pl.lit(place), mailer_location=pl.lit(page))
        .join(pl.DataFrame({"store_id": range(1, stores + 1)}), how="cross")
        for which, when, place, page in ((shown, shown_week, "3", "0"), (mailed, mailed_week, "0", "A"))
    ).write_parquet(folder / "promotions.parquet")


def write_online_retail(folder: Path, rng: np.random.Generator) -> None:
    """40 items over 30 weeks; every tenth line of a customer is cancelled nine days later."""
    lines = 40 * 30 * 9
    opened = datetime(2010, 12, 6, 8)
    when = [opened + timedelta(days=int(d), minutes=int(m)) for d, m in rng.integers(0, (210, 600), (lines, 2))]
    sold = pl.DataFrame(
        {
            "InvoiceNo": [f"5{k:05d}" for k in rng.integers(0, lines // 4, lines)],
            "StockCode": [f"2{k:04d}" for k in rng.integers(0, 40, lines)],
            "Quantity": rng.geometric(0.3, lines),
            "InvoiceDate": when,
            "UnitPrice": np.full(lines, 2.5),
            "CustomerID": [f"{k}.0" for k in range(lines)],
        }
    )
    undone = sold.gather_every(10).with_columns(
        InvoiceNo="C" + pl.col("InvoiceNo"),
        Quantity=-pl.col("Quantity"),
        InvoiceDate=pl.col("InvoiceDate") + pl.duration(days=9),
    )
    folder.mkdir()
    pl.concat([sold, undone]).write_parquet(folder / "order_lines.parquet")


def write_shipments(folder: Path, rng: np.random.Generator) -> None:
    """600 deliveries from eight vendors and 400 from own warehouses, a fifth late and a fifth early."""

    def day(then: date) -> str:
        return f"{then.day}-{then:%b-%y}"

    rows = []
    for number in range(1000):
        ordered = date(2010, 1, 1) + timedelta(days=int(rng.integers(0, 900)))
        promised = ordered + timedelta(days=int(rng.integers(20, 200)))
        off = int(np.ceil(rng.exponential(12))) * int(rng.choice([-1, 0, 0, 0, 1]))
        direct = number < 600
        rows.append(
            {
                "PO / SO #": f"SO-{number}",
                "ASN/DN #": f"DN-{number}",
                "Fulfill Via": "Direct Drop" if direct else "From RDC",
                "Shipment Mode": ["Air", "Truck"][number % 2],
                "PO Sent to Vendor Date": f"{ordered.month}/{ordered.day}/{ordered:%y}" if direct else "N/A - From RDC",
                "Scheduled Delivery Date": day(promised),
                "Delivered to Client Date": day(promised + timedelta(days=off)),
                "Vendor": f"Vendor {number % 8}" if direct else "Own warehouse",
            }
        )
    folder.mkdir()
    pl.DataFrame(rows).write_csv(folder / "scms_to_2013.csv")


def write_adventureworks(folder: Path) -> None:
    """Eight lines: one of ten units received short by two, one with half of its units rejected."""
    folder.mkdir()
    received = ["8.00\t.00", "10.00\t5.00", *["10.00\t.00"] * 6]
    lines = [
        f"{k}\t{k}\t2022-04-29 00:00:00.000\t10\t7\t1.0000\t10.0000\t{part}\t9.00\t2022-04-22 00:00:00.000"
        for k, part in enumerate(received)
    ]
    (folder / "PurchaseOrderDetail.csv").write_text("\n".join(lines) + "\n")


@pytest.fixture(scope="module")
def exports(tmp_path_factory) -> list[str]:
    """The arguments that name the four made-up exports."""
    folder, rng = tmp_path_factory.mktemp("exports"), np.random.default_rng(7)
    write_complete_journey(folder / "journey", rng)
    write_online_retail(folder / "online", rng)
    write_shipments(folder / "shipments", rng)
    write_adventureworks(folder / "works")
    return [
        *("--complete-journey", str(folder / "journey"), "--online-retail", str(folder / "online")),
        *("--shipments", str(folder / "shipments"), "--adventureworks", str(folder / "works")),
    ]


@pytest.fixture(scope="module")
def written(exports, tmp_path_factory) -> Path:
    """Where the fit of the made-up exports was written."""
    into = tmp_path_factory.mktemp("written")
    main([*exports, "--into", str(into)])
    return into


def test_the_exports_tell_what_made_them(written):
    world = tomllib.loads((written / "simulator" / "worlds" / "fitted.toml").read_text())
    assert world["promotion"]["price_elasticity"] == pytest.approx(2.0, abs=0.15)
    assert world["promotion"]["display_log_uplift"] == pytest.approx(0.7, abs=0.1)
    assert world["promotion"]["dip_after_one_week"] == pytest.approx(0.0, abs=0.15)
    assert world["promotion"]["sibling_elasticity"] == pytest.approx(0.0, abs=0.4)
    assert world["promotion"]["pulled_forward_share"] == pytest.approx(0.0, abs=0.1)
    assert world["demand"]["units_per_line_geometric_p"] == pytest.approx(0.8, abs=0.01)
    assert world["returns"]["share_of_lines"] == pytest.approx(0.1, abs=0.02)
    assert world["returns"]["lag_days_p10_p25_p50_p75_p90_p95"] == [9.0] * 6
    assert world["lead_time"]["share_late"] == pytest.approx(0.2, abs=0.05)
    assert world["lead_time"]["late_days_growth_with_lead"] == pytest.approx(0.0, abs=0.6)
    assert world["orders"] == {
        "share_of_lines_with_rejections": 0.125,
        "rejected_part_of_them_median": 0.5,
        "share_of_lines_rejected_whole": 0.0,
        "share_of_lines_received_short": 0.125,
        "received_part_of_them_median": 0.8,
        "share_of_lines_received_over": 0.0,
    }
    weekdays = world["demand"]["online_retail"]["weekday_shares"]
    assert len(weekdays) == 7 and sum(weekdays) == pytest.approx(1, abs=1e-3)


def test_the_same_exports_give_the_same_bytes(exports, written, tmp_path):
    main([*exports, "--into", str(tmp_path)])
    files = sorted(path.relative_to(written) for path in written.rglob("*") if path.is_file())
    assert len(files) == 5
    for name in files:
        assert (tmp_path / name).read_bytes() == (written / name).read_bytes()


def test_without_adventureworks_its_table_is_left_out(exports, tmp_path):
    main([*exports[:-2], "--into", str(tmp_path)])
    assert "orders" not in tomllib.loads((tmp_path / "simulator" / "worlds" / "fitted.toml").read_text())


def test_the_page_names_every_figure_that_is_committed():
    world = tomllib.loads((ROOT / "simulator" / "worlds" / "fitted.toml").read_text(encoding="utf-8"))
    page = (ROOT / "docs" / "simulator-fit.md").read_text(encoding="utf-8")

    def names(table: dict, above: str = "") -> list[str]:
        return [
            name
            for key, value in table.items()
            for name in (names(value, f"{above}{key}.") if isinstance(value, dict) else [f"`{above}{key}`"])
        ]

    assert [name for section in world.values() for name in names(section) if name not in page] == []


def test_a_missing_file_is_named(exports, tmp_path):
    with pytest.raises(SystemExit, match=r"transactions\.csv is missing: docs/simulator-fit\.md says where"):
        main(["--complete-journey", str(tmp_path), *exports[2:]])


def test_a_file_of_another_layout_is_told(exports, tmp_path):
    (tmp_path / "scms_to_2013.csv").write_text("a,b\n1,2\n")
    with pytest.raises(SystemExit, match=r"does not hold the data set as published: .*ASN/DN"):
        main([*exports[:4], "--shipments", str(tmp_path)])
