"""The model of the forecast, fitted once for the same content: stages of a run share it, as do days of a process."""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass, field
from functools import lru_cache

import polars as pl

import forecasting
from pipelines.planning.kept_trees import KeptTrees


@dataclass(frozen=True)
class _Asked:
    """What a model is fitted on; equal where its content is."""

    content: tuple[str, ...]
    known: pl.DataFrame = field(compare=False)
    groups: pl.DataFrame = field(compare=False)
    params: forecasting.Params
    trees: str
    kept: KeptTrees | None = field(compare=False)


def fitted(
    known: pl.DataFrame, groups: pl.DataFrame, params: forecasting.Params, kept: KeptTrees | None
) -> forecasting.Model:
    """The model of `known`, with the trees that are kept for its last week or, where there are none, with new ones.

    Nobody may change what is returned: the next one who asks the same gets it too.
    """
    standing = kept.standing(known["ds"].max(), params) if kept else None
    if standing is None:
        return _fit(known, groups, params, kept)
    return _latest(_Asked((_content(known), _content(groups)), known, groups, params, standing, kept))


@lru_cache(maxsize=1)
def _latest(asked: _Asked) -> forecasting.Model:
    return _fit(asked.known, asked.groups, asked.params, asked.kept)


def _fit(
    known: pl.DataFrame, groups: pl.DataFrame, params: forecasting.Params, kept: KeptTrees | None
) -> forecasting.Model:
    week = known["ds"].max()
    learned = kept.of_week(week, params) if kept else None
    model = forecasting.fit(known, params, groups, learned)
    if kept and model.boosted and model.boosted.trees is not learned:
        kept.keep(week, params, model.boosted.trees)
    return model


def _content(frame: pl.DataFrame) -> str:
    """A digest of names, types and rows in their order."""
    written = io.BytesIO()
    frame.write_ipc(written)
    return hashlib.sha256(written.getbuffer()).hexdigest()
