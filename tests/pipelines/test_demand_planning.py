"""What the run hands to forecasting: history, promotions as they were known, attributes."""

from datetime import UTC, date, datetime, timedelta

import duckdb
import numpy as np
import polars as pl
import pytest

import forecasting
from feedback.journal import Journal, open_store
from feedback.states import Event
from forecasting import Params
from pipelines.cycle import Cycle
from pipelines.ingestion.schema import create_warehouse
from pipelines.planning.demand import explanation, forecast
from pipelines.planning.kept_trees import KeptTrees
from pipelines.planning.levels import SEPARATOR
from pipelines.planning.overrides import SCHEMA, take_overrides
from pipelines.planning.tables import create_plan_tables
from pipelines.settings import Settings
from pipelines.workspace import Workspace

MONDAY = date(2026, 1, 5)
WEEKS, TODAY = 40, date(2026, 1, 5) + timedelta(weeks=40)
NOW = datetime(2026, 10, 14, tzinfo=UTC)
SKUS = [f"S{k:02d}" for k in range(40)]
LIVES = {"sku_id": pl.String, "launches_on": pl.Date, "ends_on": pl.Date}
CONTRACTED = {"unique_id": pl.String, "ds": pl.Date, "contracted": pl.Float64}
SUBSCRIPTIONS = {
    "unique_id": pl.String,
    "qty": pl.Float64,
    "every_days": pl.Int64,
    "next_on": pl.Date,
    "ends_on": pl.Date,
}
PREDECESSORS = {"sku_id": pl.String, "predecessor_sku_id": pl.String, "scale": pl.Float64}
SETTINGS = {"trees": 40, "learned_rows": 10000, "least_rows": 500, "sum_periods": [1, 2, 4, 8], "choice_origins": 0}


@pytest.fixture(scope="module")
def frames() -> dict[str, pl.DataFrame]:
    """Forty SKUs in one warehouse whose sales triple in weeks with a campaign, one week in six."""
    random = np.random.default_rng(1)
    campaign = random.random((len(SKUS), WEEKS + 8)) < 1 / 6
    campaign[:, WEEKS:] = False
    campaign[:20, WEEKS] = True  # half of them next week
    history = [
        (
            f"{sku}{SEPARATOR}W",
            MONDAY + timedelta(days=7 * week + day),
            float(random.poisson(2 + 4 * campaign[k, week])),
        )
        for k, sku in enumerate(SKUS)
        for week in range(WEEKS)
        for day in range(7)
    ]
    promotions = [
        (sku, MONDAY + timedelta(weeks=week), MONDAY + timedelta(weeks=week, days=-10), 7.0, 0.2, 0.0)
        for k, sku in enumerate(SKUS)
        for week in np.nonzero(campaign[k])[0].tolist()
    ]
    names = ["sku_id", "ds", "announced_on", "x_campaign_days", "x_discount", "x_exposures"]
    return {
        "history": pl.DataFrame(history, schema=["unique_id", "ds", "y"], orient="row").with_columns(in_stock=True),
        "promotions": pl.DataFrame(promotions, schema=names, orient="row"),
        "items": pl.DataFrame({"sku_id": SKUS, "spu_id": SKUS, "category": "C", "brand": "B"}),
        "intervals": pl.DataFrame(
            {"sku_id": SKUS, "location_id": "W", "lead_time_days": 7.0, "review_days": 7.0, "service_target": 0.95}
        ),
        "overrides": pl.DataFrame(schema=SCHEMA),
        "lives": pl.DataFrame(schema=LIVES),
        "channels": pl.DataFrame(
            {"unique_id": [f"{SKUS[0]}{SEPARATOR}W"] * 2, "member": ["app", "jd"], "y": [3.0, 1.0]}
        ),
        "predecessors": pl.DataFrame(schema=PREDECESSORS),
        "contracted": pl.DataFrame(schema=CONTRACTED),
        "subscriptions": pl.DataFrame(schema=SUBSCRIPTIONS),
        "bulk_orders": pl.DataFrame(schema={"unique_id": pl.String, "qty": pl.Float64}),
        "other_sales": pl.DataFrame(
            {"unique_id": [f"{sku}{SEPARATOR}W" for sku in SKUS], "units": 400.0, "lines": 400.0}
        ),
    }


@pytest.fixture(scope="module")
def trees(tmp_path_factory) -> KeptTrees:
    return KeptTrees(tmp_path_factory.mktemp("models"), "code", NOW, anew=False)


@pytest.fixture(scope="module")
def planned(frames, trees) -> dict[str, pl.DataFrame]:
    """What the run makes of them without anybody's override."""
    return both(frames, trees)


def both(frames: dict[str, pl.DataFrame], trees: KeptTrees | None = None) -> dict[str, pl.DataFrame]:
    """The forecast and, made after it, its explanation."""
    forecasts = forecast(frames, TODAY, SETTINGS, trees)
    return forecasts | explanation(frames, TODAY, SETTINGS, trees)


def test_a_campaign_of_next_week_raises_that_week_and_what_must_be_ordered_for_it(planned):
    tables = planned
    weeks = tables["demand_forecast"].filter(pl.col("week_start") == TODAY)
    cover = tables["interval_demand"].filter(interval="protection", level=0.95)
    promoted = pl.col("sku_id") < "S20"
    assert weeks.filter(promoted)["y_hat"].sum() > 1.8 * weeks.filter(~promoted)["y_hat"].sum()
    assert cover.filter(promoted)["quantity"].sum() > 1.3 * cover.filter(~promoted)["quantity"].sum()
    of_one = tables["demand_forecast"].filter(sku_id="S00")["week_start"].to_list()
    assert of_one == [TODAY + timedelta(weeks=week) for week in range(8)]


def test_goods_without_promotions_or_master_data_are_forecast_all_the_same(frames):
    nothing = frames | {name: frames[name].clear() for name in ("promotions", "items")}
    tables = forecast(nothing, TODAY, SETTINGS)
    assert tables["demand_forecast"]["sku_id"].n_unique() == len(SKUS)
    assert (tables["demand_forecast"]["y_hat"] > 0).all() and tables["interval_demand"]["quantity"].null_count() == 0


def test_trees_are_learned_once_a_week_and_forecast_what_they_would_have(frames, tmp_path):
    few = SETTINGS | {"trees": 4, "learned_rows": 3000}
    kept = KeptTrees(tmp_path / "models", "code", NOW, anew=False)
    learned = forecast(frames, TODAY, few, kept)
    [file] = (tmp_path / "models").iterdir()
    written = file.stat().st_mtime_ns
    again = forecast(frames, TODAY, few, kept)
    for name, table in forecast(frames, TODAY, few).items():
        assert again[name].equals(learned[name]) and table.equals(learned[name])
    newcomer = frames["history"].filter(unique_id=f"S00{SEPARATOR}W").tail(60)
    joined = pl.concat([frames["history"], newcomer.with_columns(unique_id=pl.lit(f"NEW{SEPARATOR}W"))])
    items = pl.concat([frames["items"], frames["items"].head(1).with_columns(sku_id=pl.lit("NEW"))])
    came = frames | {"history": joined, "items": items}
    with_newcomer = forecast(came, TODAY, few, kept)["demand_forecast"]
    assert (with_newcomer.filter(sku_id="NEW")["y_hat"] > 0).all(), "goods that came since are forecast too"
    assert file.stat().st_mtime_ns == written
    forecast(frames, TODAY, few, KeptTrees(tmp_path / "models", "code", NOW, anew=True))
    assert file.stat().st_mtime_ns > written, "a forced run learns anew"
    before = KeptTrees(tmp_path / "models", "code", NOW - timedelta(hours=1), anew=False)
    params = Params.from_mapping(few)
    week = TODAY - timedelta(weeks=1)
    assert before.of_week(week, params) is None, "what was learned later is not known yet"
    assert kept.of_week(week, params) is not None
    earlier = frames | {"history": frames["history"].filter(pl.col("ds") < TODAY - timedelta(weeks=1))}
    forecast(earlier, TODAY - timedelta(weeks=1), few, kept)
    assert [path.name for path in (tmp_path / "models").iterdir()] != [file.name], "another week learns anew"


def event(**changes: object) -> dict:
    return {
        "override_id": "live",
        "author": "li",
        "reason": "live show",
        "made_on": TODAY,
        "expires_on": None,
        "level": "brand",
        "member": "B",
        "first_ds": TODAY,
        "last_ds": TODAY,
        "kind": "factor",
        "value": 2.0,
    } | changes


def test_an_override_moves_its_week_what_is_ordered_for_it_and_every_total(frames, planned, trees):
    events = [event(), event(override_id="z", made_on=TODAY + timedelta(days=1), value=9.0)]
    doubled = both(frames | {"overrides": pl.DataFrame(events, schema=SCHEMA)}, trees)
    first, total = pl.col("week_start") == TODAY, pl.col("level") == "total"

    def units(tables, name, *which):
        return tables[name].filter(*which)["y_hat"].sum()

    before, after = (units(tables, "demand_forecast", first) for tables in (planned, doubled))
    assert after == pytest.approx(2 * before), "what was decided tomorrow does not hold yet"
    assert units(doubled, "demand_forecast", ~first) == pytest.approx(units(planned, "demand_forecast", ~first))
    assert units(doubled, "forecast_total", total, first) == pytest.approx(after)
    ordered = [
        tables["interval_demand"].filter(interval="lead_time", level=0.95)["quantity"].sum()
        for tables in (planned, doubled)
    ]
    assert ordered[1] == pytest.approx(2 * ordered[0], rel=0.1)
    explained(doubled)
    assert doubled["forecast_move"]["override_id"].unique().to_list() == ["live"]
    assert doubled["forecast_move"]["after"].sum() == pytest.approx(after)


def test_every_level_adds_up_to_the_same_units(planned):
    weeks = planned["demand_forecast"].group_by("week_start").agg(pl.col("y_hat").sum())
    for (level,), totals in planned["forecast_total"].group_by("level"):
        summed = totals.group_by("week_start").agg(pl.col("y_hat").sum())
        both = weeks.join(summed, on="week_start", suffix="_of_level")
        assert both["y_hat_of_level"].to_list() == pytest.approx(both["y_hat"].to_list()), level
    assert set(planned["forecast_total"]["level"]) == {
        "sku",
        "spu",
        "category",
        "brand",
        "warehouse",
        "channel",
        "total",
    }


def explained(tables: dict[str, pl.DataFrame]) -> pl.DataFrame:
    """Causes beside the published forecast, which they add up to."""
    causes = tables["forecast_explanation"].join(
        tables["demand_forecast"], on=["sku_id", "location_id", "week_start"], suffix="_published"
    )
    assert causes.height == tables["demand_forecast"].height
    summed = causes.select(pl.sum_horizontal("baseline", "season", "events", "promotion", "contracted")).to_series()
    assert summed.to_list() == pytest.approx(causes["y_model"].to_list(), rel=1e-4, abs=1e-6)
    return causes


def test_the_causes_of_a_forecast_add_up_to_it(planned):
    causes = explained(planned)
    promoted = causes.filter(pl.col("week_start") == TODAY, pl.col("sku_id") < "S20")
    assert promoted["promotion"].mean() > 0.3 * promoted["y_hat"].mean()


def test_what_is_subscribed_is_never_forecast_and_always_delivered(frames, planned):
    """The same demand, and on top of it 70 units every Monday, for S01 since ever and for a good that nobody bought."""
    subscribed = [f"S01{SEPARATOR}W", f"NEVER{SEPARATOR}W"]
    mondays = [MONDAY + timedelta(weeks=week) for week in range(WEEKS)]
    past = pl.DataFrame({"unique_id": subscribed[0], "ds": mondays, "contracted": 70.0})
    asked = frames["history"].join(past, on=["unique_id", "ds"], how="left", maintain_order="left")
    agreed = {"qty": 70.0, "every_days": 7, "next_on": TODAY, "ends_on": TODAY + timedelta(weeks=5)}
    tables = both(
        frames
        | {
            "history": asked.with_columns(y=pl.col("y") + pl.col("contracted").fill_null(0.0)).drop("contracted"),
            "contracted": past,
            "subscriptions": pl.DataFrame([{"unique_id": name, **agreed} for name in subscribed], schema=SUBSCRIPTIONS),
        }
    )
    keys = ["sku_id", "location_id", "week_start"]
    weeks = tables["demand_forecast"].join(planned["demand_forecast"], on=keys, how="left", suffix="_before")
    of_one = weeks.filter(sku_id="S01").sort("week_start")
    more = (of_one["y_hat"] - of_one["y_hat_before"]).to_list()
    assert more == pytest.approx([70.0] * 6 + [0.0] * 2, abs=4.0)
    assert ((of_one["q_0_95"] - of_one["q_0_95_before"]).head(6) > 60).all()
    unsold = weeks.filter(sku_id="NEVER").sort("week_start")["y_hat"].to_list()
    assert unsold == pytest.approx([70.0] * 6 + [0.0] * 2, abs=2.0)
    cover = tables["interval_demand"].filter(sku_id="S01", interval="protection", level=0.95)["quantity"].item()
    assert cover > 140 and explained(tables).filter(sku_id="S01")["contracted"].sum() == 420


def test_what_only_companies_buy_is_planned_on_nothing_but_their_orders(frames, planned, trees):
    bulk = pl.DataFrame({"unique_id": [f"ONLY{SEPARATOR}W"] * 3, "qty": [20.0, 30.0, 40.0]})
    only = pl.DataFrame({"sku_id": ["ONLY"], "spu_id": ["ONLY"], "category": ["C"], "brand": ["B"]})
    interval = frames["intervals"].head(1).with_columns(sku_id=pl.lit("ONLY"), lead_time_days=pl.lit(50.0))
    ended = pl.DataFrame({"sku_id": ["ONLY"], "launches_on": [None], "ends_on": [TODAY + timedelta(days=20)]})
    asked = {
        "bulk_orders": bulk, "items": pl.concat([frames["items"], only]),
        "intervals": pl.concat([frames["intervals"], interval]),
    }  # fmt: skip
    tables = forecast(frames | asked, TODAY, SETTINGS, trees)
    weeks = tables["demand_forecast"].filter(sku_id="ONLY")
    assert weeks.height == 8 and weeks["y_hat"].sum() == 0 and weeks["q_0_95"].sum() == 0
    stretch = min(182, (TODAY - MONDAY).days) / 7
    assert weeks["bulk_qty"].to_list() == pytest.approx([90 / stretch] * 8)
    cover = tables["interval_demand"].filter(sku_id="ONLY", interval="protection")
    assert cover["demand_mean"].to_list() == pytest.approx([90 / stretch * 57 / 7] * cover.height)
    top = dict(cover.select("level", "quantity").iter_rows())
    assert top[0.99] > top[0.95] > 30
    others = tables["demand_forecast"].filter(pl.col("sku_id") != "ONLY")
    assert others.equals(planned["demand_forecast"])
    until = forecast(frames | asked | {"lives": ended.cast(LIVES)}, TODAY, SETTINGS, trees)["demand_forecast"]
    assert until.filter(sku_id="ONLY").sort("week_start")["bulk_qty"].to_list()[-4:] == [0.0] * 4


def test_stock_is_kept_for_bulk_orders_that_teach_the_forecast_nothing(frames, planned, trees):
    bulk = pl.DataFrame({"unique_id": [f"{sku}{SEPARATOR}W" for sku in SKUS] * 2, "qty": [20.0, 40.0] * len(SKUS)})
    tables = forecast(frames | {"bulk_orders": bulk}, TODAY, SETTINGS, trees)
    weeks, before = tables["demand_forecast"], planned["demand_forecast"]
    assert weeks.drop("bulk_qty").equals(before.drop("bulk_qty"))
    assert weeks["bulk_qty"].sum() == pytest.approx(weeks["y_hat"].sum() * 2 * 30 / 402, rel=0.1)
    assert before["bulk_qty"].sum() == 0
    keys = ["sku_id", "location_id", "interval", "level"]
    sums = tables["interval_demand"].join(planned["interval_demand"], on=keys, suffix="_before")
    assert (sums["quantity"] >= sums["quantity_before"]).all()
    assert (sums["demand_mean"] > sums["demand_mean_before"]).all()
    sure = sums.filter(interval="protection", level=0.99)
    assert (sure["quantity"] > sure["quantity_before"] + 10).all()


def test_a_year_of_history_is_told_apart(frames, planned):
    parts = planned["demand_part"]
    assert parts.height == len(SKUS) * WEEKS
    assert (parts["baseline"] + parts["uplift"]).to_list() == pytest.approx(parts["unconstrained"].to_list())
    assert parts["y"].sum() == frames["history"]["y"].sum()
    promoted = parts.join(frames["promotions"].rename({"ds": "week_start"}), on=["sku_id", "week_start"], how="semi")
    assert promoted["uplift"].sum() == pytest.approx(parts["uplift"].sum()) and promoted["uplift"].mean() > 20


def test_a_model_is_fitted_anew_only_where_what_it_is_fitted_on_changed(frames, trees, planned, monkeypatch):
    fits = []
    monkeypatch.setattr("forecasting.fit", lambda *asked, fit=forecasting.fit: fits.append(asked) or fit(*asked))
    again = both(frames, trees)
    assert len(fits) <= 1, "the explanation shares the model of the forecast"
    assert again["demand_forecast"].equals(planned["demand_forecast"])
    fits.clear()
    sold = frames["history"].with_columns(y=pl.col("y") + (pl.col("unique_id") == pl.col("unique_id").first()))
    more = both(frames | {"history": sold}, trees)
    assert len(fits) == 1
    assert not more["demand_forecast"].equals(planned["demand_forecast"])


def test_a_run_takes_what_the_journal_knew_at_its_instant(tmp_path):
    workspace, settings = Workspace(tmp_path), Settings(tenant_id="t", business_timezone="Asia/Shanghai")
    journal = Journal(open_store(f"sqlite:///{workspace.decisions}"))
    said = {
        "level": "sku",
        "member": "S01",
        "first_week": "2026-10-15",
        "last_week": "2026-10-15",
        "kind": "add",
        "quantity": "12",
        "reason": "fair",
    }
    journal.record([Event("forecast_override", "fair", "li", NOW, said, 0)])
    later = NOW + timedelta(days=9)
    fingerprints = []
    with duckdb.connect() as connection:
        create_warehouse(connection)
        create_plan_tables(connection)
        for as_of in (NOW - timedelta(hours=1), NOW):
            connection.execute("delete from control.latest")
            connection.execute("insert into control.latest values (?)", [as_of])
            rows = take_overrides(connection, Cycle(workspace, settings, later, as_of))
            fingerprints += connection.execute("select fingerprint from control.stage_fingerprint").fetchall()
            assert rows == (as_of == NOW)
        [taken] = connection.execute(
            "select override_id, made_on, first_ds, value from plan.forecast_override"
        ).fetchall()
        connection.execute("update control.latest set as_of = ?", [NOW - timedelta(days=1)])
        take_overrides(connection, Cycle(workspace, settings, later))
        [of_today] = connection.execute("select override_id, made_on from plan.forecast_override").fetchall()
    assert taken == ("fair", date(2026, 10, 14), date(2026, 10, 12), 12.0)
    assert of_today == ("fair", date(2026, 10, 13)), "decided after the night's export, and before the run"
    assert len(set(fingerprints)) == 2, "another override makes the forecast anew"


def test_a_good_that_is_launched_next_week_is_planned_like_its_kind(frames, trees):
    launch = TODAY + timedelta(weeks=1)
    new = pl.DataFrame({"sku_id": "NEW", "location_id": "W", "lead_time_days": 7.0, "review_days": 14.0})
    items = pl.DataFrame({"sku_id": "NEW", "spu_id": "NEW", "category": "C", "brand": "B"})
    tables = forecast(
        frames
        | {
            "intervals": pl.concat([frames["intervals"], new.with_columns(service_target=0.95)]),
            "items": pl.concat([frames["items"], items]),
            "lives": pl.DataFrame({"sku_id": ["NEW"], "launches_on": [launch], "ends_on": [None]}, LIVES),
        },
        TODAY,
        SETTINGS,
        trees,
    )
    weeks = tables["demand_forecast"].filter(sku_id="NEW").sort("week_start")["y_hat"].to_list()
    assert weeks[0] == 0 and 5 < weeks[1] < 40
    assert tables["interval_demand"].filter(sku_id="NEW", interval="protection", level=0.95)["quantity"].item() > 10


def test_a_good_that_ends_is_neither_forecast_nor_ordered_beyond_its_last_day(frames, trees, planned):
    last_day = TODAY + timedelta(days=6)
    lives = pl.DataFrame({"sku_id": ["S03"], "launches_on": [None], "ends_on": [last_day]}, LIVES)
    tables = both(frames | {"lives": lives}, trees)
    of_it = pl.col("sku_id") == "S03"
    weeks, usual = (t["demand_forecast"].filter(of_it).sort("week_start")["y_hat"] for t in (tables, planned))
    assert weeks[0] == usual[0] and weeks[1:].max() == 0
    assert explained(tables).filter(of_it)["baseline"].to_list()[1:] == [0] * 7
    cover, lead = (
        tables["interval_demand"].filter(of_it, interval=name, level=0.95)["quantity"].item()
        for name in ("protection", "lead_time")
    )
    assert cover == lead
    assert tables["demand_forecast"].filter(~of_it).equals(planned["demand_forecast"].filter(~of_it))


def test_a_successor_is_forecast_from_its_predecessors_past_once_that_has_ended(frames, trees, planned):
    links = pl.DataFrame([("NEXT", "S03", 2.0)], schema=PREDECESSORS, orient="row")
    usual = planned["demand_forecast"].filter(sku_id="S03")["y_hat"].sum()
    expected = {}
    for last_day in (TODAY - timedelta(days=1), TODAY):
        lives = pl.DataFrame({"sku_id": ["S03"], "launches_on": [None], "ends_on": [last_day]}, LIVES)
        tables = forecast(frames | {"lives": lives, "predecessors": links}, TODAY, SETTINGS, trees)
        expected[last_day] = {
            sku: tables["demand_forecast"].filter(sku_id=sku)["y_hat"].sum() for sku in ("S03", "NEXT")
        }
    assert expected[TODAY - timedelta(days=1)] == {"S03": 0, "NEXT": pytest.approx(2 * usual, rel=0.35)}
    assert expected[TODAY]["NEXT"] == 0 < expected[TODAY]["S03"]


def test_where_the_business_is_in_china_its_calendar_is_known():
    told = [
        Settings(tenant_id="demo", **given).forecasting
        for given in ({}, {"forecasting": {"calendar": "", "trees": 9}}, {"business_timezone": "Europe/London"})
    ]
    assert told == [{"calendar": "CN"}, {"calendar": "", "trees": 9}, {}]
