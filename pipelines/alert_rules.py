"""Reads `alerts.toml` of a workspace: rules over metrics of the dictionary, and how their owners are told."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from pipelines.metrics import Metric, metrics
from pipelines.settings import SettingsError, explained

if TYPE_CHECKING:
    from feedback.alerts.mail import Mail
    from feedback.alerts.watch import Rule

FILE = "alerts.toml"


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class AlertRule(_Section):
    """One rule; `feedback.alerts.watch.Rule` says what each key does. `by` cuts the metric by columns of its mart."""

    owner: str = Field(min_length=1, max_length=200)
    metric: str
    by: tuple[str, ...] = ()
    above: float | None = None
    below: float | None = None
    clear: float | None = None
    runs: int = Field(default=1, ge=1, le=100)
    remind_days: int = Field(default=7, ge=1, le=365)
    # Metric of the same cut that says what is at stake.
    money: str | None = None
    least_money: Decimal = Field(default=Decimal(0), ge=0)
    tell: tuple[Literal["mail", "webhook"], ...] = ()

    @model_validator(mode="after")
    def _fits(self) -> AlertRule:
        if (self.above is None) == (self.below is None):
            raise ValueError("a rule has one of above and below")
        if self.clear is not None and (self.clear > self.limit if self.above is not None else self.clear < self.limit):
            raise ValueError("clear is on the good side of the limit, or the alert would end while it begins")
        known = metrics()
        for name in (self.metric, self.money):
            if name is not None and name not in known:
                raise ValueError(f"there is no metric {name!r}; docs/metrics.md has them all")
        if self.least_money and self.money is None:
            raise ValueError("least_money needs money, the metric that says what is at stake")
        return self

    @property
    def limit(self) -> float:
        """The value beyond which the alert begins."""
        return float(self.above if self.above is not None else self.below)

    def rule(self, name: str) -> Rule:
        """The rule as it is watched."""
        from feedback.alerts.watch import Rule

        clear = self.limit if self.clear is None else self.clear
        return Rule(
            name, self.owner, self.metric, self.limit, self.above is not None, clear, self.runs, self.remind_days,
            self.least_money, self.tell,
        )  # fmt: skip

    @property
    def measured(self) -> Metric:
        """The metric that is watched."""
        return metrics()[self.metric]

    @property
    def at_stake(self) -> Metric | None:
        """The metric that says what is at stake."""
        return None if self.money is None else metrics()[self.money]


class MailServer(_Section):
    """A server that takes our mails. The password stands in the environment."""

    host: str
    port: int = Field(default=587, ge=1, le=65535)
    sender: str = Field(pattern=r"^[^@\s]+@[^@\s]+$")
    starttls: bool = True
    user: str | None = None
    password_variable: str | None = None

    def mail(self, workspace: str) -> Mail:
        """The server, with its password from the environment.

        Raises
        ------
        SettingsError
            If it is not there.
        """
        from feedback.alerts.mail import Mail

        password = None if self.password_variable is None else _secret(self.password_variable)
        return Mail(self.host, self.port, self.sender, workspace, self.starttls, self.user, password)


class AlertWebhook(_Section):
    """Where alerts are posted, signed. The secret stands in the environment."""

    url: str = Field(pattern=r"^https?://")
    secret_variable: str

    @property
    def secret(self) -> str:
        """The shared secret."""
        return _secret(self.secret_variable)


class AlertFile(_Section):
    """What `alerts.toml` may say."""

    rules: dict[str, AlertRule] = {}
    mail: MailServer | None = None
    webhook: AlertWebhook | None = None

    @model_validator(mode="after")
    def _ways_exist(self) -> AlertFile:
        for name, rule in self.rules.items():
            if missing := [way for way in rule.tell if getattr(self, way) is None]:
                raise ValueError(f"rule '{name}' tells by {missing[0]}, and there is no section [{missing[0]}]")
        return self


def load_alerts(root: Path) -> AlertFile:
    """The rules of a workspace; none without the file.

    Raises
    ------
    SettingsError
        For a file that is no TOML, an unknown key or a value that does not fit; it names file and key.
    """
    path = root / FILE
    if not path.exists():
        return AlertFile()
    try:
        content: Mapping[str, object] = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(f"{path}: cannot be read as TOML ({error}). Mend the line it names.") from error
    try:
        return AlertFile(**content)
    except ValidationError as error:
        raise SettingsError("\n".join(explained(path, issue) for issue in error.errors())) from error


def _secret(variable: str) -> str:
    secret = os.environ.get(variable)
    if not secret:
        raise SettingsError(f"{FILE}: a secret is not in the environment; set {variable}")
    return secret
