"""Who may log in: names with passwords, of which scrypt hashes alone are kept in memory; checked in constant time."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets
import threading
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ingest.errors import SettingsError

__all__ = ["Account", "Accounts", "hash_password", "read_accounts"]

_COST, _BLOCK, _TIMES = 2**14, 8, 5  # 16 MiB and about a fifth of a second. Source: OWASP Password Storage, scrypt
_MOST_MEMORY = 256 * 2**20
_LONGEST = 1024  # characters of a password
_HASH = re.compile(r"scrypt\.(\d{1,8})\.(\d{1,3})\.(\d{1,3})\.([\w-]{8,200})\.([\w-]{16,200})", re.ASCII)
_AT_ONCE = threading.BoundedSemaphore(2)  # checks: a flood of logins takes neither all memory nor all cores


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody who may log in: `person` is who they are to the rest, `credential` changes with the password."""

    name: str
    hashed: str = field(repr=False)

    @property
    def person(self) -> str:
        """Stable for the name, and nothing that a browser could claim to be in a cookie."""
        return f"user-{hashlib.sha256(self.name.encode()).hexdigest()[:32]}"

    @property
    def credential(self) -> str:
        """What a session was opened with: one that was opened with another password is over."""
        return hashlib.sha256(self.hashed.encode()).hexdigest()[:32]


class Accounts:
    """All who may log in, by name."""

    def __init__(self, accounts: Mapping[str, Account]) -> None:
        self._by_name = dict(accounts)
        # An unknown name takes as long as a known one, and nothing is its password.
        parts = next((a.hashed for a in self), _written(b"", b"")).split(".")[:4]
        salt, digest = _text(secrets.token_bytes(16)), _text(secrets.token_bytes(32))
        self._nobody = Account("", ".".join([*parts, salt, digest]))

    def __iter__(self) -> Iterator[Account]:
        return iter(self._by_name.values())

    def get(self, name: str) -> Account | None:
        """The account of that name."""
        return self._by_name.get(_plain(name))

    def check(self, name: str, password: str) -> Account | None:
        """The account, if that is its password. Takes a moment, on purpose: call it from a thread."""
        account = self.get(name)
        right = _matches((account or self._nobody).hashed, password)
        return account if right else None


def hash_password(password: str, salt: bytes | None = None, *, cost: int = _COST) -> str:
    """`password` as it may be written into the settings; another salt, and so another text, each time."""
    salt = secrets.token_bytes(16) if salt is None else salt
    return _written(salt, _digest(password, salt, cost), cost)


def read_accounts(setting: str) -> Accounts:
    """The accounts of the setting `auth`: `name:password` with commas or a line each, or `@FILE` with a line each.

    Raises `SettingsError` in words that do not repeat a password.
    """
    in_lines = setting.strip()
    if in_lines.startswith("@"):
        path = Path(in_lines[1:]).expanduser()
        try:
            in_lines = path.read_text(encoding="utf-8") + "\n"
        except (OSError, UnicodeDecodeError) as error:
            raise SettingsError(f"auth: the file of logins {path} cannot be read: {error}") from error
    entries = in_lines.splitlines() if "\n" in in_lines else in_lines.split(",")
    accounts: dict[str, Account] = {}
    for entry in (e.strip() for e in entries):
        if entry and not entry.startswith("#"):
            account = _account(entry)
            if account.name in accounts:
                raise SettingsError(f"auth: the name {account.name!r} is there twice")
            accounts[account.name] = account
    if not accounts:
        raise SettingsError("auth: it names nobody; write name:password, or @FILE with one such line for each person")
    return Accounts(accounts)


def _account(entry: str) -> Account:
    name, colon, password = entry.partition(":")
    name, password = _plain(name), password.strip()
    if not colon or not name or not password:
        raise SettingsError("auth: each entry is name:password, neither of them empty; one is not")
    if len(name) > 100 or not name.isprintable():
        raise SettingsError("auth: a name has at most 100 characters, all of them printable")
    if password.startswith("scrypt.") and not _HASH.fullmatch(password):
        raise SettingsError(f"auth: the hash of {name!r} is not whole; `dateline passwd` prints one")
    if _HASH.fullmatch(password):
        return Account(name, password)
    # The salt is the name's, so that a restart ends no session; this hash is written nowhere.
    return Account(name, hash_password(password, hashlib.sha256(f"dateline {name}".encode()).digest()[:16]))


def _matches(hashed: str, password: str) -> bool:
    found = _HASH.fullmatch(hashed)
    if found is None or len(password) > _LONGEST:
        return False
    cost, block, times = (int(found[n]) for n in (1, 2, 3))
    try:
        given = _digest(password, _bytes(found[4]), cost, block, times)
    except (ValueError, MemoryError):  # numbers that scrypt refuses
        return False
    return hmac.compare_digest(given, _bytes(found[5]))


def _digest(password: str, salt: bytes, cost: int = _COST, block: int = _BLOCK, times: int = _TIMES) -> bytes:
    told = unicodedata.normalize("NFC", password).encode("utf-8", "surrogatepass")
    with _AT_ONCE:
        return hashlib.scrypt(told, salt=salt, n=cost, r=block, p=times, maxmem=_MOST_MEMORY, dklen=32)


def _written(salt: bytes, digest: bytes, cost: int = _COST) -> str:
    return ".".join(["scrypt", str(cost), str(_BLOCK), str(_TIMES), _text(salt), _text(digest)])


def _plain(name: str) -> str:
    return unicodedata.normalize("NFC", name).strip()


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _bytes(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
