"""One consent in English and in Spanish, as the acts would hand it over to be printed."""

from __future__ import annotations

from dataclasses import replace

from consent.documents.paper import Evidence, Letter, Line, Paper, Section, SignatureBlock, Stroke, Tone

ENGLISH_LABELS = {
    "page": "Page {page} of {pages}", "specimen": "SPECIMEN – not a real consent", "consent_number": "Consent number",
    "form": "Form", "form_version": "Version", "form_hash": "Fingerprint", "custody_head": "Record trail",
    "reference": "Consent number",
}  # fmt: skip
SPANISH_LABELS = {
    "page": "Página {page} de {pages}", "specimen": "MUESTRA – no es un permiso real",
    "consent_number": "Número del permiso", "form": "Formulario", "form_version": "Versión", "form_hash": "Huella",
    "custody_head": "Cadena de registro", "reference": "Número del permiso",
}  # fmt: skip

STROKES = (
    Stroke(((10, 90), (30, 40), (52, 22), (60, 44), (48, 92), (70, 70), (92, 60), (104, 84), (126, 62), (150, 82))),
    Stroke(((160, 20), (162, 60), (166, 96), (190, 60), (215, 50), (220, 80), (250, 64), (290, 76), (340, 58))),
    Stroke(((300, 30),)),
)

YES, NO = Tone.YES, Tone.NO

ENGLISH_EVIDENCE = Evidence(
    "How this form was signed",
    ("Our computer wrote this page when the form was signed.", "The times are by our own clock: America/Chicago."),
    (
        Section(
            "Who signed", lines=(Line("Signature", "Zoë O’Brien-García · Patient · November 22, 2026, 9:41 AM CST"),)
        ),
        Section("When each page was first shown", lines=(Line("What may we use?", "November 22, 2026, 9:38 AM CST"),)),
        Section("How it was read", ("All pages were on a screen.",)),
    ),
)
SPANISH_EVIDENCE = Evidence(
    "Cómo se firmó esta hoja",
    ("Nuestra computadora hizo esta hoja al firmar.",),
    (Section("Quién firmó", lines=(Line("Firma", "José Ñúñez Peña · Paciente · 22 de noviembre de 2026"),)),),
)

ENGLISH = Paper(
    title="Permission to show pictures of me",
    language="en",
    direction="ltr",
    organisation_name="Mercy Valley Hospital",
    organisation_lines=("1200 Orchard Road, Springfield, IL 62704", "Privacy office: 217-555-0142"),
    consent_number="K7XQ-3M9",
    form="us-media-release",
    form_version="1",
    form_hash="9f2c4b7a1d5e8f03" * 4,
    facts=(
        ("Patient", "Zoë O’Brien-García"),
        ("Date of birth", "March 4, 1961"),
        ("What will be recorded", "Photos of how the burn on my left forearm healed"),
        ("Good until", "November 22, 2028, at the end of the day"),
    ),
    sections=(
        Section("What this form is about", (
            ("This form asks if we may take pictures of you and show them to others. You choose. Saying no changes "
            "nothing about your care, your bill, or your benefits."),
            "You can change your mind at any time. Use the card that we give you, call us, or write to us.",
        )),
        Section("What we may record", ("You said yes or no to each one.",), (
            Line("Photos", "Yes", YES), Line("Film", "No", NO), Line("My voice", "No", NO),
            Line("Scans, such as an X-ray or an MRI", "Yes", YES), Line("Pictures made with a microscope", "No", NO),
            Line("My story, in my own words", "Yes", YES),
        ), ("\u2022 A yes lets us make it, and use it.", "\u2022 A no means that we do not make it.")),
        Section("What people may find out about me", (), (
            Line("People may be able to tell that it is me", "No", NO), Line("My first name", "No", NO),
            Line("What I was sick with", "Yes", YES), Line("How I was treated", "Yes", YES),
            Line("My age", "No", NO), Line("The part of the country where I live", "No", NO),
        )),
        Section("Where anyone can see it", (
            "Once something is on the internet, others can copy it. We cannot get those copies back.",
        ), (
            Line("Instagram, on the hospital’s own account, to teach the public", "Yes", YES),
            Line("Facebook, on the hospital’s own account, to teach the public", "No", NO),
            Line("TikTok, to teach the public", "No", NO), Line("Advertising for the hospital", "No", NO),
        )),
        Section("Where only doctors and nurses see it", (), (
            Line("Talks at meetings, to teach other clinicians", "Yes", YES),
            Line("A medical journal or a book", "Yes", YES),
        )),
        Section("Other choices", (), (
            Line("Show me each picture first", "Yes", YES),
            Line("Pictures may be used to train computer programs", "No", NO),
            Line("How long this is good for", "2 years"),
        )),
        Section("Your rights", (
            "You do not have to sign. We may not make your care depend on it.",
            "People who see the pictures may share them, and the law may then no longer protect them.",
            "Nobody pays the hospital for these pictures, and nobody pays you. You get a copy of this form.",
        )),
    ),
    signatures=(
        SignatureBlock(
            heading="Signature",
            statement="I have read this form, or it was read to me. I had time to ask. These are my own choices.",
            method_words="Signature drawn by Zoë O’Brien-García",
            strokes=STROKES,
            rows=(
                ("Printed name", "Zoë O’Brien-García"),
                ("Signed as", "The patient"),
                ("Date and time", "November 22, 2026, 9:41 AM CST"),
                ("What it means", "I give the permissions marked Yes above"),
            ),
        ),
    ),
    custody_head="4182 · 51ab" + "77c0" * 14 + "ab90",
    specimen=False,
    labels=ENGLISH_LABELS,
    evidence=ENGLISH_EVIDENCE,
)  # fmt: skip

SPANISH = replace(
    ENGLISH,
    title="Permiso para mostrar fotos e imágenes mías",
    language="es",
    organisation_lines=("1200 Orchard Road, Springfield, IL 62704", "Oficina de privacidad: 217-555-0142"),
    facts=(("Paciente", "José Ñúñez Peña"), ("Fecha de nacimiento", "4 de marzo de 1961"),
           ("Qué se va a grabar", "Fotos de cómo sanó la quemadura de mi brazo izquierdo")),
    sections=(
        Section("De qué trata este formulario", (
            ("¿Podemos tomarle fotos y mostrarlas a otras personas? Usted decide. Decir que no, no cambia nada en su "
            "atención médica."),
        )),
        Section("Qué podemos grabar", ("Usted dijo sí o no a cada cosa.",), (
            Line("Fotos", "Sí", YES), Line("Película", "No", NO), Line("Mi voz", "No", NO),
            Line("Imágenes médicas, como rayos X", "Sí", YES), Line("Hasta cuándo", "2 años"),
        )),
        Section("Dónde lo puede ver cualquiera", (), (
            Line("Instagram, en la cuenta del hospital, para enseñar al público", "Sí", YES),
            Line("TikTok, para enseñar al público", "No", NO),
        )),
    ),
    signatures=(
        SignatureBlock(
            heading="Firma",
            statement="Leí este formulario o me lo leyeron. Pude hacer preguntas. Yo mismo elegí.",
            method_words="Firmado escribiendo el nombre",
            typed="José Ñúñez Peña",
            rows=(
                ("Nombre", "José Ñúñez Peña"),
                ("Firma como", "El paciente"),
                ("Fecha y hora", "22 de noviembre de 2026, 9:41 a. m. CST"),
                ("Qué significa", "Doy los permisos marcados con Sí"),
            ),
        ),
    ),
    labels=SPANISH_LABELS,
    evidence=SPANISH_EVIDENCE,
)  # fmt: skip

LETTER = Letter(
    title="What we did after you changed your mind",
    language="en",
    direction="ltr",
    organisation_name="Mercy Valley Hospital",
    organisation_lines=("1200 Orchard Road, Springfield, IL 62704", "Privacy office: 217-555-0142"),
    recipient_lines=("Zoë O’Brien-García", "44 Elm Street", "Springfield, IL 62701"),
    date_words="December 3, 2027",
    reference="K7XQ-3M9",
    paragraphs=(
        ("On December 1, 2027 you told us that we may no longer show your pictures. From that moment on, nobody here "
        "may post them."),
        "Here is each place where a picture was shown, and what became of it.",
    ),
    rows_heading="What was removed, and what could not be",
    rows=(
        ("Instagram, https://www.instagram.com/p/CxYz12345-AbCdEfGhIjKlMnOpQrStUvWxYz0123456789/", ("Removed on "
         "December 1, 2027")),
        ("A talk at the Burn Care Congress, May 2027", ("Cannot be removed: the talk was given before you changed your "
         "mind. It will not be shown again.")),
    ),
    closing=("You can call us with any question.", "Sincerely,", "Ana Ruiz, Privacy Officer"),
    specimen=False,
    labels=ENGLISH_LABELS,
)  # fmt: skip
