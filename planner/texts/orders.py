"""Words of orders: purchases by supplier and place, and what fills them."""

TEXTS: dict[str, tuple[str, str]] = {
    "orders.title": ("Orders, the soonest first", "订单（按最晚下单日）"),
    "order.by": ("order by {day}", "最晚 {day} 下单"),
    "order.overdue": ("overdue since {day}", "已于 {day} 逾期"),
    "order.minimum": ("minimum", "起订额"),
    "order.minimum_title": (
        "{share} of the supplier's least order of {amount}",
        "供应商最低订单额 {amount} 的 {share}",
    ),
    "order.containers": ("containers", "货柜"),
    "order.containers_title": (
        "{count} containers or trucks, {share} full: {volume} m³, {weight} kg",
        "{count} 个货柜或车，装载 {share}：{volume} 立方米，{weight} 公斤",
    ),
    "order.pallets": ("pallets", "托盘"),
    "order.pallets_title": ("{count} pallets", "{count} 托"),
    "order.volume": ("volume", "体积"),
    "order.volume_told": ("{volume} m³, {weight} kg", "{volume} 立方米，{weight} 公斤"),
    "order.budget": ("budget", "预算"),
    "order.budget_title": (
        "Budget {period} of {budget}: {spent} spent, {open} more suggested",
        "{period} 预算 {budget}：已用 {spent}，建议再用 {open}",
    ),
}
