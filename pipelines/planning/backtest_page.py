"""The page of a backtest: one HTML file that needs nothing beside it."""

from __future__ import annotations

from datetime import date
from html import escape

import polars as pl

import forecasting
from pipelines.planning.accuracy_tables import (
    LEVEL_NAMES,
    WORST,
    by_class,
    by_level,
    by_planner,
    by_segment,
    by_step,
    by_weeks_ahead,
    missed_most,
    over_all_weeks,
    score_ahead,
)
from pipelines.planning.backtest import ALTERNATIVE, COMPARED_SERIES, LEVELS, LookedBack
from pipelines.planning.choice_section import choice_section
from pipelines.planning.page_charts import calibration_chart, horizon_chart
from pipelines.planning.page_parts import plain, section, share

# Whose calibration is drawn beside that of single series.
DRAWN_LEVELS = ("category", "total")
STYLE = """
body{font:15px/1.5 system-ui,"PingFang SC","Microsoft YaHei","Noto Sans CJK SC",sans-serif;color:#1c2733;
background:#fff;
max-width:1120px;margin:0 auto;padding:24px}
h1{font-size:26px;margin:0 0 4px}h2{font-size:19px;margin:36px 0 8px;border-bottom:1px solid #d8dee6;padding-bottom:4px}
p{max-width:76ch}.note{color:#5a6877}.tiles{display:flex;flex-wrap:wrap;gap:12px;margin:18px 0}
.tile{border:1px solid #d8dee6;border-radius:8px;padding:10px 16px;min-width:118px}
.tile b{display:block;font-size:23px;font-variant-numeric:tabular-nums}
table{border-collapse:collapse;font-variant-numeric:tabular-nums;margin:8px 0}
th,td{padding:4px 12px 4px 0;text-align:right;border-bottom:1px solid #eef1f5;white-space:nowrap}
th{color:#5a6877;font-weight:600;vertical-align:bottom;white-space:normal;word-break:keep-all;
max-width:11ch}th:first-child,td:first-child{text-align:left}
td.why{text-align:left;white-space:normal;min-width:24ch;max-width:36ch}td.name{white-space:normal;min-width:14ch}
td.part{padding-top:12px;color:#5a6877;font-weight:600}summary{cursor:pointer;color:#1f6feb;margin:8px 0}
.best{font-weight:700;color:#0b6e4f}.worse{color:#b3261e}
.charts{display:flex;flex-wrap:wrap;gap:28px}.charts svg{max-width:100%;height:auto}.scroll{overflow-x:auto}
th:first-child,td:first-child{position:sticky;left:0;background:#fff}
@media (max-width:640px){body{padding:16px}td:first-child{white-space:normal;max-width:34vw;min-width:24vw}
.tile{flex:1 1 118px}th,td{padding-right:9px}}
svg text{font:12px system-ui,sans-serif;fill:#5a6877}
"""


def page(found: LookedBack, choice: pl.DataFrame, as_of_date: date, tenant_id: str) -> str:
    """The page's HTML, with what the forecast in use is put together from (`forecasting.chosen`)."""
    title = "How good the forecast was 预测回测"
    body = [f"<h1>{title}</h1>", f'<p class="note">{escape(tenant_id)} · as of 数据时点 {as_of_date}</p>']
    body += (
        [f"<p>Nothing to look back on 暂无可回测的历史: {found.reason}.</p>"]
        if found.reason
        else _sections(found, choice)
    )
    head = f'<meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{title}</title>'
    return (
        f'<!doctype html><html lang="en"><head>{head}<style>{STYLE}</style></head><body>{"".join(body)}</body></html>\n'
    )


def _sections(found: LookedBack, choice: pl.DataFrame) -> list[str]:
    def of_segment(name: str) -> pl.DataFrame:
        return found.value_added.filter(segment=name)

    return [
        _summary(found),
        section(
            "What every step adds 预测增值",
            "Score is WAPE + |bias|; less is better. Each step is held against the one before it and against what a "
            f"planner would have without it, on at most {COMPARED_SERIES:,} series, the same ones every time. "
            f"得分（WAPE+|偏差|）越低越好；每一步与前一步及常用方法比较，最多取 {COMPARED_SERIES:,} 个固定序列。",
            by_step(pl.concat([of_segment("all"), of_segment(ALTERNATIVE).filter(step=ALTERNATIVE)])),
        ),
        section(
            "What today's forecast is put together from, and why 当前预测的组合与原因",
            "Trees for the mean keep the total right, trees for the median err least. The usual blend is two thirds "
            "mean; another takes its place only where it beat it at every past origin, of all series first and then of "
            "each segment. Weights are never fitted. 均值树保证总量，中位数树误差最小；常用组合为均值占三分之二，"
            "其他组合须在全部历史起点上更优才采用，权重从不拟合。",
            choice_section(choice),
        ),
        section(
            "The model against usual methods, by class of demand 各需求类别与常用方法比较",
            "Scores at the origins of this page. Green is the best of the row. 本页各起点的得分，绿色为该类最优。",
            by_class(of_segment("demand_class")),
        ),
        section(
            "Calibration and reach 校准与提前期",
            "Left: how often demand stayed within a quantile; on the line is right, below it orders would run short; "
            "goods that often sell nothing lie above it at low quantiles. Sums have quantiles of their own. "
            "Right: score by weeks ahead. 左：分位数覆盖率，落在虚线上为准，低于虚线则备货不足；"
            "常无销量的商品在低分位偏高；汇总层级有各自的分位数。右：各提前周的得分。",
            f'<div class="charts">{calibration_chart(_coverage(found))}{horizon_chart(score_ahead(found.accuracy))}'
            f"</div>{by_weeks_ahead(found.accuracy)}",
        ),
        section(
            "By level 汇总层级",
            "Errors of single SKUs cancel out in their sums; bias does not. 单品误差在汇总时抵消，偏差不会。",
            by_level(found.accuracy),
        ),
        section(
            "By segment 细分",
            "Single SKUs and warehouses; the largest by demand. 单品×仓库，按需求量取最大者。",
            by_segment(found.accuracy),
        ),
        section(
            "Planners 计划员", "In the weeks that each has moved. 仅统计各自调整过的周。", by_planner(found.value_added)
        ),
        section(
            f"The {WORST} series that missed most 误差最大的序列",
            "Units over all origins: a week that two origins forecast counts twice. In the charts, "
            f"{found.forecasts['ds'].min()} to {found.forecasts['ds'].max()}, grey is what came and blue what was "
            "expected last. 数量为各起点合计，同一周可计多次；图中灰色为实际，蓝色为最近一次预测。",
            missed_most(found.forecasts),
        ),
    ]


def _summary(found: LookedBack) -> str:
    overall = over_all_weeks(found.accuracy).filter(level="series", segment="all").row(0, named=True)
    weeks = found.forecasts["step"].max()
    origins = found.forecasts["cutoff"].unique().sort()
    tiles = {
        "score 得分": share(overall["score"]),
        "WAPE": share(overall["wape"]),
        "bias 偏差": share(overall["bias"], True),
        "RMSSE": plain(overall["rmsse"]),
        "pinball": share(overall["pinball"]),
        "95 % coverage 覆盖": share(overall["coverage_0_95"]),
    }
    shown = "".join(f'<div class="tile">{name}<b>{value}</b></div>' for name, value in tiles.items())
    series = found.forecasts["unique_id"].n_unique()
    return (
        f"<p>{series:,} series, {weeks} weeks ahead from {origins.len()} origins ({origins[0]} to {origins[-1]}), each "
        f"from what was known then. Weeks out of stock do not count. "
        f"{series:,} 个序列，{origins.len()} 个起点，各预测 {weeks} 周，仅用当时已知数据；缺货周不计。</p>"
        f'<div class="tiles">{shown}</div>'
    )


def _coverage(found: LookedBack) -> dict[str, list[tuple[float, float]]]:
    """Share of weeks within each quantile, by the level's name: of single series and of some sums."""
    of_series = found.forecasts.rename({"overridden": "y_hat"})
    drawn = {"series": of_series} | {level: found.sums.filter(level=level).drop("scale") for level in DRAWN_LEVELS}
    covered = {}
    for level, rows in drawn.items():
        measured = forecasting.evaluate(rows)
        covered[LEVEL_NAMES[level]] = [(quantile, measured[f"coverage_{quantile:g}"].item()) for quantile in LEVELS]
    return covered
