"""The description of the API, made of the very table that answers: no address without one, none that does not exist."""

from __future__ import annotations

import inspect
import re
from collections.abc import Mapping

from planner.web.part import Address

ANSWERS = {
    "200": "What was asked.", "400": "A word has no meaning; the answer says which.", "401": "Nobody is signed in.",
    "403": "The person may not, or the request is not of our page.", "404": "There is no such thing.",
    "409": "It is no longer so; both values are told.", "413": "The body is too large.",
    "422": "The journal refuses it; the answer says why.", "429": "Too many requests; wait.",
    "503": "Nothing is published yet.",
}  # fmt: skip

Table = Mapping[str, Address]


def describe(reads: Table, changes: Table) -> dict[str, object]:
    """OpenAPI 3.1 of every address of the API."""
    paths = {f"/t/{{tenant}}/api/{name}": {"get": _operation(name, each, False)} for name, each in reads.items()}
    paths |= {f"/t/{{tenant}}/api/{name}": {"post": _operation(name, each, True)} for name, each in changes.items()}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Supplyloop, the planner's desk", "version": "1",
            "description": "A program says `Authorization: Bearer TOKEN`; a token is made on the desk by its owner.",
        },
        "security": [{"token": []}],
        "components": {"securitySchemes": {"token": {"type": "http", "scheme": "bearer"}}},
        "paths": dict(sorted(paths.items())),
    }  # fmt: skip


def _operation(name: str, address: Address, changes: bool) -> dict[str, object]:
    words = address.words
    described = {
        "operationId": re.sub(r"\W+", "_", name).strip("_") + ("_change" if changes else ""),
        "summary": (inspect.getdoc(address.handler) or "").partition("\n")[0],
        "description": f"Needs the permission `{address.permission}`.",
        "parameters": [_parameter(each, "path", "string") for each in ("tenant", *re.findall(r"\{(\w+)\}", name))],
        "responses": {status: {"description": text} for status, text in ANSWERS.items()},
    }
    if changes:
        schema = {"type": "object", "properties": {word: _schema(kind) for word, kind in words.items()}}
        described["requestBody"] = {"required": True, "content": {"application/json": {"schema": schema}}}
    else:
        described["parameters"] += [_parameter(word, "query", kind) for word, kind in words.items()]
    return described


def _parameter(name: str, place: str, kind: str) -> dict[str, object]:
    return {"name": name, "in": place, "required": place == "path", "schema": _schema(kind)}


def _schema(kind: str) -> dict[str, object]:
    return {"type": "array", "items": {"type": "string"}} if kind == "array" else {"type": kind}
