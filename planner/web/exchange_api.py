"""The list out as CSV or XLSX, and an edited CSV back in after a look at its differences."""

from __future__ import annotations

from decimal import Decimal
from urllib.parse import quote

from starlette.responses import Response

from feedback.files.sheet import Sheet
from feedback.files.written import written
from feedback.states import Event
from planner.boards.feeds import QUARANTINED
from planner.deciding import told_reason
from planner.exchange import Change, Fault, as_sheet, changes
from planner.exchange.changed import seal_of
from planner.web.guard import Call, Denied
from planner.web.worklist_api import query_of
from planner.worklist.query import DECIDABLE

MEDIA = {"csv": "text/csv; charset=utf-8", "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}
SHOWN = 200


def export(call: Call) -> Response:
    """Every line of a view, without columns that are hidden."""
    ending = call.request.path_params["ending"]
    if ending not in MEDIA:
        raise ValueError(f"the list goes out as {' or '.join(MEDIA)}, not as {ending!r}")
    lines = call.place.lines()
    frame = lines.view(query_of(call, call.request.query_params))
    # A tenant's name may hold any letter; a header may not.
    name = quote(f"worklist-{call.tenant_id}-{lines.snapshot.today}.{ending}", safe="")
    # Excel takes a CSV for UTF-8 only behind this mark.
    mark = b"\xef\xbb\xbf" if ending == "csv" else b""
    content = mark + written(as_sheet(frame, call.hidden, "worklist"), ending)
    headers = {"content-disposition": f"attachment; filename*=UTF-8''{name}"}
    return Response(content, media_type=MEDIA[ending], headers=headers)


def quarantined(call: Call) -> Response:
    """Rows that broke their contract and wait, as a CSV: which line of which file, and why."""
    rows = call.place.snapshot().rows(QUARANTINED)
    columns = call.place.snapshot().published.columns["quarantined_row"]
    sheet = Sheet("quarantined", tuple(columns), [tuple(row[name] for name in columns) for row in rows])
    headers = {"content-disposition": 'attachment; filename="quarantined.csv"'}
    return Response(b"\xef\xbb\xbf" + written(sheet, "csv"), media_type=MEDIA["csv"], headers=headers)


def preview(call: Call) -> Response:
    """What an edited CSV would change, and what of it cannot be read."""
    found, faults = _read(call)
    return call.answer(
        {
            "changes": [_told(each) for each in found[:SHOWN]], "count": len(found),
            "faults": [vars(each) for each in faults[:SHOWN]], "fault_count": len(faults), "seal": seal_of(found),
        }
    )  # fmt: skip


def apply(call: Call) -> Response:
    """Write the changes that were shown, all or none."""
    found, faults = _read(call)
    if faults or call.body.get("seal") != seal_of(found):
        raise Denied(409, "the file or the list is not what was shown; look at the differences again")
    reason, note = str(call.body.get("reason") or ""), str(call.body.get("note") or "")[:2000]
    payload = {"reason": told_reason(reason, note), "reason_code": reason, "by_file": len(found)}
    if found:
        at, actor = call.desk.now(), call.person.name
        call.place.tenant.journal.record(
            [
                Event("edit", each.suggestion_id, actor, at, payload | {"quantity": each.after}, each.version)
                for each in found
            ]
        )
    return call.answer({"changed": len(found)})


def _read(call: Call) -> tuple[list[Change], list[Fault]]:
    content = call.body.get("content")
    if not isinstance(content, str):
        raise ValueError("content is the text of a CSV file")
    frame = call.place.lines().frame()[1].select("suggestion_id", "version", "quantity", "status")
    standing = {
        name: (version, Decimal(str(quantity)), status in DECIDABLE)
        for name, version, quantity, status in frame.iter_rows()
    }
    return changes(content, standing)


def _told(change: Change) -> dict[str, object]:
    return {"suggestion_id": change.suggestion_id, "before": change.before, "after": change.after}
