"""Self-checks, settings in force, recent log, and a report for support.

``run_checks`` answers these questions; each may also be ``unknown`` for ``check-failed`` (the check itself broke).

=================  ==========================================================  ==================================
code               reasons (none when good)                                    value
=================  ==========================================================  ==================================
python-version     python-not-tested                                           running version; with the reason
                                                                               also ``(3.11.7)``, the tested one
packages           packages-missing, packages-differ, packages-no-list         how many; with a reason which
engine-age         engine-old (180 days), engine-very-old (365 days),          version, day of its source
                   engine-date-unknown, engine-missing
libmagic           libmagic-missing                                            version
ffmpeg, ffprobe    program-missing, program-broken                             version
proxy              proxy-ignored (set, but not the variable that WhatsApp's    variable and address, its password
                   connection honours), proxy-bypassed (by NO_PROXY),          masked; empty without a proxy
                   proxy-unusable
clock              clock-in-the-past (before the engine was made),             UTC now; with clock-jumped by how
                   clock-jumped (since the start)                              many seconds
time-zone          time-zone-unknown (TZ names none that this system has)      name and offset
disk-write         disk-slow (over 250 ms), disk-hangs, and the codes of       time of one durable write
                   storage problems (auth-dir-read-only, auth-dir-denied,
                   auth-dir-missing, disk-full, auth-dir-error)
disk-space         disk-80, disk-95, disk-hangs, auth-dir-…                    share used, (free / size)
inodes             inodes-80, inodes-95, inodes-not-counted, disk-hangs, …     share used, (free / all)
permissions        permissions-too-open, permissions-not-ours, disk-hangs, …   mode, owner, what is wrong
owner-lock         owner-lock-lost, opening, auth-dir-locked, auth-dir-…       process id of the owner
file-descriptors   descriptors-80, descriptors-95, not-told                    used / limit
memory             memory-80, memory-95, not-told                              share used, (used / limit)
boots              boots-none                                                  how many starts are on record
=================  ==========================================================  ==================================

``clock`` cannot see a clock that was wrong from the start: only ``clock-skew`` of ``check_network`` can, which
compares with the server's.

``check_network`` answers these, in this order; after one that is bad the others are ``unknown`` for
``not-reached``:

=================  ==========================================================  ==================================
code               reasons                                                     value
=================  ==========================================================  ==================================
network-name       name-unknown, network-timeout                               time; of the proxy's name with one
network-connect    connect-refused, connect-failed, network-timeout,           time; with a reason what the
                   proxy-refused, proxy-password, proxy-unusable               system or the proxy said
network-tls        tls-expired, tls-not-yet-valid, tls-self-signed,            protocol version
                   tls-untrusted, tls-wrong-name, tls-none, tls-failed,
                   network-timeout
network-answer     answer-none, answer-slow (over 2 s), network-timeout        time of one question and answer
clock-skew         clock-skew (warning over 30 s, bad over 5 min),             by how much this clock is ahead
                   clock-no-date                                               (+) or behind (-)
=================  ==========================================================  ==================================

Threading: everything here is safe from any thread.
"""

from __future__ import annotations

from typing import Final

from core.models.check import Check
from core.models.log_line import LogLine

WHATSAPP: Final = ("web.whatsapp.com", 443)


def run_checks() -> tuple[Check, ...]:
    """The local checks, in the order of the table; takes up to about a second, a hanging disk 5 s."""
    raise NotImplementedError


def check_network(target: tuple[str, int] = WHATSAPP) -> tuple[Check, ...]:
    """Connect to WhatsApp once, as the engine would; takes up to 10 s. Only when somebody asked for it."""
    raise NotImplementedError


def settings_in_force() -> tuple[tuple[str, str], ...]:
    """Name of each variable and its value, sorted as in the README; secrets as dots, empty when not set."""
    raise NotImplementedError


def recent_log(level: str = "INFO") -> tuple[LogLine, ...]:
    """The last lines (at most 2,000 are kept) of ``level`` and above, newest last."""
    raise NotImplementedError


def report() -> str:
    """Everything above as text for support, without names, numbers or secrets. Asks no network."""
    raise NotImplementedError
