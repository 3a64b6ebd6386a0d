"""Where a record came from, hence where a fresh signed link for it can be asked for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

SourceKind = Literal["catalog", "task", "purchase", "file"]


@dataclass(frozen=True, slots=True)
class Source:
    """Where a record came from.

    Attributes:
        kind: "catalog" (search), "task" or "purchase" (their products), or "file".
        id: item id for the catalog, task id, purchase id, or the path of the file.
        contract_id: the contract whose private collection was asked; None for public records.
        collection: the collection that was asked, "private" or "public", if it is known.
        product_type: the product type that was asked of a task, or "".

    Example:
        >>> Source("task", id="T1", product_type="GRD-COG").kind
        'task'
    """

    kind: SourceKind
    id: str = ""
    contract_id: str | None = None
    collection: str | None = None
    product_type: str = ""

    def to_dict(self) -> dict[str, str]:
        """Return the parts that are set, for a file.

        Example:
            >>> Source("catalog", id="a", collection="private").to_dict()
            {'kind': 'catalog', 'id': 'a', 'collection': 'private'}
        """
        parts = {
            "kind": self.kind,
            "id": self.id,
            "contract_id": self.contract_id,
            "collection": self.collection,
            "product_type": self.product_type,
        }
        return {name: value for name, value in parts.items() if value}
