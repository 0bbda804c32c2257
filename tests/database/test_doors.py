"""Who may go through which door: a table written by hand, compared with what the gate does.

One line for each endpoint. Letters are roles: C clinician, M communications, P privacy officer, A auditor,
D administrator. "open": anybody. "staff": whoever is signed in. "signing", "showing", "card", "copy": the holder
of that, and nobody's sign-in helps.
"""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient

from consent.acts.house import House
from consent.rules.access import Role
from tests.factory import Factory
from tests.staffroom import browser, new_person, signed_in

LETTERS = {
    "C": Role.CLINICIAN,
    "M": Role.COMMUNICATIONS,
    "P": Role.PRIVACY_OFFICER,
    "A": Role.AUDITOR,
    "D": Role.ADMINISTRATOR,
}
TABLE = {
    # coming and going
    "sign_in.form": "open",
    "sign_in.code": "open",
    "sign_in.out": "staff",
    "sign_in.unlock": "signing",
    "health.well": "open",
    "invitation.enter": "open",
    "invitation.accept": "open",
    "kept.form": "staff",
    "kept.discard": "staff",
    "kept.over": "staff",
    "tablet.start": "open",
    "tablet.staff_here": "staff",
    "tablet.locked": "signing",
    "tablet.here": "signing",
    "tablet.lock": "signing",
    "tablet.look_locked": "showing",
    "tablet.look_here": "showing",
    "tablet.look_lock": "showing",
    # oneself
    "home.start": "CMPAD",
    "account.overview": "CMPAD",
    "account.password": "CMPAD",
    "account.second_factor_set_up": "CMPAD",
    "account.recovery_codes": "CMPAD",
    "account.pin": "CMPAD",
    "account.sign_out_everywhere": "CMPAD",
    # people
    "staffing.listed": "PAD",
    "staffing.person": "PAD",
    "staffing.invite": "D",
    "staffing.link": "D",
    "staffing.roles": "D",
    "staffing.disable": "D",
    "staffing.enable": "D",
    "staffing.ask_reset": "D",
    "staffing.confirm_reset": "PD",
    # the organisation and its forms
    "organisation.overview": "D",
    "organisation.details": "D",
    "organisation.policy": "D",
    "keys.overview": "D",
    "retention.overview": "PAD",
    "retention.propose": "P",
    "retention.decide": "PAD",
    "retention.hold": "P",
    "retention.audit": "PAD",
    "organisation.state": "D",
    "organisation.accounts": "D",
    "organisation.use_account": "D",
    "organisation.forms": "CPAD",
    "organisation.preview": "CPAD",
    "organisation.approve": "D",
    "organisation.withdraw": "PD",
    "organisation.own_words": "D",
    # preparing a consent
    "consents.listed": "CP",
    "consents.find": "CP",
    "consents.find_by_record_number": "CP",
    "consents.find_by_name": "CP",
    "consents.find_by_number": "CP",
    "consents.show": "CP",
    "consents.reason": "CP",
    "consents.document": "CP",
    "consents.preview": "CP",
    "consents.wording": "C",
    "consents.hand_over": "C",
    "consents.discard": "C",
    "creating.begin": "C",
    "creating.patient_new": "C",
    "creating.patient": "C",
    "creating.identity": "C",
    "creating.ask": "C",
    "creating.details": "C",
    "attending.signer": "C",
    "attending.representative": "C",
    "attending.authority": "C",
    "attending.assent": "C",
    "attending.alone": "C",
    "attending.interpreter": "C",
    "attending.witnesses": "C",
    "attending.sensitive": "C",
    "life_events.record": "CP",
    "papers.english": "CP",
    "papers.copy": "CP",
    "papers.phone": "CP",
    "papers.code": "CP",
    "papers.leave": "CP",
    "papers.print_copy": "CP",
    "papers.mail": "CP",
    "papers.card": "CP",
    # the other ways to sign
    "own_phone.send": "C",
    "own_phone.pass_on": "C",
    "own_phone.code": "C",
    "own_phone.cancel": "C",
    "paper_forms.print_form": "C",
    "paper_forms.printed": "C",
    "paper_forms.file": "C",
    "paper_forms.begin": "C",
    "paper_forms.pages": "C",
    "paper_forms.turn": "C",
    "paper_forms.remove": "C",
    "paper_forms.page_file": "CP",
    "paper_forms.discard": "C",
    "paper_check.transcribe": "C",
    "paper_check.waiting": "CP",
    "paper_check.check": "CP",
    "paper_check.send_back": "CP",
    "telephone.record": "C",
    "telephone.confirm": "CP",
    "telephone.withdraw": "CP",
    # in the patient's hands
    "arriving.link": "open",
    "arriving.code": "open",
    "arriving.copy": "signing",
    "arriving.file": "signing",
    "arriving.end": "signing",
    "signing.welcome": "signing",
    "signing.comfort": "signing",
    "signing.understand": "signing",
    "signing.once_more": "signing",
    "signing.page": "signing",
    "signing.check": "signing",
    "signing.electronic": "signing",
    "signing.sign": "signing",
    "signing.other": "signing",
    "signing.finish": "signing",
    "signing.saving": "signing",
    "signing.done": "signing",
    "signing.decline": "signing",
    "signing.declined": "signing",
    "own_papers.copy": "signing",
    "own_papers.paper": "signing",
    "own_papers.print_copy": "signing",
    "own_papers.phone": "signing",
    "own_papers.code": "signing",
    "own_papers.leave": "signing",
    "own_papers.mail": "signing",
    "own_papers.card": "signing",
    "own_papers.end": "signing",
    "copying.link": "open",
    "copying.code": "copy",
    "copying.file": "copy",
    "checking.check": "open",
    # pictures
    "pictures.shelf": "CP",
    "pictures.find": "CP",
    "pictures.add": "CP",
    "pictures.add_film": "CP",
    "pictures.picture": "CP",
    "pictures.file": "CP",
    "pictures.discard": "CP",
    "reviewing.cover": "CP",
    "reviewing.renew": "CP",
    "reviewing.review": "CP",
    "reviewing.clear": "P",
    "reviewing.clear_second": "P",
    "linking.person": "CP",
    "linking.no_consent": "CP",
    "linking.wrong": "CP",
    "linking.changes": "CP",
    "linking.change": "CP",
    # asking, releasing, posting
    "posting.ask": "CMP",
    "posting.ask_list": "CMP",
    "posting.ask_file": "CMP",
    "posting.confirmed": "CMP",
    "releases.waiting": "MPA",
    "releases.release": "MP",
    "releases.close": "MP",
    "posts.listed": "MPA",
    "posts.plan": "MP",
    "posts.one": "MPA",
    "posts.approve": "MP",
    "posts.drop": "MP",
    "posts.record": "MP",
    "showings.listed": "MPA",
    "showings.plan": "MP",
    "showings.one": "MPA",
    "showings.drop": "MP",
    "showings.hand_over": "CP",
    "showing.begin": "open",
    "showing.by_card": "card",
    "showing.card_picture": "card",
    "showing.look": "showing",
    "showing.tablet_picture": "showing",
    "showing.unlock": "showing",
    "asking_again.ask": "CP",
    "incidents.report": "CMPAD",
    "incidents.reported": "CMPAD",
    "incidents.report_post": "CMPAD",
    "incidents.listed": "PA",
    "incidents.one": "PA",
    "incidents.close": "P",
    "ending.event": "CP",
    "consent_mistakes.void": "CP",
    "consent_mistakes.suspend": "P",
    "consent_mistakes.lift": "P",
    # change of mind
    "withdrawing.link": "open",
    "withdrawing.code": "open",
    "withdrawing.again": "open",
    "withdrawing.here": "card",
    "withdrawing.over": "card",
    "withdrawing.choose": "card",
    "withdrawing.parts": "card",
    "withdrawing.check": "card",
    "withdrawing.done": "card",
    "withdrawing.close": "card",
    "revocations.listed": "CP",
    "revocations.begin": "CP",
    "revocations.record": "CP",
    "revocations.nothing": "CP",
    "revocations.one": "CP",
    "revocations.mistaken": "P",
    "revocations.acknowledgement": "CP",
    "revocations.letter": "CP",
    "takedowns.listed": "MPA",
    "takedowns.one": "MPA",
    "takedowns.take_over": "MP",
    "takedowns.settle": "MP",
    "takedowns.screenshot": "MPA",
    "takedowns.review": "MP",
    "notices.listed": "PA",
    "notices.retry": "P",
    "notices.tell": "P",
    "tasks.listed": "CMPAD",
    "tasks.close": "CMPAD",
    # the trail
    "custody.trail": "PA",
    "bundles.make": "P",
    "custody.head": "PA",
    "custody.print_head": "PA",
    "custody.words": "PA",
    "custody.timeline": "CPA",
    "custody.check": "PA",
}
STAFF_ROLES = tuple(LETTERS)


def knock(client: FlaskClient, app: Flask, endpoint: str) -> tuple[int, str]:
    """Go to the endpoint with made-up IDs; a POST goes without a token, so that nothing is ever done."""
    rule = next(rule for rule in app.url_map.iter_rules() if rule.endpoint == endpoint)
    values = {name: 1 if "Integer" in type(rule._converters[name]).__name__ else "x" for name in rule.arguments}
    path = app.url_map.bind("localhost").build(endpoint, values)
    answer = client.get(path) if "GET" in (rule.methods or ()) else client.post(path)
    return answer.status_code, answer.location or ""


def let_in(answer: tuple[int, str]) -> bool:
    status, location = answer
    return status != 403 and location != "/sign-in"


def test_rule_50_every_endpoint_stands_in_the_table(app: Flask) -> None:
    known = {rule.endpoint for rule in app.url_map.iter_rules() if rule.endpoint != "static"}
    assert {"missing": known - set(TABLE), "gone": set(TABLE) - known} == {"missing": set(), "gone": set()}


@pytest.mark.parametrize("letter", STAFF_ROLES)
def test_rule_50_each_role_goes_through_its_doors_only(house: House, app: Flask, factory: Factory, letter: str) -> None:
    client = signed_in(app, house, factory.staff(LETTERS[letter]))
    wrong = []
    for endpoint, who in TABLE.items():
        if who == "open" or endpoint in ("sign_in.out", "account.sign_out_everywhere"):
            continue
        answer = knock(client, app, endpoint)
        may = who == "staff" or letter in who if who not in ("signing", "showing", "card", "copy") else False
        if who in ("signing", "showing", "card", "copy"):
            if answer[0] != 404:
                wrong.append((endpoint, who, answer))
        elif let_in(answer) != may:
            wrong.append((endpoint, who, answer))
        if answer[0] >= 500:
            wrong.append((endpoint, who, answer))
    assert wrong == []


def test_nobody_goes_through_a_staff_door_unsigned(app: Flask) -> None:
    client = browser(app)
    wrong = []
    for endpoint, who in TABLE.items():
        answer = knock(client, app, endpoint)
        shut = answer[0] == 404 if who in ("signing", "showing", "card", "copy") else answer == (303, "/sign-in")
        if who != "open" and not shut:
            wrong.append((endpoint, who, answer))
    assert wrong == []


def test_without_a_second_factor_only_setting_one_up_is_open(house: House, app: Flask) -> None:
    client = signed_in(app, house, new_person(house, *LETTERS.values()))
    for endpoint, who in TABLE.items():
        if who in ("open", "signing", "showing", "card", "copy"):
            continue
        answer = knock(client, app, endpoint)
        if endpoint == "account.second_factor_set_up":
            assert answer[0] == 200
        elif endpoint == "sign_in.out":
            assert answer[0] == 400
        else:
            assert answer == (303, "/account/second-factor"), endpoint


def test_a_disabled_account_is_out_at_once(house: House, app: Flask, factory: Factory) -> None:
    from consent.acts import staffing

    head, other = factory.staff(Role.ADMINISTRATOR), factory.staff(Role.CLINICIAN)
    client = signed_in(app, house, other)
    assert client.get("/").status_code == 200
    staffing.disable(house, head, other.id)
    assert client.get("/").location == "/sign-in"
