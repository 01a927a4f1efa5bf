"""Words of the page for programs."""

TEXTS: dict[str, tuple[str, str]] = {
    "api.title": ("Tokens for programs", "程序令牌"),
    "api.how": (
        "A program says “Authorization: Bearer TOKEN” and may do here what you may.",
        "程序以 “Authorization: Bearer 令牌” 调用，权限与您在此工作区的权限相同。",
    ),
    "api.label": ("What it is for", "用途"),
    "api.days": ("Days", "有效天数"),
    "api.make": ("Make a token", "新建令牌"),
    "api.told": ("Shown this once: {token}", "只显示一次：{token}"),
    "api.until": ("until {day}", "有效至 {day}"),
    "api.revoke": ("Revoke", "撤销"),
}
