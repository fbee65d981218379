"""What Majlis touches in aiortc and aioice beyond their documents: a newer version that lacks it fails here first."""

import ast
import asyncio
import importlib
import tomllib
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

import aioice
import aiortc
import pytest
from aiortc import RTCSessionDescription
from packaging.requirements import Requirement

import server
from server.media import private
from tests.server.media.peers import Peer, until

SERVER = Path(server.__file__).parent
METHODS = [(path, name) for path, names in private.TOUCHED.items() for name in names]
ATTRIBUTES = [(kind, name) for kind, names in private.ATTRIBUTES.items() for name in names]


async def pair() -> dict[str, set[str]]:
    """Connect two people, and give the names found in each instance that private.py may meet, by class."""
    one, two = Peer(440), private.new_connection()

    async def exchange(offer: str) -> str:
        await two.setRemoteDescription(RTCSessionDescription(sdp=offer, type="offer"))
        await two.setLocalDescription(await two.createAnswer())
        return str(two.localDescription.sdp)

    await one.join(exchange)
    await until(lambda: two.connectionState == "connected", "both are connected")
    dtls: Any = two.getTransceivers()[0].receiver.transport
    ice = dtls.transport
    line = next(iter(ice._connection._nominated.values()))
    met = [dtls, ice, ice._connection, line, line.protocol]
    names = {type(each).__name__: {name for name in dir(each) if hasattr(each, name)} for each in met}
    await one.close()
    await two.close()
    return names


@pytest.fixture(scope="module")
def found() -> dict[str, set[str]]:
    """Give the names in a pair that was really connected."""
    return asyncio.run(pair())


@pytest.mark.parametrize(("path", "name"), METHODS)
def test_a_method_that_is_touched_is_there(path: str, name: str) -> None:
    module, _, kind = path.rpartition(".")
    touched = getattr(importlib.import_module(module), kind, None)
    assert callable(getattr(touched, name, None)), f"aiortc {version('aiortc')} has no {path}.{name} any more"


@pytest.mark.parametrize(("kind", "name"), ATTRIBUTES)
def test_an_attribute_that_is_touched_is_in_a_connected_pair(found: dict[str, set[str]], kind: str, name: str) -> None:
    assert name in found.get(kind, set()), f"aiortc {version('aiortc')} keeps no {kind}.{name} any more"


def test_the_version_is_the_one_that_was_tried() -> None:
    project = tomllib.loads((SERVER.parent / "pyproject.toml").read_text())["project"]
    pin = next(Requirement(each) for each in project["dependencies"] if each.startswith("aiortc"))
    assert {"<", "~=", "=="} & {each.operator for each in pin.specifier}, "an unbounded pin promises what nobody tried"
    assert pin.specifier.contains(version("aiortc"))


def test_the_lists_hold_what_is_touched_and_nothing_else() -> None:
    tree = ast.parse(Path(private.__file__).read_text())
    used = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    listed = {name for names in (*private.TOUCHED.values(), *private.ATTRIBUTES.values()) for name in names}
    assert set(foreign(tree)) <= listed, "touched, but in no list"
    assert listed <= used, "in a list, but not touched"


def test_no_other_module_touches_what_is_private() -> None:
    theirs = private_names(Path(aiortc.__file__).parent) | private_names(Path(aioice.__file__).parent)
    assert {"_connection", "_nominated", "_tx_srtp"} <= theirs
    trees = {path: ast.parse(path.read_text()) for path in SERVER.rglob("*.py") if path != Path(private.__file__)}
    near = {path: tree for path, tree in trees.items() if path.is_relative_to(SERVER / "media") or knows(tree)}
    touched = {path.relative_to(SERVER): theirs.intersection(foreign(tree)) - own(tree) for path, tree in near.items()}
    assert len(touched) > 20
    assert not {path: names for path, names in touched.items() if names}


def test_what_is_private_is_seen_whichever_way_it_is_touched() -> None:
    touching = "from aiortc.rtp import _low\nlink._ice._far = 1\nself._own\ngetattr(x, '_quoted')\nx.__class__"
    assert set(foreign(ast.parse(touching))) == {"_low", "_ice", "_far", "_quoted"}


def knows(tree: ast.AST) -> bool:
    """Say whether a module imports aiortc or aioice."""
    names = [each.name for node in ast.walk(tree) if isinstance(node, ast.Import) for each in node.names]
    names += [node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    return any(name.partition(".")[0] in {"aiortc", "aioice"} for name in names)


def foreign(tree: ast.AST) -> Iterator[str]:
    """Give the private names that are reached in others, and not in self."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and not (isinstance(node.value, ast.Name) and node.value.id in OWN):
            yield from hidden(node.attr)
        if isinstance(node, ast.ImportFrom):
            yield from (name for each in node.names for name in hidden(each.name))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in {"getattr", "setattr"}:
            yield from (name for each in node.args if isinstance(each, ast.Constant) for name in hidden(each.value))


OWN = {"self", "cls"}


def hidden(name: Any) -> list[str]:
    """Give a name where it is a private one."""
    return [name] if isinstance(name, str) and name.startswith("_") and not name.startswith("__") else []


def own(tree: ast.AST) -> set[str]:
    """Give the private names that a module defines itself: methods, functions, and what it keeps in self."""
    defined = set[str]()
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            defined.add(node.name)
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in OWN:
            defined.add(node.attr)
    return defined


def private_names(folder: Path) -> set[str]:
    """Give the private names that a package defines."""
    return {
        name for path in folder.rglob("*.py") for found in own(ast.parse(path.read_text())) for name in hidden(found)
    }
