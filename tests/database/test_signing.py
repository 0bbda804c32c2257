"""The moment of signing, on real parts."""

from __future__ import annotations

from consent.acts import filing
from tests.factory import Factory


def test_signs(factory: Factory) -> None:
    made = factory.signed_consent()
    with factory.house.reading() as connection:
        pdf = filing.take_out(factory.house, connection, made)
    assert pdf.startswith(b"%PDF-1.7")
