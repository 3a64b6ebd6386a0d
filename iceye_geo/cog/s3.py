"""Images in S3 by ``s3://bucket/key``, with the user's own AWS settings: links that are signed here, and renewed."""

from __future__ import annotations

import os
import threading
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from iceye_geo.cog.ref import AssetRef, Link
from iceye_geo.errors import ConfigurationError, InvalidInputError, MissingExtraError

# Signed anew after that long; the keeper asks in time. Short, since nobody else needs the link.
LINK_LIFE_S = 3600
_INSTALL = "s3:// needs an extra that is not installed: pip install 'iceye-geo[s3]'"
_SETTINGS = (
    "AWS_PROFILE", "AWS_REGION", "AWS_DEFAULT_REGION", "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3", "AWS_ACCESS_KEY_ID",
    "AWS_NO_SIGN_REQUEST", "AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE",
)  # fmt: skip
_TRUE = frozenset({"1", "yes", "true", "on"})

_clients: dict[tuple[object, ...], Any] = {}
_lock = threading.Lock()


def is_s3(text: str) -> bool:
    """Return whether a text is an S3 address.

    Example:
        >>> is_s3("s3://bucket/a.tif"), is_s3("https://bucket/a.tif")
        (True, False)
    """
    return urlsplit(text).scheme == "s3"


def parse(address: str) -> tuple[str, str]:
    """Return bucket and key.

    Raises:
        InvalidInputError: one of them is missing.

    Example:
        >>> parse("s3://bucket/sar/2026/a.tif")
        ('bucket', 'sar/2026/a.tif')
    """
    rest = address.partition("://")[2]
    bucket, _, key = rest.partition("/")
    if not is_s3(address) or not bucket or not key:
        raise InvalidInputError("source", f"{address!r} is not s3://bucket/key")
    return bucket, key


@dataclass(frozen=True, slots=True)
class S3Resolver:
    """Signs links to objects with the credentials that boto3 finds: environment, profile, SSO, instance role.

    ``AWS_PROFILE``, ``AWS_REGION``, ``AWS_ENDPOINT_URL_S3`` and the rest of boto3's settings count, and GDAL's
    ``AWS_NO_SIGN_REQUEST`` (public buckets) and ``AWS_REQUEST_PAYER``. It pickles without any of them: whoever
    unpickles it uses their own.
    """

    def resolve(self, ref: AssetRef) -> Link:
        """Return a link to the object, good for an hour.

        Raises:
            MissingExtraError: boto3 is not installed.
            ConfigurationError: there are no AWS credentials, or they cannot be used.
        """
        bucket, key = parse(ref.location)
        asked = {"Bucket": bucket, "Key": key}
        if payer := os.environ.get("AWS_REQUEST_PAYER", "").strip():
            asked["RequestPayer"] = payer
        client = _client(bucket)
        from botocore.exceptions import BotoCoreError

        try:
            return Link.of(client.generate_presigned_url("get_object", Params=asked, ExpiresIn=LINK_LIFE_S))
        except BotoCoreError as error:
            raise _explained(error) from None


def _client(bucket: str) -> Any:
    """Return the client for a bucket's region, one per process and set of settings."""
    key = (os.getpid(), bucket, *(os.environ.get(name, "") for name in _SETTINGS))
    with _lock:
        if key not in _clients:
            _clients[key] = _make(bucket)
        return _clients[key]


def _make(bucket: str) -> Any:
    try:
        import boto3
        from botocore import UNSIGNED
        from botocore.config import Config
        from botocore.exceptions import BotoCoreError, ClientError
    except ModuleNotFoundError as error:
        raise MissingExtraError(_INSTALL) from error
    public = os.environ.get("AWS_NO_SIGN_REQUEST", "").strip().lower() in _TRUE
    config = Config(
        signature_version=UNSIGNED if public else "s3v4", connect_timeout=10, read_timeout=20,
        retries={"max_attempts": 3},
    )  # fmt: skip
    try:
        session = boto3.session.Session(region_name=os.environ.get("AWS_REGION") or None)
        client = session.client("s3", config=config)
        if session.region_name or "amazonaws.com" not in client.meta.endpoint_url:
            return client
        try:
            region = client.head_bucket(Bucket=bucket).get("BucketRegion")
        except ClientError as refused:
            # The region stands in the header of the refusal too, unless the bucket does not exist.
            region = refused.response["ResponseMetadata"]["HTTPHeaders"].get("x-amz-bucket-region")
        return session.client("s3", config=config, region_name=region) if region else client
    except BotoCoreError as error:
        raise _explained(error) from None


def _explained(error: Exception) -> ConfigurationError:
    return ConfigurationError(
        f"s3: the AWS settings cannot be used ({type(error).__name__}). Set AWS_PROFILE, or AWS_ACCESS_KEY_ID and "
        "AWS_SECRET_ACCESS_KEY; for a public bucket AWS_NO_SIGN_REQUEST=YES."
    )
