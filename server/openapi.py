"""The OpenAPI document of the HTTP side, made from the same tables as the code."""

from collections import defaultdict
from importlib.metadata import version
from typing import Any

from rooms.commands import Command, Read
from server import features, shapes
from server.api import PREFIX, WAIT_LIMIT_SECONDS
from server.examples import example
from server.shapes import SCHEMAS, FollowedStream

DESCRIPTION = (
    "The same commands, reads and streams that the pages use. Bodies hold no unknown fields. Browsers sign in with a "
    "cookie and send it from the forum's own pages only; programs send a bearer token."
)
REFUSED = "Refused; nothing was stored. `code` is stable, `message` is in the reader's language."


def openapi() -> dict[str, Any]:
    """Make the document (OpenAPI 3.1.0)."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Majlis",
            "version": version("majlis"),
            "description": DESCRIPTION,
            "license": {"name": "AGPL-3.0-or-later", "identifier": "AGPL-3.0-or-later"},
        },
        "servers": [{"url": "/"}],
        "security": [{"cookie": []}, {"cookie_https": []}, {"bearer": []}],
        "paths": _reads() | _streams() | _sent_events() | _commands(),
        "components": _components(),
    }


def _components() -> dict[str, Any]:
    return {
        "schemas": shapes.components() | {"Problem": _problem()},
        "parameters": {"ref": _ref(), "since": _since(), "wait_seconds": _wait_seconds()},
        "responses": {f"refused_{status}": _refused(codes) for status, codes in _codes_by_status().items()},
        "securitySchemes": {
            "cookie": {"type": "apiKey", "in": "cookie", "name": "majlis"},
            "cookie_https": {"type": "apiKey", "in": "cookie", "name": "__Host-majlis"},
            "bearer": {"type": "http", "scheme": "bearer"},
        },
    }


def _problem() -> dict[str, Any]:
    return {
        "type": "object",
        "description": "Why something was refused.",
        "properties": {
            "code": {"type": "string", "description": "Stable; see the errors' list."},
            "message": {"type": "string", "description": "In the reader's language."},
            "path": {"type": "string", "description": "Where in what was sent, such as plan.rounds[2].minutes."},
            "retry_after_ms": {"type": "integer", "minimum": 0},
        },
        "required": ["code", "message"],
        "additionalProperties": False,
    }


def _codes_by_status() -> dict[int, list[str]]:
    found: dict[int, list[str]] = defaultdict(list)
    for reason in shapes.reasons():
        found[reason.status].append(reason.code)
    return dict(sorted(found.items()))


def _refused(codes: list[str]) -> dict[str, Any]:
    error = {"allOf": [{"$ref": SCHEMAS + "Problem"}, {"properties": {"code": {"enum": codes}}}]}
    body = {"type": "object", "properties": {"error": error}, "required": ["error"], "additionalProperties": False}
    return {"description": REFUSED, "content": {"application/json": {"schema": body}}}


def _ref() -> dict[str, Any]:
    return {
        "name": "Idempotency-Key",
        "in": "header",
        "required": True,
        "description": "The client's own id of this request, remembered for 30 days: a retry gets the first answer.",
        "schema": {"type": "string", "pattern": shapes.REF_PATTERN},
    }


def _since() -> dict[str, Any]:
    words = "The last number that was read; without it, or where it is too old or unknown, the state is given afresh."
    return {"name": "since", "in": "query", "description": words, "schema": {"type": "integer", "minimum": 0}}


def _wait_seconds() -> dict[str, Any]:
    words = f"How long to wait for something new; at most {WAIT_LIMIT_SECONDS}."
    schema = {"type": "number", "minimum": 0, "default": 0}
    return {"name": "wait_seconds", "in": "query", "description": words, "schema": schema}


def _answers(description: str, schema: dict[str, Any], sample: Any) -> dict[str, Any]:
    good = {"description": description, "content": {"application/json": {"schema": schema, "example": sample}}}
    return {"200": good} | _refusals()


def _refusals() -> dict[str, Any]:
    return {str(status): {"$ref": f"#/components/responses/refused_{status}"} for status in _codes_by_status()}


def _commands() -> dict[str, Any]:
    return {PREFIX + name: {"post": _command(command)} for name, command in sorted(features.COMMANDS.items())}


def _command(command: Command) -> dict[str, Any]:
    rate = command.rate
    return {
        "operationId": command.name,
        "tags": [command.name.partition(".")[0]],
        "summary": command.summary,
        "description": f"{rate.burst} at once, then one more every {rate.every_seconds:g} s.",
        "parameters": [{"$ref": "#/components/parameters/ref"}],
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": shapes.ref_to(command.sent), "example": example(command.sent)}},
        },
        "responses": _answers("Done and durable.", shapes.ref_to(command.result), example(command.result)),
    }


def _reads() -> dict[str, Any]:
    return {PREFIX + read.path: {"get": _read(read)} for read in features.READS}


def _read(read: Read) -> dict[str, Any]:
    return {
        "operationId": f"read.{shapes.dotted(read.path)}{_one(read)}",
        "tags": ["reads"],
        "summary": read.summary,
        "security": [{}, {"cookie": []}, {"cookie_https": []}, {"bearer": []}],
        "parameters": _parameters(read),
        "responses": _answers("What was asked for.", shapes.ref_to(read.result), example(read.result)),
    }


def _one(read: Read) -> str:
    return ".one" if read.path.endswith("}") else ""


def _parameters(read: Read) -> list[dict[str, Any]]:
    schema, in_path = shapes.schema_of(read.sent), shapes.path_fields(read.path)
    return [
        {
            "name": name,
            "in": "path" if name in in_path else "query",
            "required": name in schema["required"],
            "schema": _nullless(field),
        }
        for name, field in schema["properties"].items()
    ]


def _nullless(field: dict[str, Any]) -> dict[str, Any]:
    """Take "or null" out of a parameter's schema: a query says nothing by leaving a field out."""
    kinds = [kind for kind in field.get("anyOf", ()) if kind != {"type": "null"}]
    return dict(kinds[0]) if len(kinds) == 1 else field


def _streams() -> dict[str, Any]:
    return {f"{PREFIX}streams/{stream.template}": {"get": _stream(stream)} for stream in shapes.streams()}


def _stream(stream: FollowedStream) -> dict[str, Any]:
    ids = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "integer", "minimum": 1}}
        for name in stream.fields
    ]
    shared = [{"$ref": "#/components/parameters/since"}, {"$ref": "#/components/parameters/wait_seconds"}]
    sample = {"seq": 42, "state": example(stream.state)}
    return {
        "operationId": f"stream.{shapes.dotted(stream.template)}",
        "tags": ["streams"],
        "summary": f"The stream {stream.template}: its state, or what came after `since`.",
        "parameters": [*ids, *shared],
        "responses": _answers("The state afresh, or events in order.", _page(stream), sample),
    }


def _sent_events() -> dict[str, Any]:
    """Describe the stand-in for the socket where a network lets none through (HTML standard, server-sent events)."""
    text = {"schema": {"type": "string"}}
    operation = {
        "operationId": "live.events",
        "tags": ["streams"],
        "summary": "The socket's frames as server-sent events; each data is one frame, or an array of several.",
        "parameters": [
            {"name": "streams", "in": "query", "required": True, "example": "room/7,person/2"} | text,
            {"name": "Last-Event-ID", "in": "header", "example": "room/7:41,person/2:9"} | text,
        ],
        "responses": _refusals() | {"200": {"description": "Frames.", "content": {"text/event-stream": text}}},
    }
    return {"/live/events": {"get": operation}}


def _page(stream: FollowedStream) -> dict[str, Any]:
    seq = {"type": "integer", "minimum": 0, "description": "The last number of the stream as given here."}
    events = [shapes.ref_to(event) for event in shapes.events_for(stream)]
    entry = _closed({"seq": {"type": "integer", "minimum": 1}, "event": {"oneOf": events}})
    return {
        "oneOf": [
            _closed({"seq": seq, "state": shapes.ref_to(stream.state)}),
            _closed({"seq": seq, "events": {"type": "array", "items": entry}}),
        ]
    }


def _closed(properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": [*properties], "additionalProperties": False}
