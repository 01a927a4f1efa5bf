"""What today's forecast is put together from, and why: the section of the backtest's page."""

from __future__ import annotations

import polars as pl

from pipelines.planning.page_parts import best, share, table

SEGMENT_NAMES = {
    "all": "all series 全部序列",
    "regular, much sold": "often sold, most of demand 常销、量大",
    "regular, little sold": "often sold, little each 常销、量小",
    "intermittent, much sold": "rarely sold, most of demand 间歇、量大",
    "intermittent, little sold": "rarely sold, little each 间歇、量小",
}
BLEND_NAMES = {
    "mean alone": "mean alone 仅均值",
    "two thirds mean": "two thirds mean 均值占三分之二",
    "equal": "equal parts 各半",
    "two thirds median": "two thirds median 中位数占三分之二",
}
AS_IT_IS = ", total as it is"
TOO_SHORT = (
    "<p>The history is too short to compare blends: that takes three past origins that do not overlap, each with as "
    "many whole years behind it as today. "
    "历史不足以比较组合：需要三个互不重叠的历史起点，且各自拥有与今天相同的整年历史。</p>"
)


def choice_section(choice: pl.DataFrame) -> str:
    """The blend of each segment and the total's correction with their reasons, then every figure that decided them."""
    if choice.is_empty():
        return (
            "<p>No trees yet: every series is forecast by its own level, for there is too little history to learn "
            "from. 历史不足以训练梯度提升模型，各序列按自身水平预测。</p>"
        )
    is_compared, rows = choice["origin"].null_count() == 0, []
    for (segment,), part in choice.group_by("segment", maintain_order=True):
        first = part.row(0, named=True)
        used = blend_name(part.filter("is_chosen")["candidate"][0])
        cells = [SEGMENT_NAMES[segment], f"{first['series']:,}", share(first["demand_share"])]
        told = [*_means(part), f'<td class="why">{_why(part)}</td>'] if is_compared else []
        rows.append([*cells, f'<td class="name">{used}</td>', *told])
    head = ["segment 分段", "series 序列数", "of demand 需求占比", "blend 组合"]
    head += ["its score 得分", "usual score 常用得分", "why 原因"] if is_compared else []
    return f"<p>{_total(choice)}</p>{table(head, rows)}{_every_figure(choice) if is_compared else TOO_SHORT}"


def blend_name(candidate: str) -> str:
    """A candidate's name in both languages."""
    name = BLEND_NAMES[candidate.removesuffix(AS_IT_IS)]
    return f"{name}, total as it is 总量不调整" if candidate.endswith(AS_IT_IS) else name


def _means(part: pl.DataFrame) -> list[str]:
    """Mean scores of what was chosen and of what it had to beat."""
    return [share(part.filter(which)["score"].mean()) for which in ("is_chosen", "is_usual")]


def _why(part: pl.DataFrame) -> str:
    """Why a segment is forecast as it is, in words."""
    origins = part["origin"].n_unique()
    if not part.filter("is_chosen")["is_usual"][0]:
        return f"beat the usual blend at each of {origins} past origins 在全部 {origins} 个历史起点上均优于常用组合"
    others = part.filter(~pl.col("is_usual")).group_by("candidate", maintain_order=True).agg(pl.col("score").mean())
    next_best = others.sort("score", maintain_order=True).row(0, named=True)
    name = blend_name(next_best["candidate"])
    return (
        f"no other beat it at each of {origins} past origins; nearest: {name}, {next_best['score']:.1%} "
        f"没有其他组合在全部起点上更优"
    )


def _total(choice: pl.DataFrame) -> str:
    """Whether the total of all series is drawn to a plain forecast of it, and why."""
    of_all = choice.filter(segment="all")
    drawn = of_all.filter("is_chosen")["is_total_drawn"][0]
    if of_all["origin"].is_null().any():
        why = "as usual: the history is too short to compare 历史不足以比较，按常用做法"
    else:
        name = of_all.filter("is_chosen")["candidate"][0].removesuffix(AS_IT_IS)
        means = {suffix: of_all.filter(candidate=name + suffix)["score"].mean() for suffix in ("", AS_IT_IS)}
        why = (
            f"score {means['']:.1%} drawn, {means[AS_IT_IS]:.1%} as it is, mean of past origins 起点均值：调整与不调整"
        )
    if drawn:
        return (
            f"<b>Total drawn halfway</b> to a plain forecast of all series (level × plan × season, at most a factor of "
            f"two), so bias of single series does not add up; {why}. <b>总量向简单总量预测折中调整。</b>"
        )
    return f"<b>Total as it is</b>, not drawn to a plain forecast of all series: {why}. <b>总量不调整。</b>"


def _every_figure(compared: pl.DataFrame) -> str:
    """Scores of all that was compared, origin by origin, to unfold."""
    origins = compared["origin"].unique().sort().to_list()
    rows = []
    for (segment,), part in compared.group_by("segment", maintain_order=True):
        rows.append([SEGMENT_NAMES[segment]])
        for (candidate,), of_it in part.group_by("candidate", maintain_order=True):
            scores = dict(of_it.select("origin", "score").iter_rows())
            used = of_it["is_chosen"][0]
            cells = [blend_name(candidate), *(best(share(scores[day]), used) for day in origins)]
            rows.append([*cells, best(share(of_it["score"].mean()), used), "✓" if used else ""])
    head = ["blend 组合", *(f"{day}" for day in origins), "mean 均值", "used 采用"]
    title = "Every figure that decided 全部比较数据"
    return f"<details><summary>{title}</summary>{table(head, rows)}</details>"
