"""The public data sets, read into the frames that the fits take."""

from pathlib import Path

import duckdb
import polars as pl

# The only part of an item's code that is sure to be goods: postage, fees, vouchers and samples have letters alone.
GOODS = "regexp_matches(trim(StockCode), '^[0-9]{5}')"
NOT_GOODS = "('FUEL', 'MISCELLANEOUS', 'CNTRL/STORE SUP', 'POSTAL CENTER', 'PROD-WHS SALES', 'COUPON')"


class SourceError(Exception):
    """A data set that cannot be read: the message names the file and what to do."""


def connect() -> duckdb.DuckDBPyConnection:
    """An in-memory database on one thread: sums come out in the same order every time."""
    connection = duckdb.connect()
    connection.execute("set threads = 1; set TimeZone = 'UTC'; set preserve_insertion_order = true")
    return connection


def complete_journey(folder: Path) -> duckdb.DuckDBPyConnection:
    """The Complete Journey (84.51°): sales, promotions and products of 52 whole weeks.

    Returns
    -------
    DuckDBPyConnection
        Tables ``sale`` (item, kind, category, store, basket, week 0 to 51, day 0 to 363, hour in US eastern time,
        units, paid, base: what the units cost before the retailer's discounts) and ``promotion`` (item, store, week,
        displayed, mailed), in the stores that report promotions.
    """
    sales = require(folder / "transactions.csv")
    products = require(folder / "products.csv")
    promotions = require(folder / "promotions.parquet")
    connection = connect()
    read(
        connection,
        folder,
        f"""
        create table promotion as
        select product_id item, store_id store, week - 2 as week, display_location <> '0' displayed,
            mailer_location <> '0' mailed
        from read_parquet('{promotions}')
        where week between 2 and 53 and (display_location <> '0' or mailer_location <> '0');
        create table sale as
        select t.product_id item, product_type kind, coalesce(product_category, department) category,
            store_id store, basket_id basket, week - 2 as week,
            timezone('America/New_York', timezone('UTC', transaction_timestamp)) as sold_at,
            date_diff('day', date '2017-01-02', sold_at::date) as day, hour(sold_at) as hour, quantity units,
            sales_value paid, sales_value + retail_disc + coupon_match_disc base
        from read_csv('{sales}') t join read_csv('{products}', all_varchar = true) p
            on t.product_id = try_cast(p.product_id as bigint)
        where quantity > 0 and department not in {NOT_GOODS} and product_type is not null and week between 2 and 53
            and store_id in (select distinct store from promotion)
        """,
    )
    return connection


def online_retail(folder: Path) -> duckdb.DuckDBPyConnection:
    """Online Retail (UCI): goods sold and given back.

    Returns
    -------
    DuckDBPyConnection
        Tables ``sale`` and ``cancellation`` (invoice, item, customer, happened_at, units): lines of goods with a price.
    """
    lines = require(folder / "order_lines.parquet")
    connection = connect()
    read(
        connection,
        folder,
        f"""
        create table line as
        select InvoiceNo invoice, upper(trim(StockCode)) item, CustomerID customer, InvoiceDate happened_at,
            Quantity units
        from read_parquet('{lines}') where {GOODS} and UnitPrice > 0;
        create table sale as from line where units > 0 and invoice not like 'C%';
        create table cancellation as select * replace (-units as units) from line where units < 0 and invoice like 'C%'
        """,
    )
    return connection


def shipments(folder: Path) -> pl.DataFrame:
    """Shipments of SCMS, one row per advice note.

    Its columns are ``via``, ``mode``, ``vendor``, ``ordered``, ``promised`` and ``delivered``; ``ordered`` is null
    where the export has no date of the order, as for all that comes from its own warehouses.
    """
    path = require(folder / "scms_to_2013.csv")
    connection = connect()
    read(
        connection,
        folder,
        f"""
        create table shipment as
        select "ASN/DN #" note, "Scheduled Delivery Date" as promised_on, "Delivered to Client Date" as delivered_on,
            any_value("Fulfill Via") via, any_value("Shipment Mode") as mode, any_value("Vendor") vendor,
            min(coalesce(try_strptime("PO Sent to Vendor Date", '%m/%d/%y'),
                try_strptime("PO Sent to Vendor Date", '%d-%b-%y')))::date ordered,
            strptime(promised_on, '%d-%b-%y')::date promised, strptime(delivered_on, '%d-%b-%y')::date delivered
        from read_csv('{path}', all_varchar = true) group by all
        """,
    )
    return connection.sql(
        "select via, mode, vendor, ordered, promised, delivered from shipment order by note, promised, delivered"
    ).pl()


def purchases(folder: Path) -> pl.DataFrame:
    """Purchase-order lines of AdventureWorks (no header, tab-separated): ``ordered``, ``received``, ``rejected``."""
    path = require(folder / "PurchaseOrderDetail.csv")
    connection = connect()
    read(
        connection,
        folder,
        f"""
        create table line as
        select column03::double ordered, column07::double received, column08::double rejected
        from read_csv('{path}', delim = '\t', header = false, all_varchar = true)
        """,
    )
    return connection.sql("from line order by all").pl()


def require(path: Path) -> Path:
    """``path``, or ``SourceError`` when there is no such file."""
    if not path.is_file():
        raise SourceError(f"{path} is missing: docs/simulator-fit.md says where each data set can be had")
    return path


def read(connection: duckdb.DuckDBPyConnection, folder: Path, statement: str) -> None:
    """Run a statement that reads files of ``folder``; what DuckDB cannot read is told as ``SourceError``."""
    try:
        connection.execute(statement)
    except duckdb.Error as error:
        raise SourceError(f"{folder} does not hold the data set as published: {error}") from error
