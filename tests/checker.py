"""The single-file tool that checks an export: loaded here as it is, started as a stranger would start it."""

from __future__ import annotations

import ast
import functools
import importlib.machinery
import importlib.util
import io
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from types import ModuleType

from tests.factory import ROOT

CHECKER = ROOT / "script" / "check-custody"


@functools.cache
def checker() -> ModuleType:
    loader = importlib.machinery.SourceFileLoader("check_custody", str(CHECKER))
    spec = importlib.util.spec_from_loader(loader.name, loader)
    assert spec is not None
    written, sys.dont_write_bytecode = sys.dont_write_bytecode, True
    module = importlib.util.module_from_spec(spec)
    loader.exec_module(module)
    sys.dont_write_bytecode = written
    return module


def check(*arguments: object) -> tuple[int, str]:
    """Run it here; return its exit status and what it said."""
    said = io.StringIO()
    with redirect_stdout(said), redirect_stderr(said):
        status = checker().main([str(each) for each in arguments])
    return status, said.getvalue()


def check_elsewhere(folder: Path, *arguments: object) -> tuple[int, str]:
    """Run it as a file of its own in an isolated Python, where nothing of this project can be imported."""
    alone = folder / "check-custody"
    alone.write_bytes(CHECKER.read_bytes())
    command = [sys.executable, "-I", str(alone), *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=folder, timeout=60, check=False)
    return done.returncode, done.stdout + done.stderr


def imported() -> set[str]:
    """The packages that the tool imports, wherever in it."""
    found = set()
    for node in ast.walk(ast.parse(CHECKER.read_text())):
        if isinstance(node, ast.Import):
            found |= {each.name.partition(".")[0] for each in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add((node.module or "").partition(".")[0])
    return found
