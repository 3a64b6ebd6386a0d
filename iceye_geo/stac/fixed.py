"""Dicts and lists that cannot be changed, so that many rows of a table may share one."""

from __future__ import annotations

from copy import deepcopy
from typing import Any, NoReturn

from iceye_geo.errors import SharedValueError


def _refuse(*_: object, **__: object) -> NoReturn:
    raise SharedValueError("other rows of the table share this value; change a copy.deepcopy() of it")


class FixedList(list[Any]):
    """A list that refuses to be changed. ``copy.deepcopy`` gives a plain one.

    Example:
        >>> FixedList(["data"]) == ["data"]
        True
    """

    __slots__ = ()
    __setitem__ = __delitem__ = __iadd__ = __imul__ = _refuse
    append = extend = insert = pop = remove = clear = sort = reverse = _refuse

    def __deepcopy__(self, memo: dict[int, Any]) -> list[Any]:
        return [deepcopy(value, memo) for value in self]

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (list(self),)


class FixedDict(dict[str, Any]):
    """A dict that refuses to be changed. ``copy.deepcopy`` gives a plain one.

    Example:
        >>> FixedDict(title="GRD") | {"type": "image/tiff"}
        {'title': 'GRD', 'type': 'image/tiff'}
        >>> FixedDict(title="GRD")["title"] = "SLC"
        Traceback (most recent call last):
        iceye_geo.errors.SharedValueError: other rows of the table share this value; change a copy.deepcopy() of it
    """

    __slots__ = ()
    __setitem__ = __delitem__ = __ior__ = _refuse
    clear = pop = popitem = setdefault = update = _refuse

    def __deepcopy__(self, memo: dict[int, Any]) -> dict[str, Any]:
        return {key: deepcopy(value, memo) for key, value in self.items()}

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (dict(self),)
