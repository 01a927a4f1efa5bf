"""What each key of the worklist does."""

TEXTS: dict[str, tuple[str, str]] = {
    "keys.title": ("Keys", "快捷键"),
    "key.j": ("next line", "下一条"),
    "key.k": ("line before", "上一条"),
    "key.right": ("explain it", "查看解释"),
    "key.left": ("close the panel", "关闭面板"),
    "key.e": ("edit", "改量"),
    "key.a": ("approve", "批准"),
    "key.r": ("reject", "驳回"),
    "key.s": ("snooze", "搁置"),
    "key.x": ("select (Shift: up to here)", "选中（Shift 连选）"),
    "key.A": ("approve all that is listed or selected", "批准列表或所选全部"),
    "key.z": ("take the last step back", "撤回上一步"),
    "key.gs": ("only this line's supplier (again: all)", "只看该供应商（再按取消）"),
    "key.gw": ("only its warehouse", "只看该仓"),
    "key.gc": ("only its category", "只看该品类"),
    "key.f": ("saved views", "已存视图"),
    "key./": ("search", "搜索"),
    "key.?": ("these keys", "显示快捷键"),
}
