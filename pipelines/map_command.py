"""`supplyloop map`: an unknown file to a mapping of the workspace's own, confirmed column by column."""

from __future__ import annotations

import tempfile
from datetime import datetime
from pathlib import Path

import typer
from rich.console import Console
from rich.table import Table

from contracts.mapping import load_mapping, mappings
from pipelines.ingestion.detect import Detected
from pipelines.ingestion.personal import cleaned
from pipelines.ingestion.reading.limits import Limits
from pipelines.ingestion.reading.reader import Reader
from pipelines.settings import Settings
from pipelines.warehouse import reading_limits
from pipelines.wizard.answers import KEPT, UNREAD, AnswerError, Answers
from pipelines.wizard.observe import File, observed
from pipelines.wizard.proposal import Proposal
from pipelines.wizard.propose import propose
from pipelines.wizard.trial import Trial, scratch, try_mapping
from pipelines.wizard.write import mapping_name, written
from pipelines.workspace import Workspace


def map_file(
    workspace: Workspace,
    settings: Settings,
    path: Path,
    now: datetime,
    accept: bool,
    answers: Answers,
    said: list[str],
    name: str | None,
    out: Path | None,
    overwrite: bool,
) -> bool:
    """Propose, confirm, write and try a mapping; whether the file would load by it.

    With `accept` nothing is asked: what is certain is taken, and what is not is listed.
    """
    name = name or (out.stem if out else mapping_name(path))
    target = out or workspace.mappings / f"{name}.yaml"
    _check_name(target, name, overwrite)
    console = Console(highlight=False)
    limits = reading_limits(workspace, settings)
    with Reader(limits) as reader:
        found = reader.detect(path)
    _show_layout(console, path, found)
    if not accept and found.evidence and not typer.confirm("Is it laid out so?", default=True):
        raise AnswerError("write the profile by hand (docs/contracts-howto.md): no other layout fits the file better")
    with scratch(settings.business_timezone, settings.engine.memory_limit, settings.engine.threads) as connection:
        with observed(connection, path, found.profile, limits) as file:
            answers = _with_answers(answers, said, file)
            proposal = propose(connection, file, answers)
            while not accept and (more := _asked_more(console, proposal, answers)) is not None:
                answers = more
                proposal = propose(connection, file, answers)
            if accept:
                show(console, proposal)
        if proposal.questions:
            _list_questions(console, proposal)
            return False
        text = written(proposal, name, name, settings.business_timezone)
        trial = _tried(connection, path, name, text, now, settings.business_timezone, limits)
    _show_trial(console, trial)
    if not accept and not typer.confirm(f"Write {target}?", default=True):
        return False
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(text, encoding="utf-8")
    _say_how_to_switch_on(console, workspace, settings, target, name)
    return trial.would_load


def _check_name(target: Path, name: str, overwrite: bool) -> None:
    if name in mappings():
        raise AnswerError(f"a mapping called '{name}' ships with the platform; choose another with --name")
    if target.stem != name:
        raise AnswerError(f"the file of mapping '{name}' must be called {name}.yaml, not {target.name}")
    if target.exists() and not overwrite:
        raise AnswerError(f"{target} exists; choose another --name, or give --overwrite")


def _with_answers(answers: Answers, said: list[str], file: File) -> Answers:
    for item in said:
        key, is_set, answer = item.rpartition("=") if item.count("=") == 1 else item.partition("=")
        if not is_set:
            raise AnswerError(f"--set {item!r} has no =; write --set 'COLUMN=ANSWER'")
        answers = answers.with_one(key.strip(), answer.strip(), tuple(c.name for c in file.columns))
    return answers


def _show_layout(console: Console, path: Path, found: Detected) -> None:
    console.print(f"[bold]{path.name}[/]", soft_wrap=True)
    for evidence in found.evidence:
        console.print(f"  {evidence}", markup=False, soft_wrap=True)


def show(console: Console, proposal: Proposal) -> None:
    """The proposal with what speaks for it. Examples are shown on this terminal and written nowhere."""
    file = proposal.file
    tables = " and ".join(f"{draft.table.qualified} ({draft.table.title_zh})" for draft in proposal.drafts)
    console.print(f"\n{file.rows:,} rows → [bold]{tables}[/]", soft_wrap=True)
    if proposal.others:
        console.print(f"  next best: {', '.join(proposal.others)}", soft_wrap=True)
    table = Table(box=None, pad_edge=False)
    for heading in ("", "column 列", "filled", "such as", "becomes", "", "because"):
        table.add_column(heading, overflow="fold")
    placed = {placement.source: placement for placement in proposal.placements}
    for number, column in enumerate(file.columns, start=1):
        placement = placed.get(column.name)
        reads = column.name not in proposal.unread
        such = " | ".join(cleaned(text) for text in column.examples) if reads else "not shown"
        if placement:
            becomes, why = f"{placement.table.split('.')[1]}.{placement.column}", placement.why
            mark = f"{placement.confidence:.0%}" if placement.certain else f"{placement.confidence:.0%} ?"
        else:
            becomes, mark = ("not read", "") if not reads else ("kept as unknown", "")
            why = proposal.unread.get(column.name, "no contract column is called so")
        table.add_row(
            str(number), *(_literal(t) for t in (column.name, f"{column.filled:.0%}", such, becomes, mark, why))
        )
    console.print(table)
    for draft in proposal.drafts:
        for column, made in draft.made.items():
            console.print(f"  {draft.table.name}.{column} = {made.sql}: {made.why}", markup=False, soft_wrap=True)
        unknown = {p.source: p.unknown for p in draft.placements if p.unknown}
        for source, words in unknown.items():
            console.print(f"  '{source}': {', '.join(words[:8])} will load as unknown", markup=False, soft_wrap=True)


def _literal(text: str) -> str:
    from rich.markup import escape

    return escape(text)


def _asked_more(console: Console, proposal: Proposal, answers: Answers) -> Answers | None:
    """One round of questions: what is open first, then any column that the user wants changed; None when done."""
    sources = tuple(column.name for column in proposal.file.columns)
    show(console, proposal)
    if proposal.questions:
        for question in proposal.questions:
            console.print(f"\n{question.text}", markup=False, soft_wrap=True)
            said = typer.prompt(f"  {question.key}", default=question.suggested or None)
            answers = answers.with_one(question.key, said.strip(), sources)
        return answers
    choice = typer.prompt("Number of a column to change, or Enter to go on", default="", show_default=False)
    if not choice.strip():
        return None
    if not choice.strip().isdigit() or not 1 <= int(choice) <= len(sources):
        console.print(f"{choice!r} is no number from 1 to {len(sources)}", markup=False)
        return answers
    source = sources[int(choice) - 1]
    said = typer.prompt(f"  '{source}' becomes (a contract column, {UNREAD} not read, {KEPT} kept as unknown)")
    return answers.with_one(source, said.strip(), sources)


def _list_questions(console: Console, proposal: Proposal) -> None:
    console.print("\n[bold]Not certain; nothing was written.[/] Answer with --set, or leave --yes away:")
    for question in proposal.questions:
        suggested = f"{question.key}={question.suggested or '…'}"
        console.print(f"  --set '{suggested}'", markup=False, soft_wrap=True)
        console.print(f"      {question.text}", markup=False, soft_wrap=True)


def _tried(connection, path: Path, name: str, text: str, now: datetime, timezone: str, limits: Limits) -> Trial:
    with tempfile.TemporaryDirectory() as folder:
        draft = Path(folder) / f"{name}.yaml"
        draft.write_text(text, encoding="utf-8")
        return try_mapping(connection, path, load_mapping(draft), now, timezone, limits)


def _show_trial(console: Console, trial: Trial) -> None:
    console.print("\n[bold]Tried in memory 试装[/]")
    for one in trial.outcomes:
        if one.status == "loaded":
            console.print(
                f"  {one.contract}: {one.rows_in:,} rows in the file, {one.rows_loaded:,} would load, "
                f"{one.rows_quarantined:,} be quarantined, {one.rows_set_aside:,} set aside, "
                f"{one.rows_combined:,} combined, {one.rows_duplicate:,} repeated", soft_wrap=True,
            )  # fmt: skip
        else:
            console.print(f"  the file would be {one.status}: {one.reason}", markup=False, soft_wrap=True)
    for contract, columns, reason, rows, line in trial.reasons:
        console.print(f"  {rows:,} × {reason} in {contract} {columns}, first on line {line}", soft_wrap=True)
    for contract, kind, column in trial.drift:
        console.print(f"  {kind}: {contract} {column}", markup=False, soft_wrap=True)


def _say_how_to_switch_on(console: Console, workspace: Workspace, settings: Settings, target: Path, name: str) -> None:
    console.print(f"\nwrote {target}", soft_wrap=True)
    if target.parent != workspace.mappings:
        console.print(f"  copy it to {workspace.mappings} to use it", soft_wrap=True)
    listed = ", ".join(f'"{known}"' for known in (*settings.mappings, name))
    console.print(f"  switch it on in {workspace.settings_file}:", soft_wrap=True)
    console.print(f"    mappings = [{listed}]", markup=False, soft_wrap=True)
    console.print("  then put such files into inbox/ and `supplyloop run`", soft_wrap=True)
