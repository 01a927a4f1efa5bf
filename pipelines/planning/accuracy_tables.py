"""Tables of the backtest's page: how good forecasts were, by step, class, weeks ahead, level, segment and planner."""

from __future__ import annotations

from html import escape

import polars as pl

from pipelines.planning.backtest import ALTERNATIVE, worst_series
from pipelines.planning.page_charts import series_chart
from pipelines.planning.page_parts import best, gain, plain, share, table

STEP_NAMES = {
    "seasonal_naive": "seasonal naive 季节朴素",
    "moving_average": "moving average 移动平均",
    "auto_ets": "AutoETS",
    "level": "level of the series 序列水平",
    "model": "model 模型",
    "overridden": "with planners' overrides 人工调整后",
    "reconciled": "model drawn to categories (not used) 与品类预测协调（未采用）",
}
CLASSES = {
    "smooth": "smooth 平稳",
    "erratic": "erratic 波动",
    "intermittent": "intermittent 间歇",
    "lumpy": "lumpy 块状",
    "short": "short 短历史",
    "zero": "zero 零需求",
}
LEVEL_NAMES = {
    "series": "SKU × warehouse SKU×仓库",
    "sku": "SKU",
    "spu": "SPU",
    "category": "category 品类",
    "brand": "brand 品牌",
    "warehouse": "warehouse 仓库",
    "channel": "channel 渠道",
    "total": "total 合计",
}
SEGMENT_NAMES = {
    "demand_class": "By class of demand 需求类别",
    "promoted": "Weeks with a campaign apart 促销周",
    "category": "The largest categories 主要品类",
    "brand": "The largest brands 主要品牌",
    "warehouse": "Warehouses 仓库",
}
MEMBER_NAMES = {("promoted", "true"): "campaign 促销周", ("promoted", "false"): "no campaign 非促销周"}
MOST_MEMBERS = {"category": 8, "brand": 5, "warehouse": 6}
USUAL = ("moving_average", "seasonal_naive", "auto_ets")
WORST = 12
# Measures that every cut is told by.
MEASURES = ["score 得分", "WAPE", "bias 偏差", "RMSSE", "pinball 分位损失", "within 50 %", "within 90 %", "within 95 %"]


def by_step(steps: pl.DataFrame) -> str:
    """What each step adds to the one before, and over the usual methods."""
    head = ["step 步骤", "score 得分", "WAPE", "bias 偏差", "adds 增值"]
    head += [f"against {STEP_NAMES[name]}" for name in USUAL]
    gains = ["value_added", *(f"against_{name}" for name in USUAL)]
    rows = []
    for row in steps.iter_rows(named=True):
        cells = [STEP_NAMES[row["step"]], share(row["score"]), share(row["wape"]), share(row["bias"], True)]
        rows.append([*cells, *(gain(row[name]) for name in gains)])
    return table(head, rows)


def by_class(steps: pl.DataFrame) -> str:
    """Scores of the model and of usual methods in each class of demand, and what to make of them."""
    names = [name for name in STEP_NAMES if name not in ("overridden", ALTERNATIVE)]
    rows = []
    for (member,), part in steps.group_by("member", maintain_order=True):
        scores = dict(part.select("step", "score").iter_rows())
        known = {name: scores[name] for name in names if scores[name] is not None}
        least = min(known, key=known.get) if known else None
        cells = [best(share(scores[name]), name == least) for name in names]
        rows.append(
            [CLASSES[member], f"{part['periods'][0]:,}", *cells, f'<td class="why">{_judged(known, least)}</td>']
        )
    return table(["class 类别", "weeks 周数", *(STEP_NAMES[name] for name in names), "verdict 结论"], rows)


def _judged(scores: dict[str, float], least: str | None) -> str:
    """What the model is worth in a class, in words."""
    if least is None:
        return "nothing was sold 无销量"
    ahead = min(scores[name] for name in USUAL) - scores["model"]
    if least == "model":
        return f"the model beats the best usual method by {ahead:.1%} 模型优于最佳常用方法"
    if ahead >= 0:
        better = scores["model"] - scores[least]
        return f"better than any usual method; {STEP_NAMES[least]} was better still by {better:.1%} 优于常用方法"
    return f"here the model is {-ahead:.1%} worse than {STEP_NAMES[least]}: look at these series 模型较差，请检查"


def over_all_weeks(accuracy: pl.DataFrame) -> pl.DataFrame:
    """The rows that do not tell weeks ahead apart."""
    return accuracy.filter(pl.col("weeks_ahead").is_null())


def score_ahead(accuracy: pl.DataFrame) -> list[tuple[int, float]]:
    """Weeks ahead and the score of single series there."""
    return [row for row in _ahead(accuracy).select("weeks_ahead", "score").iter_rows() if row[1] is not None]


def by_weeks_ahead(accuracy: pl.DataFrame) -> str:
    """All measures of single series by weeks ahead."""
    rows = [[str(row["weeks_ahead"]), *_measures(row)] for row in _ahead(accuracy).iter_rows(named=True)]
    return table(["weeks ahead 提前周数", *MEASURES], rows)


def _ahead(accuracy: pl.DataFrame) -> pl.DataFrame:
    of_series = accuracy.filter(pl.col("weeks_ahead").is_not_null(), level="series", segment="all")
    return of_series.sort("weeks_ahead")


def by_level(accuracy: pl.DataFrame) -> str:
    """All measures of single series and of every level above them."""
    of_levels = {row["level"]: row for row in over_all_weeks(accuracy).filter(segment="all").iter_rows(named=True)}
    rows = [[name, *_measures(of_levels[level])] for level, name in LEVEL_NAMES.items() if level in of_levels]
    return table(["level 层级", *MEASURES], rows)


def by_segment(accuracy: pl.DataFrame) -> str:
    """All measures of cuts of single series, the largest members of each."""
    rows = []
    for segment, title in SEGMENT_NAMES.items():
        part = over_all_weeks(accuracy).filter(segment=segment).sort("demand", "member", descending=[True, False])
        rows.append([title])
        for row in part.head(MOST_MEMBERS.get(segment, part.height)).iter_rows(named=True):
            member = MEMBER_NAMES.get((segment, row["member"])) or CLASSES.get(row["member"]) or escape(row["member"])
            rows.append([member, f"{row['demand']:,.0f}", *_measures(row)])
    return table(["segment 细分", "units 数量", *MEASURES], rows)


def _measures(row: dict) -> list[str]:
    shares = [share(row["score"]), share(row["wape"]), share(row["bias"], True), plain(row["rmsse"])]
    covered = [share(row[f"coverage_{level}"]) for level in ("0_5", "0_9", "0_95")]
    return [*shares, share(row["pinball"]), *covered]


def by_planner(steps: pl.DataFrame) -> str:
    """What each planner's overrides added in the weeks that they moved."""
    planners = steps.filter(segment="planner", step="overridden")
    if not planners.height:
        return "<p>No override was in force at any origin 各起点均无人工调整.</p>"
    head = ["planner 计划员", "weeks 周数", "score 得分", "bias 偏差", "adds 增值"]
    head += [f"against {STEP_NAMES[name]}" for name in USUAL]
    rows = [
        [escape(row["member"]), f"{row['periods']:,}", share(row["score"]), share(row["bias"], True),
         gain(row["value_added"]), *(gain(row[f"against_{name}"]) for name in USUAL)]
        for row in planners.iter_rows(named=True)
    ]  # fmt: skip
    return table(head, rows)


def missed_most(forecasts: pl.DataFrame) -> str:
    """The series whose forecasts missed by the most units, each with its chart."""
    rows = []
    for row in worst_series(forecasts, WORST).iter_rows(named=True):
        last = forecasts.filter(unique_id=row["unique_id"]).unique("ds", keep="last", maintain_order=True).sort("ds")
        chart = series_chart(last["y"].to_list(), last["overridden"].to_list())
        name = f"{escape(row['sku_id'])} · {escape(row['location_id'])}"
        units = [f"{row[column]:,.0f}" for column in ("demand", "missed")]
        rows.append([name, CLASSES[row["demand_class"]], *units, f"{row['bias']:+,.0f}", chart])
    head = ["series 序列", "class 类别", "demand 需求", "missed 误差", "bias 偏差", "week by week 逐周"]
    return table(head, rows)
