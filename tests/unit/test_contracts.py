"""The promises of the layout, kept short enough to read: who may decrypt, how long modules are, which words we use."""

from __future__ import annotations

import ast
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
MODULES = sorted((ROOT / "consent").rglob("*.py"))
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
LONGEST = 300

# By hand, and meant to stay short: the acts that may open what was encrypted, and what each opens.
MAY_OPEN = {
    "key_care": "everything, to prove that the keys open it; shown to nobody",
    "restoring": "the rows of a backup, to write them back",
    "scanning": "the pages of a scanned form",
    "transcribing": "what was read off a scan",
    "speaking": "what was said by telephone",
    "showings": "the picture and caption that a patient is shown first",
    "dossier": "a patient and what the clinician wrote",
    "filing": "a stored paper: a sealed consent or a letter",
    "answering": "the signer's answers so far, for himself",
    "resting": "outside recipients, to tell each once",
    "standing": "addresses of posts, for the patient himself",
    "requests": "what the patient said, for those who act on it",
    "takedowns": "the address of a post, and the evidence",
    "notices": "the address that a notice goes to",
    "pictures": "a picture",
    "matching": "fingerprints of pictures",
    "unlinking": "why a link is called wrong",
    "second_factor": "an account's own TOTP secret",
    "held": "what the same account typed within the hour",
    "custody": "the words beside an entry",
    "disclosing": "what is told about one consent in its bundle",
    "post_reading": "caption and address of a post",
    "incidents": "what the finder of a post wrote",
}
NO_NAMES = frozenset({"utils", "util", "helpers", "helper", "common", "misc", "manager", "managers", "tools", "stuff"})
UNFINISHED = re.compile(r"\b(TODO|FIXME|XXX|HACK|WIP)\b|not implemented|NotImplementedError|lorem ipsum", re.IGNORECASE)
# One word for one thing. These mean something else here, or nothing.
BANNED_NAMES = re.compile(r"(^|_)(platform|user_data|authorization|authorisation|receipt_pdf|delete_post)($|_)")


def contract(name: str) -> dict[str, Any]:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())
    found = [each for each in settings["tool"]["importlinter"]["contracts"] if each["name"] == name]
    assert len(found) == 1, name
    return dict(found[0])


def imports(path: Path) -> set[str]:
    """The full names of everything that a module imports, wherever in it."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


def importers(module: str) -> set[str]:
    return {
        ".".join(path.relative_to(ROOT).with_suffix("").parts)
        for path in MODULES
        if any(name == module or name.startswith(f"{module}.") for name in imports(path))
    }


def test_rule_51_who_may_decrypt_is_a_short_list() -> None:
    allowed = set(contract("Only these acts open what was encrypted")["allowed_importers"])
    assert allowed == {f"consent.acts.{name}" for name in MAY_OPEN}
    # As they are, not only as they are allowed to be: a place that opens nothing any more leaves the list.
    assert importers("consent.acts.opening") == allowed
    assert contract("PHI is decrypted only here")["allowed_importers"] == ["consent.acts.opening"]
    assert importers("consent.vault.decrypt") == {"consent.acts.opening"}


def test_nothing_but_the_vault_and_the_seal_knows_a_cipher() -> None:
    for name in importers("cryptography"):
        assert name.startswith(("consent.vault.", "consent.documents.")), name


def test_no_contract_is_waived() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())
    waived = [each for each in settings["tool"]["importlinter"]["contracts"] if each.get("ignore_imports")]
    assert [each["name"] for each in waived] == ["Imports point inward"]
    assert len(waived[0]["ignore_imports"]) <= 2


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_module_is_short_named_for_a_subject_and_finished(path: Path) -> None:
    text = path.read_text()
    assert len(text.splitlines()) <= LONGEST
    assert path.stem not in NO_NAMES
    assert not UNFINISHED.search(text), UNFINISHED.search(text)
    tree = ast.parse(text)
    assert not [node.lineno for node in ast.walk(tree) if isinstance(node, ast.Assert)], "assert outside tests"
    assert not [node.lineno for node in ast.walk(tree) if isinstance(node, ast.ExceptHandler) and node.type is None]
    named = [
        node.name
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) and BANNED_NAMES.search(node.name)
    ]
    assert not named


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_template_hands_out_no_unescaped_word(path: Path) -> None:
    text = path.read_text()
    assert not UNFINISHED.search(text), UNFINISHED.search(text)
    assert not re.search(r"\bon[a-z]+\s*=\s*[\"']", re.sub(r"\{#.*?#\}", "", text, flags=re.DOTALL)), "a handler"
    assert not re.search(r"<[^>]*\sstyle\s*=", text) or path.parent.name == "documents", "an inline style"
    assert not re.search(r"\{%-?\s*autoescape\s+false", text)
    # What is marked safe is ours alone: a drawn code, never a typed word.
    for safe in re.findall(r"\{\{[^}]*\|\s*safe\b[^}]*\}\}", text):
        assert re.fullmatch(r"\{\{-?\s*(qr|page_css|style|paper_css|strokes|ink)\w*\s*\|\s*safe\s*-?\}\}", safe), safe


def test_the_log_is_written_by_few_and_never_with_a_message_that_quotes() -> None:
    """Whoever logs is listed: each was read, and writes routes, IDs and kinds of fault only."""
    loggers = {
        str(path.relative_to(ROOT))
        for path in MODULES
        if re.search(r"\blog(ger)?\.(debug|info|warning|error|exception|critical)\(", path.read_text())
    }
    assert loggers <= {
        "consent/web/gate.py",
        "consent/acts/posting.py",
        "consent/cli/asking.py",
    }, loggers
    telling = re.compile(r"log\.exception\(|exc_info\s*=\s*True|traceback\.(print|format)_exc")
    for path in MODULES:
        # The traceback's last line is the message, and a message may quote what somebody typed.
        assert not telling.search(path.read_text()), path
