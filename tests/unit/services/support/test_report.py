"""What goes to support: everything about the installation, nothing about people."""

from __future__ import annotations

import dataclasses
import logging
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.hosting.persistence.host import Host
from core.hosting.persistence.start_history import StartRecord
from core.hosting.persistence.start_recorder import StartRecorder
from core.logs import LINE_LIMIT, LINES_KEPT, RecentLines, remember, set_up_logging
from core.models.diagnostics import Check, LogLine, SelfCheck, StartChange, Verdict
from core.models.instance import InstanceState, ShowPairingCode, ShowQr
from core.models.persistence import HostKind
from core.registry.registry import Registry
from core.services.diagnostics import recent_log, run_checks, settings_in_force, starts
from core.services.diagnostics import report as whole_report
from core.services.runtime import current, install
from core.services.support.redaction import DOTS
from core.services.support.report import LINES, Facts, compose, settings_shown
from core.settings import OidcSettings, Settings, read_settings
from tests.unit.services.conftest import RecordingRegistry, view

QR = "2@Zx9-_kLmNoPqRsTuVwXyZ01234567,AbCd/ef+gh==,IjKlMnOp+/qrst==,UvWx/yz0+12==,1"
NOW = datetime(2026, 11, 24, 1, 2, 3, tzinfo=UTC)
ROOT_SETTINGS = read_settings({"AUTH_DIR": "/data/auth"})


def line(text: str, level: str = "INFO") -> LogLine:
    return LogLine(at=NOW.timestamp(), level=level, source="core.x", text=text)


def facts(*texts: str, chosen: Settings = ROOT_SETTINGS, name: str = "Padaria Aurora") -> Facts:
    """One instance with a QR and a code showing, one start, these lines."""
    instance = dataclasses.replace(
        view(name=name, id_="padaria-aurora-k7m2xq", state=InstanceState.PAIRING),
        qr=ShowQr(code=QR, index=1, total=6, expires_at=0.0),
        pairing_code=ShowPairingCode(code="ABCD1234", number="5511912345678", expires_at=0.0),
    )
    return Facts(
        at=NOW,
        settings=chosen,
        views=(instance,),
        deleted_ids=("sapataria-velha-bcdfgh",),
        checks=(Check(SelfCheck.DISK_WRITE, Verdict.GOOD, value="3.2 ms"),),
        boots=(StartRecord(NOW.timestamp(), "aabb", "", "ccdd", 3, 2),),
        lines=tuple(map(line, texts)),
    )


def test_it_holds_what_support_asks_for() -> None:
    """Versions, checks, settings, states, starts, log; each under its heading."""
    text = compose(facts("hello"))
    assert re.findall(r"^\[(\w+)\]$", text, re.MULTILINE) == [
        *("report", "checks", "settings", "instances", "boots", "log")
    ]
    assert "2026-11-24T01:02:03Z INFO core.x hello" in text
    assert "disk-write good [3.2 ms]" in text
    assert "AUTH_DIR=/data/auth" in text
    assert "#1 pairing - since 1970-01-01T00:00:05Z restarts 0 linked True" in text
    assert "machine aabb deploy - disk ccdd instances 3 linked 2" in text
    assert "streamlit 1." in text


def test_instances_are_numbers_throughout() -> None:
    """The same one is the same number everywhere, also those that are deleted or long gone."""
    text = compose(
        facts(
            "connected instance=padaria-aurora-k7m2xq",
            "Created new auth directory for instance padaria-aurora-k7m2xq at /data/padaria-aurora-k7m2xq",
            "store busy: sapataria-velha-bcdfgh",
            "purged from the trash instance=farmacia-do-ze-zzzzzz",
            "later: farmacia-do-ze-zzzzzz",
            "rename of PADARIA AURORA",
        )
    )
    assert "connected instance=#1" in text
    assert "for instance #1 at /data/#1" in text
    assert "store busy: #2" in text
    assert "later: #3" in text
    assert not re.search("padaria|aurora|sapataria|farmacia", text, re.IGNORECASE)


number = st.integers(10_000_000, 999_999_999_999_999).map(str)
around = st.text("ab/. _-=:,(@\n'\"", max_size=4)


@given(number, around, around)
@settings(deadline=None)  # the first one reads the packages' versions
def test_a_number_never_occurs_in_it(digits: str, before: str, after: str) -> None:
    """Wherever it stands, paths and words included."""
    assert digits not in compose(facts(f"x{before}{digits}{after}y"))


@given(st.sampled_from(["+55 11 91234-5678", "+1 202-555-0123"]), around)
@settings(deadline=None)  # the first one reads the packages' versions
def test_a_written_number_never_occurs_in_it(shown: str, before: str) -> None:
    """As the pages show it."""
    assert shown not in compose(facts(f"to {before} {shown}"))


@given(around, around)
@settings(deadline=None)  # the first one reads the packages' versions
def test_a_qr_and_a_code_never_occur_in_it(before: str, after: str) -> None:
    """The ones that are showing, and any other."""
    other = QR.replace("Zx9", "Ab1")
    text = compose(facts(f"{before}{QR}{after} {before}{other}{after} {before}ABCD1234{after}"))
    for part in (*QR.split(","), *other.split(",")):
        assert len(part) < 8 or part not in text
    assert "ABCD1234" not in text


@given(st.text(st.characters(min_codepoint=33, max_codepoint=0x17F), min_size=10, max_size=40), around)
@settings(deadline=None)  # the first one reads the packages' versions
def test_a_password_never_occurs_in_it(password: str, before: str) -> None:
    """However it came into the log: as it is, quoted, or as Python or JSON write it."""
    oidc = OidcSettings(
        "https://id.example", "app", f"s{password}", frozenset({"ana@x.example"}), frozenset()
    )
    chosen = dataclasses.replace(ROOT_SETTINGS, password=password, oidc=oidc)
    text = compose(facts(f"{before}{password}", f"{password!r}", f"s{password}", chosen=chosen))
    assert password not in text
    assert repr(password)[1:-1] not in text
    assert "ana@" not in text
    assert f"APP_PASSWORD={DOTS}" in text


def test_every_variable_is_listed_and_secrets_are_dots(tmp_path: Path) -> None:
    """All that settings.py reads; its own notes to itself are not among them."""
    logo = tmp_path / "logo.svg"
    logo.write_text('<svg xmlns="http://www.w3.org/2000/svg"/>')
    environment = {
        "APP_LOGO": str(logo),
        "BRL_PER_USD": "5.5",
        "BRL_PER_USD_DATE": "2026-01-20",
        "APP_PASSWORD": "0123456789abc",
        "OIDC_ISSUER": "https://id.example",
        "OIDC_CLIENT_ID": "app",
        "OIDC_CLIENT_SECRET": "hush-hush-hush",
        "OIDC_ALLOWED_EMAILS": "ana@x.example",
        "OIDC_ALLOWED_DOMAINS": "y.example,x.example",
        "ALERT_URLS": "ntfys://hush-topic",
        "BACKUP_TO": "s3://copias/loja",
        "BACKUP_PASSPHRASE": "hush hush hush hush",
        "BACKUP_ACCESS_KEY": "hush-access",
        "BACKUP_SECRET_KEY": "hush-secret",
    }
    shown = dict(settings_shown(read_settings(environment)))
    source = (Path(__file__).parents[4] / "core" / "settings.py").read_text()
    assert set(shown) == set(re.findall(r'env(?:\.get\(|, )"([A-Z_]+)"', source)) - {"RENDER"}
    hidden = {name for name, value in shown.items() if value == DOTS}
    signed_in = {"APP_PASSWORD", "OIDC_CLIENT_SECRET", "OIDC_ALLOWED_EMAILS"}
    assert hidden == signed_in | {"ALERT_URLS", "BACKUP_PASSPHRASE", "BACKUP_ACCESS_KEY", "BACKUP_SECRET_KEY"}
    assert shown["OIDC_ALLOWED_DOMAINS"] == "x.example, y.example"
    assert dict(settings_shown(read_settings({})))["APP_PASSWORD"] == ""


def test_a_long_log_keeps_its_end() -> None:
    """What just happened is why somebody writes to support."""
    text = compose(facts(*(f"line {count}." for count in range(LINES + 50))))
    assert "line 49." not in text
    assert f"line {LINES + 49}." in text


@pytest.fixture
def root_logger() -> Iterator[logging.Logger]:
    """The root logger, put back as it was afterwards."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield root
    root.handlers[:] = handlers
    root.setLevel(level)


def test_the_log_is_kept_masked_and_bounded(root_logger: logging.Logger, registry: RecordingRegistry) -> None:
    """2,000 lines, the newest last, long ones cut in the middle; picked by level."""
    set_up_logging("INFO", lines=current().log_lines)
    for count in range(LINES_KEPT + 5):
        logging.getLogger("x").info("line %d to 5511912345678", count)
    logging.getLogger("x").error("a%sb", "y" * LINE_LIMIT, extra={"instance": "loja-k7m2xq"})
    found = recent_log("INFO")
    assert len(found) == len(current().log_lines.all()) == LINES_KEPT
    assert found[0].text == "line 6 to …5678"
    (last,) = recent_log("ERROR")
    assert (last.level, last.source) == ("ERROR", "x")
    assert last.text.startswith("ay")
    assert last.text.endswith("b instance=loja-k7m2xq")
    assert len(last.text) <= LINE_LIMIT + 3


def test_workers_keep_nothing(root_logger: logging.Logger) -> None:
    """Their lines are kept once, in the web process; twenty of them would pay for it."""
    lines = RecentLines()
    set_up_logging("INFO", lines=lines)
    set_up_logging("INFO")
    logging.getLogger("x").info("not kept")
    remember(LogLine(1.0, "INFO", "x", "not kept"))
    assert lines.all() == ()


def test_the_checks_come_in_their_order_whatever_breaks(registry: RecordingRegistry) -> None:
    """This registry cannot tell its storage: that check is unknown, the others answer, within seconds."""
    checks = {check.code: check for check in run_checks()}
    assert list(checks) == [
        *(
            "python-version",
            "python-weaknesses",
            "packages",
            "engine-age",
            "libmagic",
            "ffmpeg",
            "ffprobe",
            "proxy",
            "clock",
        ),
        *("time-zone", "disk-write", "disk-space", "inodes", "permissions", "owner-lock"),
        *("file-descriptors", "memory", "boots", "backup"),
    ]
    assert (checks[SelfCheck.OWNER_LOCK].verdict, checks[SelfCheck.OWNER_LOCK].reason) == (
        Verdict.UNKNOWN,
        "check-failed",
    )
    assert checks[SelfCheck.DISK_WRITE].reason == "auth-dir-missing"
    assert checks[SelfCheck.ENGINE_AGE].value.startswith("0.")
    assert dict(settings_in_force())["AUTH_DIR"] == "/auth"


def test_a_report_comes_also_when_the_folder_is_not_open(registry: RecordingRegistry) -> None:
    """That is when it is wanted: a registry that has not begun, on a folder that is not there."""
    genuine = Registry(current().settings)
    install(dataclasses.replace(current(), registry=genuine))
    text = whole_report()
    assert "disk-write bad auth-dir-missing" in text
    assert "owner-lock unknown opening" in text
    assert re.search(r"\[instances\]\s+\[boots\]\s+\[log\]", text)


def test_a_damaged_record_of_starts_is_left_alone(registry: RecordingRegistry, tmp_path: Path) -> None:
    """Pages look at what the process knows: only whoever holds the folder sets a file aside."""
    settings = dataclasses.replace(current().settings, auth_dir=tmp_path)
    start_recorder = StartRecorder(
        settings, Host(HostKind.LOCAL, machine="m-1", deploy=""), mounts=lambda: None
    )
    start_recorder.record([])
    genuine = Registry(settings)
    install(
        dataclasses.replace(current(), settings=settings, registry=genuine, start_recorder=start_recorder)
    )
    (tmp_path / "boots.json").write_text("{")
    (start,) = starts()
    assert (start.change, start.instances) == (StartChange.FIRST, 0)
    assert "machine m-1" in whole_report()
    assert [path.name for path in tmp_path.iterdir()] == ["boots.json"]


def test_without_a_record_there_are_no_starts(registry: RecordingRegistry) -> None:
    """The folder is not open yet."""
    assert starts() == ()
