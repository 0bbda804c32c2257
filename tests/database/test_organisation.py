"""The organisation, its accounts, and the approvals without which nobody may sign."""

from __future__ import annotations

import pytest

from consent.acts import custody, form_approvals, organisation
from consent.acts.actor import Actor
from consent.acts.house import House
from consent.acts.organisation import Policy
from consent.records.tables.organisation import organisation as table
from consent.rules.access import Role
from consent.rules.refusal import Refused
from tests.factory import Clock, Factory
from tests.staffroom import make_app, send, signed_in

FORM = ("us-media-release", 1, "en")
DETAILS = {
    "legal_name": "St. Anne's Hospital, Inc.",
    "address": "1 Main Street\nSpringfield",
    "privacy_office": "Privacy Office",
    "privacy_phone": "+1 555 0100",
    "privacy_email": "privacy@hospital.example",
}


def closed(house: House) -> list[str]:
    with house.reading() as connection:
        return [reason.code for reason in form_approvals.signing_open(house, connection, *FORM)]


def test_signing_is_refused_until_everything_is_entered(house: House, head: Actor) -> None:
    client = signed_in(make_app(house), house, head)
    assert closed(house) == ["organisation-incomplete", "accounts-none", "form-not-approved"]
    assert "Before anybody can sign" in client.get("/organisation").text
    assert "Nobody can sign yet" in client.get("/").text
    partly = send(client, "/organisation/details", **{**DETAILS, "privacy_phone": ""})
    assert partly.status_code == 422
    assert "Springfield" in partly.text
    assert send(client, "/organisation/details", **DETAILS).status_code == 303
    assert closed(house) == ["accounts-none", "form-not-approved"]
    account = {"channel": "instagram", "name": "@stannes", "owner": "organisation", "owner_name": ""}
    assert send(client, "/organisation/accounts", **account).status_code == 303
    assert send(client, "/organisation/accounts", **account).status_code == 422
    assert closed(house) == ["form-not-approved"]
    path = "/forms/us-media-release/1/en/approve"
    typed = {"approver_name": "Dr. Ruth Law", "approver_role": "General counsel", "read": "yes"}
    typed |= {"approved_on-day": "1", "approved_on-month": "11", "approved_on-year": "2026"}
    assert send(client, path, **{**typed, "approved_on-month": "12"}).status_code == 422
    assert send(client, path, **{**typed, "read": ""}).status_code == 422
    assert send(client, path, **typed).status_code == 303
    assert closed(house) == []
    page = client.get("/forms").text
    assert "Approved by Dr. Ruth Law, General counsel, on November 1, 2026." in page
    withdraw = f"{path.removesuffix('approve')}withdraw"
    assert f'action="{withdraw}"' not in page
    # One press on the list stops nothing: it is asked first.
    assert "Take back the approval of Media release, version 1, English?" in client.get(withdraw).text
    assert closed(house) == []
    assert client.get("/forms/us-media-release/1/es").status_code == 200
    assert "Nobody can sign yet" not in client.get("/").text
    assert "Before anybody can sign" not in client.get("/organisation").text


def test_an_approval_can_be_taken_back_and_given_again(
    house: House, head: Actor, factory: Factory, clock: Clock
) -> None:
    wording = form_approvals.wording(house, head, *FORM)
    said = {"approver_name": "Ruth Law", "approver_role": "Counsel", "approved_on": house.today}
    form_approvals.approve(house, head, wording, **said)  # type: ignore[arg-type]
    clock.pass_(minutes=1)
    form_approvals.withdraw(house, factory.staff(Role.PRIVACY_OFFICER), wording)
    assert "form-withdrawn" in closed(house)
    with pytest.raises(Refused, match="role"):
        form_approvals.approve(house, factory.staff(Role.PRIVACY_OFFICER), wording, **said)  # type: ignore[arg-type]
    clock.pass_(minutes=1)
    form_approvals.approve(house, head, wording, **said)  # type: ignore[arg-type]
    assert closed(house) == ["organisation-incomplete", "accounts-none"]


def test_an_approval_counts_for_exactly_the_words_that_were_read(house: House, head: Actor) -> None:
    from dataclasses import replace

    wording = replace(form_approvals.wording(house, head, *FORM), hash="0" * 64)
    with pytest.raises(Refused, match="wording-changed"):
        form_approvals.approve(
            house, head, wording, approver_name="Ruth Law", approver_role="Counsel", approved_on=house.today
        )


def test_rule_52_every_save_is_a_new_version(house: House, head: Actor) -> None:
    organisation.save_details(house, head, **DETAILS)
    assert organisation.in_force(house).policy == Policy(consent_for_unrecognisable=True, one_person_clinic=False)
    organisation.save_policy(house, head, Policy(consent_for_unrecognisable=False, one_person_clinic=True))
    own = organisation.in_force(house)
    assert (own.version, own.legal_name, own.policy) == (2, DETAILS["legal_name"], Policy(False, True))
    with house.reading() as connection:
        assert len(connection.execute(table.select()).all()) == 2
    assert custody.verify(house).problems == ()


def test_accounts_of_others_name_whose_they_are(house: House, head: Actor) -> None:
    with pytest.raises(Refused, match="account-owner"):
        organisation.add_account(house, head, channel="instagram", name="@dr", owner="clinician")
    with pytest.raises(Refused, match="channel-unknown"):
        organisation.add_account(house, head, channel="myspace", name="@us")
    account_id = organisation.add_account(
        house, head, channel="instagram", name="@dr", owner="clinician", owner_name="Dr. Roe"
    )
    organisation.use_account(house, head, account_id, active=False)
    (account,) = organisation.accounts(house)
    assert (account.owner_name, account.active) == ("Dr. Roe", False)
    assert "accounts-none" in closed(house)


def test_all_that_is_wrong_with_an_account_is_said_at_once_beside_its_field(house: House, head: Actor) -> None:
    client = signed_in(make_app(house), house, head)
    wrong = send(client, "/organisation/accounts", channel="", name=" ", owner="partner", owner_name="")
    assert wrong.status_code == 422
    for sentence in (
        "Choose a channel.",
        "Enter the account&#39;s name.",
        "Enter the name of the person or organization",
    ):
        assert wrong.text.count(sentence) == 2, "in the summary and beside its field"
    with pytest.raises(Refused) as refused:
        organisation.add_account(house, head, channel="myspace", name="", owner="nobody")
    assert refused.value.codes == ("channel-unknown", "account-name", "account-owner")


def test_the_rules_page_saves_both_answers(house: House, head: Actor) -> None:
    client = signed_in(make_app(house), house, head)
    assert send(client, "/organisation/policy", consent_for_unrecognisable="yes").status_code == 422
    answers = {"consent_for_unrecognisable": "no", "one_person_clinic": "yes"}
    assert send(client, "/organisation/policy", **answers).status_code == 303
    assert organisation.in_force(house).policy == Policy(False, True)
