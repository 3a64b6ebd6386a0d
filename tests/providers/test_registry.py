"""Providers by name, and the neutral words."""

from __future__ import annotations

from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import pytest
from cli.shell import run
from hypothesis import given
from hypothesis import strategies as st

from iceye_geo import Client
from iceye_geo.errors import CapabilityNotSupportedError, ConfigurationError, InvalidInputError
from iceye_geo.providers import (
    IceyeProvider,
    ProductRef,
    Target,
    as_provider,
    deliver,
    make,
    register,
    registry,
    unregister,
)
from iceye_geo.providers.iceye import TASK_STATUS
from iceye_geo.providers.pixxel import PixxelClient, PixxelProvider
from iceye_geo.providers.pixxel.models import DELIVERY_STATUS, ORDER_STATUS
from iceye_geo.providers.states import STATES, TERMINAL, combined


class Shelf:
    """A provider with products and nothing else."""

    name = "shelf"
    capabilities: frozenset[Any] = frozenset()

    def recognise(self, product: Any, *, default: bool = False) -> ProductRef | None:
        return ProductRef("shelf", "book", product) if default and isinstance(product, str) else None


def test_a_registered_provider_is_made_by_its_name() -> None:
    register("shelf", Shelf)
    try:
        assert "shelf" in registry.names()
        assert make("shelf").name == "shelf"
        with pytest.raises(CapabilityNotSupportedError, match="shelf has no delivery; it has: nothing"):
            deliver("a", to="b", provider="shelf")
    finally:
        unregister("shelf")
    with pytest.raises(InvalidInputError, match="no provider 'shelf'"):
        make("shelf")


def test_a_third_party_reads_no_profiles_of_ours() -> None:
    register("shelf", Shelf)
    try:
        with pytest.raises(InvalidInputError, match="finds its credentials by itself"):
            make("shelf", profile="team")
    finally:
        unregister("shelf")


def test_an_entry_point_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    points = (
        EntryPoint("shelf", f"{__name__}:Shelf", registry.GROUP),
        EntryPoint("junk", "builtins:dict", registry.GROUP),
    )
    monkeypatch.setattr(registry, "entry_points", lambda group: points if group == registry.GROUP else ())
    assert make("shelf").name == "shelf"
    with pytest.raises(ConfigurationError, match="'junk' makes no Provider"):
        make("junk")


def test_an_installed_package_brings_its_provider(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "the_shelf.py").write_text(
        f"import sys\nsys.path.insert(0, {str(Path(__file__).parents[1])!r})\n"
        "from providers.shelf import Shelf\n\ndef make():\n    return Shelf()\n"
    )
    told = tmp_path / "the_shelf-1.0.dist-info"
    told.mkdir()
    (told / "METADATA").write_text("Metadata-Version: 2.1\nName: the-shelf\nVersion: 1.0\n")
    (told / "entry_points.txt").write_text(
        "[iceye_geo.providers]\nshelf = the_shelf:make\ngone = the_shelf:gone\nlost = no_such_module:make\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    assert {"shelf", "gone", "lost"} <= set(registry.names())
    jobs = deliver(["shelf:book:a", "b"], to="oak", provider="shelf")
    assert len(jobs.wait(timeout=5, progress=None, first_pause=0.01).check()) == 2
    shown = run("deliver", "shelf:book:a", "--to", "oak", "--wait", "5")
    assert (shown.returncode, "1 of 1 there" in shown.stdout) == (0, True)
    for broken in ("gone", "lost"):
        with pytest.raises(ConfigurationError, match=f"'{broken}' is installed but cannot be loaded"):
            make(broken)


@pytest.mark.parametrize("name", ["iceye", "pixxel", "Shelf", "a b", ""])
def test_a_taken_or_odd_name_is_refused(name: str) -> None:
    with pytest.raises(InvalidInputError):
        register(name, Shelf)


def test_clients_are_providers_too(iceye: Client, pixxel: PixxelClient) -> None:
    assert isinstance(as_provider(iceye), IceyeProvider)
    assert isinstance(as_provider(pixxel), PixxelProvider)
    own = IceyeProvider(iceye)
    assert as_provider(own) is own
    with pytest.raises(InvalidInputError, match="a name, a provider or a client"):
        as_provider(3)
    with pytest.raises(InvalidInputError, match="a name of its own"):
        deliver("a", to="b", provider=[iceye, own])


def test_one_word_means_two_things_at_two_providers() -> None:
    assert TASK_STATUS.read("FULFILLED") == "partial"
    assert ORDER_STATUS.read("fulfilled") == "succeeded"
    assert not TASK_STATUS.is_terminal("FULFILLED")
    assert ORDER_STATUS.succeeded("PARTIALLY_COMPLETED") is False


@given(st.text())
def test_any_word_has_a_neutral_one_and_an_unknown_one_is_no_end(word: str) -> None:
    state = DELIVERY_STATUS.read(word)
    assert state in STATES
    assert state != "unknown" or not DELIVERY_STATUS.is_terminal(word)


@given(st.lists(st.sampled_from(STATES)))
def test_parts_have_ended_when_all_have(states: list[Any]) -> None:
    found = combined(states)
    assert (found in TERMINAL) == (bool(states) and set(states) <= TERMINAL)
    assert (found == "succeeded") == (bool(states) and set(states) == {"succeeded"})


@given(st.text(), st.text(), st.text())
def test_references_survive_their_text_form(provider: str, kind: str, identity: str) -> None:
    text = f"{provider}:{kind}:{identity}"
    try:
        ref = ProductRef.parse(text)
    except InvalidInputError:
        return
    assert ProductRef.parse(str(ref)) == ref


@given(st.text())
def test_a_place_is_read_or_refused(text: str) -> None:
    try:
        place = Target.parse(text)
    except InvalidInputError:
        return
    assert place.id
    assert place.id == place.id.strip()
