"""From the columns of an unknown file to a mapping, with what speaks for each and what must be asked."""

from __future__ import annotations

from dataclasses import replace

import duckdb

from contracts import table as contract_table
from contracts.vocabulary import plain, vocabulary
from pipelines.wizard.answers import KEPT, UNREAD, AnswerError, Answers
from pipelines.wizard.columns import CERTAIN, column_questions, placements
from pipelines.wizard.gaps import made_of
from pipelines.wizard.naming import likeness
from pipelines.wizard.observe import File
from pipelines.wizard.proposal import Draft, Proposal, Question
from pipelines.wizard.rows import fill_down_of, totals_in
from pipelines.wizard.tables import fits_of, is_clear, shared_key


def propose(connection: duckdb.DuckDBPyConnection, file: File, answers: Answers) -> Proposal:
    """The best mapping of `file`, whose rows stand in the table `staged`, that agrees with the answers.

    Raises
    ------
    AnswerError
        If an answer names a table or column that does not exist, or no table fits the file at all.
    """
    unread = _unread(file, answers)
    sources = [c for c in file.columns if c.name not in unread and answers.columns.get(c.name) != KEPT]
    fits = fits_of(connection, file, sources, answers)
    if not fits:
        raise AnswerError(
            f"{file.path.name}: no contract table fits its columns ({', '.join(c.name for c in file.columns)[:300]}). "
            "Name one with --table, such as order.sales_order_line, and its columns with --set."
        )
    best = fits[0]
    is_sure = bool(answers.tables) or is_clear(fits, sources)
    placed = placements(best, sources, answers)
    if not is_sure:
        placed = [replace(p, certain=p.certain and p.source in answers.columns) for p in placed]
    drafts, questions, from_name = [], [], None
    key = shared_key(best)
    for place, table in enumerate(best.tables):
        own = tuple(p for p in placed if p.table == table.qualified)
        made, asked, named = made_of(connection, file, table, own, answers)
        from_name = from_name or named
        group = key if place and len(best.tables) > 1 else None
        drafts.append(Draft(table, own, made, group, totals_in(connection, own)))
        questions += asked
    questions = [*column_questions(placed, file), *questions]
    if not is_sure:
        named = "+".join(table.qualified for table in best.tables)
        # What its columns are is asked once it is known what its rows are.
        questions = [Question("table", f"its rows look like {named}, and others come near; which is it?", named)]
    if not file.decimal_is_certain and answers.decimal is None:
        questions.append(Question("decimal", "the sign before the cents cannot be told from the amounts", file.decimal))
    used = {p.source for p in placed}
    kept = tuple(c.name for c in file.columns if c.name not in used and c.name not in unread)
    return Proposal(
        file, tuple(drafts), unread, kept, fill_down_of(connection, file, drafts, key), from_name,
        tuple({q.key: q for q in questions}.values()), tuple("+".join(t.name for t in f.tables) for f in fits[1:4]),
    )  # fmt: skip


def _unread(file: File, answers: Answers) -> dict[str, str]:
    words = vocabulary()
    people, free = ({plain(word) for word in words} for words in (words.people, words.free_text))
    unread = {}
    for column in file.columns:
        answer = answers.columns.get(column.name)
        if answer == UNREAD:
            unread[column.name] = "as you said"
        elif answer is not None or column.name in file.stated:
            continue
        elif column.is_personal and not _is_hashed(column.name):
            unread[column.name] = "holds persons"
        elif plain(column.name) in people:
            unread[column.name] = "mostly names of persons"
        elif plain(column.name) in free:
            unread[column.name] = "what people type may name persons"
    return unread


def _is_hashed(name: str) -> bool:
    """Whether the contract keeps such a column as a keyed hash."""
    order = contract_table("order.sales_order")
    return likeness(name, order, order.column("member_id")) >= CERTAIN
