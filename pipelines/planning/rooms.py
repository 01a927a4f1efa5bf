"""The settings of the pure rooms, checked before a run begins rather than when it comes to them."""

from __future__ import annotations

from pathlib import Path

import forecasting
from optimization import carriers, replenishment, waves
from pipelines.settings import Settings, SettingsError

ROOMS = {
    "forecasting": forecasting.Params,
    "replenishment": replenishment.Params,
    "order_changes": replenishment.ActionParams,
    "clearance": replenishment.ClearanceParams,
    "channels": replenishment.ChannelParams,
    "waves": waves.Params,
    "carriers": carriers.Params,
}


def check_room_settings(path: Path, settings: Settings) -> None:
    """See that the rooms take the settings read from `path`.

    Raises
    ------
    SettingsError
        With file, section and what the room says of it.
    """
    for name, params in ROOMS.items():
        try:
            params.from_mapping(getattr(settings, name))
        except (ValueError, TypeError) as error:
            raise SettingsError(f"{path}: [{name}] {error}. Mend it, or remove it for the default.") from error
