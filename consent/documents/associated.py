"""Files that lie inside the paper's own PDF, under its seal: the receipt for machines, the exact text for people.

Source: ISO 32000-2, 14.13 (associated files; written in the same way in a PDF 1.7 file by ISO 19005-3);
ISO 14289-1, 7.11 (an embedded file names itself twice and says what it is).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pydyf
from weasyprint import Attachment

from consent.documents.enclosures import AssociatedFile, Relationship
from consent.documents.structure import complete_structure

__all__ = ["AssociatedFile", "Relationship", "attachments", "finishing"]


def attachments(files: Sequence[AssociatedFile]) -> list[Attachment]:
    """The files as the printer takes them, in the order in which a name tree must stand."""
    return [
        Attachment(string=each.content, name=each.name, description=each.description)
        for each in sorted(files, key=lambda each: each.name)
    ]


def finishing(files: Sequence[AssociatedFile]) -> Callable[[object, Any], None]:
    """What is set right on the finished tree: the structure, and each file's place in it."""

    def finish(document: object, pdf: Any) -> None:  # noqa: ANN401 - WeasyPrint's signature
        complete_structure(document, pdf)
        _associate(pdf, {each.name: each for each in files})

    return finish


def _associate(pdf: Any, files: dict[str, AssociatedFile]) -> None:  # noqa: ANN401 - pydyf publishes no types
    found = []
    for each in pdf.objects:
        if isinstance(each, pydyf.Dictionary) and each.get("Type") == "/Filespec":
            file = files[each["UF"].string]
            each["AFRelationship"] = f"/{file.relationship.value}"
            found.append(each.reference)
        elif isinstance(each, pydyf.Stream) and each.extra.get("Type") == "/EmbeddedFile":
            # When it was printed stands in the seal; the printer's own clock stands nowhere.
            for name in ("CreationDate", "ModDate"):
                each.extra["Params"].pop(name, None)
    if found:
        pdf.catalog["AF"] = pydyf.Array(found)
