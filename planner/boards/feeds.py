"""What came in, what went out, and in one sentence what may be decided on it."""

from planner.boards.section import Section
from planner.snapshot import Snapshot

FEEDS = (
    Section(
        "inbound",
        """
        select
            system, title, title_zh, status, tier, delivered_at, age_hours,
            delivered_at + to_seconds(3600 * usual_gap_hours) as expected_at, files_loaded,
            files_not_loaded, last_rows, usual_rows_low::bigint || '–' || usual_rows_high::bigint as usual_rows,
            rows_loaded, rows_quarantined, array_to_string(blocks, ', ') as held,
            contract_version, last_file, left(last_file_sha256, 12) as sha256
        from delivery_status
        order by len(blocks) desc, status = 'delivered', rows_quarantined desc, tier, system, table_name
        """,
        coded=(("status", "delivery"),),
        named=(("system", "system"), ("held", "hold")),
    ),
    Section(
        "quarantined",
        """
        select file_name as last_file, contract, contract_version, column_names, reason_code, count(*) as lines,
            min(line_no)::double as first_line
        from quarantined_row
        group by all
        order by lines desc, last_file, reason_code
        limit 300
        """,
        # Names that a mapping gave stand as they are.
        named=(("reason_code", "fault"),),
    ),
    Section(
        "tie_outs",
        """
        select title, title_zh, scope, status, rows_checked, rows_off, difference, unit, money_at_stake
        from control_result
        order by status = 'passed', money_at_stake desc nulls last, control_no, scope
        limit 300
        """,
        coded=(("status", "control"),),
        named=(("unit", "unit"),),
    ),
)
# Rows that wait, to mend them elsewhere.
QUARANTINED = "select * from quarantined_row order by file_name, sheet nulls first, line_no, quarantine_id"
HELD = """
    select list_sort(list(distinct decision)) as held, count(distinct system) filter (where is_late) as late
    from delivery_status
    left join unnest(blocks) as blocking(decision) on true
"""
FAILED = "select count(*) as failed from control_result where status = 'failed'"


def sentence(snapshot: Snapshot) -> dict[str, object]:
    """What is held for want of data, how many systems are late, how many tie-outs failed; or that nobody knows."""
    if not snapshot.has("delivery_status", "control_result"):
        return {"not_made": True}
    held, failed = snapshot.row(HELD), snapshot.row(FAILED)
    return {"held": [each for each in held["held"] or [] if each], "late": held["late"], "failed": failed["failed"]}
