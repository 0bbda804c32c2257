"""The trail's pages speak in words: what was done, by whom by name; codes and IDs stand beside them."""

from __future__ import annotations

import ast
import html
import re
from pathlib import Path

from consent.acts import custody
from consent.acts.house import House
from consent.rules import chain
from consent.rules.access import Role
from consent.web import custody_words
from tests.factory import ROOT, START, Factory
from tests.staffroom import make_app, signed_in

ACT = re.compile(r"[a-z]+\.[a-z-]+")


def entered_acts() -> set[str]:
    """Every act that some deed enters, as it stands in the source."""
    found: set[str] = set()
    for path in Path(ROOT / "consent" / "acts").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "enter":
                inside = ast.walk(node.args[0]) if node.args else ()
                found |= {
                    each.value for each in inside if isinstance(each, ast.Constant) and ACT.fullmatch(str(each.value))
                }
    return found


def test_every_act_and_every_problem_has_its_words() -> None:
    acts = entered_acts()
    assert len(acts) > 80
    assert acts - set(custody_words.ACTS) == set()
    problems = set(re.findall(r'"([a-z]+(?:-[a-z]+)+)"', Path(chain.__file__).read_text()))
    assert problems - set(custody_words.PROBLEMS) == set()


def test_the_auditor_reads_who_did_what_and_when(house: House, factory: Factory) -> None:
    auditor = factory.staff(Role.AUDITOR)
    made = factory.signed_consent()
    with house.reading() as connection:
        nurse = custody.staff.names(connection, [factory.clinician().id])[factory.clinician().id]
    client = signed_in(make_app(house), house, auditor)
    page = html.unescape(client.get(f"/custody?ref={made}").text)
    assert "<td>Handed the tablet over</td>" in page
    assert f"<td>{nurse}<br>" in page
    assert "<td>The patient, on the tablet<br>" in page
    assert "consent.hand-over</td>" not in page
    assert '<option value="consent.sign">Signed</option>' in page
    offered = re.findall(r'<option value="[a-z.-]+">([^<]+)', page)
    assert offered == sorted(offered)
    assert re.search(r">Nov 2, 2026, \d\d:\d\d:\d\d</time>", page)
    timeline = html.unescape(client.get(f"/consents/{made}/timeline").text)
    assert timeline.index("<td>Began a consent</td>") < timeline.index("<td>Signed</td>")


def test_the_trail_says_yes_and_no_where_it_kept_true_and_false() -> None:
    kept = {"alone": False, "image": ["a", "b"], "consent": None}
    entry = custody.TrailEntry(1, START, "post.approve", "card:x", kept, "", has_text=False)
    assert custody_words.about(entry) == [("alone", "no"), ("picture", "a, b")]
    assert custody_words.who(entry) == "The patient, with the card"
