"""An Answer, or the options of a question, as bytes that a file keeps, and back again: nothing of it is lost.

Guarantee: `unpack(pack(value), kind) == value`. Names that a later version added take their defaults, names that it
dropped are passed over; what can be read no longer is a ValueError and never half an answer.
"""

from __future__ import annotations

import datetime as dt
import json
import types
import zlib
from dataclasses import fields, is_dataclass
from functools import cache
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

__all__ = ["pack", "unpack"]

_T = TypeVar("_T")
_LARGEST = 64 * 1024 * 1024  # bytes of one value once unpacked: a damaged file fills no memory


def pack(value: object) -> bytes:
    """A frozen dataclass of this project as bytes."""
    return zlib.compress(json.dumps(_plain(value), separators=(",", ":")).encode())


def unpack(packed: bytes, kind: type[_T]) -> _T:
    """The value of that kind. Raises `ValueError` where these bytes are none."""
    try:
        reading = zlib.decompressobj()
        plain = json.loads(reading.decompress(packed, _LARGEST))
        value = _typed(plain, kind)
    except (zlib.error, KeyError, TypeError, ValueError) as error:
        raise ValueError(f"what was kept cannot be read by this version of Dateline: {error}") from error
    assert isinstance(value, kind)
    return value


def _plain(value: object) -> object:
    if is_dataclass(value) and not isinstance(value, type):
        return {f.name: _plain(getattr(value, f.name)) for f in fields(value)}
    if isinstance(value, frozenset):
        return sorted(_plain(item) for item in value)  # type: ignore[type-var]
    if isinstance(value, tuple | list):
        return [_plain(item) for item in value]
    return value.isoformat() if isinstance(value, dt.date) else value


@cache
def _hints(kind: type) -> dict[str, Any]:
    return get_type_hints(kind)


def _typed(plain: Any, kind: Any) -> Any:
    origin, parts = get_origin(kind), get_args(kind)
    if origin in (Union, types.UnionType):
        inner = next(p for p in parts if p is not type(None))
        return None if plain is None else _typed(plain, inner)
    if origin is Literal:
        if plain not in parts:
            raise ValueError(f"{plain!r} is none of {parts}")
        return plain
    if origin is tuple:
        if parts[1:] == (...,):
            return tuple(_typed(item, parts[0]) for item in plain)
        return tuple(_typed(item, part) for item, part in zip(plain, parts, strict=True))
    if origin is frozenset:
        return frozenset(_typed(item, parts[0]) for item in plain)
    if is_dataclass(kind) and isinstance(kind, type):
        return kind(**{f.name: _typed(plain[f.name], _hints(kind)[f.name]) for f in fields(kind) if f.name in plain})
    if kind is dt.date:
        return dt.date.fromisoformat(plain)
    if kind is float and isinstance(plain, int):
        return float(plain)
    if not isinstance(plain, kind):
        raise ValueError(f"{plain!r} is no {kind.__name__}")
    return plain
