"""The product's own browser modules: they join, they are well formed, and the early script stays tiny."""

import json
from pathlib import Path

import pytest

from server.assets import Assets, find_static
from tests.node import complaint, evaluate


def test_every_entry_joins_and_is_well_formed(tmp_path: Path) -> None:
    assets = Assets(find_static())
    entries = [name for name in assets.names() if name.endswith(".js")]
    assert "early.js" in entries
    for name in entries:
        (tmp_path / f"{name}.mjs").write_bytes(assets.find(name).body)
        assert complaint(tmp_path / f"{name}.mjs") == ""


def test_what_is_not_well_formed_is_found(tmp_path: Path) -> None:
    (tmp_path / "bad.mjs").write_text("const a = ;", "utf-8")
    assert "SyntaxError" in complaint(tmp_path / "bad.mjs")


def test_the_early_script_is_at_most_150_bytes() -> None:
    text, _ = Assets(find_static()).inline("early.js")
    assert len(text.encode()) <= 150


@pytest.mark.parametrize(
    ("origin", "address"),
    [("https://forum.example", "wss://forum.example/live"), ("http://127.0.0.1:8000", "ws://127.0.0.1:8000/live")],
)
def test_the_early_script_opens_the_socket_and_keeps_what_arrives(origin: str, address: str, tmp_path: Path) -> None:
    text, _ = Assets(find_static()).inline("early.js")
    code = f"""import vm from "node:vm";
        class WebSocket {{ constructor(...given) {{ this.given = given; }} }}
        const page = vm.createContext({{ WebSocket, location: {{ origin: "{origin}" }} }});
        vm.runInContext({json.dumps(text)}, page);
        for (const data of ["a", "b"]) page.early.onmessage({{ data }});
        console.log(JSON.stringify([page.early.given, page.early.kept]));"""
    assert evaluate(code, tmp_path) == [[address, "majlis.v1"], ["a", "b"]]
