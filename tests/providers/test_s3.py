"""Deliveries land in a real S3 server, and are read back from it."""

from __future__ import annotations

import io
import pickle
import signal
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from itertools import takewhile
from pathlib import Path
from typing import Any

import boto3
import numpy as np
import pytest
import rasterio
from cli.shell import COMMAND

from iceye_geo import Client, open_cog
from iceye_geo.cog import download
from iceye_geo.errors import ConfigurationError, InvalidInputError, MissingExtraError
from iceye_geo.providers import Jobs, deliver
from iceye_geo.providers.pixxel import PixxelClient
from iceye_geo.sandbox import Sandbox, SandboxOptions
from iceye_geo.settings import Settings

from .conftest import FAST, SCENE_SIZE

BUCKET = "sandbox-bucket"


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture(scope="module")
def delivered(endpoint: str, steady_options: Callable[..., SandboxOptions]) -> Iterator[tuple[Sandbox, Jobs]]:
    options = steady_options(speed=FAST, scenes=3, scene_size=SCENE_SIZE, s3_endpoint=endpoint)
    with Sandbox(options) as sandbox:
        iceye = Client(Settings.for_sandbox(sandbox.url, explicit={"contract_id": sandbox.contract_id}))
        pixxel = PixxelClient.for_sandbox(sandbox.url)
        owned = iceye.catalog.search(
            collections=["private"], query={"sar:product_type": {"eq": "GRD-COG"}}, max_items=1
        )
        to = {
            "iceye": f"{iceye.delivery.locations()[0].id}:{BUCKET}:harbour",
            "pixxel": (pixxel.stores.list()[0].id, "hyper"),
        }
        products = [*owned.items(), pixxel.catalog.search(max_items=1)[0]]
        yield (
            sandbox,
            deliver(products, to=to, provider=[iceye, pixxel])
            .wait(timeout=120, progress=None, first_pause=0.05)
            .check(),
        )


@pytest.fixture
def s3(endpoint: str, delivered: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    for name, value in {
        "AWS_ENDPOINT_URL_S3": endpoint, "AWS_ACCESS_KEY_ID": "me", "AWS_SECRET_ACCESS_KEY": "planted-secret",
        "AWS_REGION": "eu-north-1", "AWS_EC2_METADATA_DISABLED": "true", "NO_PROXY": "127.0.0.1",
    }.items():  # fmt: skip
        monkeypatch.setenv(name, value)
    return boto3.client("s3", region_name="eu-north-1")


def keys(s3: Any, prefix: str) -> list[str]:
    return [one["Key"] for one in s3.list_objects_v2(Bucket=BUCKET, Prefix=prefix).get("Contents", [])]


def test_iceye_files_lie_directly_in_the_folder(s3: Any) -> None:
    names = [Path(key).name for key in keys(s3, "harbour/")]
    assert all(key.startswith("harbour/ICEYE_") for key in keys(s3, "harbour/"))
    assert any(name.endswith("_GRD.tif") for name in names)


def test_a_pixxel_zip_is_listed_and_read_with_rasterio(s3: Any, delivered: tuple[Sandbox, Jobs]) -> None:
    (key,) = keys(s3, "pixxel/hyper/")
    assert key.removeprefix("pixxel/") == delivered[1][1].records[0].location
    content = s3.get_object(Bucket=BUCKET, Key=key)["Body"].read()
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        image = next(name for name in package.namelist() if name.endswith("_L2A.tif"))
        with rasterio.open(io.BytesIO(package.read(image))) as dataset:
            pixels = dataset.read()
            assert (dataset.count, dataset.crs.is_projected, pixels.max() <= 50_000) == (6, True, True)
            assert pixels.std() > 0


def test_a_delivered_cog_opens_by_its_s3_address(s3: Any, endpoint: str) -> None:
    key = next(key for key in keys(s3, "harbour/") if key.endswith("_GRD.tif"))
    with open_cog(f"s3://{BUCKET}/{key}") as cog:
        raster = cog.preview(max_size=300)
        moved = cog.transfer.bytes
    with (
        rasterio.MemoryFile(s3.get_object(Bucket=BUCKET, Key=key)["Body"].read()) as memory,
        memory.open() as whole,
    ):
        expected = whole.read(1, out_shape=raster.array.shape[-2:])
        size = len(memory.getbuffer())
        assert (cog.info().width, cog.info().height) == (whole.width, whole.height)
    assert np.asarray(raster.array.filled(0)).shape == expected.shape
    assert 0 < moved <= size + 200_000


def test_an_s3_address_is_downloaded_with_the_common_engine(s3: Any, tmp_path: Path) -> None:
    key = next(key for key in keys(s3, "harbour/") if key.endswith("_GRD.tif"))
    path = download(f"s3://{BUCKET}/{key}", tmp_path, progress=False)
    assert path.name == Path(key).name
    assert path.read_bytes() == s3.get_object(Bucket=BUCKET, Key=key)["Body"].read()


def test_an_item_whose_asset_lies_in_s3_opens_too(s3: Any) -> None:
    key = next(key for key in keys(s3, "harbour/") if key.endswith("_GRD.tif"))
    item = {"id": "a", "properties": {}, "assets": {"grd-cog": {"href": f"s3://{BUCKET}/{key}"}}}
    with open_cog(item) as cog:
        assert cog.info().width > 0


def test_a_recipe_travels_without_a_secret(s3: Any) -> None:
    from iceye_geo.cog.opening import make_recipe

    recipe = make_recipe(f"s3://{BUCKET}/harbour/a.tif")
    packed = pickle.dumps(recipe)
    assert b"planted" not in packed
    assert b"Signature" not in packed
    assert pickle.loads(packed).ref == recipe.ref


def test_an_object_that_is_not_there_says_so(s3: Any) -> None:
    from iceye_geo.errors import AssetNotFoundError

    with pytest.raises(AssetNotFoundError, match="does not know this file"):
        open_cog(f"s3://{BUCKET}/no/such.tif").info()


def test_without_credentials_the_error_says_what_to_set(s3: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nonexistent")
    with pytest.raises(ConfigurationError, match="AWS_NO_SIGN_REQUEST"):
        open_cog(f"s3://{BUCKET}/harbour/a.tif").info()


def test_a_public_object_is_read_unsigned(s3: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    key = next(key for key in keys(s3, "harbour/") if key.endswith("_GRD.tif"))
    monkeypatch.setenv("AWS_NO_SIGN_REQUEST", "YES")
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    s3.put_object_acl(Bucket=BUCKET, Key=key, ACL="public-read")
    with open_cog(f"s3://{BUCKET}/{key}") as cog:
        assert cog.info().width > 0


@pytest.mark.parametrize("address", ["s3://bucket", "s3:///key", "s3://"])
def test_half_an_address_is_refused(address: str) -> None:
    with pytest.raises(InvalidInputError, match="s3://bucket/key"):
        open_cog(address)


def test_the_shell_starts_a_sandbox_whose_deliveries_land_in_an_s3_server(
    endpoint: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    options = ["--port", "0", "--speed", str(FAST), "--scenes", "3", "--scene-size", str(SCENE_SIZE)]
    command = [*COMMAND, "sandbox", *options, "--s3-endpoint", endpoint]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=tmp_path) as process:
        try:
            assert process.stdout is not None
            said = list(takewhile(lambda line: "Ctrl-C" not in line, process.stdout))
            told = dict(
                line.removeprefix("export ").strip().split("=", 1) for line in said if "export " in line
            )
            for name, value in told.items():
                monkeypatch.setenv(name, value)
            with PixxelClient.from_env() as pixxel:
                place = (pixxel.stores.list()[0].id, "from-the-shell")
                jobs = deliver(pixxel.catalog.search(max_items=1)[0], to=place, provider=pixxel)
                jobs.wait(timeout=120, progress=None, first_pause=0.05).check()
            assert told["AWS_ENDPOINT_URL_S3"] == endpoint
            (key,) = keys(boto3.client("s3"), "pixxel/from-the-shell/")
            assert key.endswith("catalogs.zip")
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(timeout=60)


@pytest.mark.parametrize(
    ("address", "message"),
    [
        ("http://127.0.0.1:9", "no S3 server answers at http://127.0.0.1:9"),
        ("127.0.0.1:5000", "must be a URL"),
    ],
)
def test_a_sandbox_does_not_start_without_the_s3_server_it_was_given(address: str, message: str) -> None:
    with pytest.raises(InvalidInputError, match=f"s3_endpoint: {message}"):
        Client.sandbox(scenes=1, s3_endpoint=address)


def test_without_boto3_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "boto3", None)
    with pytest.raises(MissingExtraError, match=r"iceye-geo\[s3\]"):
        Client.sandbox(scenes=1, s3_endpoint="http://127.0.0.1:9")
