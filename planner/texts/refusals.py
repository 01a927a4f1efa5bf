"""Why something is refused, in Chinese: what the server says in English, by what it looks like.

Whatever raises says English, which logs, programs and the trail keep; a page in Chinese shows this.
"""

from __future__ import annotations

import re

_TOLD = (
    # ---------- who may
    (r"sign in first", "请先登录"),
    (r"no workspace is yours yet; ask whoever manages the desk", "您尚无可用的工作区，请联系管理员"),
    (r"too many requests; wait (.+) s", r"请求过于频繁，请等待 \1 秒"),
    (r"choose a password of your own first", "请先设置自己的密码"),
    (r"workspace (.+) is not yours", r"您无权访问工作区 \1"),
    (r"a token manages nobody; sign in", "令牌不能管理用户，请登录后操作"),
    (r"a token makes and revokes no tokens; sign in", "令牌不能创建或撤销令牌，请登录后操作"),
    (r"a token names no deputies; sign in", "令牌不能指定代理人，请登录后操作"),
    (r"your roles \((.*)\) may not (.+)", r"您的角色（\1）无权执行 \2"),
    (
        r"your roles see the rows of some places only, and this is about all",
        "您的角色只能查看部分仓的数据，此操作涉及全部",
    ),
    (r"what changes something is asked by POST", "更改须以 POST 提交"),
    (r"another site sent this", "请求来自其他网站"),
    (r"the \S+ header does not say this session's word; open the page again", "会话校验失败，请重新打开页面"),
    (r"the body is no JSON", "请求内容不是 JSON"),
    (r"the body is a JSON object", "请求内容须为 JSON 对象"),
    (r"a request is at most (.+) bytes", r"请求最多 \1 字节"),
    # ---------- publications
    (
        r"nothing is published in this workspace yet; run the loop once: supplyloop run",
        "工作区尚无发布内容，请先运行一次：supplyloop run",
    ),
    (
        r"this publication lacks what is asked for; run the whole loop once: supplyloop run \((.*)\)",
        r"当前发布缺少所需内容，请完整运行一次：supplyloop run（\1）",
    ),
    (
        r"this publication has no limits of approval; run the loop once with this version",
        "当前发布没有审批额度，请用此版本运行一次",
    ),
    (r"(.+) is not in this publication", r"\1 不在当前发布中"),
    (r"there is no board (.+); there are (.+)", r"没有看板 \1；现有 \2"),
    (r"there is no wave (.+) in the current plan", r"当前计划没有波次 \1"),
    (r"to stop or resume sending needs a reason", "暂停或恢复发送须说明理由"),
    (
        r"the title of a view does not begin with sql:, as those of questions do",
        "视图名称不能以 sql: 开头，该前缀仅用于查询",
    ),
    (r"this alert is of a place that your roles do not see", "该预警所属仓不在您的权限内"),
    (
        r"your roles see the rows of some places only; remove what you asked yourself",
        "您的角色只能查看部分仓，仅可删除自己提出的情景",
    ),
    (r"a question has a title and its SQL", "查询须有名称和 SQL"),
    (r"parameters is a mapping of names to texts or numbers", "parameters 须为名称到文本或数字的映射"),
    # ---------- proposals
    (r"action (.+) is unknown; there are (.+)", r"未知动作 \1；现有 \2"),
    (r"name one proposal; many at once are for approvers", "请只选一条；批量批准需审批人"),
    (r"another plan was published since; look at it again", "已有新的发布，请重新查看"),
    (r"names is a list of 1 to (.+) proposals", r"names 须为 1 至 \1 条建议"),
    # ---------- edits and forecasts
    (
        r"an edit holds for good, once, or until a day after (.+), found (.+)",
        r"改量可一直有效、仅本次或至 \1 之后某日，收到 \2",
    ),
    (r"(.+): an edit holds until a day, found (.+)", r"\1：改量须至某日，收到 \2"),
    (r"(.+): no edit of it ends on a day", r"\1：没有限期的改量"),
    (r"a forecast is changed for (.+); found (.+)", r"可调整预测的范围为 \1，收到 \2"),
    (
        r"a forecast changes by .+ per cent, not 0, for 1 to (.+) weeks",
        r"预测调整须在 −100% 至 900% 之间且不为 0，1 至 \1 周",
    ),
    (r"(.+) is of no category", r"\1 没有品类"),
    (r"(.+) has no price, so nobody can say what money moves", r"\1 没有价格，无法估算金额"),
    (r"a forecast of more than one item is changed by an approver", "一个以上商品的预测须由审批人调整"),
    (
        r"your roles see the rows of some places only; change the forecast of this item here",
        "您的角色只能查看部分仓，请只调整本商品本仓的预测",
    ),
    (r"change is per cent, found (.+)", r"change 为百分比，收到 \1"),
    (r"weeks is a whole number, found (.+)", r"周数须为整数，收到 \1"),
    # ---------- the list
    (r"a page is of at most (.+) lines, found (.+) to (.+)", r"每页最多 \1 行，收到 \2 至 \3"),
    (r"start and end are whole numbers, found (.+)", r"起止行须为整数，收到 \1"),
    (r"view (.+) is unknown; there are (.+)", r"未知视图 \1；现有 \2"),
    (r"filters are a mapping by column and order is a list", "筛选须按列给出，排序须为列表"),
    (r"an order names colId and sort", "排序须给出 colId 与 sort"),
    (r"column '?(.+?)'? is not in the list", r"清单中没有列 \1"),
    (r"(.+) is no JSON", r"\1 不是 JSON"),
    (r"the filter of (.+) cannot be read: (.+)", r"\1 的筛选无法识别：\2"),
    (r"asked is what the list was asked, as a mapping", "asked 须为清单的查询条件"),
    (r"a title has 1 to (.+) characters, found (.+)", r"名称须为 1 至 \1 字，收到 \2 字"),
    (r"what is saved is at most (.+) characters long, found (.+)", r"保存内容最多 \1 字符，收到 \2"),
    (
        r"you saved (.+) views and questions here, and there is room for no more",
        r"您在此已保存 \1 个视图与查询，已满，请先删除一个",
    ),
    (r"no bridge has a step (.+); there are (.+)", r"没有步骤 \1；现有 \2"),
    # ---------- decisions
    (
        r"a decision names suggestion_id, version and quantity as they were shown",
        "决策须带上所见的建议编码、版本与数量",
    ),
    (r"a quantity is a number of base units, 0 or more, found (.+)", r"数量须为不小于 0 的基本单位数，收到 \1"),
    (r"a quantity is a number, found (.+)", r"数量须为数字，收到 \1"),
    (
        r"to (.+) takes no other quantity; approve it, or reject it with a reason",
        r"\1 不能改量，请批准，或说明原因后驳回",
    ),
    (r"something changed since the total was shown; look at it again", "合计显示后有变动，请重新查看"),
    (r"suggestion_ids is a list of 1 to (.+) ids", r"suggestion_ids 须为 1 至 \1 个编码"),
    (r"name suggestion_ids, or the query of a view", "请给出 suggestion_ids 或视图条件"),
    (r"a snooze ends on a day after (.+), found (.+)", r"搁置须止于 \1 之后，收到 \2"),
    (r"reason (.+) is unknown; there are (.+)", r"未知原因 \1；可选 \2"),
    (r"reason 'other' needs words of your own", "选择“其他”须填写说明"),
    (r"(.+) is unknown to the journal; was the plan taken\?", r"\1 不在日志中；计划是否已入账？"),
    (r"(.+) is (\w+), so it cannot (\w+); that needs one of (.+)", r"\1 现为 \2，不能 \3；须处于 \4"),
    (r"(.+) is unknown, so it cannot (.+); was the plan taken\?", r"\1 未知，不能 \2；计划是否已入账？"),
    (r"(.+): a quantity of (.+) cannot be approved; reject it instead", r"\1：数量 \2 不能批准，请驳回"),
    (r"(.+): (\S+) has approved it already; a second person must", r"\1：\2 已批准，须由另一人复签"),
    (r"(.+): quantity (.+) is below nought", r"\1：数量 \2 小于零"),
    (r"(.+): a snooze needs a date or an event in 'until'", r"\1：搁置须给出日期或事件"),
    (r"(.+): to (\w+) needs a reason", r"\1：\2 须说明原因"),
    (r"(.+): nobody receives (.+); name a destination.*", r"\1：没有 \2 的接收方，请在 supplyloop.toml 中配置"),
    (r"(.+): role (.+) does not approve (.+); (.+) do", r"\1：角色 \2 不能批准 \3；\4 可以"),
    (
        r"(.+): (.+) base units are (.+) packs of (.+); approve whole packs",
        r"\1：\2 件合 \3 箱（箱规 \4），请按整箱批准",
    ),
    (r"(.+) was received: it can be returned, not undone", r"\1 已收货，只能退货，不能撤回"),
    (r"(.+) is (\w+) and was never sent; reject it instead", r"\1 现为 \2，尚未发送，请驳回"),
    (r"(?s)(.+): decided on version (\d+).*look again and decide anew", r"\1：您看到的是版本 \2，现已变更，请重新决定"),
    # ---------- sheets
    (r"the list goes out as (.+), not as (.+)", r"清单可导出为 \1，不支持 \2"),
    (r"the file or the list is not what was shown; look at the differences again", "文件或清单已变化，请重新查看差异"),
    (r"content is the text of a CSV file", "内容须为 CSV 文本"),
    (r"the file is no CSV: (.+)", r"文件不是 CSV：\1"),
    (
        r"column '(.+)' is missing; export the list, change '(.+)' and keep the header",
        r"缺少列 \1；请导出清单，修改 \2，并保留表头",
    ),
    (r"the file has more than (.+) lines; bring it in parts", r"文件超过 \1 行，请分批导入"),
    # ---------- questions, trials, scenarios
    (r"a question is one SELECT of at most (.+) characters", r"查询须为一条 SELECT，最多 \1 字符"),
    (r"(.+) questions are being answered; ask again in a moment", r"正在执行 \1 个查询，请稍后再试"),
    (r"the question was stopped after (.+) s; ask for less", r"查询在 \1 秒后被中止，请缩小范围"),
    (r"the question needs more memory or time than it is given; ask for less", "查询超出内存或时间限制，请缩小范围"),
    (r"another trial is being solved; ask again in a moment", "正在试算，请稍后再试"),
    (r"the trial was stopped after (.+) s", r"试算在 \1 秒后被中止"),
    (r"the trial failed; the log of the desk says why", "试算失败，原因见工作台日志"),
    (r"suppliers_out is a list of at most (.+) ids", r"停供供应商最多 \1 个编号"),
    (r"there is no scenario (.+); somebody may have removed it", r"没有情景 \1，可能已被移除"),
    (r"(\w+) is a number, found (.+)", r"\1 须为数字，收到 \2"),
    (r"(\w+) must be between (.+) and (.+), found (.+)", r"\1 须在 \2 与 \3 之间，收到 \4"),
    (r"policy must be one of (.+), found (.+)", r"策略须为 \1 之一，收到 \2"),
    (r"the economic policy keeps no service target; leave one of the two out", "经济策略不设服务水平，请只选其一"),
    (r"a scenario has a title of 1 to (.+) characters", r"情景名称须为 1 至 \1 字"),
    (r"there is a scenario (.+) already; remove it, or name this one otherwise", r"已有情景 \1，请移除或另起名称"),
    (r"(\d+) scenarios wait to be solved; ask again when some are", r"已有 \1 个情景待求解，请稍后再试"),
    (r"scenario (.+) is not solved yet; nobody has seen what it would do", r"情景 \1 尚未求解，效果未知"),
    (
        r"scenario (.+) changes (.+) too, which no policy can; ask one without",
        r"情景 \1 还改变了 \2，不属于策略，请另建情景",
    ),
    (
        r"scenario (.+) changes no policy; choose a policy or a service level in it",
        r"情景 \1 没有改变策略，请选择策略或服务水平",
    ),
    (r"(.+) asked for scenario (.+); another person approves it", r"情景 \2 由 \1 提出，须由另一人批准"),
    (r"a change of policy needs a reason", "策略变更须说明原因"),
    (r"no scenario's policy holds; runs plan by the settings", "没有采用中的情景策略，当前按设置计划"),
    # ---------- people, tokens, deputies
    (r"nobody changes their own roles; ask another who manages", "不能更改自己的角色，请联系其他管理员"),
    (r"nobody shuts themselves out", "不能停用自己"),
    (r"roles is a list of names of roles", "roles 须为角色列表"),
    (r"nobody is called (.+)", r"没有用户 \1"),
    (r"(.+) is of every workspace; ask who manages them all", r"\1 属于全部工作区，请联系总管理员"),
    (r"(.+) is of other workspaces too; ask who manages them all", r"\1 还属于其他工作区，请联系总管理员"),
    (r"a name is 1 to 64 letters, digits or (.+), found (.+)", r"名称须为 1 至 64 个字母、数字或 \1，收到 \2"),
    (
        r"label (.+) is taken, or there are (.+) tokens already; revoke one",
        r"标签 \1 已被使用，或令牌已达 \2 个，请先撤销一个",
    ),
    (r"(.+) is taken", r"\1 已被使用"),
    (r"a password has (.+) characters or more", r"密码至少 \1 位"),
    (r"role (.+) is unknown; there are (.+)", r"未知角色 \1；现有 \2"),
    (r"days is how long the token is good", "请给出令牌有效天数"),
    (
        r"a token has a label of 1 to 64 characters, so that it can be told from others",
        "令牌标签须为 1 至 64 字，以便区分",
    ),
    (r"a token is good for 1 to (.+) days, found (.+)", r"令牌有效期须为 1 至 \1 天，收到 \2"),
    (r"a deputy is somebody else", "代理人须为他人"),
    (r"(.+) is nobody of this workspace; who manages people adds them first", r"\1 不是本工作区成员，请先由管理员添加"),
    (r"(.+) is a day such as 2026-11-30, found (.+)", r"\1 须为 2026-11-30 形式的日期，收到 \2"),
)
_PATTERNS = tuple((re.compile(english), chinese) for english, chinese in _TOLD)


def in_chinese(why: str) -> str:
    """What a refusal says, in Chinese; as it is where nobody translated it."""
    for pattern, chinese in _PATTERNS:
        if found := pattern.fullmatch(why):
            return found.expand(chinese)
    return why
