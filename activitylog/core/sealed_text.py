"""Seals texts for the database with a key that stands outside it."""

from base64 import urlsafe_b64encode

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF


def derived_key(key: str, purpose: bytes) -> bytes:
    """The installation's key for one purpose; each purpose has another."""
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=purpose).derive(key.encode())


def seal(text: str, *, key: str, purpose: bytes) -> str:
    """The text encrypted; each time differently."""
    return _cipher(key, purpose).encrypt(text.encode()).decode()


def unseal(sealed: str, *, key: str, purpose: bytes, seconds: int | None = None) -> str | None:
    """The text; None if it was sealed with another key, for another purpose, or longer ago."""
    try:
        return _cipher(key, purpose).decrypt(sealed.encode(), ttl=seconds).decode()
    except InvalidToken:
        return None


def _cipher(key: str, purpose: bytes) -> Fernet:
    return Fernet(urlsafe_b64encode(derived_key(key, purpose)))
