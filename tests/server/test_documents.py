"""The documents are complete: all that can be sent, told or refused is described, and described as it is."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import msgspec
import pytest
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]
from openapi_spec_validator import validate

from rooms.errors import REASONS
from rooms.streams import Servers, audience_of
from server import documents, features, handbook, shapes
from server.asyncapi import asyncapi
from server.connection import BYES
from server.examples import example
from server.openapi import openapi
from server.settings import Settings

SOURCE = Path(documents.__file__).parent.parent
DECLARED = re.compile(r'\breason\(\s*"([a-z_.]+)"')
STRUCTS = sorted({*shapes.top_level(), *shapes.parts()}, key=str)


def plain(document: dict[str, Any]) -> Any:
    """Give a document as its readers get it."""
    return msgspec.json.decode(msgspec.json.encode(document))


@pytest.fixture(scope="module")
def http() -> Any:
    return plain(openapi())


@pytest.fixture(scope="module")
def socket() -> Any:
    return plain(asyncapi())


def references(document: Any) -> Iterator[str]:
    """Find every $ref of a document."""
    if isinstance(document, dict):
        yield from (value for key, value in document.items() if key == "$ref")
    inner = document.values() if isinstance(document, dict) else document if isinstance(document, list) else ()
    for each in inner:
        yield from references(each)


def found(document: Any, reference: str) -> Any:
    """Follow a $ref inside its document."""
    for part in reference.removeprefix("#/").split("/"):
        document = document[part.replace("~1", "/").replace("~0", "~")]
    return document


def checks(document: Any, schema: Any) -> Draft202012Validator:
    """Make a validator that knows the document's components."""
    return Draft202012Validator(schema | {"components": document["components"]})


def test_openapi_is_valid(http: Any) -> None:
    validate(http)


def test_openapi_without_its_paths_would_not_be_valid(http: Any) -> None:
    with pytest.raises(Exception, match="paths"):
        validate({key: value for key, value in http.items() if key not in ("paths", "components")})


def test_openapi_has_every_command_read_and_stream(http: Any) -> None:
    commands = {f"/api/v1/{name}" for name in features.COMMANDS}
    reads = {f"/api/v1/{read.path}" for read in features.READS}
    streams = {f"/api/v1/streams/{stream.template}" for stream in shapes.streams()}
    assert set(http["paths"]) == commands | reads | streams | {"/live/events"}


def test_every_command_asks_for_an_idempotency_key(http: Any) -> None:
    ref = http["components"]["parameters"]["ref"]
    assert ref["required"] is True
    assert ref["schema"]["pattern"] == "^[A-Za-z0-9_-]{1,64}$"
    for name in features.COMMANDS:
        assert {"$ref": "#/components/parameters/ref"} in http["paths"][f"/api/v1/{name}"]["post"]["parameters"]


def test_path_fields_of_reads_are_required_and_the_others_are_asked_in_the_query(http: Any) -> None:
    places = {each["name"]: each for each in http["paths"]["/api/v1/rooms/{room}/messages"]["get"]["parameters"]}
    assert (places["room"]["in"], places["room"]["required"]) == ("path", True)
    assert (places["before"]["in"], places["before"]["required"]) == ("query", False)


def test_examples_in_openapi_fit_their_schemas(http: Any) -> None:
    for path in http["paths"].values():
        for operation in path.values():
            bodies = [
                operation["responses"]["200"],
                *([operation["requestBody"]] if "requestBody" in operation else []),
            ]
            contents = [body["content"]["application/json"] for body in bodies if "application/json" in body["content"]]
            for content in contents:
                checks(http, content["schema"]).validate(content["example"])


def test_every_reason_stands_under_its_status(http: Any) -> None:
    for reason in shapes.reasons():
        body = http["components"]["responses"][f"refused_{reason.status}"]["content"]["application/json"]["schema"]
        checks(http, body).validate({"error": {"code": reason.code, "message": "…"}})
    assert not checks(http, body).is_valid({"error": {"code": "no.such_code", "message": "…"}})


def test_asyncapi_has_every_command_event_and_stream_state(socket: Any) -> None:
    names = set(socket["components"]["messages"])
    assert {f"do.{name}" for name in features.COMMANDS} < names
    assert {f"on.{name}" for name, event in features.EVENTS.items() if audience_of(event) is not Servers} < names
    assert {"reset.forum", "reset.room", "reset.room.moderators", "reset.person"} < names
    assert {"welcome", "ok", "no", "bye", "follow", "unfollow", "ping", "pong"} < names


def test_every_message_of_asyncapi_is_either_received_or_sent(socket: Any) -> None:
    sides = [each["$ref"] for operation in socket["operations"].values() for each in operation["messages"]]
    assert sorted(sides) == sorted(
        f"#/channels/live/messages/{name}" for name in socket["channels"]["live"]["messages"]
    )


def test_examples_in_asyncapi_fit_their_payloads(socket: Any) -> None:
    for name, message in socket["components"]["messages"].items():
        payload = message["payload"]
        Draft202012Validator.check_schema(payload)
        check = checks(socket, payload)
        for sample in message["examples"]:
            check.validate(sample["payload"])
            assert not check.is_valid(sample["payload"] | {"unknown": 1}), f"{name} lets unknown fields in"


@pytest.mark.parametrize("make", [openapi, asyncapi])
def test_every_reference_leads_somewhere(make: Any) -> None:
    document = plain(make())
    assert all(found(document, reference) for reference in references(document))
    with pytest.raises(KeyError):
        found(document, "#/components/schemas/NoSuchThing")


def test_servers_own_events_are_in_neither_document(http: Any, socket: Any) -> None:
    assert "authority.changed" in features.EVENTS
    assert "authority.changed" not in str(http["paths"]) + str(socket["components"]["messages"])


@pytest.mark.parametrize("struct", STRUCTS, ids=lambda struct: struct.__name__)
def test_examples_are_what_the_code_itself_would_read(struct: Any) -> None:
    sample = example(struct)
    body = {name: value for name, value in sample.items() if name != "type"}
    assert msgspec.convert(sample, struct, strict=False)
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(body | {"unknown": 1}, struct, strict=False)


def test_every_reason_in_the_source_is_listed() -> None:
    files = [path for folder in ("rooms", "hackathon", "server") for path in (SOURCE / folder).rglob("*.py")]
    declared = {code for path in files for code in DECLARED.findall(path.read_text("utf-8"))}
    assert "rate.limited" in declared
    assert {reason.code for reason in shapes.reasons()} >= declared
    assert {reason.code for reason in shapes.reasons()} == set(REASONS)


def test_the_generated_pages_are_current() -> None:
    assert documents.stale() == [], "run: python -m server.documents write"


def test_a_changed_page_is_found_and_written_again(tmp_path: Path) -> None:
    documents.write(tmp_path)
    (tmp_path / "errors.md").write_text("nothing", "utf-8")
    (tmp_path / "events.md").unlink()
    assert sorted(documents.stale(tmp_path)) == ["errors.md", "events.md"]
    documents.write(tmp_path)
    assert documents.stale(tmp_path) == []


def test_the_command_line_answers_for_what_it_cannot_do() -> None:
    assert documents.main(["check"]) == ""
    assert documents.main(["burn"]).startswith("usage:")


def test_the_pages_name_all_that_there_is() -> None:
    pages = handbook.pages()
    assert all(f"### {name}\n" in pages["commands.md"] for name in features.COMMANDS)
    assert all(f"### GET {read.path}\n" in pages["commands.md"] for read in features.READS)
    assert all(f"## {name}\n" in pages["events.md"] for name in features.EVENTS)
    assert all(f"| `{code}` |" in pages["errors.md"] for code in [*REASONS, *BYES])
    assert all(f"| `MAJLIS_{name.upper()}` |" in pages["settings.md"] for name in Settings.model_fields)
    assert all(f"## {shapes.name_of(struct)}\n" in pages["shapes.md"] for struct in shapes.parts())


def test_every_setting_says_what_it_does() -> None:
    assert all(field.description for field in Settings.model_fields.values())


def test_the_readable_page_lists_all_and_its_anchors_are_unique() -> None:
    sections = documents.api_page()["sections"]
    entries = [entry for section in sections for entry in section["entries"]]
    ids = [section["id"] for section in sections] + [entry["id"] for entry in entries]
    assert len(ids) == len(set(ids))
    assert not any(" " in each for each in ids)
    assert {*features.COMMANDS} <= {entry["name"] for entry in entries}
    assert {*REASONS} <= {code for section in sections for code, _ in section["facts"]}


async def test_a_server_shows_the_page_and_both_documents(client: httpx2.AsyncClient) -> None:
    page = await client.get("/api/")
    assert page.status_code == 200
    assert all(f"<code>{name}</code>" in page.text for name in [*features.COMMANDS, *REASONS])
    assert (await client.get("/api/openapi.json")).json() == plain(openapi())
    assert (await client.get("/api/asyncapi.json")).json() == plain(asyncapi())


async def test_what_a_server_answers_is_what_openapi_says(client: httpx2.AsyncClient, http: Any) -> None:
    for path in ("/api/v1/forum", "/api/v1/sessions", "/api/v1/rooms/1/messages", "/api/v1/streams/forum"):
        answer = await client.get(path)
        template = re.sub(r"/\d+", "/{room}", path)
        responses = http["paths"][template]["get"]["responses"]
        told = responses[str(answer.status_code)]
        told = found(http, told["$ref"]) if "$ref" in told else told
        checks(http, told["content"]["application/json"]["schema"]).validate(answer.json())
