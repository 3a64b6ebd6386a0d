from __future__ import annotations

import pickle
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import dask
import numpy as np
import pytest

from iceye_geo import Client, open_cog
from iceye_geo.cog.opening import Recipe
from iceye_geo.cog.ref import AssetRef, Link
from iceye_geo.errors import ConfigurationError
from iceye_geo.sandbox import Sandbox

from .helpers import Renewer, local, open_with
from .server import StrictHost


def test_a_lazy_array_computes_what_a_local_read_gives(host: StrictHost, grd: Path) -> None:
    with open_with(host, grd) as cog:
        array = cog.to_xarray(1000)
        assert array.dims == ("row", "col")
        assert array.chunks == ((1024, 1024, 252), (1024, 1024, 1024, 628))
        np.testing.assert_array_equal(array.compute(scheduler="threads").values, local(grd).filled(0))
        db = cog.to_xarray(1024, values="sigma0_db")
        assert np.isnan(db[0, 0].compute())
        assert db.attrs["calibrated"] == 1
        assert float(db.incidence_deg[0]) == pytest.approx(25.0, abs=0.01)


def test_a_graph_outlives_its_links(host: StrictHost, grd: Path) -> None:
    renewer = Renewer(host, grd)
    with open_with(host, grd, renewer=renewer, ttl_s=1) as cog:
        array = cog.to_xarray(512)[:1024, :1024]
        time.sleep(1.1)
        host.expire_links()
        np.testing.assert_array_equal(
            array.compute(scheduler="threads").values, local(grd).filled(0)[:1024, :1024]
        )
    assert renewer.calls >= 1


def test_a_graph_computes_in_other_processes(grd: Path) -> None:
    with open_cog(grd) as cog:
        array = cog.to_xarray(2048)
    with ProcessPoolExecutor(1) as pool, dask.config.set(pool=pool, scheduler="processes"):
        np.testing.assert_array_equal(array[:600, :600].compute().values, local(grd).filled(0)[:600, :600])


def test_pickles_hold_neither_link_nor_secret(host: StrictHost, grd: Path) -> None:
    ref = AssetRef("item", "grd-cog")
    recipe = Recipe(ref, Resolver(), link=Link.of(host.url(grd)))
    data = pickle.dumps(recipe)
    assert b"Signature" not in data
    assert pickle.loads(data).ref == ref
    with open_cog(host.url(grd)) as cog, pytest.raises(ConfigurationError, match=r"client\.open_cog"):
        pickle.dumps(cog)
    with pytest.raises(TypeError):
        pickle.dumps(Link.of(host.url(grd)))


class Resolver:
    def resolve(self, ref: AssetRef) -> Link:
        raise AssertionError("not asked in this test")


def test_an_image_on_disk_pickles_and_opens_again(grd: Path) -> None:
    with open_cog(grd) as cog, pickle.loads(pickle.dumps(cog)) as again:
        assert again.info().width == 3700


@pytest.mark.filterwarnings("ignore")
@pytest.mark.slow
def test_a_graph_of_an_archives_image_computes_on_dask_workers_after_its_links(
    client: Client, sandbox: Sandbox
) -> None:
    from distributed import Client as Dask
    from distributed import LocalCluster

    wanted = {"sar:product_type": {"eq": "GRD-COG"}}
    item = next(client.catalog.search(collections=["private"], query=wanted, max_items=1).items())
    with client.open_cog(item) as cog:
        expected = cog.read(cog.window).array.filled(0)
        array = cog.to_xarray(512)
    sandbox.expire_links()
    asked = len(sandbox.requests)
    with (
        LocalCluster(  # type: ignore[no-untyped-call]
            n_workers=1, dashboard_address=None, host="127.0.0.1", protocol="tcp"
        ) as cluster,
        Dask(cluster),  # type: ignore[no-untyped-call]
    ):
        np.testing.assert_array_equal(array.compute().values, expected)
    paths = [r.path for r in sandbox.requests[asked:]]
    assert sum(path.endswith("/catalog/v2/search") for path in paths) == 1
    # The graph holds no link, so none is refused.
    assert {r.status for r in sandbox.requests[asked:] if r.path.startswith("/content/")} == {206}
