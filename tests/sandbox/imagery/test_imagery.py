import dataclasses
import threading

import pytest

from iceye_geo.sandbox.imagery import Imagery


def test_products_of_one_frame_are_different_files_made_once(make_spec, tmp_path):
    imagery, spec = Imagery(tmp_path), make_spec(longer=300)
    makers = (imagery.cog, imagery.thumbnail, imagery.quicklook, imagery.quicklook_cog)
    paths = [maker(spec) for maker in makers]
    times = [path.stat().st_mtime_ns for path in paths]
    assert len(set(paths)) == 4
    assert {path.suffix for path in paths} == {".tif", ".png"}
    assert [maker(spec) for maker in makers] == paths
    assert [path.stat().st_mtime_ns for path in paths] == times


def test_many_readers_of_one_scene_make_one_file(make_spec, tmp_path):
    imagery, spec, found = Imagery(tmp_path), make_spec(longer=300), []
    threads = [threading.Thread(target=lambda: found.append(imagery.cog(spec))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(found) == 4
    assert [p.name for p in tmp_path.iterdir()] == [found[0].name]


def test_any_change_of_the_spec_is_another_file(make_spec):
    spec = make_spec()
    others = [
        dataclasses.replace(spec, seed=99),
        dataclasses.replace(spec, kind="QLK"),
        dataclasses.replace(spec, properties={"a": 1}),
        dataclasses.replace(spec, geometry=dataclasses.replace(spec.geometry, width=601)),
    ]
    assert len({spec.key, *(other.key for other in others)}) == 5
    assert dataclasses.replace(spec).key == spec.key


def test_default_folder_is_the_users_cache(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert Imagery().cache_dir.name == "sandbox"
    assert "iceye-geo" in Imagery().cache_dir.parts


def test_unknown_products_are_refused_and_leave_no_file(make_spec, tmp_path):
    with pytest.raises(ValueError, match="CPHD"):
        Imagery(tmp_path).cog(make_spec(kind="CPHD"))
    assert list(tmp_path.iterdir()) == []
