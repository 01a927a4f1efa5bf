"""The description of the API, made of the very table that answers: no address without one, none that does not exist."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Mapping

# Words that a request may say, by the address they belong to; those of a change stand in its body.
WORDS: Mapping[str, Mapping[str, str]] = {
    "worklist": {"start": "integer", "end": "integer", "view": "string", "search": "string", "filters": "string",
                 "order": "string"},
    "export.{ending}": {"view": "string", "search": "string", "filters": "string", "order": "string"},
    "suggestions/{suggestion}/preview": {"quantity": "string"},
    "approve": {"suggestion_id": "string", "version": "integer", "quantity": "string"},
    "edit": {"suggestion_id": "string", "version": "integer", "quantity": "string", "new_quantity": "string",
             "reason": "string", "note": "string"},
    "reject": {"suggestion_id": "string", "version": "integer", "quantity": "string", "reason": "string",
               "note": "string"},
    "snooze": {"suggestion_id": "string", "version": "integer", "quantity": "string", "until": "string"},
    "reopen": {"suggestion_id": "string", "version": "integer", "quantity": "string"},
    "undo": {"suggestion_ids": "array", "reason": "string"},
    "total": {"suggestion_ids": "array", "query": "object"},
    "approve_many": {"suggestion_ids": "array", "query": "object", "seal": "string"},
    "ask": {"sql": "string"},
    "import/preview": {"content": "string"},
    "import/apply": {"content": "string", "seal": "string", "reason": "string", "note": "string"},
    "people/add": {"name": "string", "roles": "array"},
    "people/grant": {"name": "string", "roles": "array"},
    "people/reset": {"name": "string"},
    "people/shut_out": {"name": "string"},
    "views/save": {"title": "string", "asked": "object"},
    "views/remove": {"title": "string"},
    "tokens/make": {"label": "string", "days": "integer"},
    "tokens/revoke": {"label": "string"},
}  # fmt: skip
ANSWERS = {
    "200": "What was asked.", "400": "A word has no meaning; the answer says which.", "401": "Nobody is signed in.",
    "403": "The person may not, or the request is not of our page.", "404": "There is no such thing.",
    "409": "It is no longer so; both values are told.", "413": "The body is too large.",
    "422": "The journal refuses it; the answer says why.", "429": "Too many requests; wait.",
    "503": "Nothing is published yet.",
}  # fmt: skip

Table = Mapping[str, tuple[Callable[..., object], str]]


def describe(reads: Table, changes: Table) -> dict[str, object]:
    """OpenAPI 3.1 of every address of the API."""
    paths = {f"/t/{{tenant}}/api/{name}": {"get": _operation(name, *entry, False)} for name, entry in reads.items()}
    paths |= {f"/t/{{tenant}}/api/{name}": {"post": _operation(name, *entry, True)} for name, entry in changes.items()}
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


def _operation(name: str, handler: Callable[..., object], permission: str, changes: bool) -> dict[str, object]:
    words = WORDS.get(name, {})
    described = {
        "operationId": re.sub(r"\W+", "_", name).strip("_") + ("_change" if changes else ""),
        "summary": (inspect.getdoc(handler) or "").partition("\n")[0],
        "description": f"Needs the permission `{permission}`.",
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
