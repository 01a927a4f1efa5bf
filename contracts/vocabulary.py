"""What the field calls the columns, tables and values of the contracts, in English and Chinese."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from functools import lru_cache

from pydantic import BaseModel, ConfigDict

from contracts import CONTRACTS
from contracts.load import build, read_yaml
from contracts.model import Column, Table

__all__ = ["Vocabulary", "plain", "vocabulary"]

UNIT = re.compile(r"[(（\[【][^)）\]】]*[)）\]】]")
CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
SIGNS = re.compile(r"[^0-9a-z\u3400-\u9fff#]+")
BETWEEN_CHINESE = re.compile(r"(?<=[\u3400-\u9fff]) (?=[\u3400-\u9fff])")
SHORT = {
    "qty": "quantity", "amt": "amount", "num": "number", "no": "number", "nbr": "number", "nr": "number", "#": "number",
    "dt": "date", "wh": "warehouse", "whse": "warehouse", "cust": "customer", "prod": "product", "inv": "inventory",
    "desc": "description", "curr": "currency", "addr": "address", "uom": "unit", "po": "po", "disc": "discount",
    "avg": "average", "min": "minimum", "max": "maximum", "std": "standard", "pct": "percent", "ref": "reference",
    "code": "id", "identifier": "id",
}  # fmt: skip


class Vocabulary(BaseModel):
    """`vocabulary.yaml`: words by table and by column, and by value of a closed list."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    tables: Mapping[str, tuple[str, ...]]
    columns: Mapping[str, tuple[str, ...]]
    owner_knows: tuple[str, ...]
    people: tuple[str, ...]
    free_text: tuple[str, ...]
    values: Mapping[str, Mapping[str, tuple[str, ...]]]

    def words_of(self, table: Table, column: Column) -> tuple[str, ...]:
        """What the column is called: by the contract, and by the field."""
        own = self.columns.get(f"{table.qualified}.{column.name}", ())
        return (column.name, column.title_zh, *own, *self.columns.get(column.name, ()))

    def values_of(self, table: Table, column: Column) -> dict[str, str]:
        """Word, made plain, to the value of the column's closed list that it stands for."""
        lists = (self.values.get(column.name, {}), self.values.get(f"{table.qualified}.{column.name}", {}))
        known = {plain(word): value for words in lists for value, all_words in words.items() for word in all_words}
        known = {word: value for word, value in known.items() if value in column.values}
        return known | {plain(value): value for value in column.values}


@lru_cache(maxsize=1)
def vocabulary() -> Vocabulary:
    """The words that ship with the platform."""
    file = CONTRACTS / "vocabulary.yaml"
    return build(Vocabulary, read_yaml(file), "contracts/vocabulary.yaml")


@lru_cache(maxsize=50_000)
def plain(name: str) -> str:
    """A name without its unit, case, signs and abbreviations: `Order_Qty(pcs)` is `order quantity`."""
    wide = unicodedata.normalize("NFKC", name)
    bare = UNIT.sub("", wide) or wide
    words = SIGNS.sub(" ", CAMEL.sub(" ", bare).casefold()).split()
    return BETWEEN_CHINESE.sub("", " ".join(SHORT.get(word, word) for word in words))
