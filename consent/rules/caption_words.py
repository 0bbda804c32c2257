"""The words by which the caption scanner knows dates, places, ages and titles, in English and Spanish.

Each is one alternative of a regular expression, or a set of lower-case words.
"""

from __future__ import annotations

from typing import Final


def _any_of(*words: str) -> str:
    # Longest first, so that "New Mexico" is not found as "Mexico".
    return "|".join(sorted(words, key=len, reverse=True))


MONTHS: Final = _any_of(
    *("January", "February", "March", "April", "May", "June", "July", "August", "September", "October"),
    *("November", "December", "Jan", "Feb", "Mar", "Apr", "Jun", "Jul", "Aug", "Sept", "Sep", "Oct", "Nov"),
    *("Dec", "enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre"),
    *("setiembre", "octubre", "noviembre", "diciembre"),
)

DAY_NAMES: Final = _any_of(
    *("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday", "lunes", "martes"),
    *("miércoles", "jueves", "viernes", "sábado", "domingo"),
)

_UNITS: Final = r"(?:minutes?|hours?|days?|weeks?|months?|years?)"
_UNIDADES: Final = r"(?:minutos?|horas?|d[ií]as?|semanas?|mes(?:es)?|años?)"
_PARTS: Final = r"(?:morning|afternoon|evening|night|week(?:end)?|month|year|summer|winter|spring|autumn|fall)"

RELATIVE_DATES: Final = _any_of(
    *("today", "tonight", "yesterday", "tomorrow", "just now", "the other day"),
    rf"(?:this|last|next)\s+{_PARTS}",
    rf"(?:\d+|an?|one|two|three|four|five|six|seven|a few|several)\s+{_UNITS}\s+(?:ago|later)",
    *("hoy", "ayer", "anteayer", "anoche", "esta mañana", "esta tarde", "esta noche", "mañana", "el otro día"),
    r"(?:la|el|este|esta)\s+(?:pasad[oa]\s+)?(?:semana|mes|año|verano|invierno|otoño|primavera|fin de semana)"
    r"(?:\s+(?:pasad[oa]|próxim[oa]|que viene))?",
    rf"hace\s+(?:\d+|una?|dos|tres|cuatro|cinco|pocos|pocas|unos|unas)\s+{_UNIDADES}",
)

AGE_BEFORE: Final = _any_of("aged", "age", "age of", "turned", "edad", "edad de", "cumplió", "con")
AGE_AFTER: Final = _any_of(
    *("years? old", "years?-old", "year-old", "yo", "y/o", "yrs?", "years? of age", "años", "años de edad")
)

TITLES: Final = _any_of(
    *(r"Mr\.?", r"Mrs\.?", r"Ms\.?", "Miss", r"Mx\.?", r"Sr\.?", r"Sra\.?", r"Srta\.?", "Don", "Doña"),
    *("Señor", "Señora", "Señorita", "Baby", "Nurse", "Enfermera", "Enfermero"),
)

PLACE_PREPOSITIONS: Final = _any_of(
    *("in", "from", "at", "near", "of", "to", "en", "de", "desde", "cerca de", "In", "From", "At", "Near"),
    *("En", "Desde", "Cerca de"),
)
PLACE_KINDS: Final = _any_of(
    *("Hospital", "Clinic", "County", "City", "Street", "Avenue", "Road", "University", "School", "Church"),
    *("Village", "Town", "Beach", "Valley", "Island", "Airport", "Stadium", "Prison", "Factory"),
    *("Clínica", "Calle", "Avenida", "Universidad", "Escuela", "Iglesia", "Pueblo", "Ciudad"),
)
PLACES: Final = _any_of(
    *("Alabama", "Alaska", "Arizona", "Arkansas", "California", "Colorado", "Connecticut", "Delaware"),
    *("Florida", "Georgia", "Hawaii", "Idaho", "Illinois", "Indiana", "Iowa", "Kansas", "Kentucky"),
    *("Louisiana", "Maine", "Maryland", "Massachusetts", "Michigan", "Minnesota", "Mississippi", "Missouri"),
    *("Montana", "Nebraska", "Nevada", "New Hampshire", "New Jersey", "New Mexico", "New York"),
    *("North Carolina", "North Dakota", "Ohio", "Oklahoma", "Oregon", "Pennsylvania", "Rhode Island"),
    *("South Carolina", "South Dakota", "Tennessee", "Texas", "Utah", "Vermont", "Virginia", "Washington"),
    *("West Virginia", "Wisconsin", "Wyoming", "Puerto Rico", "Los Angeles", "Chicago", "Houston", "Phoenix"),
    *("Philadelphia", "San Antonio", "San Diego", "Dallas", "Austin", "San Francisco", "Seattle", "Denver"),
    *("Boston", "El Paso", "Nashville", "Detroit", "Memphis", "Portland", "Las Vegas", "Baltimore"),
    *("Milwaukee", "Albuquerque", "Tucson", "Fresno", "Sacramento", "Atlanta", "Miami", "Oakland"),
    *("Minneapolis", "Tampa", "New Orleans", "Cleveland", "Brooklyn", "Manhattan", "Bronx", "Queens"),
    *("Madrid", "Barcelona", "Tijuana", "Guadalajara", "Monterrey", "México", "Mexico", "Guatemala"),
    *("Honduras", "El Salvador", "Cuba", "San Juan", "London", "Toronto"),
)

NOT_A_NAME: Final = frozenset(
    {
        *("the", "this", "that", "these", "our", "your", "his", "her", "their", "we", "he", "she", "they"),
        *("a", "an", "and", "before", "after", "with", "see", "read", "when", "how", "what", "why", "if"),
        *("one", "two", "three", "not", "new", "thank", "thanks", "dr", "doctor", "burn", "skin", "surgery"),
        *("results", "vary", "x-ray", "ray", "mri", "ct", "el", "la", "los", "las", "un", "una", "este"),
        *("esta", "su", "sus", "nuestro", "nuestra", "antes", "después", "con", "cómo", "qué", "gracias"),
        *("instagram", "facebook", "tiktok", "youtube", "linkedin", "threads", "bluesky", "health", "care"),
    }
)
"""Words that begin a sentence or a heading in capitals and are no part of a person's name."""

# HIV, mental health, gene tests, care to have or end a pregnancy, drugs and alcohol.
SENSITIVE_TOPICS: Final = _any_of(
    *("HIV", "AIDS", "PrEP", "VIH", "sida", "seropositiv[eao]"),
    *(r"depress(?:ion|ed)", "bipolar", r"schizophreni[ac]", "psychosis", "psychotic", "suicid(?:e|al)", "self-harm"),
    *(r"psychiatr(?:y|ic)", "mental (?:health|illness)", "anorexia", "bulimia", "PTSD", r"depresi[oó]n"),
    *(r"esquizofrenia", r"suicidi[oa]", r"psiquiatr[ií]a", "salud mental"),
    *(r"gene(?:tic)? tests?", r"BRCA ?\d?", r"genetic(?:ally)?", r"prueba[s]? gen[eé]tica[s]?", r"gen[eé]tic[oa]s?"),
    *("abortion", "miscarriage", "IVF", "infertility", "termination", "aborto", "infertilidad"),
    *(r"addict(?:ed|ion)?s?", "heroin", "cocaine", "opioids?", "fentanyl", "overdosed?", "methadone", "rehab"),
    *("alcoholi(?:c|sm)", "drunk", "drug (?:use|abuse|user)", r"adicci[oó]n", "adict[oa]", "sobredosis"),
    *("alcoholismo", "borrach[oa]", "drogas?"),
)
