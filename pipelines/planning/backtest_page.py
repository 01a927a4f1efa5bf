"""The page of a backtest: one HTML file that needs nothing beside it."""

from __future__ import annotations

from datetime import date
from html import escape

import polars as pl

import forecasting
from pipelines.planning.backtest import ALTERNATIVE, LEVELS, LookedBack, worst_series
from pipelines.planning.page_charts import calibration_chart, horizon_chart, series_chart

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
    "total": "total 合计",
}
WORST = 12
STYLE = """
body{font:15px/1.5 system-ui,"PingFang SC","Microsoft YaHei","Noto Sans CJK SC",sans-serif;color:#1c2733;
background:#fff;
max-width:1020px;margin:0 auto;padding:24px}
h1{font-size:26px;margin:0 0 4px}h2{font-size:19px;margin:36px 0 8px;border-bottom:1px solid #d8dee6;padding-bottom:4px}
p{max-width:76ch}.note{color:#5a6877}.tiles{display:flex;flex-wrap:wrap;gap:12px;margin:18px 0}
.tile{border:1px solid #d8dee6;border-radius:8px;padding:10px 16px;min-width:118px}
.tile b{display:block;font-size:23px;font-variant-numeric:tabular-nums}
table{border-collapse:collapse;font-variant-numeric:tabular-nums;margin:8px 0}
th,td{padding:4px 12px 4px 0;text-align:right;border-bottom:1px solid #eef1f5;white-space:nowrap}
th{color:#5a6877;font-weight:600;vertical-align:bottom;white-space:normal;word-break:keep-all;
max-width:11ch}th:first-child,td:first-child{text-align:left}
td.why{text-align:left;white-space:normal;min-width:20ch;max-width:34ch}.best{font-weight:700;color:#0b6e4f}.worse{color:#b3261e}
.charts{display:flex;flex-wrap:wrap;gap:28px}.scroll{overflow-x:auto}
svg text{font:12px system-ui,sans-serif;fill:#5a6877}
"""


def page(found: LookedBack, as_of_date: date, tenant_id: str) -> str:
    """The page's HTML."""
    title = "How good the forecast was 预测回测"
    body = [f"<h1>{title}</h1>", f'<p class="note">{escape(tenant_id)} · as of 数据时点 {as_of_date}</p>']
    body += [f"<p>Nothing to look back on 暂无可回测的历史: {found.reason}.</p>"] if found.reason else _sections(found)
    head = f'<meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{title}</title>'
    return (
        f'<!doctype html><html lang="en"><head>{head}<style>{STYLE}</style></head><body>{"".join(body)}</body></html>\n'
    )


def _sections(found: LookedBack) -> list[str]:
    def of_segment(name: str) -> pl.DataFrame:
        return found.value_added.filter(segment=name)

    return [
        _summary(found),
        _section(
            "What every step adds 预测增值",
            "Score is WAPE + |bias|; less is better. Each step is held against the one before it and against what a "
            "planner would have without it. 得分越低越好；每一步与前一步及常用方法比较。",
            _steps(pl.concat([of_segment("all"), of_segment(ALTERNATIVE).filter(step=ALTERNATIVE)])),
        ),
        _section(
            "The choice per class of demand, and why 分类选型与原因",
            "The model's trees take the place of a series' level wherever the series reaches the last week. "
            "Green is the best of the row. 绿色为该类最优。",
            _choices(of_segment("demand_class")),
        ),
        _section(
            "Calibration and reach 校准与提前期",
            "Left: how often demand stayed within a quantile; on the line is right, below it orders would run short; "
            "goods that often sell nothing lie above it at low quantiles. "
            "Right: score by weeks ahead. 左：分位数覆盖率，落在线上为准；右：各提前周的得分。",
            f'<div class="charts">{calibration_chart(_coverage(found))}{horizon_chart(_reach(found))}</div>',
        ),
        _section(
            "By level 汇总层级",
            "Errors of single SKUs cancel out in their sums; bias does not. 单品误差在汇总时抵消，偏差不会。",
            _levels(found.accuracy),
        ),
        _section(
            "By segment 细分",
            "Weeks with a campaign apart, then categories and warehouses by demand. 促销周、品类与仓库。",
            _segments(found.accuracy),
        ),
        _section(
            "Planners 计划员", "In the weeks that each has moved. 仅统计各自调整过的周。", _planners(found.value_added)
        ),
        _section(
            f"The {WORST} series that missed most 误差最大的序列",
            "Units over all origins. Grey is what came, blue what was expected. 灰色为实际，蓝色为预测。",
            _worst(found.forecasts),
        ),
    ]


def _section(title: str, note: str, content: str) -> str:
    return f'<h2>{title}</h2><p class="note">{note}</p><div class="scroll">{content}</div>'


def _summary(found: LookedBack) -> str:
    overall = over_all_weeks(found.accuracy).filter(level="series", segment="all").row(0, named=True)
    weeks = found.forecasts["step"].max()
    origins = found.forecasts["cutoff"].unique().sort()
    tiles = {
        "score 得分": _share(overall["score"]),
        "WAPE": _share(overall["wape"]),
        "bias 偏差": _share(overall["bias"], True),
        "RMSSE": _plain(overall["rmsse"]),
        "pinball": _share(overall["pinball"]),
        "95 % coverage 覆盖": _share(overall["coverage_0_95"]),
    }
    shown = "".join(f'<div class="tile">{name}<b>{value}</b></div>' for name, value in tiles.items())
    series = found.forecasts["unique_id"].n_unique()
    return (
        f"<p>{series:,} series, {weeks} weeks ahead from {origins.len()} origins ({origins[0]} to {origins[-1]}), each "
        f"from what was known then. Weeks out of stock do not count. "
        f"{series:,} 个序列，{origins.len()} 个起点，各预测 {weeks} 周，仅用当时已知数据；缺货周不计。</p>"
        f'<div class="tiles">{shown}</div>'
    )


def _steps(table: pl.DataFrame) -> str:
    head = ["step 步骤", "score 得分", "WAPE", "bias 偏差", "adds 增值"]
    head += [f"against {STEP_NAMES[name]}" for name in ("moving_average", "seasonal_naive", "auto_ets")]
    gains = ["value_added", "against_moving_average", "against_seasonal_naive", "against_auto_ets"]
    rows = []
    for row in table.iter_rows(named=True):
        cells = [STEP_NAMES[row["step"]], _share(row["score"]), _share(row["wape"]), _share(row["bias"], True)]
        rows.append([*cells, *(_gain(row[name]) for name in gains)])
    return _table(head, rows)


def _choices(table: pl.DataFrame) -> str:
    names = [name for name in STEP_NAMES if name not in ("overridden", ALTERNATIVE)]
    rows = []
    for (member,), part in table.group_by("member", maintain_order=True):
        scores = dict(part.select("step", "score").iter_rows())
        known = {name: scores[name] for name in names if scores[name] is not None}
        best = min(known, key=known.get) if known else None
        cells = [_best(_share(scores[name]), name == best) for name in names]
        rows.append([CLASSES[member], f"{part['periods'][0]:,}", *cells, f'<td class="why">{_why(known, best)}</td>'])
    return _table(["class 类别", "weeks 周数", *(STEP_NAMES[name] for name in names), "why 原因"], rows)


def _why(scores: dict[str, float], best: str | None) -> str:
    """What the model's place in a class rests on, in words."""
    if best is None:
        return "nothing was sold 无销量"
    usual = min(scores[name] for name in ("moving_average", "seasonal_naive", "auto_ets"))
    gain = usual - scores["model"]
    if best == "model":
        return f"the model beats the best usual method by {gain:.1%} 模型优于最佳常用方法"
    if gain >= 0:
        better = scores["model"] - scores[best]
        return f"better than any usual method; {STEP_NAMES[best]} was better still by {better:.1%} 优于常用方法"
    return f"here the model is {-gain:.1%} worse than {STEP_NAMES[best]}: look at these series 模型较差，请检查"


def _coverage(found: LookedBack) -> list[tuple[float, float]]:
    measured = forecasting.evaluate(found.forecasts.rename({"overridden": "y_hat"}))
    return [(level, measured[f"coverage_{level:g}"].item()) for level in LEVELS]


def over_all_weeks(table: pl.DataFrame) -> pl.DataFrame:
    """The rows that do not tell weeks ahead apart."""
    return table.filter(pl.col("weeks_ahead").is_null())


def _reach(found: LookedBack) -> list[tuple[int, float]]:
    ahead = found.accuracy.filter(pl.col("weeks_ahead").is_not_null(), level="series", segment="all")
    return [row for row in ahead.select("weeks_ahead", "score").sort("weeks_ahead").iter_rows() if row[1] is not None]


def _levels(table: pl.DataFrame) -> str:
    rows = []
    for level, name in LEVEL_NAMES.items():
        row = over_all_weeks(table).filter(level=level, segment="all").row(0, named=True)
        rows.append([name, _share(row["score"]), _share(row["wape"]), _share(row["bias"], True), _plain(row["rmsse"])])
    return _table(["level 层级", "score 得分", "WAPE", "bias 偏差", "RMSSE"], rows)


def _segments(table: pl.DataFrame) -> str:
    rows = []
    for segment, most in (("promoted", 2), ("category", 8), ("warehouse", 6)):
        part = over_all_weeks(table).filter(segment=segment).sort("demand", descending=True).head(most)
        for row in part.iter_rows(named=True):
            member = {"true": "campaign 促销周", "false": "no campaign 非促销周"}.get(row["member"], row["member"])
            shares = [_share(row[name]) for name in ("score", "wape")]
            covered = [_share(row[name]) for name in ("coverage_0_5", "coverage_0_95")]
            rows.append([escape(member), f"{row['demand']:,.0f}", *shares, _share(row["bias"], True), *covered])
    head = ["segment 细分", "units 数量", "score 得分", "WAPE", "bias 偏差", "within 50 %", "within 95 %"]
    return _table(head, rows)


def _planners(table: pl.DataFrame) -> str:
    planners = table.filter(segment="planner", step="overridden")
    if not planners.height:
        return "<p>No override was in force at any origin 各起点均无人工调整.</p>"
    rows = [
        [escape(row["member"]), f"{row['periods']:,}", _share(row["score"]), _gain(row["value_added"]),
         _gain(row["against_moving_average"]), _gain(row["against_auto_ets"])]
        for row in planners.iter_rows(named=True)
    ]  # fmt: skip
    return _table(
        ["planner 计划员", "weeks 周数", "score 得分", "adds 增值", "against moving average", "against AutoETS"], rows
    )


def _worst(forecasts: pl.DataFrame) -> str:
    rows = []
    for row in worst_series(forecasts, WORST).iter_rows(named=True):
        of_it = forecasts.filter(pl.col("unique_id").str.starts_with(row["sku_id"] + "\x1f"))
        of_it = of_it.filter(pl.col("unique_id").str.ends_with("\x1f" + row["location_id"]))
        last = of_it.unique("ds", keep="last", maintain_order=True).sort("ds")
        chart = series_chart(last["y"].to_list(), last["overridden"].to_list())
        name = f"{escape(row['sku_id'])} · {escape(row['location_id'])}"
        units = [f"{row[column]:,.0f}" for column in ("demand", "missed")]
        rows.append([name, CLASSES[row["demand_class"]], *units, f"{row['bias']:+,.0f}", chart])
    return _table(["series 序列", "class 类别", "demand 需求", "missed 误差", "bias 偏差", ""], rows)


def _table(head: list[str], rows: list[list[str]]) -> str:
    top = "".join(f"<th>{name}</th>" for name in head)
    cells = ("".join(cell if cell.startswith("<td") else f"<td>{cell}</td>" for cell in row) for row in rows)
    return f"<table><tr>{top}</tr>{''.join(f'<tr>{row}</tr>' for row in cells)}</table>"


def _best(text: str, is_best: bool) -> str:
    return f'<td class="best">{text}</td>' if is_best else text


def _gain(value: float | None) -> str:
    if value is None:
        return "–"
    if abs(value) < 0.0005:
        return "0"
    return f'<td class="{"best" if value > 0 else "worse"}">{value:+.1%}</td>'


def _share(value: float | None, signed: bool = False) -> str:
    return "–" if value is None else f"{value:+.1%}" if signed else f"{value:.1%}"


def _plain(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}"
