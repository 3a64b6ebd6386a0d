"""Stores: the places that deliveries can go to. Create, list, delete, as far as Pixxel documents them."""

from __future__ import annotations

import builtins
from collections.abc import Mapping
from typing import Any, Literal, get_args

from iceye_geo.errors import InvalidInputError, UnexpectedAnswerError
from iceye_geo.models.base import ModelList
from iceye_geo.models.checks import read_id
from iceye_geo.providers.pixxel.models import PixxelStore
from iceye_geo.providers.pixxel.session import PixxelSession

_PATH = "/v0/stores"
StoreType = Literal["S3", "GCS", "AZBLOB"]
#: Which secrets each kind of store takes.
SECRETS: dict[str, tuple[str, ...]] = {
    "S3": ("access_key_id", "secret_access_key"),
    "AZBLOB": ("account_name", "tenant_id", "client_id", "client_secret"),
    "GCS": ("project_id", "service_account_credentials"),
}


class PixxelStores:
    """Your cloud stores at Pixxel.

    Args:
        session: the authenticated session.
    """

    def __init__(self, session: PixxelSession) -> None:
        self._session = session

    def list(self) -> ModelList[PixxelStore]:
        """Return the stores of the organisation."""
        operation = "listStores"
        raw = self._session.get(_PATH, operation=operation)
        rows = raw.get("stores") if isinstance(raw, Mapping) else raw
        if not isinstance(rows, builtins.list):
            raise UnexpectedAnswerError("the answer holds no list of stores", operation=operation)
        return ModelList(PixxelStore.from_wire(row, operation=operation) for row in rows)

    def create(
        self,
        name: str,
        *,
        type: StoreType,
        bucket: str,
        secrets: Mapping[str, str],
        path_prefix: str | None = None,
        region: str | None = None,
        labels: Mapping[str, str] | None = None,
    ) -> PixxelStore:
        """Tell Pixxel about a place; its answer never holds the secrets.

        Args:
            name: unique in the organisation.
            type: S3, GCS or AZBLOB.
            bucket: bucket, or container at Azure.
            secrets: by the names in `SECRETS`.
            path_prefix: folder in the bucket.
            region: of the bucket.
            labels: for your own use.

        Raises:
            InvalidInputError: the type is unknown, or secrets are missing or not of this type; nothing was sent.
        """
        if type not in get_args(StoreType):
            raise InvalidInputError("type", f"must be one of {', '.join(SECRETS)}, this is {type!r}")
        if not name.strip() or not bucket.strip():
            raise InvalidInputError("bucket" if name.strip() else "name", "must not be empty")
        if set(secrets) != set(SECRETS[type]) or not all(secrets.values()):
            raise InvalidInputError(
                "secrets", f"must be {', '.join(SECRETS[type])} for a store of type {type}"
            )
        configs = {"bucket": bucket, "path_prefix": path_prefix, "region": region}
        body: dict[str, Any] = {
            "name": name, "type": type, "secrets": dict(secrets),
            "configs": {key: value for key, value in configs.items() if value is not None},
        }  # fmt: skip
        if labels:
            body["labels"] = dict(labels)
        raw = self._session.post(_PATH, json=body, operation="createStore")
        return PixxelStore.from_wire(raw, operation="createStore")

    def delete(self, store: PixxelStore | str) -> None:
        """Make Pixxel forget a store; what lies in it stays.

        Raises:
            NotFoundError: there is no such store.
        """
        identity = store.id if isinstance(store, PixxelStore) else read_id(store, field="store")
        self._session.delete(f"{_PATH}/{identity}", operation="deleteStore")
