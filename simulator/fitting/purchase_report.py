"""Rejections and short receipts of purchase orders from AdventureWorks."""

from pathlib import Path

import polars as pl

from simulator.fitting import sources
from simulator.fitting.report import Report

INVENTED = (
    "A sample database whose data are invented: rejected parts are 5, 10, 15 or 100 % by design. It shows what a "
    "receipt looks like and is no evidence of quality: defect rates of the worlds are assumed"
)


def purchase_report(folder: Path) -> Report:
    """Count what AdventureWorks shows; ``folder`` holds ``PurchaseOrderDetail.csv``."""
    report = Report("AdventureWorks")
    lines = sources.purchases(folder)
    if not lines.height:
        raise ValueError("AdventureWorks holds no purchase-order line")
    rejected = lines.filter(pl.col("rejected") > 0)
    short = lines.filter(pl.col("received") < pl.col("ordered"))
    over = lines.filter(pl.col("received") > pl.col("ordered"))
    report.add(
        "orders",
        {
            "share_of_lines_with_rejections": rejected.height / lines.height,
            "rejected_part_of_them_median": (rejected["rejected"] / rejected["received"]).median() or 0.0,
            "share_of_lines_rejected_whole": lines.filter(
                pl.col("rejected") > 0, pl.col("rejected") >= pl.col("received")
            ).height
            / lines.height,
        },
        "Counted",
        f"{lines.height:,} purchase-order lines",
        INVENTED,
    )
    report.add(
        "orders",
        {
            "share_of_lines_received_short": short.height / lines.height,
            "received_part_of_them_median": (short["received"] / short["ordered"]).median() or 1.0,
            "share_of_lines_received_over": over.height / lines.height,
        },
        "Counted",
        f"{lines.height:,} purchase-order lines",
        "Invented data, as above",
    )
    return report
