"""Technical settings of a workspace (`supplyloop.toml`). Planning policy is data, in `policy/`."""

from __future__ import annotations

import tomllib
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

if TYPE_CHECKING:
    from contracts.mapping import Mapping

TEMPLATE = """\
# Technical settings of this workspace; planning policy is data, in policy/.
tenant_id = "{tenant_id}"
business_timezone = "{timezone}"   # business dates and schedules are in this zone
mappings = {mappings}              # foreign exports this workspace reads: ones that ship, or its own in mappings/

[inbox]
quiet_seconds = 10                 # a file nobody wrote to for so long is whole, unless a manifest or .done says so
max_seconds = 60                   # of processor time for reading one file, and one more for each MB of it
max_memory = "2GB"                 # for reading one file

[engine]
memory_limit = "2500MB"            # what DuckDB may use before it spills to disk
threads = 2

[schedules]
daily_plan = "0 6 * * *"
intraday_fulfilment = "*/30 8-20 * * *"
forecast_backtest = "0 3 * * 1"
"""


SIZE = r"^\d+(\.\d+)?\s?(MB|MiB|GB|GiB)$"


# Time zones of the mainland: its holidays and sales events move demand there.
CHINA = ("Asia/Shanghai", "Asia/Urumqi", "Asia/Chongqing", "Asia/Harbin", "PRC")


class SettingsError(Exception):
    """The settings file is wrong; the message names file, key, what was found and what to do."""


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Engine(_Section):
    """Limits of the DuckDB engine inside a run."""

    memory_limit: str = Field(default="2500MB", pattern=SIZE)
    threads: int = Field(default=2, ge=1)


class Inbox(_Section):
    """When a delivered file counts as whole, and what reading it may cost."""

    quiet_seconds: float = Field(default=10.0, ge=0, le=600)
    max_seconds: float = Field(default=60.0, gt=0)
    max_memory: str = Field(default="2GB", pattern=SIZE)


class Schedules(_Section):
    """Cron lines, read in the business time zone."""

    daily_plan: str = "0 6 * * *"
    intraday_fulfilment: str = "*/30 8-20 * * *"
    forecast_backtest: str = "0 3 * * 1"


class Decisions(_Section):
    """Where decisions are kept, without a URL in `decisions.db` of the workspace, and when the unseen is given up."""

    url: str | None = Field(default=None, pattern=r"^(sqlite|postgresql\+psycopg2)://")
    # Weeks of recommending beside the process of today: decisions are kept, nothing is sent.
    shadow: bool = False
    # Days after the approval, in which an export should show what was sent.
    alarm_days: int = Field(default=3, ge=0, le=365)
    expiry_days: int = Field(default=30, ge=1, le=365)

    @model_validator(mode="after")
    def _alarm_first(self) -> Decisions:
        if self.alarm_days >= self.expiry_days:
            raise ValueError("alarm_days must be less than expiry_days: an alarm comes before what is given up")
        return self


class DestinationSettings(_Section):
    """One receiver: which decisions it gets, and one way to reach it.

    A folder without a format gets one JSON per message; with `layout` or `format`, files of many rows.
    """

    decisions: tuple[str, ...] = Field(min_length=1)
    folder: str | None = None
    sftp_url: str | None = Field(default=None, pattern=r"^sftp://[^@/]+@[^@/]+(/.*)?$")
    webhook_url: str | None = Field(default=None, pattern=r"^https?://")
    table_url: str | None = Field(default=None, pattern=r"^(sqlite|postgresql\+psycopg2)://")
    # Secrets themselves stand in the environment, never in a file.
    secret_variable: str | None = None
    password_variable: str | None = None
    key_file: str | None = None
    host_key: str | None = Field(default=None, pattern=r"^(ssh|ecdsa)-\S+ \S+")
    layout: str | None = None
    format: Literal["csv", "xlsx", "json"] | None = None
    # The receiver's names of our values, by the layout's header.
    translate: dict[str, dict[str, str]] = {}
    # Folder where its answers lie: from the workspace, or on the SFTP server.
    answers: str | None = None

    @model_validator(mode="after")
    def _one_way(self) -> DestinationSettings:
        ways = [way for way in (self.folder, self.sftp_url, self.webhook_url, self.table_url) if way is not None]
        if len(ways) != 1 or (self.webhook_url is not None) != (self.secret_variable is not None):
            raise ValueError(
                "a destination has one of folder, sftp_url, table_url, or webhook_url with secret_variable"
            )
        if self.sftp_url is not None and (
            self.host_key is None or (self.key_file is None) == (self.password_variable is None)
        ):
            raise ValueError("sftp_url needs host_key, as known_hosts has it, and one of key_file, password_variable")
        if self.folder is None and self.sftp_url is None and (self.layout or self.format or self.answers):
            raise ValueError("layout, format and answers are of files: they need folder or sftp_url")
        if (self.layout and len(self.decisions) > 1) or (self.translate and not self.layout):
            raise ValueError("a layout is of one decision, and translate of one layout; make a destination for each")
        return self


class AutoApproval(_Section):
    """What may be approved without a person in one go, and what earns a class of decisions that freedom.

    The money is in the currency of the plan; `supplier_change` is a multiple of what is usual for a supplier.
    """

    value: Decimal = Field(gt=0)
    lines: int = Field(ge=1)
    supplier_change: Decimal = Field(default=Decimal(2), gt=0)
    scored: int = Field(default=30, ge=2)
    recent: int = Field(default=200, ge=2)
    edits: Decimal = Field(default=Decimal("0.02"), ge=0)


class Desk(_Section):
    """What a role of the planner's desk may see: groups of columns that it may not, places whose rows it may."""

    hidden: dict[Literal["analyst", "planner", "approver", "admin"], tuple[Literal["cost", "supplier"], ...]] = {}
    places: dict[Literal["analyst", "planner", "approver", "admin"], tuple[str, ...]] = {}


class Settings(_Section):
    """What `supplyloop.toml` may say. Unknown keys are refused."""

    tenant_id: str = Field(min_length=1, max_length=64)
    business_timezone: str = "Asia/Shanghai"
    mappings: tuple[str, ...] = ()
    inbox: Inbox = Inbox()
    engine: Engine = Engine()
    schedules: Schedules = Schedules()
    decisions: Decisions = Decisions()
    destinations: dict[str, DestinationSettings] = {}
    desk: Desk = Desk()
    # Without it every decision waits for a person.
    auto_approval: AutoApproval | None = None
    # Settings of the pure rooms, checked there: forecasting.Params, optimization.*.Params.
    forecasting: dict[str, object] = {}
    replenishment: dict[str, object] = {}
    order_changes: dict[str, object] = {}
    clearance: dict[str, object] = {}
    channels: dict[str, object] = {}
    waves: dict[str, object] = {}
    carriers: dict[str, object] = {}

    @model_validator(mode="before")
    @classmethod
    def _calendar_of_the_country(cls, given: dict) -> dict:
        """Where the business is in China the forecast knows its calendar; `calendar = ""` keeps it from it."""
        told, zone = given.get("forecasting", {}), given.get("business_timezone", "Asia/Shanghai")
        if zone not in CHINA or not isinstance(told, dict):
            return given
        return given | {"forecasting": {"calendar": "CN"} | told}

    @property
    def zone(self) -> ZoneInfo:
        """Where the business is."""
        return ZoneInfo(self.business_timezone)

    def journal_url(self, file: Path) -> str:
        """URL of the journal: `decisions.url`, else SQLite in `file`."""
        return self.decisions.url or f"sqlite:///{file}"

    @field_validator("destinations")
    @classmethod
    def _one_receiver_each(cls, value: dict[str, DestinationSettings]) -> dict[str, DestinationSettings]:
        from contracts import outbox

        named = [decision for entry in value.values() for decision in entry.decisions]
        known = set(outbox()) - {"acknowledgement", "supplier_confirmation", "recall"}
        wrong = [name for name in named if name not in known or named.count(name) > 1]
        if wrong:
            raise ValueError(f"{wrong[0]!r} must be one of {sorted(known)}, and of one destination only")
        return value

    @field_validator("business_timezone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise ValueError(f"{value!r} is no IANA time zone, such as 'Asia/Shanghai'") from error
        return value


def load_settings(path: Path) -> Settings:
    """Read and check `supplyloop.toml`.

    Raises
    ------
    SettingsError
        For a file that is no TOML, an unknown key or a value out of range.
    """
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(f"{path}: cannot be read as TOML ({error}). Mend the line it names.") from error
    try:
        return Settings(**content)
    except ValidationError as error:
        raise SettingsError("\n".join(explained(path, issue) for issue in error.errors())) from error


def chosen_mappings(path: Path, settings: Settings) -> list[Mapping]:
    """The mappings that the settings, read from `path`, name: ones that ship, or the workspace's own.

    Raises
    ------
    SettingsError
        If one does not exist, or one of the workspace's own bears the name of one that ships.
    """
    from contracts.mapping import load_mapping, mappings

    known = mappings()
    own = {file.stem: file for file in sorted(path.with_name("mappings").glob("*.yaml"))}
    if shadowing := sorted(set(own) & set(known)):
        raise SettingsError(
            f"{own[shadowing[0]]}: a mapping called '{shadowing[0]}' ships with the platform. Give yours another name."
        )
    unknown = [name for name in settings.mappings if name not in known and name not in own]
    if unknown:
        raise SettingsError(
            f"{path}: mapping '{unknown[0]}' does not exist. There are {', '.join(sorted({*known, *own}))}."
        )
    return [known[name] if name in known else load_mapping(own[name]) for name in settings.mappings]


def explained(path: Path, issue: dict) -> str:
    """What pydantic found wrong in a settings file, and what to do."""
    key = ".".join(str(part) for part in issue["loc"])
    if issue["type"] == "extra_forbidden":
        return f"{path}: unknown key '{key}'. Remove it, or look for a typing error."
    if issue["type"] == "missing":
        return f"{path}: key '{key}' is missing. Add it."
    return f"{path}: key '{key}' is {issue['input']!r}: {issue['msg']}."
