"""What WeasyPrint leaves open of PDF/UA-1, set right on the finished tree before the file is written."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pydyf

# WeasyPrint publishes no types, and neither does pydyf: its objects are dictionaries and lists of its own.
Dictionary = Any


def complete_structure(document: object, pdf: Any) -> None:  # noqa: ANN401 - WeasyPrint's signature
    """Afterwards what repeats on each page is an artifact, and every table heading is listed with its scope.

    WeasyPrint marks headers and footers as content and then leaves that content out of the tree, so that a
    reader meets content which is neither. Source: ISO 14289-1, 7.1 and 7.5; ISO 32000-1, 14.8.2.2 and 14.7.2.
    """
    objects = {each.reference: each for each in pdf.objects if each.reference}
    root = objects[pdf.catalog["StructTreeRoot"]]
    tree = dict(_walk(root["K"], objects))
    named = [(element["ID"], reference) for reference, element in tree.items() if "ID" in element]
    for reference in tree:
        if tree[reference]["S"] == "/TH":
            tree[reference]["A"]["Scope"] = "/Row"
    if named:
        names = pydyf.Array([part for pair in sorted(named, key=lambda pair: pair[0].data) for part in pair])
        limits = pydyf.Array([names[0], names[-2]])
        leaf = pydyf.Dictionary({"Names": names, "Limits": limits})
        pdf.add_object(leaf)
        root["IDTree"] = pydyf.Dictionary({"Kids": pydyf.Array([leaf.reference])})
    numbers = objects[root["ParentTree"]]["Nums"]
    owners = dict(zip(numbers[::2], numbers[1::2], strict=True))
    for page_number in pdf.pages["Kids"][::3]:  # kept flat: number, generation, R
        page = objects[f"{page_number} 0 R".encode()]
        content = objects[page["Contents"]].stream
        _set_aside(content, owners[page["StructParents"]], tree)


def _walk(kids: list[Any], objects: dict[bytes, Dictionary]) -> Iterator[tuple[bytes, Dictionary]]:
    for kid in kids:
        if isinstance(kid, bytes) and "S" in objects[kid]:
            yield kid, objects[kid]
            yield from _walk(objects[kid].get("K", []), objects)


def _set_aside(content: list[Any], owners: list[Any], tree: dict[bytes, Dictionary]) -> None:
    for place, operand in enumerate(content):
        if isinstance(operand, pydyf.Dictionary) and "MCID" in operand and owners[operand["MCID"]] not in tree:
            owners[operand["MCID"]] = b"null"
            content[place - 1] = "/Artifact"
            content[place] = pydyf.Dictionary({"Type": "/Pagination"})
