"""The customer's S3, where one is set: deliveries are written there too. Needs boto3, loaded when first used."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

#: Credentials of the storage; a local S3 server takes any.
ACCESS_KEY, SECRET_KEY = "sandbox", "sandbox-secret"
REGION = "eu-north-1"


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

                self._client = boto3.client(
                    "s3", endpoint_url=self.endpoint, region_name=REGION,
                    aws_access_key_id=ACCESS_KEY, aws_secret_access_key=SECRET_KEY,
                )  # fmt: skip
            if bucket not in self._buckets:
                there = [one["Name"] for one in self._client.list_buckets()["Buckets"]]
                if bucket not in there:
                    where = {"LocationConstraint": REGION}
                    self._client.create_bucket(Bucket=bucket, CreateBucketConfiguration=where)
                self._buckets.add(bucket)
            return self._client
