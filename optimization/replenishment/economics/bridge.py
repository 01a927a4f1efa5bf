"""The steps that lead from what is needed to what is suggested; they add up to the unit."""

import polars as pl

from optimization.replenishment.problem import KEY

# The bridge, in order: the step's name and its words, English and Chinese.
STEPS = {
    "demand": ("mean demand until the next order arrives", "到下一单到货前的平均需求"),
    "network": (
        "sold to customers of other warehouses that run out (more), or by others to its own (less)",
        "代缺货的其他仓发出（增），或由其他仓代发（减）",
    ),
    "timing": (
        "sold out before an order could come (less), or under way but too late (more)",
        "到货前已断货而失去的需求（减），或在途但赶不上（增）",
    ),
    "safety": ("kept against demand and lead times that turn out otherwise", "为需求和到货时间的波动多备"),
    "on_hand": ("on hand", "现有库存"),
    "reserved": ("of it reserved for open orders and transfers", "其中已被订单或调拨占用"),
    "in_transit": ("in transit", "在途"),
    "on_order": ("on order", "已订未发"),
    "approved": ("approved and not yet seen in an export", "已批准、尚未见于导出"),
    "returning": ("expected back from customers and fit to sell", "预计客户退回且可再售"),
    "expiring": ("of stock and supply, expires before it can be sold", "现有与在途中到期前卖不完的部分"),
    "moved": ("moved here from another warehouse instead of being bought", "改由他仓调入，不再采购"),
    "elsewhere": ("ordered from another supplier in this plan", "本次计划已向另一供应商订购"),
    "no_need": ("more than enough: nothing is needed", "库存足够，无需补货"),
    "yield": ("added because some of it will not pass", "为不合格品多订"),
    "pack": ("rounded up to whole packs", "按整包进位"),
    "minimum_order": ("raised to the minimum order", "提高到最小起订量"),
    "capacity": ("less, for the supplier has no more for all places", "减少：供应商可供各仓的余量有限"),
    "shelf_life": ("less, for more would expire before it sells", "减少：再多则到期前卖不完"),
    "economics": ("more or less because the last units earn more or less than they cost", "按最后几件的得失增减"),
    "pallet": ("changed to come in whole layers or pallets", "为整层整托而调整"),
    "price_step": ("changed to reach a better price", "为达到更优价格档"),
    "stability": ("kept nearer to the last plan, for changes cost", "尽量沿用上次计划，变更有成本"),
    "container": (
        "changed so that containers or trucks go full: next-best goods first",
        "为装满整柜或整车而调整：先补收益次高的商品",
    ),
    "money": ("changed because money is short: other lines earn more with it", "预算有限，让位给收益更高的行"),
    "order_minimum": ("changed because of the supplier's order as a whole, or room", "因供应商整单条件或库容而变"),
}


def bridge(lines: pl.DataFrame) -> pl.DataFrame:
    """Steps of every line.

    Parameters
    ----------
    lines
        ``sku_id``, ``location_id`` and the levels that the steps lie between, int: ``demand_qty``, ``network_qty``,
        ``timing_qty``, ``expiring_qty``, ``target_qty``, stock by bucket (``on_hand_qty`` …), ``need_qty``,
        ``yielded_qty``, ``packed_qty``, ``least_qty``, ``capped_qty`` (what of it may be had), ``fresh_qty`` (what of
        that sells before it expires), ``list_qty`` (best at list prices), ``unit_qty`` (with what receiving costs),
        ``best_qty`` (best at its own prices), ``stable_qty`` (with the price of changing the last plan), ``priced_qty``
        (best at the price of money), ``selected_qty`` (chosen under everything that orders share, before containers
        were filled), ``suggested_qty``.

    Returns
    -------
    pl.DataFrame
        ``sku_id``, ``location_id``, ``seq`` (int, from 1), ``step`` (str), ``quantity`` (int, signed, base
        units), ``text_en``, ``text_zh`` (str). The steps of a line add up to its ``suggested_qty``; those that
        are zero are kept, so that lines compare.
    """
    column = pl.col
    needed = pl.max_horizontal(column("need_qty"), pl.lit(0))
    quantities = {
        "demand": column("demand_qty"),
        "network": column("network_qty"),
        "timing": column("timing_qty"),
        "safety": column("target_qty")
        - sum(column(f"{part}_qty") for part in ("demand", "network", "timing", "expiring")),
        "on_hand": -column("on_hand_qty"),
        "reserved": column("reserved_qty"),
        "in_transit": -column("in_transit_qty"),
        "on_order": -column("on_order_qty"),
        "approved": -column("approved_qty"),
        "returning": -column("returning_qty"),
        "expiring": column("expiring_qty"),
        "moved": -column("moved_qty"),
        "elsewhere": -column("elsewhere_qty"),
        "no_need": needed - column("need_qty"),
        "yield": column("yielded_qty") - needed,
        "pack": column("packed_qty") - column("yielded_qty"),
        "minimum_order": column("least_qty") - column("packed_qty"),
        "capacity": column("capped_qty") - column("least_qty"),
        "shelf_life": column("fresh_qty") - column("capped_qty"),
        "economics": column("list_qty") - column("fresh_qty"),
        "price_step": column("best_qty") - column("unit_qty"),
        "pallet": column("unit_qty") - column("list_qty"),
        "stability": column("stable_qty") - column("best_qty"),
        "container": column("suggested_qty") - column("selected_qty"),
        "money": column("priced_qty") - column("stable_qty"),
        "order_minimum": column("selected_qty") - column("priced_qty"),
    }
    parts = [
        lines.select(
            *KEY,
            seq=pl.lit(seq, dtype=pl.Int64),
            step=pl.lit(step),
            quantity=quantities[step].cast(pl.Int64),
            text_en=pl.lit(english),
            text_zh=pl.lit(chinese),
        )
        for seq, (step, (english, chinese)) in enumerate(STEPS.items(), start=1)
    ]
    return pl.concat(parts).sort(*KEY, "seq")


def in_words(steps: pl.DataFrame, language: str = "en") -> pl.DataFrame:
    """A sentence per line: the steps that are not zero, with their numbers, and their sum.

    Parameters
    ----------
    steps
        As ``bridge`` returns them.
    language
        ``en`` or ``zh``.

    Returns
    -------
    pl.DataFrame
        ``sku_id``, ``location_id``, ``words`` (str).
    """
    if language not in ("en", "zh"):
        raise ValueError(f"language must be 'en' or 'zh', found {language!r}")
    sign = pl.when(pl.col("quantity") >= 0).then(pl.lit("+")).otherwise(pl.lit("−"))
    part = pl.format("{} {} {}", sign, pl.col("quantity").abs(), f"text_{language}")
    separator = "; " if language == "en" else "；"
    return (
        steps.sort(*KEY, "seq")
        .group_by(KEY, maintain_order=True)
        .agg(said=part.filter(pl.col("quantity") != 0).str.join(separator), total=pl.col("quantity").sum())
        .select(*KEY, words=pl.format("{}{}= {}", "said", pl.lit(separator), "total"))
    )
