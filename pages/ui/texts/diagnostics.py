"""Questions and findings of the diagnostics in plain words, by the codes of ``core.models.diagnostics``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from pages.ui.i18n import N_
from pages.ui.texts.message import Message
from pages.ui.texts.storage import PROBLEMS

_ASK_CARE: Final = N_("Show this page to whoever looks after the server.")

QUESTIONS: Final[Mapping[str, Message]] = {
    "python-version": Message(N_("Python"), N_("It is the version that this app is tested with.")),
    "python-weaknesses": Message(
        N_("Known weaknesses of Python"), N_("None is known in the parts that this app uses.")
    ),
    "packages": Message(N_("Packages"), N_("All are at the versions that this app is tested with.")),
    "engine-age": Message(
        N_("Age of the WhatsApp component"), N_("WhatsApp stops accepting old versions without notice.")
    ),
    "libmagic": Message(N_("File types (libmagic)"), N_("Recognizes what kind of file is sent or received.")),
    "ffmpeg": Message(N_("Sound and video (ffmpeg)"), N_("Makes voice notes and previews of videos.")),
    "ffprobe": Message(N_("Sound and video (ffprobe)"), N_("Reads how long a recording is.")),
    "proxy": Message(N_("Proxy"), N_("Whether the connection goes through a proxy.")),
    "clock": Message(N_("Clock"), N_("WhatsApp refuses connections when the clock is far off.")),
    "time-zone": Message(N_("Time zone"), N_("The server’s own. These pages use your browser’s.")),
    "disk-write": Message(N_("Writing to the disk"), N_("A test file was written and removed.")),
    "disk-space": Message(N_("Space on the disk"), N_("How much of the disk is in use.")),
    "inodes": Message(
        N_("Number of files on the disk"), N_("A disk can run out of files before it is full.")
    ),
    "permissions": Message(
        N_("Permissions of the folder"), N_("Only this app should be able to read the sessions.")
    ),
    "owner-lock": Message(N_("Only one copy running"), N_("Two copies at once would disconnect each other.")),
    "file-descriptors": Message(
        N_("Open files and connections"), N_("The system limits how many a program may open.")
    ),
    "memory": Message(N_("Memory"), N_("How much of the server’s memory is in use.")),
    "boots": Message(
        N_("Starts on record"),
        N_("How many, deploys among them, since when. They prove that the disk lasts."),
    ),
    "backup": Message(N_("Daily backup"), N_("When the last one arrived in its place.")),
    "network-name": Message(N_("Address of WhatsApp"), N_("The address was found.")),
    "network-connect": Message(N_("Connection to WhatsApp"), N_("A connection was opened.")),
    "network-tls": Message(N_("Encryption (TLS)"), N_("The server proved that it is WhatsApp’s.")),
    "network-answer": Message(N_("Answer of WhatsApp"), N_("WhatsApp answered.")),
    "clock-skew": Message(N_("Clock compared with WhatsApp’s"), N_("The clocks match.")),
    "engine-newest": Message(N_("Newest WhatsApp component"), N_("No newer version is published.")),
}
"""By code: what is asked, and why it matters (or what it means that all is well)."""

FINDINGS: Final[Mapping[str, Message]] = {
    **PROBLEMS,
    "check-failed": Message(N_("This check could not finish."), _ASK_CARE),
    "python-not-tested": Message(
        N_("This is not the version of Python the app is tested with."),
        N_("It may work. If something behaves oddly, set PYTHON_VERSION to the tested version."),
    ),
    "python-weak": Message(
        N_("This version of Python has published weaknesses."),
        N_("It is not urgent: what strangers send is checked first. Set PYTHON_VERSION to the newest patch."),
    ),
    "packages-missing": Message(
        N_("Packages are missing."), N_("Install them again: pip install -r requirements.txt")
    ),
    "packages-differ": Message(
        N_("Some packages have another version than the tested one."),
        N_("Install them again: pip install -r requirements.txt"),
    ),
    "packages-no-list": Message(N_("The list of tested versions is missing, so nothing can be compared.")),
    "engine-old": Message(
        N_("The component that talks to WhatsApp is old."), N_("Plan an update of this app.")
    ),
    "engine-very-old": Message(
        N_("The component that talks to WhatsApp is very old."),
        N_("Update this app soon: WhatsApp may refuse it any day."),
    ),
    "engine-date-unknown": Message(N_("The age of this version is not known.")),
    "engine-missing": Message(
        N_("The component that talks to WhatsApp is not installed."),
        N_("Install it again: pip install -r requirements.txt"),
    ),
    "engine-newer": Message(
        N_("A newer version of the component that talks to WhatsApp is published."),
        N_("Update it on the server: make update-engine. If its tests fail, the old version stays."),
    ),
    "engine-index-silent": Message(
        N_("It could not be found out whether there is a newer version: the package index did not answer."),
        N_("Go by the age of the component above, or ask again later."),
    ),
    "libmagic-missing": Message(
        N_("libmagic is missing: without it no instance can start."),
        N_("Install it again: pip install -r requirements.txt"),
    ),
    "program-missing": Message(
        N_("This program is not installed. Text messages work without it."),
        N_(
            "To send voice notes and videos, install ffmpeg on the server, or run: "
            "pip install -r requirements-ffmpeg.txt"
        ),
    ),
    "program-old": Message(
        N_("The ffmpeg on this server is too old ({detail}): videos and sounds are not converted."),
        N_("Install ffmpeg 4.2 or newer, or run: pip install -r requirements-ffmpeg.txt"),
    ),
    "program-broken": Message(
        N_("This program is installed, but it does not run."), N_("Install ffmpeg on the server again.")
    ),
    "proxy-ignored": Message(
        N_("A proxy is set, but the connection to WhatsApp does not use it."),
        N_("If the server needs a proxy, set it in HTTPS_PROXY too."),
    ),
    "proxy-bypassed": Message(
        N_("A proxy is set, but WhatsApp is excepted from it."),
        N_("If the server needs the proxy, correct NO_PROXY."),
    ),
    "proxy-unusable": Message(
        N_("The address of the proxy cannot be used."),
        N_("Correct it, for example http://proxy.example:3128"),
    ),
    "clock-in-the-past": Message(
        N_("The server’s clock is wrong: it shows a day in the past."),
        N_("Set the clock of the server, best by NTP."),
    ),
    "clock-jumped": Message(
        N_("The clock jumped since this app started."),
        N_("Once is harmless. If it happens again, let NTP keep the clock."),
    ),
    "time-zone-unknown": Message(
        N_("The server’s time zone is not known to this system."),
        N_("Correct TZ, for example America/Sao_Paulo, or remove it."),
    ),
    "disk-slow": Message(
        N_("The disk is slow: writing took more than 250 ms."),
        N_("Pages may be slow too. If it stays so, ask the host about the disk."),
    ),
    "disk-hangs": Message(
        N_("The disk does not answer."),
        N_("Restart the service; if it goes on, ask the host about the disk."),
    ),
    "auth-dir-missing": Message(
        N_("The folder of the sessions is not there."),
        N_("Check that the disk is mounted and that AUTH_DIR is right."),
    ),
    "disk-80": Message(N_("Disk use is above 80%."), N_("Enlarge it soon. It can grow, never shrink.")),
    "disk-95": Message(
        N_("Disk use is above 95%."),
        N_("Enlarge it now, or empty the trash: with a full disk nothing new is stored."),
    ),
    "inodes-80": Message(
        N_("This disk is close to its file-count limit (80%)."),
        N_("Empty the trash, or enlarge the disk."),
    ),
    "inodes-95": Message(
        N_("This disk is almost at its file-count limit (95%)."),
        N_("Empty the trash or enlarge the disk now: soon nothing new can be stored."),
    ),
    "inodes-not-counted": Message(
        N_("This disk has no fixed number of files, so it cannot run out of them.")
    ),
    "permissions-too-open": Message(
        N_("Others on this server can read the sessions."),
        N_("Restrict the folder to its owner: chmod -R go-rwx"),
    ),
    "permissions-not-ours": Message(
        N_("Some files belong to another user of this server."),
        N_("Give it to the user that this app runs as: chown -R"),
    ),
    "owner-lock-lost": Message(
        N_("This copy no longer holds the folder of the sessions."), N_("Restart the service.")
    ),
    "opening": Message(N_("The folder is still being opened."), N_("Check again in a moment.")),
    "descriptors-80": Message(
        N_("Use of open files and connections is above 80%."),
        N_("Raise the limit (ulimit -n), or run fewer instances."),
    ),
    "descriptors-95": Message(
        N_("Use of open files and connections is above 95%."),
        N_("Raise the limit (ulimit -n) now, or stop some instances."),
    ),
    "not-told": Message(N_("This system does not tell.")),
    "memory-80": Message(
        N_("Memory use is above 80%."), N_("Choose a larger plan before you add instances.")
    ),
    "memory-95": Message(
        N_("Memory use is above 95%."),
        N_("Stop some instances or choose a larger plan: the host may end the app."),
    ),
    "boots-none": Message(N_("No start is on record yet."), N_("Nothing to do: it begins with this one.")),
    "backup-off": Message(
        N_("No backup is made by itself."), N_("The guide says how a lost disk costs no connection.")
    ),
    "backup-not-yet": Message(N_("No daily backup has arrived yet."), N_("Link a phone and wait a minute.")),
    "backup-old": Message(
        N_("The last daily backup is older than two days."),
        N_("Check that an instance is linked, and that the app runs all day."),
    ),
    "backup-failed": Message(
        N_("The last daily backup failed."), N_("The page Space and cost says why, and what to do.")
    ),
    "name-unknown": Message(
        N_("WhatsApp’s address was not found."),
        N_("Check the internet connection and the DNS of the server."),
    ),
    "network-timeout": Message(
        N_("There was no answer in time."), N_("Check the internet connection, a firewall or the proxy.")
    ),
    "connect-refused": Message(
        N_("The connection was refused."), N_("Check a firewall or the proxy between here and WhatsApp.")
    ),
    "connect-failed": Message(
        N_("The connection could not be opened."), N_("Check the internet connection of the server.")
    ),
    "proxy-refused": Message(
        N_("The proxy refused the connection."), N_("Ask whoever looks after the proxy.")
    ),
    "proxy-not-tried": Message(
        N_("This check cannot use an https proxy, so nothing was asked."),
        N_("WhatsApp itself may work: see whether an instance connects."),
    ),
    "proxy-password": Message(
        N_("The proxy asks for a name and a password."), N_("Put them into the address of the proxy.")
    ),
    "tls-expired": Message(
        N_("The certificate has expired, or the clock is ahead."), N_("Check the clock of the server first.")
    ),
    "tls-not-yet-valid": Message(
        N_("The certificate is not valid yet, or the clock is behind."),
        N_("Check the clock of the server first."),
    ),
    "tls-self-signed": Message(
        N_("The certificate is self-signed: someone on the network is reading along."),
        N_("Ask whoever looks after the network."),
    ),
    "tls-untrusted": Message(
        N_("The certificate is not trusted: someone on the network may be reading along."),
        N_("Install the certificates of the system (ca-certificates), or ask about the network."),
    ),
    "tls-wrong-name": Message(
        N_("The certificate belongs to another name."), N_("Ask whoever looks after the network.")
    ),
    "tls-none": Message(
        N_("The server answered without encryption."),
        N_("A login page of the network or a proxy may be in the way."),
    ),
    "tls-failed": Message(
        N_("Could not open an encrypted connection."), N_("Ask whoever looks after the network.")
    ),
    "answer-none": Message(
        N_("The connection opened, but the answer made no sense."), N_("Try again in a moment.")
    ),
    "answer-slow": Message(
        N_("WhatsApp answers slowly from here."), N_("Messages may take a while. The network may be busy.")
    ),
    "clock-skew": Message(
        N_("The clock of the server is off."), N_("Set the clock of the server, best by NTP.")
    ),
    "clock-no-date": Message(N_("WhatsApp did not say what time it is.")),
    "not-reached": Message(N_("Not asked, because something before it failed.")),
}
"""By reason: what was found, and what to do."""
