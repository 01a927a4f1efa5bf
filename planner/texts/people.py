"""Words of managing people."""

TEXTS: dict[str, tuple[str, str]] = {
    "people.title": ("Who may do what here", "用户与角色"),
    "people.add": ("Somebody new", "新增用户"),
    "people.go": ("Add", "新增"),
    "people.password": ("{name}'s password, shown this once: {password}", "{name} 的密码（只显示一次）：{password}"),
    "people.done": ("{name}: done.", "{name}：已完成。"),
    "people.active": ("active", "启用"),
    "people.shut": ("shut out", "停用"),
    "people.reset": ("New password", "重置密码"),
    "people.shut_out": ("Shut out", "停用"),
    "role.analyst": ("analyst", "分析员"),
    "role.planner": ("planner", "计划员"),
    "role.approver": ("approver", "审批人"),
    "role.admin": ("admin", "管理员"),
}
