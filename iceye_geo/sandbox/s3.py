"""The customer's S3, where one is set: deliveries are written there too. Needs boto3, loaded when first used."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

#: Credentials of the storage; a local S3 server takes any.
ACCESS_KEY, SECRET_KEY = "sandbox", "sandbox-secret"
REGION = "eu-north-1"
_ACCOUNT: dict[str, Any] = {
    "region_name": REGION, "aws_access_key_id": ACCESS_KEY, "aws_secret_access_key": SECRET_KEY,
}  # fmt: skip
# A server on the same machine or network answers at once; nobody should wait for one that was not started.
_PATIENCE_S = 5


class CustomerStorage:
    """Writes objects to an S3 endpoint; safe between threads.

    Args:
        endpoint: such as ``http://127.0.0.1:5000``.
    """

    def __init__(self, endpoint: str) -> None:
        self.endpoint = endpoint
        self._lock = threading.Lock()
        self._client: Any = None
        self._buckets: set[str] = set()

    def check(self) -> None:
        """Ask the server whether it is there.

        Raises:
            ModuleNotFoundError: boto3 is not installed.
            ValueError: it does not answer as an S3 server does; the message says what to do.
        """
        import boto3
        from botocore.config import Config
        from botocore.exceptions import BotoCoreError, ClientError

        if urlsplit(self.endpoint).scheme not in ("http", "https"):
            raise ValueError(
                f"s3_endpoint: must be a URL such as http://127.0.0.1:5000, not {self.endpoint!r}"
            )
        hurried = Config(
            connect_timeout=_PATIENCE_S, read_timeout=_PATIENCE_S, retries={"total_max_attempts": 1}
        )
        try:
            boto3.client("s3", endpoint_url=self.endpoint, **_ACCOUNT, config=hurried).list_buckets()
        except (BotoCoreError, ClientError, ValueError) as error:
            raise ValueError(
                f"s3_endpoint: no S3 server answers at {self.endpoint} ({type(error).__name__}); start one there "
                "first, such as moto_server -p 5000"
            ) from error

    def environment(self) -> dict[str, str]:
        """Return the variables that point AWS tools, and ``open_cog("s3://...")``, at the server."""
        return {
            "AWS_ENDPOINT_URL_S3": self.endpoint, "AWS_ACCESS_KEY_ID": ACCESS_KEY,
            "AWS_SECRET_ACCESS_KEY": SECRET_KEY, "AWS_REGION": REGION,
        }  # fmt: skip

    def put(self, bucket: str, key: str, content: Path | bytes) -> None:
        """Write one object; the bucket is made if it is not there."""
        client = self._ready(bucket)
        if isinstance(content, Path):
            client.upload_file(str(content), bucket, key)
        else:
            client.put_object(Bucket=bucket, Key=key, Body=content)

    def _ready(self, bucket: str) -> Any:
        with self._lock:
            if self._client is None:
                import boto3

                self._client = boto3.client("s3", endpoint_url=self.endpoint, **_ACCOUNT)
            if bucket not in self._buckets:
                there = [one["Name"] for one in self._client.list_buckets()["Buckets"]]
                if bucket not in there:
                    where = {"LocationConstraint": REGION}
                    self._client.create_bucket(Bucket=bucket, CreateBucketConfiguration=where)
                self._buckets.add(bucket)
            return self._client
