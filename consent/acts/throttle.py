"""Slow down whoever guesses. A try is counted before it is judged, so that many at once are no way around."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from datetime import timedelta
from math import ceil

from sqlalchemy.engine import Connection

from consent.acts.house import House
from consent.records import throttle
from consent.rules.backoff import wait_left
from consent.rules.refusal import Reason, Refused
from consent.vault.fingerprints import counter_name

FORGOTTEN_AFTER = timedelta(days=1)
# A whole hospital may come from one address, so that many tries there are nobody's guessing.
ADDRESS_ALLOWANCE = 30
# Somebody else's guessing at an address of his own slows him there; it must not keep the person himself out.
ACCOUNT_ALLOWANCE = 60


def name(house: House, purpose: str, who: str) -> str:
    """Return the counter's name: a keyed hash, the same whether `who` exists or not."""
    return counter_name(house.keyring, purpose, who)


def place_name(house: House, purpose: str, origin: str) -> str:
    """Return the name of the counter for a network address. Of IPv6 the first half counts: one line has all the rest,
    so that whoever guesses could ask from another address each time.
    """
    try:
        address = ipaddress.ip_address(origin)
    except ValueError:
        return name(house, purpose, origin)
    if isinstance(address, ipaddress.IPv6Address):
        address = address.ipv4_mapped or ipaddress.ip_network((int(address), 64), strict=False).network_address
    return name(house, purpose, str(address))


def take_try(house: House, *counters: str) -> None:
    """Count one try on each counter. Raises: Refused('wait', seconds=...) while a pause lasts; then none counts."""
    take_tries(house, dict.fromkeys(counters, 0))


def take_tries(house: House, allowances: Mapping[str, int]) -> None:
    """Count one try on each counter, given with how many tries more than usual are free there.

    Raises: as `take_try`. Whoever is made to wait on one counter counts on none, so that his trying on does not
    slow down others who share the next.
    """
    with house.scratch() as deed:
        counts = {}
        for what, allowance in allowances.items():
            tries, last_at = throttle.tries(deed.connection, what)
            old = last_at is not None and deed.now - last_at > FORGOTTEN_AFTER
            counts[what] = 0 if old else max(tries, 0)
            left = wait_left(max(counts[what] - allowance, 0), last_at, deed.now)
            if left:
                raise Refused(Reason("wait", None, seconds=ceil(left.total_seconds())))
        for what, tries in counts.items():
            throttle.keep(deed.connection, what, tries + 1, deed.now)


def forget(connection: Connection, *counters: str) -> None:
    """Start again from nothing, after a right try."""
    for what in counters:
        throttle.forget(connection, what)


def sweep(house: House) -> int:
    """Delete counters that no longer count; return how many."""
    with house.scratch() as deed:
        return throttle.sweep(deed.connection, deed.now - FORGOTTEN_AFTER)
