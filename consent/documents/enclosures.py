"""What is enclosed in a paper's own PDF, under its seal."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Relationship(StrEnum):
    """What an enclosed file is to the paper."""

    DATA = "Data"  # the same content for machines
    ALTERNATIVE = "Alternative"  # the same content in another form


@dataclass(frozen=True)
class AssociatedFile:
    """One file inside the PDF. `name` is plain ASCII and ends with its kind; `description` is for people."""

    name: str
    description: str
    relationship: Relationship
    content: bytes
