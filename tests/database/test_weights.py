"""Each page in a patient's hands is light, with everything that it loads: also those that only a link leads to."""

from __future__ import annotations

from consent.acts.house import House
from consent.rules.access import Role
from tests.bench.pages import AT_MOST, PATIENT, patient_pages
from tests.factory import Factory
from tests.staffroom import make_app

REACHED = (
    "/sign", "/sign/check", "/sign/electronic", "/sign/sign", "/sign/understand/what", "/sign/done", "/sign/locked",
    "/copy/<token>", "/copy", "/copy, wrong code", "/copy, opened", "/copy/<token>, over",
    "/own-phone/<token>", "/own-phone", "/own-phone, wrong code", "/sign, own phone", "/sign/own-copy", "/sign/own-end",
    "/withdraw/<token>", "/withdraw", "/withdraw, wrong code", "/withdraw/choose", "/withdraw/parts",
    "/withdraw/check?stop=everything", "/withdraw/done", "/withdraw/close, closed", "/withdraw/<token>, unknown",
    "/show/now", "/check", "/check, answer", "/tablet", "/unlock",
)  # fmt: skip


def test_each_patient_page_with_everything_it_loads_is_light(house: House, factory: Factory) -> None:
    actor = factory.staff(*Role)
    factory.ready_organisation()
    seen = dict(patient_pages(house, factory, actor, make_app(house)))
    lacking = {PATIENT + path for path in REACHED} - set(seen)
    assert not lacking
    assert not {name: weight for name, weight in seen.items() if weight > AT_MOST}
