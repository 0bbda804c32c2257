"""One unambiguous way to turn several values into the bytes that a cipher, a MAC or a signature binds."""

from __future__ import annotations


def bind(purpose: str, *parts: str | bytes) -> bytes:
    """Give the purpose and the parts as bytes, each behind its own length.

    Two different lists of parts never give the same bytes ("ab", "c" differs from "a", "bc"), and bytes made
    for one purpose are never valid for another.
    """
    encoded = [purpose.encode("utf-8")]
    for part in parts:
        # surrogatepass keeps the encoding total and injective, so that no text can make a refusal crash instead.
        encoded.append(part.encode("utf-8", "surrogatepass") if isinstance(part, str) else part)
    return b"".join(len(part).to_bytes(8, "big") + part for part in encoded)
