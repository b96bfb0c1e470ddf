"""The environment: what is accepted, what is refused in words, what is used when nothing is said."""

from __future__ import annotations

import dataclasses
import re
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import SettingError
from core.settings import ROOT, BackupSettings, Settings, app_version, read_settings


def test_nothing_needs_to_be_set() -> None:
    """Defaults: a folder beside the app, Portuguese, INFO, 50 instances."""
    assert read_settings({}) == Settings(
        auth_dir=ROOT / "data" / "whatsapp_auth",
        auth_dir_ephemeral=False,
        language="pt_BR",
        log_level="INFO",
        max_instances=50,
    )


def test_settings_never_change_afterwards() -> None:
    """Read once, frozen: no page can change them for the others."""
    with pytest.raises(dataclasses.FrozenInstanceError):
        read_settings({}).max_instances = 1  # type: ignore[misc]


def test_the_process_environment_is_the_default(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Called without a mapping it reads the real one."""
    monkeypatch.setenv("AUTH_DIR", str(tmp_path))
    monkeypatch.setenv("MAX_INSTANCES", "3")
    settings = read_settings()
    assert (settings.auth_dir, settings.max_instances) == (tmp_path, 3)


@pytest.mark.parametrize(
    ("given_value", "expected"),
    [
        ("/data/auth", "/data/auth"),
        ("/data/auth/", "/data/auth"),
        ("//data//auth", "//data/auth"),  # POSIX leaves two leading slashes to the system
        ("  /data/auth  ", "/data/auth"),
        ("/data/x/../auth", "/data/auth"),
        ("/data/with space & ção#?%00", "/data/with space & ção#?%00"),
    ],
)
def test_the_same_folder_is_the_same_path(given_value: str, expected: str) -> None:
    """Slashes and spaces around make no other folder; signs inside are kept."""
    settings = read_settings({"AUTH_DIR": given_value})
    assert settings.auth_dir == Path(expected)
    assert not settings.auth_dir_ephemeral


def test_a_relative_folder_becomes_absolute(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A later change of directory does not move the sessions."""
    monkeypatch.chdir(tmp_path)
    assert read_settings({"AUTH_DIR": "auth"}).auth_dir == tmp_path / "auth"


def test_a_tilde_is_the_home_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """As in a shell."""
    monkeypatch.setenv("HOME", str(tmp_path))
    assert read_settings({"AUTH_DIR": "~/auth"}).auth_dir == tmp_path / "auth"


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    """A mounted folder may be a link; it is not resolved at start, when the mount may be missing."""
    (tmp_path / "link").symlink_to(tmp_path / "disk")
    assert read_settings({"AUTH_DIR": str(tmp_path / "link")}).auth_dir == tmp_path / "link"


@pytest.mark.parametrize("value", ["", "   "])
def test_without_a_folder_render_gets_a_temporary_one(value: str) -> None:
    """On Render the app's own folder cannot keep anything: known to be lost, so that a page can say so."""
    settings = read_settings({"RENDER": "true", "AUTH_DIR": value})
    assert (settings.auth_dir, settings.auth_dir_ephemeral) == (Path("/tmp/whatsapp_auth"), True)
    assert not read_settings({"RENDER": "true", "AUTH_DIR": "/data"}).auth_dir_ephemeral


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("", "pt_BR"),
        ("pt_BR", "pt_BR"),
        ("pt-br", "pt_BR"),
        (" EN ", "en"),
        ("en", "en"),
        ("PT_br", "pt_BR"),
        ("ES", "es"),
    ],
)
def test_languages_are_forgiving_about_their_spelling(value: str, expected: str) -> None:
    """Hyphen or underscore, upper or lower case."""
    assert read_settings({"APP_LANGUAGE": value}).language == expected


@pytest.mark.parametrize(
    ("value", "expected"), [("", "INFO"), ("debug", "DEBUG"), ("Warning", "WARNING"), ("ERROR", "ERROR")]
)
def test_log_levels_are_forgiving_about_their_case(value: str, expected: str) -> None:
    """What is stored is what `logging` wants."""
    assert read_settings({"LOG_LEVEL": value}).log_level == expected


@pytest.mark.parametrize(("value", "expected"), [("", 50), ("1", 1), ("500", 500), (" 7 ", 7), ("007", 7)])
def test_limits_are_whole_numbers_from_1_to_500(value: str, expected: int) -> None:
    """Both ends are in."""
    assert read_settings({"MAX_INSTANCES": value}).max_instances == expected


@pytest.mark.parametrize(("value", "expected"), [("", 20), ("1", 1), ("10", 10), ("50", 50)])
def test_instances_may_share_a_process(value: str, expected: int) -> None:
    """Up to 50."""
    assert read_settings({"INSTANCES_PER_WORKER": value}).instances_per_worker == expected


@pytest.mark.parametrize(
    ("value", "expected"), [("", 0.25), ("0.15", 0.15), ("0,15", 0.15), (" 1 ", 1.0), ("0.000001", 0.000001)]
)
def test_a_price_may_have_a_point_or_a_comma(value: str, expected: float) -> None:
    """US dollars a GB-month; nothing said means Render's price."""
    assert read_settings({"DISK_PRICE_PER_GB_MONTH": value}).disk_price_per_gb_month == expected


@pytest.mark.parametrize(
    ("rate", "day", "expected"),
    [
        ("5.50", "2026-01-20", 5.5),
        ("5,5007", "20/01/2026", 5.5007),
        (" 0.5 ", " 2026-01-20 ", 0.5),
        ("50", "2026-01-20", 50.0),
    ],
)
def test_a_rate_comes_with_its_day(rate: str, day: str, expected: float) -> None:
    """A point or a comma, the day in either order; both or none."""
    settings = read_settings({"BRL_PER_USD": rate, "BRL_PER_USD_DATE": day})
    assert settings.brl_per_usd == expected
    assert settings.brl_per_usd_date == date(2026, 1, 20)
    nothing = read_settings({})
    assert (nothing.brl_per_usd, nothing.brl_per_usd_date) == (None, None)


@pytest.mark.parametrize("rate", ["-5.5", "0", "0.0", "0,49", "50.01", "550", "1e1", "nan", "٥", "", "US$ 5"])
def test_a_rate_that_is_none_is_refused(rate: str) -> None:
    """Negative, zero, absurd, or missing beside a day."""
    with pytest.raises(SettingError) as caught:
        read_settings({"BRL_PER_USD": rate, "BRL_PER_USD_DATE": "2026-01-20"})
    assert caught.value.detail.startswith("BRL_PER_USD=")
    assert "reais for a US dollar, from 0.5 to 50" in caught.value.detail


@pytest.mark.parametrize("day", ["", "2026-13-01", "20-11-2026", "1994-06-30", "2999-01-01", "today"])
def test_a_rate_without_a_day_that_was_is_refused(day: str) -> None:
    """It would look like today's rate."""
    with pytest.raises(SettingError) as caught:
        read_settings({"BRL_PER_USD": "5.5", "BRL_PER_USD_DATE": day})
    assert caught.value.detail.startswith("BRL_PER_USD_DATE=")
    assert "such as 2026-11-20" in caught.value.detail


@pytest.mark.parametrize(
    ("name", "value", "allowed"),
    [
        *(
            ("DISK_PRICE_PER_GB_MONTH", value, "a price above 0 in US dollars, such as 0.25")
            for value in (
                "0",
                "0.0",
                "-1",
                "1.",
                ".5",
                "1e2",
                "nan",
                "inf",
                "1.000,5",
                "$1",
                "٣",
                "9" * 5_000,
            )
        ),
        *(
            ("MAX_INSTANCES", value, "a whole number from 1 to 500")
            for value in ("0", "501", "-1", "1.5", "1e2", "ten", "٣", "²", "0x10", "1_0", "+5", "9" * 5_000)
        ),
        *(
            ("INSTANCES_PER_WORKER", value, "a whole number from 1 to 50")
            for value in ("0", "51", "-1", "all")
        ),
        *(("OPEN_BROWSER", value, "no, yes") for value in ("1", "true", "sim")),
        *(("PAIRING_LINKS", value, "on, off") for value in ("0", "no", "none")),
        *(("IMPORT_DATABASES", value, "on, off") for value in ("0", "no", "none")),
        *(("APP_LANGUAGE", value, "pt_BR, en, es") for value in ("fr", "pt", "portuguese", "en_US", "es_MX")),
        *(("LOG_LEVEL", value, "DEBUG, INFO, WARNING, ERROR") for value in ("LOUD", "20", "CRITICAL")),
        ("AUTH_DIR", "/data\0/x", "a folder path"),
        ("AUTH_DIR", "~nobody-has-this-name/x", "a folder path"),
    ],
)
def test_a_bad_value_names_variable_value_and_what_is_allowed(name: str, value: str, allowed: str) -> None:
    """Whoever deploys reads one line and knows what to change; the process does not start."""
    with pytest.raises(SettingError) as caught:
        read_settings({name: value})
    assert caught.value.code == "setting-invalid"
    assert caught.value.detail == f"{name}={value!r} is not usable; allowed: {allowed}"


@given(
    st.sampled_from(["AUTH_DIR", "APP_LANGUAGE", "LOG_LEVEL", "MAX_INSTANCES", "DISK_PRICE_PER_GB_MONTH"]),
    st.text(),
)
def test_no_value_is_ever_another_error(name: str, value: str) -> None:
    """Whatever is in the environment: usable settings, or the one error that says what is wrong."""
    settings, refusal = None, ""
    try:
        settings = read_settings({name: value})
    except SettingError as error:
        refusal = error.detail
    if settings is None:
        assert refusal.startswith(f"{name}=")
        return
    assert settings.auth_dir.is_absolute()
    assert 1 <= settings.max_instances <= 500


@pytest.mark.parametrize(
    ("name", "expected"),
    [("", "Plantão"), ("  ", "Plantão"), (" Balcão 24h ", "Balcão 24h"), ("Cafe\u0301", "Café")],
)
def test_the_product_is_called_as_its_owner_wants(name: str, expected: str) -> None:
    """On one line, without spaces around."""
    assert read_settings({"APP_NAME": name}).app_name == expected


@pytest.mark.parametrize("name", ["x" * 41, "a\nb", "\u202eabc", "...", "\0"])
def test_a_name_that_would_break_a_page_is_refused(name: str) -> None:
    """The sentence names the variable and what is allowed."""
    with pytest.raises(SettingError, match=r"APP_NAME(.|\n)*40 characters"):
        read_settings({"APP_NAME": name})


def test_a_logo_is_looked_at_when_the_app_starts(tmp_path: Path) -> None:
    """A file that cannot be shown ends the start with a sentence, not a page with a hole."""
    logo = tmp_path / "logo.svg"
    logo.write_text("<svg xmlns='http://www.w3.org/2000/svg'/>")
    assert read_settings({"APP_LOGO": str(logo)}).app_logo == str(logo)
    assert read_settings({"APP_LOGO": " "}).app_logo == ""
    for wrong in (tmp_path, tmp_path / "none.svg", "\0"):
        with pytest.raises(SettingError, match=r"APP_LOGO(.|\n)*SVG or PNG file of at most 200 kB"):
            read_settings({"APP_LOGO": str(wrong)})


@pytest.mark.parametrize(("given", "on"), [("", True), ("on", True), ("off", False), (" OFF ", False)])
def test_links_for_pairing_can_be_turned_off(given: str, on: bool) -> None:
    """They are on unless the owner says otherwise."""
    assert read_settings({"PAIRING_LINKS": given}).pairing_links is on


@pytest.mark.parametrize(("given", "on"), [("", True), ("on", True), ("off", False), (" OFF ", False)])
def test_reading_databases_can_be_turned_off(given: str, on: bool) -> None:
    """They are read unless the owner says otherwise."""
    assert read_settings({"IMPORT_DATABASES": given}).import_databases is on


def test_addresses_of_alerts() -> None:
    """Several with blanks between them, each once; never in what is shown of the settings."""
    settings = read_settings({"ALERT_URLS": " ntfys://topic\n tgram://1:a/2  ntfys://topic "})
    assert settings.alert_urls == ("ntfys://topic", "tgram://1:a/2")
    assert "topic" not in repr(settings)


@pytest.mark.parametrize("value", ["topic", "ntfys://", "ntfys://topic other", "://topic"])
def test_what_is_no_address_of_alerts(value: str) -> None:
    """Refused at the start, without a letter of it: it may hold a password."""
    with pytest.raises(SettingError) as caught:
        read_settings({"ALERT_URLS": value})
    assert "ALERT_URLS" in caught.value.detail
    assert "topic" not in caught.value.detail.replace("ntfys://topic, with", "")


BUCKET = {
    "BACKUP_TO": "s3://copias/loja",
    "BACKUP_PASSPHRASE": " correta bateria ",
    "BACKUP_ACCESS_KEY": "AK",
    "BACKUP_SECRET_KEY": "hush",
}


def test_a_daily_backup_to_a_bucket() -> None:
    """Its secrets are in nothing that is shown of the settings."""
    settings = read_settings({**BUCKET, "BACKUP_ENDPOINT": "https://s3.example.test/"})
    assert settings.backup == BackupSettings(
        "s3://copias/loja",
        "correta bateria",
        endpoint="https://s3.example.test",
        access_key="AK",
        secret_key="hush",
    )
    assert not any(secret in repr(settings) for secret in ("correta", "AK", "hush"))


def test_a_daily_backup_to_a_folder() -> None:
    """Messages are in it unless the owner says otherwise; without a place there is none."""
    given = {"BACKUP_TO": "/copias", "BACKUP_PASSPHRASE": "correta bateria"}
    assert read_settings(given).backup == BackupSettings("/copias", "correta bateria")
    without = read_settings({**given, "BACKUP_MESSAGES": "no", "BACKUP_REGION": "sa-east-1"}).backup
    assert without == BackupSettings("/copias", "correta bateria", messages=False, region="sa-east-1")
    assert read_settings({}).backup is None


@pytest.mark.parametrize(
    ("changed", "name"),
    [
        ({"BACKUP_TO": "copias"}, "BACKUP_TO"),
        ({"BACKUP_TO": "s3://"}, "BACKUP_TO"),
        ({"BACKUP_TO": "https://bucket.example.test"}, "BACKUP_TO"),
        ({"BACKUP_TO": ""}, "BACKUP_TO"),
        ({"BACKUP_PASSPHRASE": ""}, "BACKUP_PASSPHRASE"),
        ({"BACKUP_PASSPHRASE": "hush-short"}, "BACKUP_PASSPHRASE"),
        ({"BACKUP_MESSAGES": "some"}, "BACKUP_MESSAGES"),
        ({"BACKUP_ACCESS_KEY": ""}, "BACKUP_SECRET_KEY"),
        ({"BACKUP_SECRET_KEY": ""}, "BACKUP_SECRET_KEY"),
        ({"BACKUP_ENDPOINT": "s3.example.test"}, "BACKUP_ENDPOINT"),
        ({"BACKUP_ENDPOINT": "https://user:hush@s3.example.test"}, "BACKUP_ENDPOINT"),
    ],
)
def test_a_daily_backup_that_cannot_be(changed: dict[str, str], name: str) -> None:
    """Refused at the start by the name of the variable: it would fail every night otherwise."""
    with pytest.raises(SettingError) as caught:
        read_settings({**BUCKET, **changed})
    assert caught.value.detail.startswith(name)
    assert "hush-short" not in caught.value.detail


def test_the_version_of_the_app_is_that_of_its_project() -> None:
    """A backup says which one made it."""
    assert re.fullmatch(r"\d+\.\d+\.\d+", app_version())
