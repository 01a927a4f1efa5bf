"""Which columns a role may not see: the same rule for pages, exports, the SQL page and whatever else answers."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

# Groups that `[desk.hidden]` of supplyloop.toml may name, by what stands in the name of a column. Too many columns
# hidden is a nuisance, one too few a leak: free text that may tell of both is in both.
GROUPS = {
    "cost": re.compile(
        r"cost|price|margin|profit|amount|money|value|cash|earned|rate$|gmroi|payload|detail|reason|fees?$|rebate"
        r"|charges$|penalty|recovery|gain$|per_parcel$|per_kg$"
    ),
    "supplier": re.compile(r"supplier|party|member|subject|cause_id|po_id|po_line|payload|detail|reason|document"),
}
# Names that only sound like money.
HARMLESS = frozenset({"service_target", "reason_code"})

Hidden = frozenset[str]


def hidden_from(roles: Iterable[str], by_role: Mapping[str, Iterable[str]]) -> Hidden:
    """Groups that none of these roles may see: who has two roles sees what either does."""
    each = [frozenset(by_role.get(role, ())) for role in roles]
    return frozenset.intersection(*each) if each else frozenset(GROUPS)


def is_hidden(name: str, hidden: Hidden) -> bool:
    """Whether a column of this name is of a hidden group."""
    return name not in HARMLESS and any(GROUPS[group].search(name.lower()) for group in hidden)


def without_hidden(content: object, hidden: Hidden) -> object:
    """`content` without what is hidden, at any depth."""
    if not hidden:
        return content
    if isinstance(content, dict):
        return {
            name: without_hidden(value, hidden) for name, value in content.items() if not is_hidden(str(name), hidden)
        }
    if isinstance(content, list | tuple):
        return [without_hidden(item, hidden) for item in content]
    return content
