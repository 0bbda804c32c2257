"""What makes a stamp last: the word of those who issued the certificates, asked before it and put under it.

Asked about are the certificates that an administrator took in, and those of the time-stamp authority that one named:
no certificate that arrives in a file. Nothing waits for an answer but the worker. Without one the file is stamped all
the same, and the word stays owed. Source: ETSI EN 319 142-1, 5.4 and 6.3 (B-LT, B-LTA); RFC 5280; RFC 6960.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from consent.acts import certificate_care, turns
from consent.acts.actor import Actor
from consent.acts.house import House
from consent.documents.certificates import Certificate
from consent.documents.good_standing import NO_ADDRESS, FoundRevoked, Standing, ask_issuers, chain_ends
from consent.documents.stamped import Material
from consent.documents.stamping import CannotStamp, Stamper
from consent.records import certificates, custody, stamps

LARGEST_LISTS = 256 * 1024
PLAIN, LONG_TERM, ARCHIVED = "B-T", "B-LT", "B-LTA"
# Of a certificate that has ended nobody keeps speaking: what was said in its time is in the file, or will never be.
AS_BEFORE = "as-before"


@dataclass(frozen=True)
class Found:
    """What goes under the stamps of one certificate's seals, and the PAdES level that they have with it.

    `lacking`: why the level is no higher (a code); `may_come`: it may be had another time, so it stays owed.
    """

    material: Material | None = None
    level: str = PLAIN
    lacking: str | None = None
    may_come: bool = False

    @property
    def without(self) -> str | None:
        """Return what lacks, where somebody could have been asked."""
        return None if self.lacking == NO_ADDRESS else self.lacking


class Issuers:
    """Those who issued our certificates and the authority's. Each is asked at most once in the life of this object:
    one round of stamping."""

    def __init__(self, house: House, actor: Actor, stamper: Stamper) -> None:
        self._house, self._actor, self._stamper = house, actor, stamper
        with house.reading() as connection:
            self.resting = turns.is_resting(house, stamps.turn(connection, turns.ISSUERS.name))
        self._may_ask = house.terms.ask_issuers and not self.resting
        self._found: dict[str, Found] = {}
        self._earlier: dict[tuple[bytes, ...], Standing] = {}
        self._failed: str | None = None
        self._answered = False

    def about(self, seal: str, earlier: tuple[bytes, ...] = ()) -> Found:
        """Return what goes under a stamp on what this certificate (its fingerprint) sealed. `earlier`: whose stamp is
        there already (the chain, DER); as long as that can be asked about, its word goes under the next one.

        If an issuer says that ours is revoked, that is on record afterwards. Raises: CannotStamp (authority-revoked:
        its issuer says so; and as `Stamper.stamp`). Writes: seal_certificate, custody.
        """
        if seal not in self._found:
            self._found[seal] = self._look(seal)
        found = self._found[seal]
        if found.level == PLAIN or not earlier or earlier == self._stamper.chain():
            return found
        if earlier not in self._earlier:
            self._earlier[earlier] = self._ask_earlier(earlier)
        less = LONG_TERM if found.level == ARCHIVED else found.level
        return self._join(replace(found, level=less), earlier, self._earlier[earlier], found.level)

    def end(self) -> None:
        """Leave the issuers alone for a while if one of them did not answer. Writes: stamp_turn, task, custody."""
        if self._failed is not None:
            turns.keep_trouble(self._house, self._actor, turns.ISSUERS, self._failed)
        elif self._answered:
            with self._house.reading() as connection:
                turn = stamps.turn(connection, turns.ISSUERS.name)
            if turn is not None and turn.since is not None:
                turns.end_trouble(self._house, self._actor, turns.ISSUERS, "answered", self._house.clock())

    def _look(self, seal: str) -> Found:
        house = self._house
        with house.reading() as connection:
            pem = certificates.pem_of(connection, seal)
            revoked = seal in certificates.revoked_since(connection)
        if pem is None:
            return Found()
        ours = Certificate.load(pem.encode())
        if revoked:
            return Found(lacking="revoked")
        if chain_ends(ours.ders) < house.clock():
            return Found() if ours.issued_by_us else self._with_authority(Found(level=AS_BEFORE))
        try:
            said = self._ask(ours.ders, house.sealer.listed.about(ours) if house.sealer.listed is not None else ())
        except FoundRevoked as word:
            certificate_care.take_revocation(house, self._actor, seal, word.since)
            return Found(lacking="revoked")
        found = self._join(Found(), ours.ders, said, LONG_TERM)
        return found if found.level == PLAIN else self._with_authority(found)

    def _with_authority(self, found: Found) -> Found:
        chain = self._authority()
        try:
            said = self._ask(chain)
        except FoundRevoked as word:
            raise CannotStamp("authority-revoked") from word
        except ValueError:  # a certificate that can be used and not be taken apart
            said = Standing(lacking=NO_ADDRESS)
        return self._join(found, chain, said, ARCHIVED if found.level == LONG_TERM else found.level)

    def _ask_earlier(self, chain: tuple[bytes, ...]) -> Standing:
        try:
            return Standing() if chain_ends(chain) < self._house.clock() else self._ask(chain)
        except (FoundRevoked, ValueError):
            # Its stamp lies under the next one, and was good when it was taken.
            return Standing(lacking=NO_ADDRESS)

    def _join(self, found: Found, chain: tuple[bytes, ...], said: Standing, level: str) -> Found:
        """Return it with what is said of a chain more, and at this level if nothing of that lacks."""
        # A public authority's list can be larger than all the forms together: then it stays out.
        heavy = sum(map(len, (*said.answers, *said.lists))) > LARGEST_LISTS
        lacking = "too-large" if heavy else said.lacking
        may_come = said.may_come and not heavy and self._house.terms.ask_issuers
        material = found.material
        if not heavy and (said.answers or said.lists):
            before = material or Material((), ())
            material = Material(
                _once(before.certificates, chain), _once(before.lists, said.lists), _once(before.answers, said.answers)
            )
        return Found(
            material, level if lacking is None else found.level, found.lacking or lacking, found.may_come or may_come
        )

    def _authority(self) -> tuple[bytes, ...]:
        """Return the authority's chain, as its last stamp told. Raises: CannotStamp."""
        with self._house.reading() as connection:
            last = custody.newest_stamp(connection)
        if last is not None:
            self._stamper.recognise(bytes(last.token), bytes.fromhex(last.hash))
        return self._stamper.chain()

    def _ask(self, chain: tuple[bytes, ...], at_hand: tuple[bytes, ...] = ()) -> Standing:
        said = ask_issuers(chain, self._house.clock(), at_hand, may_ask=self._may_ask)
        if self._may_ask and said.may_come:
            self._failed = said.lacking
        elif self._may_ask and said.lacking is None:
            self._answered = True
        return said


def _once(some: tuple[bytes, ...], more: tuple[bytes, ...]) -> tuple[bytes, ...]:
    return tuple(dict.fromkeys((*some, *more)))


def watch(house: House, actor: Actor) -> int:
    """Ask whether the certificate that seals now is good; if its issuers say that it is revoked, that is on record
    afterwards. Returns how many of these were new. Writes: seal_certificate, custody.
    """
    ours = house.sealer.certificate
    try:
        ask_issuers(ours.ders, house.clock(), may_ask=house.terms.ask_issuers)
    except FoundRevoked as word:
        return certificate_care.take_revocation(house, actor, ours.fingerprint, word.since)
    return 0
