"""Show me first: nothing goes out before the person has seen exactly that and said yes."""

from __future__ import annotations

import io
import re
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image

from consent.acts import asking_again, cards, custody, looking, notices, posting, posts, releasing, showings
from consent.acts.actor import Actor
from consent.acts.change_of_mind import Change, Scope, Way
from consent.acts.house import House
from consent.acts.posting import Answer, Question
from consent.acts.revocation import revoke
from consent.acts.showings import Proposed
from consent.records.tables.consents import consent
from consent.records.tables.owed import notice, task
from consent.records.tables.posts import post
from consent.records.tables.showings import showing
from consent.rules.access import Role
from consent.rules.grounds import Ground, PublicGround
from consent.rules.identifiers import parse_image_id
from consent.rules.posting import Condition
from consent.rules.refusal import NotFound, Refused
from tests.database.out_there import ALLOWED, TICKS, only, rows
from tests.database.test_consent_pages import beside
from tests.factory import Clock, Factory, somebody
from tests.staffroom import browser, path_of, send, signed_in, token_on

FIRST = ("permission", "show-first")
CAPTION = "It healed well in eight weeks."


@pytest.fixture
def made(factory: Factory) -> str:
    return factory.signed_consent(allow=(*ALLOWED, FIRST))


@pytest.fixture
def image(factory: Factory, made: str) -> str:
    return factory.ready_picture(made)


def proposed(image: str, **changes: Any) -> Proposed:
    told: dict[str, Any] = {
        "images": (image,),
        "channel": "instagram",
        "purpose": "public-education",
        "account": None,
        "caption": CAPTION,
    }
    return Proposed(**{**told, **changes})


def look_up(house: House, actor: Actor, image: str, **more: Any) -> Answer:
    return posting.ask_one(house, actor, parse_image_id(image), Question("instagram", "public-education", **more))


def shown_to(house: House, consent_id: str) -> looking.Looking:
    return looking.Looking(consent_id, "en", Actor("showing", "tablet"))


def say(house: House, consent_id: str, agrees: bool = True) -> str:
    who = shown_to(house, consent_id)
    seen = looking.next_one(house, who)
    assert seen
    looking.answer(house, who, seen.id, agrees)
    return seen.id


def plan_post(house: House, actor: Actor, image: str, caption: str = CAPTION, **place: Any) -> str:
    where = {"channel": "instagram", "purpose": "public-education", "account": None, **place}
    return posts.plan(
        house, actor, posts.Plan((image,), where["channel"], where["purpose"], where["account"], caption, TICKS)
    ).id


def refused(work: Any) -> tuple[str, ...]:
    with pytest.raises(Refused) as no:
        work()
    return no.value.codes


def test_only_what_was_shown_and_agreed_to_goes_out(house: House, poster: Actor, made: str, image: str) -> None:
    first = look_up(house, poster, image)
    assert not first.allowed
    assert [each.public for each in first.reasons] == [PublicGround.CONDITION_OPEN]
    assert refused(lambda: releasing.release(house, poster, image, "instagram", "public-education"))
    showings.plan(house, poster, proposed(image))
    assert not look_up(house, poster, image).allowed
    say(house, made)
    then = look_up(house, poster, image)
    assert then.allowed
    assert Condition.AS_SHOWN in then.conditions
    assert releasing.release(house, poster, image, "instagram", "public-education").content
    assert plan_post(house, poster, image)


@pytest.mark.parametrize(
    "other",
    [
        {"caption": "It healed well in nine weeks."},
        {"caption": ""},
        {"channel": "conference"},
        {"purpose": "professional-teaching"},
        {"account": "@second"},
    ],
)
def test_another_caption_place_or_account_needs_another_showing(
    house: House, factory: Factory, poster: Actor, other: dict[str, str]
) -> None:
    factory.ready_organisation()
    account_id = factory.account("instagram", "@second")
    asked = (*ALLOWED[:-1], ("account", account_id))
    consent_id = factory.signed_consent(asked=asked, allow=(*asked, ALLOWED[-1], FIRST))
    image = factory.ready_picture(consent_id)
    showings.plan(house, poster, proposed(image))
    say(house, consent_id)
    assert refused(lambda: plan_post(house, poster, image, **other)) == ("verdict-condition-open",)
    showings.plan(house, poster, proposed(image, **other))
    say(house, consent_id)
    assert plan_post(house, poster, image, **other)


def test_another_version_of_the_picture_needs_another_showing(
    house: House, factory: Factory, poster: Actor, made: str, image: str
) -> None:
    showings.plan(house, poster, proposed(image))
    say(house, made)
    assert refused(lambda: plan_post(house, poster, factory.ready_picture(made))) == ("verdict-condition-open",)


def test_recording_asks_for_the_very_caption_too(house: House, poster: Actor, made: str, image: str) -> None:
    showings.plan(house, poster, proposed(image))
    agreed = say(house, made)
    post_id = plan_post(house, poster, image)
    with house.writing(Actor("command", "test")) as deed:
        deed.ledger.update(post, post_id, caption_mark="another")
        deed.enter("test.change", {"post": post_id})
    written = posts.Record("https://social.example/1", house.clock())
    assert refused(lambda: posts.record(house, poster, post_id, written)) == ("verdict-condition-open",)
    assert only(house, showing).id == agreed


def test_a_no_is_kept_and_the_poster_is_told_kindly(
    house: House, poster: Actor, made: str, image: str, tmp_path: Any, clock: Clock
) -> None:
    showings.plan(house, poster, proposed(image))
    say(house, made, agrees=False)
    clock.pass_(minutes=1)
    assert only(house, showing).state == "declined"
    assert not look_up(house, poster, image).allowed
    told = only(house, notice, to_staff=poster.id)
    assert told.kind == "showing-declined"
    notices.send_due(house, "worker")
    mail = (tmp_path / "mail.jsonl").read_text()
    assert "would rather not have it shown" in mail
    assert CAPTION not in mail
    assert "Lopez" not in mail
    # Nobody presses him: the same is shown again only if he asks for it himself. Then he may change his mind.
    assert refused(lambda: showings.plan(house, poster, proposed(image))) == ("showing-declined",)
    showings.plan(house, poster, proposed(image, again=True))
    assert refused(lambda: showings.plan(house, poster, proposed(image, again=True))) == ("showing-waits",)
    say(house, made)
    assert look_up(house, poster, image).allowed


def test_the_last_word_about_the_same_post_counts(house: House, poster: Actor, made: str, image: str) -> None:
    showings.plan(house, poster, proposed(image))
    say(house, made)
    assert refused(lambda: showings.plan(house, poster, proposed(image))) == ("showing-not-needed",)
    with house.writing(Actor("command", "test")) as deed:
        row = only(house, showing)
        deed.ledger.update(showing, row.id, state="declined")
        deed.enter("test.change", {"showing": row.id})
    assert not look_up(house, poster, image).allowed


@pytest.mark.parametrize("answered", [False, True])
@pytest.mark.parametrize("parts", [None, frozenset({("channel", "instagram")})])
def test_a_showing_ends_with_the_withdrawal(
    house: House, factory: Factory, poster: Actor, made: str, image: str, answered: bool, parts: Any
) -> None:
    showings.plan(house, poster, proposed(image))
    if answered:
        say(house, made)
    scope = Scope.PARTS if parts else Scope.FORM
    change = Change(made, scope, Way.TELEPHONE, parts=parts or frozenset(), words="Stop.", known_how="By her voice.")
    revoke(house, factory.clinician(), change)
    assert only(house, showing).state == "ended"
    assert not look_up(house, poster, image).allowed
    assert looking.next_one(house, shown_to(house, made)) is None


def test_an_answer_counts_once_and_only_for_what_was_shown(
    house: House, factory: Factory, poster: Actor, made: str, image: str
) -> None:
    showings.plan(house, poster, proposed(image))
    (waiting,) = rows(house, showing)
    who = shown_to(house, made)
    assert refused(lambda: looking.answer(house, who, waiting.id, True)) == ("showing-over",)
    with pytest.raises(NotFound):
        looking.picture(house, who, waiting.id, 0)
    say(house, made, agrees=False)
    assert refused(lambda: looking.answer(house, who, waiting.id, True)) == ("showing-over",)
    other = factory.signed_consent(allow=(*ALLOWED, FIRST))
    for work in (looking.answer, looking.picture):
        with pytest.raises(NotFound):
            work(house, shown_to(house, other), waiting.id, 0)


def test_nothing_is_shown_that_could_not_go_out_anyway(
    house: House, factory: Factory, poster: Actor, made: str, image: str
) -> None:
    assert refused(lambda: showings.plan(house, poster, proposed(image, channel="tiktok"))) == (
        "verdict-use-not-agreed",
    )
    plain = factory.ready_picture(factory.signed_consent(allow=ALLOWED))
    assert refused(lambda: showings.plan(house, poster, proposed(plain))) == ("showing-not-needed",)
    assert refused(lambda: showings.plan(house, poster, proposed("IMG-7K3Q-9XTF-3"))) == ("verdict-not-linked",)
    assert rows(house, showing) == []
    showings.plan(house, poster, proposed(image))
    assert refused(lambda: showings.plan(house, poster, proposed(image))) == ("showing-waits",)
    clinician = factory.clinician()
    assert refused(lambda: showings.plan(house, clinician, proposed(image))) == ("role",)


def test_each_person_sees_only_the_pictures_that_he_is_in(house: House, factory: Factory, poster: Actor) -> None:
    one, other = (factory.signed_consent(allow=(*ALLOWED, FIRST)) for _ in range(2))
    mine, theirs, ours = factory.ready_picture(one), factory.ready_picture(other), factory.ready_picture(one, other)
    showings.plan(house, poster, proposed("", images=(mine, theirs, ours)))
    found = {row.consent_id: row.images for row in rows(house, showing)}
    assert found == {one: [mine, ours], other: [theirs, ours]}
    say(house, one)
    assert not look_up(house, poster, ours).allowed
    say(house, other)
    assert look_up(house, poster, ours).allowed


def test_the_patient_and_whoever_cares_for_him_are_told(
    house: House, factory: Factory, poster: Actor, tmp_path: Any
) -> None:
    from dataclasses import replace

    person = replace(somebody(9), email="maria@patient.example", electronic_contact=True, language="es")
    made = factory.signed_consent(allow=(*ALLOWED, FIRST), person=person, language="es")
    showings.plan(house, poster, proposed(factory.ready_picture(made)))
    left = only(house, task, kind="show-first")
    assert left.owner_id == factory.clinician().id
    notices.send_due(house, "worker")
    mail = (tmp_path / "mail.jsonl").read_text()
    assert "Tenemos algo que mostrarle" in mail
    assert "/show" in mail
    assert not re.search(r"Lopez|burn|quemadura|imagen|foto", mail, re.IGNORECASE)
    say(house, made)
    assert only(house, task, kind="show-first").state == "done"


def test_the_trail_tells_it_all_and_stays_sound(house: House, poster: Actor, made: str, image: str) -> None:
    showings.plan(house, poster, proposed(image))
    say(house, made)
    assert custody.verify(house).sound


def test_asking_again_stops_everything_new_until_he_was_asked(
    house: House, factory: Factory, poster: Actor, clock: Clock
) -> None:
    made = factory.signed_consent(allow=ALLOWED)
    image, clinician = factory.ready_picture(made), factory.clinician()
    officer = factory.staff(Role.PRIVACY_OFFICER)
    assert look_up(house, poster, image).allowed
    clock.pass_(minutes=1)
    asking_again.begin(house, clinician, made, "seen-widely", "It is for the billboard at the station.")
    assert {each.ground for each in look_up(house, officer, image).reasons} == {Ground.RECONTACT_OPEN}
    assert only(house, task, kind="ask-again").state == "open"
    # What he is shown from now on, and agrees to, may go out; nothing else.
    clock.pass_(minutes=1)
    showings.plan(house, poster, proposed(image))
    say(house, made)
    assert plan_post(house, poster, image)
    assert refused(lambda: plan_post(house, poster, image, "Other words.")) == ("verdict-condition-open",)
    asking_again.end(house, clinician, made, "By telephone: she still agrees to all of it.")
    assert plan_post(house, poster, image, "Other words.")
    assert only(house, task, kind="ask-again").state == "done"


def test_a_showing_from_before_does_not_count_as_asked_again(
    house: House, factory: Factory, poster: Actor, clock: Clock, made: str, image: str
) -> None:
    showings.plan(house, poster, proposed(image))
    say(house, made)
    clock.pass_(minutes=1)
    asking_again.begin(house, factory.clinician(), made, "changed", "She moved back to her town.")
    assert refused(lambda: plan_post(house, poster, image)) == ("verdict-condition-open",)
    with house.reading() as connection:
        assert connection.execute(consent.select()).one().recontact_at


# ------------------------------------------------------------------ pages


def test_the_poster_s_pages(house: House, factory: Factory, app: Flask, poster: Actor, made: str, image: str) -> None:
    desk = signed_in(app, house, poster)
    answer = send(desk, "/ask", image=image, channel="instagram", purpose="public-education").text
    assert "Plan the post to be shown first" in answer
    fields = {"images": image, "channel": "instagram", "purpose": "public-education", "caption": CAPTION}
    assert send(desk, "/showings/plan", **{**fields, "images": "nonsense"}).status_code == 422
    assert send(desk, "/showings/plan", **fields).location == "/showings"
    assert "Waits for the person" in desk.get("/showings").text
    showing_id = say(house, made, agrees=False)
    told = desk.get(f"/showings/{showing_id}").text
    assert "does not have to say why" in told
    assert "Lopez" not in told
    assert 'name="again"' not in desk.get("/showings/plan").text
    answer = send(desk, "/showings/plan", **fields)
    assert answer.status_code == 422
    beside(answer.text, "again", "Do not ask again.")
    assert CAPTION in answer.text
    send(desk, "/showings/plan", **fields, again="yes")
    agreed = say(house, made)
    page = desk.get(f"/showings/{agreed}").text
    plan = send(desk, "/posts/plan", f"/showings/{agreed}", **{**fields, "step": "change"}).text
    assert "Plan this post" in page
    assert CAPTION in plan


def test_on_the_tablet_he_sees_just_that_and_the_pin_gives_it_back(
    house: House, factory: Factory, app: Flask, poster: Actor, made: str, image: str
) -> None:
    nurse = factory.clinician()
    unlocking_pin(house, nurse)
    showings.plan(house, poster, proposed(image))
    client = signed_in(app, house, nurse)
    assert "A planned post waits" in client.get(f"/consents/{made}").text
    assert send(client, f"/consents/{made}/show", f"/consents/{made}").location == "/look"
    shown = client.get("/look")
    assert CAPTION in shown.text
    assert "Instagram" in shown.text
    assert "Test Hospital" in shown.text
    assert "Lopez" not in shown.text
    picture = client.get(re.search(r'src="(/look/picture/[^"]+)"', shown.text).group(1))  # type: ignore[union-attr]
    assert Image.open(io.BytesIO(picture.data)).size == (320, 240)
    assert picture.headers["Cache-Control"] == "no-store"
    assert "¿Podemos mostrar esto?" in client.get("/look?language=es").text
    for elsewhere in ("/", f"/consents/{made}", "/showings"):
        assert client.get(elsewhere).location == "/sign-in"
    assert send(client, "/look").status_code == 422
    thanks = send(client, "/look", answer="yes", showing=only(house, showing).id)
    assert "Podemos mostrarlo" in thanks.text
    assert "Ahora no hay nada" in client.get("/look").text
    assert send(client, "/look/unlock", pin="000000").status_code == 422
    assert send(client, "/look/unlock", pin="482913").status_code == 303
    assert client.get("/look").status_code == 404
    assert client.get("/").location == "/account/second-factor"


def unlocking_pin(house: House, nurse: Actor) -> None:
    from consent.records.tables.staff import staff
    from consent.vault.secrets import hash_code

    with house.writing(nurse) as deed:
        deed.ledger.update(staff, nurse.id, pin_hash=hash_code(house.keyring, "482913"))
        deed.enter("staff.set-pin", {"staff": nurse.id})


def test_by_card_at_home(house: House, factory: Factory, app: Flask, poster: Actor, made: str, image: str) -> None:
    card = cards.make_card(house, factory.clinician(), made)
    showings.plan(house, poster, proposed(image))
    phone = browser(app)
    assert phone.get("/show").location == "/withdraw"
    asked = phone.get("/withdraw").text
    assert "We have something to show you" in asked
    assert send(phone, "/withdraw", number=card.number, code=card.code).location == "/show/now"
    shown = phone.get("/show/now").text
    assert CAPTION in shown
    assert "Lopez" not in shown
    assert phone.get(re.search(r'src="(/show/picture/[^"]+)"', shown).group(1)).status_code == 200  # type: ignore[union-attr]
    assert "We will not show it" in send(phone, "/show/now", answer="no", showing=only(house, showing).id).text
    assert only(house, showing).state == "declined"
    # The card's own page leads there as well.
    showings.plan(house, poster, proposed(image, again=True))
    again = browser(app)
    again.get(path_of(card.address))
    send(again, "/withdraw", code=card.code)
    assert "You asked to see it first" in again.get("/withdraw/choose").text
    assert not look_up(house, poster, image).allowed


def test_asking_again_has_its_page(house: House, factory: Factory, app: Flask, made: str) -> None:
    client = signed_in(app, house, factory.clinician())
    assert "Ask the patient again" in client.get(f"/consents/{made}").text
    path = f"/consents/{made}/ask-again"
    assert send(client, path, words="").status_code == 422
    assert send(client, path, why="patient-asked", words="She asked for it.").status_code == 303
    assert "To be asked again" in client.get(f"/consents/{made}").text
    assert send(client, path, words="By telephone.").status_code == 303
    assert "To be asked again" not in client.get(f"/consents/{made}").text


# --------------------------------------------------------------- left alone


@pytest.fixture
def lent(house: House, factory: Factory, app: Flask, poster: Actor, made: str, image: str) -> FlaskClient:
    """The tablet in the patient's hands, with a planned post to look at."""
    nurse = factory.clinician()
    unlocking_pin(house, nurse)
    showings.plan(house, poster, proposed(image))
    client = signed_in(app, house, nurse)
    send(client, f"/consents/{made}/show", f"/consents/{made}")
    return client


def is_locked(client: FlaskClient) -> None:
    """Nothing of what is planned opens, and the page that does shows nobody."""
    for path in ("/look", "/look?language=es"):
        assert client.get(path).location == "/look/locked"
    shown = client.get("/look/locked").text
    assert "This screen is locked" in shown
    assert "/look/unlock" in shown
    for said in (CAPTION, "Instagram", "Lopez"):
        assert said not in shown


def test_a_tablet_for_looking_locks_when_nobody_is_there(
    house: House, lent: FlaskClient, image: str, clock: Clock
) -> None:
    page = lent.get("/look").text
    assert 'data-seconds="900"' in page
    assert 'data-here="/look/here"' in page
    picture = re.search(r'src="(/look/picture/[^"]+)"', page).group(1)  # type: ignore[union-attr]
    token = {"csrf_token": token_on(page)}
    for _ in range(11):
        clock.pass_(minutes=14)
        assert lent.post("/look/here", data=token).json == {"open": True}
    # The browser has gone away: the server counts by itself.
    clock.pass_(minutes=17.1)
    is_locked(lent)
    assert lent.get(picture).location == "/look/locked"
    assert lent.get("/tablet").location == "/look"
    # Coming to it does not open it, and nobody answers for him.
    assert lent.post("/look/here", data=token).json == {"open": False}
    said = lent.post("/look", data={**token, "answer": "yes", "showing": only(house, showing).id})
    assert said.location == "/look/locked"
    assert only(house, showing).state == "open"


def test_a_second_hand_over_takes_the_first_tablet_back(
    house: House, factory: Factory, app: Flask, lent: FlaskClient, made: str
) -> None:
    other = signed_in(app, house, factory.clinician())
    assert send(other, f"/consents/{made}/show", f"/consents/{made}").location == "/look"
    assert CAPTION in other.get("/look").text
    assert lent.get("/look").status_code == 410


def test_the_pin_gives_a_locked_tablet_back_to_him_or_to_staff(house: House, lent: FlaskClient) -> None:
    token = {"csrf_token": token_on(lent.get("/look").text)}
    assert lent.post("/look/lock", data=token).location == "/look/locked"
    is_locked(lent)
    assert "Tries left: 4" in send(lent, "/look/unlock", pin="000000", then="patient").text
    is_locked(lent)
    assert send(lent, "/look/unlock", pin="482913", then="patient").location == "/look"
    assert CAPTION in lent.get("/look").text
    assert lent.get("/look/locked").location == "/look"
    # Nobody is signed in by that.
    assert lent.get("/consents").location == "/sign-in"
    lent.post("/look/lock", data=token)
    assert send(lent, "/look/unlock", pin="482913").status_code == 303
    assert lent.get("/look").status_code == 404
    assert custody.verify(house).sound


def test_a_tablet_for_looking_whose_browser_cannot_warn_has_no_limit_that_is_felt(
    lent: FlaskClient, clock: Clock
) -> None:
    assert lent.get("/look").status_code == 200
    clock.pass_(hours=19)
    assert lent.get("/look").status_code == 200
    clock.pass_(hours=20.1)
    is_locked(lent)
