"""At the bed: prepared and handed over by a nurse, read, chosen and signed by a patient; his copy and his card."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, expect

from consent.rules.access import Role
from tests.browser import bedside
from tests.browser.hospital import Hospital
from tests.browser.reader import Reader, sign_in

Sit = Callable[[BrowserContext], Reader]


def test_a_patient_reads_chooses_checks_and_signs(hospital: Hospital, tablet: BrowserContext, read: Sit) -> None:
    nurse = hospital.person("Nora Field", Role.CLINICIAN)
    reader = read(tablet)
    sign_in(reader, nurse)
    bedside.prepare(reader)
    reader.press("See it as the patient will")
    reader.sees("¿Podemos mostrar sus imágenes o su historia?")
    reader.follow("Back")
    bedside.hand_over(reader)
    page = reader.page
    expect(page.locator("html")).to_have_attribute("lang", "es")
    reader.press("Empezar")
    bedside.choose_all(reader, no_to=("computadora",))
    reader.heading("¿Es esto lo que eligió?")
    reader.press("Seguir para firmar")
    reader.press("Firmar")
    expect(page.get_by_role("alert")).to_contain_text("Marque")
    reader.tap(page.get_by_label("Sí, puedo leer esta pantalla y quiero firmar en ella."))
    bedside.draw_by_touch(page)
    reader.shot("sign")
    reader.press("Firmar")
    reader.heading(re.compile("Listo"))
