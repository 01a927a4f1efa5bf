"""Words of naming a deputy."""

TEXTS: dict[str, tuple[str, str]] = {
    "absence.title": ("While I am away", "休假代理"),
    "absence.how": (
        "A deputy of this workspace may do what you may (managing people excepted), in their own name, on these days.",
        "代理人须为本工作区成员，在所选日期内以本人名义行使您的权限（用户管理除外），并留有记录。",
    ),
    "absence.deputy": ("Deputy", "代理人"),
    "absence.first": ("From", "起"),
    "absence.last": ("To", "止"),
    "absence.go": ("Name", "指定"),
    "absence.end": ("End it", "结束"),
    "absence.mine": ("{deputy} acts for you", "{deputy} 代理您"),
    "absence.theirs": ("You act for {name}", "您代理 {name}"),
}
