"""The closed loop against the twin: its systems export, the platform plans, its receivers act, and the day goes on."""

from __future__ import annotations

import copy
import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from feedback.approval import Limits
from feedback.at_once import AT_ONCE, approvals_at_once
from feedback.message import DECISIONS
from feedback.states import Event, State
from pipelines.at_once import built_at_once
from pipelines.cycle import Cycle, code_fingerprint
from pipelines.exchange import send_due
from pipelines.journal import open_journal
from pipelines.runner import collecting_seldom, run_job, turn
from pipelines.unwritten import NEVER
from pipelines.warehouse import HeldWarehouse
from simulator.exports.daily import collect, deliver
from simulator.exports.dialects import deliver_foreign, speak
from simulator.exports.dirt import Dirt
from simulator.exports.files import Delivery
from simulator.exports.policy import write_policy
from simulator.exports.truth import write_truth
from simulator.policies import FORESIGHT, PLATFORM, REORDER_POINT, by_name
from simulator.receiving import Receiver
from simulator.scoring import Score, Scorer
from simulator.times import as_datetime, moment
from simulator.world import World

if TYPE_CHECKING:
    from feedback.identity import Need
    from pipelines.settings import Settings
    from pipelines.workspace import Workspace
    from simulator.parameters import Parameters

__all__ = ["POLICIES", "Loop", "begin", "race"]

TRUTH = "truth"
SYSTEMS = "systems"
# The systems of the simulated world, and what each is sent.
CONNECTED = {
    "erp": ("purchase_suggestions", "purchase_order_actions"),
    "inv": ("transfers",),
    "wms": ("wave_plan",),
    "tms": ("carrier_choice",),
}
DESTINATIONS = "".join(
    f"""
[destinations.{system}]                 # of the simulated world
decisions = {json.dumps(decisions)}
folder = "{SYSTEMS}/{system}"
format = "csv"
answers = "{SYSTEMS}/{system}/answers"
"""
    for system, decisions in CONNECTED.items()
)
APPROVER = "simulation"
WAIT_SECONDS = 60.0  # for the warehouse
# What the engine logs before the tables themselves are written: three days of changes. It is never left to the engine,
# which would do it at some commit in the middle of a turn (`pipelines.unwritten`).
UNWRITTEN = 64 * 1024**2  # bytes
# Assets of `daily_decisions` by whose results no system of the world does anything.
LEFT_OUT = frozenset(
    {
        "clearance", "outlook", "cash", "channels", "echelons", "send_clearance", "send_marketing_push_pull",
        "send_price_guardrails", "send_channel_allocation", "published__snapshot",
    }
)  # fmt: skip
APPROVED = {action for action, decision in DECISIONS.items() if decision in sum(CONNECTED.values(), ())} - AT_ONCE
POLICIES = (PLATFORM, REORDER_POINT, FORESIGHT)


def begin(parameters: Parameters, days: int, report: Callable[[int], None] = lambda day: None) -> World:
    """A world that has lived its history under its own reorder-point rule."""
    world = World.of(parameters)
    for _ in range(days):
        world.live()
        report(world.day)
    return world


@dataclass
class Loop:
    """A world and a workspace, one day after another in one warm process.

    Purchases, transfers, waves and carriers are approved in the journal, all of them, and sent to the world's systems,
    which answer by files.
    """

    world: World
    workspace: Workspace
    settings: Settings
    history_from: int  # first day that the first delivery covers

    def __post_init__(self) -> None:
        self.receiver = Receiver(self.world)
        self._since = self.history_from
        self._at_once: list[list[Need]] = []
        self._held: HeldWarehouse | None = None
        dials = self.world.parameters.dirt
        self._dirt = None if dials.is_clean else Dirt(dials, self.world.streams, self.truth)

    @property
    def truth(self) -> Path:
        """Where what only the world knows is kept, which the platform does not read."""
        return self.workspace.root / TRUTH

    @contextmanager
    def staying_open(self) -> Iterator[None]:
        """Keep the warehouse locked and open from day to day: to close and open it costs half a CPU-second."""
        self._held, self._code = HeldWarehouse(self.workspace, self.settings, WAIT_SECONDS), code_fingerprint()
        try:
            with self._held.opened("simulation") as connection:
                connection.execute(f"set checkpoint_threshold = '{NEVER}'")
            with collecting_seldom():
                yield
        finally:
            self._held.release()
            self._held = None

    def deliver(self) -> list[Path]:
        """Put what is new since the last delivery into the inbox."""
        files = self._deliver_dirty() if self._dirt else deliver(self.world, self.workspace.inbox, self._since)
        write_truth(self.world, self.truth)
        self._since = self.world.day
        return files

    def _deliver_dirty(self) -> list[Path]:
        delivery = Delivery(as_datetime(moment(self._since)), as_datetime(moment(self.world.day)))
        tables, foreign = speak(collect(self.world), delivery, self.world.parameters.exports.dialects)
        files = self._dirt.deliver(tables, self.workspace.inbox, delivery)
        files += deliver_foreign(foreign, self.workspace.inbox, delivery)
        # The run comes at once, in the same process: nobody could write on while it looks.
        self._dirt.finish_growing()
        return files

    def plan(self, is_last: bool = False) -> None:
        """Turn the platform's loop once at the end of the day.

        Decisions that the world's systems are not sent, marts that nobody reads, the publication and Dagster's record
        of the run are left to the last day.
        """
        at = as_datetime(moment(self.world.day))
        cycle = Cycle(self.workspace, self.settings, loaded_at=at, is_alone=True, held=self._held)
        if self._held:
            cycle.code = self._code
        try:
            self._write_tables()
            if is_last:
                run_job(cycle, "daily_plan")
            else:
                turn(cycle, "daily_decisions", LEFT_OUT)
            with cycle.warehouse.opened("approval") as connection:
                self._at_once = [built_at_once(connection, action) for action in ("pick", "ship")]
        finally:
            cycle.release()

    def _write_tables(self) -> None:
        """Write what the engine has logged into the tables, where that is much and the warehouse stays open."""
        log = self.workspace.warehouse.with_name(f"{self.workspace.warehouse.name}.wal")
        if self._held and log.exists() and log.stat().st_size > UNWRITTEN:
            with self._held.opened("simulation") as connection:
                connection.execute("checkpoint")

    def approve(self) -> list[Path]:
        """Approve every purchase and transfer that is proposed and all that is to be picked and shipped, and send it.

        Returns what the systems find.
        """
        at = as_datetime(moment(self.world.day, 0, 15))
        journal = open_journal(self.workspace, self.settings)
        try:
            proposed = [state for state in journal.states({"proposed"}) if state.action in APPROVED]
            events = [_approval(state, at) for state in proposed]
            for needs in self._at_once:
                events += approvals_at_once(journal.known, needs, APPROVER, APPROVER, Limits(None), at)
            if events:
                journal.record(events)
            send_due(journal, self.workspace, self.settings, lambda: at)
        finally:
            journal.store.dispose()
        return [file for system in CONNECTED for file in self.receiver.fetch(self._folder(system))]

    def _folder(self, system: str) -> Path:
        return self.workspace.root / SYSTEMS / system

    def day(self, is_last: bool = False) -> int:
        """Export, plan, act: one day of the loop. Returns how many decisions the systems read.

        The last day makes every mart, recorded, so that the workspace is left as a day of work leaves it.
        """
        self.deliver()
        self.plan(is_last)
        read = self.receiver.receive(self.approve())
        for system in CONNECTED:
            self.receiver.write_acknowledgements(self._folder(system) / "answers", {system})
        self.world.live()
        return read


def _approval(state: State, at: datetime) -> Event:
    return Event("approve", state.suggestion_id, APPROVER, at, {"quantity": state.quantity}, state.version)


def connect_receivers(workspace: Workspace) -> None:
    """Name the world's systems as destinations, unless the settings name any."""
    text = workspace.settings_file.read_text(encoding="utf-8")
    if "[destinations." not in text:
        workspace.settings_file.write_text(text + DESTINATIONS, encoding="utf-8")


def race(
    world: World, days: int, policies: tuple[str, ...], capital_rate: float, loop: Callable[[World], Loop],
    report: Callable[[str, int], None] = lambda policy, day: None,
) -> dict[str, Score]:  # fmt: skip
    """Live the same `days` once under each policy, from copies of one world; the scores by policy.

    The last policy lives in `world` itself: two years of a world are gigabytes.
    """
    scores = {}
    for place, name in enumerate(policies, start=1):
        fork = world if place == len(policies) else copy.deepcopy(world)
        fork.policy = by_name(name, fork)
        scorer = Scorer(fork, capital_rate)
        platform = loop(fork) if name == PLATFORM else None
        with platform.staying_open() if platform else nullcontext():
            for day in range(1, days + 1):
                if platform:
                    platform.day(is_last=day == days)
                else:
                    fork.live()
                scorer.day(fork)
                report(name, fork.day)
        scores[name] = scorer.score(fork)
    return scores


def fresh_workspace(workspace: Workspace, world: World) -> None:
    """Empty what an earlier simulation left and write the world's planning policy.

    Only folders that the simulation itself filled are emptied: `simulation.json` marks them.
    """
    for folder in (
        workspace.inbox, workspace.outbox, workspace.published, workspace.policy, workspace.root / TRUTH,
        workspace.dagster_home, workspace.dbt_target, workspace.models, workspace.root / SYSTEMS,
    ):  # fmt: skip
        shutil.rmtree(folder, ignore_errors=True)
    for database in (workspace.warehouse, workspace.decisions):
        for file in workspace.root.glob(f"{database.name}*"):
            file.unlink()
    workspace.create_folders()
    write_policy(world, workspace.policy)
