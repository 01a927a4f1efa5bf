"""What each role may do. Every action of the desk names one permission, and the server checks it."""

from __future__ import annotations

READ, QUERY, DECIDE, DECIDE_MANY = "read", "query", "decide", "decide_many"
AUDIT, HALT, MANAGE = "audit", "halt", "manage"

PERMISSIONS: dict[str, frozenset[str]] = {
    "analyst": frozenset({READ, QUERY}),
    "planner": frozenset({READ, QUERY, DECIDE}),
    "approver": frozenset({READ, QUERY, DECIDE, DECIDE_MANY, AUDIT, HALT}),
    "admin": frozenset({READ, QUERY, AUDIT, HALT, MANAGE}),
}
# Whose limit of policy table `approval_limit` a signature counts under, unless the account says otherwise.
SIGNS_AS = {"planner": "planner", "approver": "manager"}


def allowed(roles: frozenset[str], permission: str) -> bool:
    """Whether any of these roles may."""
    return any(permission in PERMISSIONS[role] for role in roles)


def checked_roles(roles: frozenset[str]) -> frozenset[str]:
    """The roles, if there are such.

    Raises
    ------
    ValueError
        Naming the one that is unknown, or if there is none.
    """
    unknown = sorted(roles - PERMISSIONS.keys())
    if unknown or not roles:
        raise ValueError(f"role {unknown[0] if unknown else ''!r} is unknown; there are {', '.join(PERMISSIONS)}")
    return roles


def stronger(one: str, other: str) -> str:
    """Of two roles of the policy the one that comes later in `SIGNS_AS`."""
    order = tuple(SIGNS_AS.values())
    return max(one, other, key=order.index)


def signs_as(roles: frozenset[str]) -> str:
    """The role of the policy under which someone with these roles signs."""
    return SIGNS_AS["approver" if "approver" in roles else "planner"]
