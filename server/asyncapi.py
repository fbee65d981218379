"""The AsyncAPI document of the socket at /live, made from the same tables as the code."""

from importlib.metadata import version
from typing import Any

from rooms.commands import Command
from rooms.streams import Logged
from server import features, shapes
from server.connection import BYES
from server.conversation import STREAMS_LIMIT
from server.examples import AT, example
from server.live import SUBPROTOCOL
from server.shapes import SCHEMAS, FollowedStream

DESCRIPTION = (
    f"One WebSocket per page, subprotocol `{SUBPROTOCOL}`, JSON text frames. The server may also send a JSON array of "
    "several of its frames, in order. Browsers sign in with a cookie and connect from the forum's own pages only; "
    "programs send a bearer token."
)
REF = {"type": "string", "pattern": shapes.REF_PATTERN}
SEQ = {"type": "integer", "minimum": 0}
NAMES = {"type": "array", "items": {"type": "string"}, "minItems": 1, "maxItems": STREAMS_LIMIT}
TIME = {"type": "string", "format": "date-time"}
FROM_CLIENT = frozenset({"follow", "unfollow", "ping"})


def asyncapi() -> dict[str, Any]:
    """Make the document (AsyncAPI 3.0.0)."""
    messages = _messages()
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Majlis",
            "version": version("majlis"),
            "description": DESCRIPTION,
            "license": {"name": "AGPL-3.0-or-later"},
        },
        "defaultContentType": "application/json",
        "servers": {"forum": _server()},
        "channels": {"live": _channel(messages)},
        "operations": _operations(messages),
        "components": {
            "messages": messages,
            "schemas": shapes.components() | _problem(),
            "securitySchemes": {
                "cookie": {"type": "httpApiKey", "in": "cookie", "name": "majlis"},
                "bearer": {"type": "http", "scheme": "bearer"},
            },
        },
    }


def _server() -> dict[str, Any]:
    schemes = [{"$ref": f"#/components/securitySchemes/{name}"} for name in ("cookie", "bearer")]
    return {"host": "forum.example", "protocol": "wss", "security": schemes}


def _channel(messages: dict[str, Any]) -> dict[str, Any]:
    return {
        "address": "/live",
        "description": DESCRIPTION,
        "servers": [{"$ref": "#/servers/forum"}],
        "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in messages},
    }


def _operations(messages: dict[str, Any]) -> dict[str, Any]:
    """Say what the server receives and what it sends."""
    received = [name for name in messages if name.startswith("do.") or name in FROM_CLIENT]
    sides = {"receive": received, "send": [name for name in messages if name not in received]}
    return {
        f"{action}Frames": {
            "action": action,
            "channel": {"$ref": "#/channels/live"},
            "messages": [{"$ref": f"#/channels/live/messages/{name}"} for name in names],
        }
        for action, names in sides.items()
    }


def _messages() -> dict[str, Any]:
    commands = {f"do.{name}": _do(command) for name, command in sorted(features.COMMANDS.items())}
    events = {f"on.{name}": _on(event) for name, event in shapes.outside_events().items()}
    resets = {f"reset.{shapes.dotted(stream.template)}": _reset(stream) for stream in shapes.streams()}
    return commands | _FRAMES | {"ok": _ok()} | events | resets | {"bye": _bye()}


def _message(words: str, payload: dict[str, Any], sample: Any) -> dict[str, Any]:
    return {"summary": words, "payload": payload, "examples": [{"payload": sample}]}


def _closed(properties: dict[str, Any], optional: tuple[str, ...] = ()) -> dict[str, Any]:
    required = [name for name in properties if name not in optional]
    return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}


def _do(command: Command) -> dict[str, Any]:
    payload = _closed({"do": {"const": command.name}, "ref": REF, "with": shapes.ref_to(command.sent)})
    return _message(command.summary, payload, {"do": command.name, "ref": "b1", "with": example(command.sent)})


def _ok() -> dict[str, Any]:
    results = list(dict.fromkeys(shapes.name_of(command.result) for command in features.COMMANDS.values()))
    heads = {"type": "object", "additionalProperties": _closed({"seq": SEQ})}
    payload = _closed({"ok": REF, "result": {"anyOf": [*({"$ref": SCHEMAS + name} for name in results), heads]}})
    words = "Done and durable: the command's result, or where the followed streams stand."
    return _message(words, payload, {"ok": "b1", "result": {"room/7": {"seq": 45}}})


def _on(event: Any) -> dict[str, Any]:
    stream = next(each.sample for each in reversed(shapes.streams()) if event in shapes.events_for(each))
    logged = issubclass(event, Logged)
    payload = _closed({"on": {"type": "string"}} | ({"seq": SEQ} if logged else {}) | {"event": shapes.ref_to(event)})
    sample = {"on": stream} | ({"seq": 42} if logged else {}) | {"event": example(event)}
    return _message(shapes.summary(event), payload, sample) | {"x-audience": shapes.audience(event)}


def _reset(stream: FollowedStream) -> dict[str, Any]:
    payload = _closed({"reset": {"type": "string"}, "seq": SEQ, "state": shapes.ref_to(stream.state)})
    sample = {"reset": stream.sample, "seq": 42, "state": example(stream.state)}
    return _message(f"Throw away what you hold of {stream.template}: here is the state afresh.", payload, sample)


def _bye() -> dict[str, Any]:
    bye = _closed({"code": {"enum": list(BYES)}, "retry_after_ms": {"type": "integer", "minimum": 0}})
    words = "The last frame; the close code says whether to come back (below 4500) or not."
    return _message(words, _closed({"bye": bye}), {"bye": {"code": "slow", "retry_after_ms": 1800}})


def _problem() -> dict[str, Any]:
    codes = {"enum": [reason.code for reason in shapes.reasons()]}
    retry = {"type": "integer", "minimum": 0}
    properties = {"code": codes, "message": {"type": "string"}, "path": {"type": "string"}, "retry_after_ms": retry}
    return {"Problem": _closed(properties, ("path", "retry_after_ms"))}


_PROBLEM = {"code": "question.own_vote", "message": "You cannot vote for your own question."}
_WELCOME = {
    "v": 1,
    "epoch": "20230412-5f2a91c0",
    "you": {"id": 2},
    "now": AT,
    "limits": {"frame_bytes": 16384, "streams": 50},
    "heartbeat_ms": 15000,
}
_FRAMES: dict[str, Any] = {
    "follow": _message(
        "Follow streams, all or none; with `since`, what came after is replayed.",
        _closed({"follow": NAMES, "ref": REF, "since": {"type": "object", "additionalProperties": SEQ}}, ("since",)),
        {"follow": ["room/7"], "ref": "f1", "since": {"room/7": 41}},
    ),
    "unfollow": _message("Follow streams no more.", _closed({"unfollow": NAMES}), {"unfollow": ["room/7"]}),
    "ping": _message("Say that you are there.", _closed({"ping": {"type": "integer"}}), {"ping": 1234}),
    "pong": _message(
        "The answer to a ping, with the server's clock.",
        _closed({"pong": {"type": "integer"}, "now": TIME}),
        {"pong": 1234, "now": AT},
    ),
    "welcome": _message(
        "The first frame. `epoch` names this database's history: when it changes, drop every `since`.",
        _closed(
            {
                "welcome": _closed(
                    {
                        "v": {"const": 1},
                        "epoch": {"type": "string"},
                        "you": {"anyOf": [_closed({"id": {"type": "integer"}}), {"type": "null"}]},
                        "now": TIME,
                        "limits": {"type": "object", "additionalProperties": {"type": "integer"}},
                        "heartbeat_ms": {"type": "integer"},
                    }
                )
            }
        ),
        {"welcome": _WELCOME},
    ),
    "no": _message(
        "Refused; nothing was stored. `no` is null where the frame's ref could not be read.",
        _closed({"no": {"anyOf": [REF, {"type": "null"}]}, "error": {"$ref": SCHEMAS + "Problem"}}),
        {"no": "b1", "error": _PROBLEM},
    ),
}
