"""The environment, read once into a frozen object."""

from __future__ import annotations

import os
import re
import tomllib
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Final

from core import brand
from core.errors import SettingError
from core.locale import NAMES

ROOT: Final = Path(__file__).resolve().parent.parent
LANGUAGES: Final = tuple(NAMES)
LOG_LEVELS: Final = ("DEBUG", "INFO", "WARNING", "ERROR")
PASSWORD_LENGTH: Final = 10
"""Characters that a password has at least."""
PASSWORD_LIMIT: Final = 256
"""Characters that a password has at most."""
PASSPHRASE_LENGTH: Final = 12
"""Characters that the passphrase of a backup has at least: a stolen file may be guessed at for years."""
_BACKUP_PLACES: Final = "the absolute path of a folder, or s3://bucket/folder"
MOST_SENDS_PER_DAY: Final = 200
"""No setting makes this a tool for bulk sending; and so many are held in memory to count."""
_LEAST_RATE: Final = 0.5
_HIGHEST_RATE: Final = 50.0
"""Reais for a dollar: what lies outside is a slip of the keyboard, or the rate the other way round."""
_FIRST_RATE: Final = date(1994, 7, 1)
"""The day from which there are reais."""
_CLOCK_WAS_SET: Final = date(2026, 1, 1)
"""A machine whose clock shows less has not been told the time yet, and cannot tell what is in the future."""


@dataclass(frozen=True, slots=True)
class OidcSettings:
    """An identity provider, and who of the people it knows may come in."""

    issuer: str
    """``OIDC_ISSUER``: https address of the provider; its discovery document lies beneath."""
    client_id: str
    """``OIDC_CLIENT_ID``"""
    client_secret: str = field(repr=False)
    """``OIDC_CLIENT_SECRET``"""
    emails: frozenset[str]
    """``OIDC_ALLOWED_EMAILS``: addresses that may come in, in lower case."""
    domains: frozenset[str]
    """``OIDC_ALLOWED_DOMAINS``: whose every address may come in, in lower case."""

    def allows(self, email: str) -> bool:
        """Return whether that address or its domain stands on the list, in upper or lower case."""
        address = email.casefold()
        name, at, domain = address.partition("@")
        return address in self.emails or (bool(name and at) and domain in self.domains)


@dataclass(frozen=True, slots=True)
class BackupSettings:
    """A backup of all instances every day, and where it goes."""

    to: str
    """``BACKUP_TO``: absolute path of a folder, or ``s3://bucket/prefix``."""
    passphrase: str = field(repr=False)
    """``BACKUP_PASSPHRASE``: what opens it; nothing else does."""
    messages: bool = True
    """``BACKUP_MESSAGES``: whether the messages are in it."""
    endpoint: str = ""
    """``BACKUP_ENDPOINT``: address of an S3-compatible service; empty for Amazon's."""
    region: str = "us-east-1"
    """``BACKUP_REGION``"""
    access_key: str = field(default="", repr=False)
    """``BACKUP_ACCESS_KEY``"""
    secret_key: str = field(default="", repr=False)
    """``BACKUP_SECRET_KEY``"""


@dataclass(frozen=True, slots=True)
class Settings:
    """How this process was asked to run. Every field is one environment variable, listed in the README."""

    auth_dir: Path
    """``AUTH_DIR``: absolute folder that holds one folder per instance."""
    auth_dir_ephemeral: bool
    """True when no ``AUTH_DIR`` was given on Render: sessions are lost with the next deploy."""
    language: str
    """``APP_LANGUAGE``: ``pt_BR``, ``en`` or ``es``; what a visitor sees before choosing."""
    log_level: str
    """``LOG_LEVEL``: one of DEBUG, INFO, WARNING, ERROR."""
    max_instances: int
    """``MAX_INSTANCES``: how many instances may exist at the same time."""
    instances_per_worker: int = 20
    """``INSTANCES_PER_WORKER``: how many linked instances share one process; 1: each has its own."""
    inbox_messages: int = 10_000
    """``INBOX_MESSAGES``: how many messages that arrived are kept of each instance; the oldest go first."""
    inbox_days: int = 90
    """``INBOX_DAYS``: how many days a message that arrived is kept."""
    disk_price_per_gb_month: float = 0.25
    """``DISK_PRICE_PER_GB_MONTH``: US dollars that the host charges for a GB of disk a month."""
    brl_per_usd: float | None = None
    """``BRL_PER_USD``: reais for a US dollar; None for the rate of the price sheet."""
    brl_per_usd_date: date | None = None
    """``BRL_PER_USD_DATE``: the day of that rate; given with it or not at all."""
    password: str = field(default="", repr=False)
    """``APP_PASSWORD``: what opens the pages; without one a link does, on this machine only."""
    open_browser: bool = False
    """``OPEN_BROWSER``: open that link in a browser at the start, if there is a desktop."""
    oidc: OidcSettings | None = None
    """``OIDC_…``: sign-in through an identity provider, when one is set up."""
    auth_dir_as_given: str = ""
    """``AUTH_DIR`` as it was typed; empty when a default is used."""
    pairing_links: bool = True
    """``PAIRING_LINKS``: whether a link may show an instance's codes to a person who is not signed in."""
    app_name: str = brand.NAME
    """``APP_NAME``: what the product calls itself on its pages."""
    app_logo: str = ""
    """``APP_LOGO``: absolute path of an SVG or PNG to show in place of our mark; empty for our own."""
    on_render: bool = False
    """True behind Render's edge, whose headers say who the visitor is."""
    sends_per_minute: int = 20
    """``SENDS_PER_MINUTE``: messages that an instance sends in any minute."""
    sends_per_day: int = 200
    """``SENDS_PER_DAY``: messages that an instance sends in any 24 hours."""
    new_contacts_per_minute: int = 3
    """``NEW_CONTACTS_PER_MINUTE``: those of them to people it neither wrote to nor heard from."""
    new_contacts_per_day: int = 20
    """``NEW_CONTACTS_PER_DAY``: the same in any 24 hours."""
    import_databases: bool = True
    """``IMPORT_DATABASES``: whether sessions may be read out of databases whose address is typed in."""
    alert_urls: tuple[str, ...] = field(default=(), repr=False)
    """``ALERT_URLS``: addresses of apprise that alerts go to, beside those of the page."""
    backup: BackupSettings | None = None
    """``BACKUP_…``: the daily backup, when one is set up."""


def read_settings(environment: Mapping[str, str] | None = None) -> Settings:
    """Return the settings in ``environment`` (the process's own when omitted).

    Raises SettingError naming the variable, its value and what is allowed.
    """
    env = os.environ if environment is None else environment
    folder, ephemeral = _auth_dir(env)
    rate, rate_date = _exchange_rate(env)
    return Settings(
        auth_dir=folder,
        auth_dir_ephemeral=ephemeral,
        language=_choice(env, "APP_LANGUAGE", LANGUAGES, default="pt_BR"),
        log_level=_choice(env, "LOG_LEVEL", LOG_LEVELS, default="INFO"),
        max_instances=_whole_number(env, "MAX_INSTANCES", low=1, high=500, default=50),
        instances_per_worker=_whole_number(env, "INSTANCES_PER_WORKER", low=1, high=50, default=20),
        inbox_messages=_whole_number(env, "INBOX_MESSAGES", low=100, high=100_000, default=10_000),
        inbox_days=_whole_number(env, "INBOX_DAYS", low=1, high=3_650, default=90),
        disk_price_per_gb_month=_price(env, "DISK_PRICE_PER_GB_MONTH", default=0.25),
        brl_per_usd=rate,
        brl_per_usd_date=rate_date,
        password=_password(env),
        open_browser=_choice(env, "OPEN_BROWSER", ("no", "yes"), default="no") == "yes",
        oidc=_oidc(env),
        auth_dir_as_given=env.get("AUTH_DIR", "").strip(),
        pairing_links=_choice(env, "PAIRING_LINKS", ("on", "off"), default="on") == "on",
        app_name=_app_name(env),
        app_logo=_app_logo(env),
        on_render=bool(env.get("RENDER")),
        sends_per_minute=_whole_number(env, "SENDS_PER_MINUTE", low=1, high=60, default=20),
        sends_per_day=_whole_number(env, "SENDS_PER_DAY", low=1, high=MOST_SENDS_PER_DAY, default=200),
        new_contacts_per_minute=_whole_number(env, "NEW_CONTACTS_PER_MINUTE", low=1, high=60, default=3),
        new_contacts_per_day=_whole_number(
            env, "NEW_CONTACTS_PER_DAY", low=1, high=MOST_SENDS_PER_DAY, default=20
        ),
        import_databases=_choice(env, "IMPORT_DATABASES", ("on", "off"), default="on") == "on",
        alert_urls=_alert_urls(env),
        backup=_backup(env),
    )


def app_version() -> str:
    """Return the version of this app; empty where its project file is not there."""
    try:
        project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
        return str(project["project"]["version"])
    except (OSError, ValueError, KeyError):
        return ""


def _auth_dir(env: Mapping[str, str]) -> tuple[Path, bool]:
    given = env.get("AUTH_DIR", "").strip()
    if given:
        if "\0" in given:
            raise SettingError("AUTH_DIR", given, "a folder path")
        try:
            home_resolved = Path(given).expanduser()
        except RuntimeError:  # "~name" of no user
            raise SettingError("AUTH_DIR", given, "a folder path") from None
        # A trailing slash or a double one must not make a different folder of it.
        return Path(os.path.abspath(home_resolved)), False
    if env.get("RENDER"):
        return Path("/tmp/whatsapp_auth"), True
    return ROOT / "data" / "whatsapp_auth", False


def as_password(text: str) -> str:
    """Return ``text`` as it is compared: spellings of the same letters, and spaces around, do not differ."""
    return unicodedata.normalize("NFC", text.strip())


def _password(env: Mapping[str, str]) -> str:
    given = env.get("APP_PASSWORD", "")
    password = as_password(given)
    if given and not PASSWORD_LENGTH <= len(password) <= PASSWORD_LIMIT:
        allowed = f"{PASSWORD_LENGTH} to {PASSWORD_LIMIT} characters, or none at all"
        raise SettingError("APP_PASSWORD", None, allowed)
    return password


def _app_name(env: Mapping[str, str]) -> str:
    given = unicodedata.normalize("NFC", env.get("APP_NAME", "").strip())
    if not given:
        return brand.NAME
    # No line end, and no mark that turns the direction of writing around it.
    if len(given) > brand.NAME_LIMIT or not given.isprintable() or not any(map(str.isalnum, given)):
        allowed = f"a name of at most {brand.NAME_LIMIT} characters on one line"
        raise SettingError("APP_NAME", given[: 2 * brand.NAME_LIMIT], allowed)
    return given


def _app_logo(env: Mapping[str, str]) -> str:
    given = env.get("APP_LOGO", "").strip()
    if not given:
        return ""
    path = os.path.abspath(given)
    if not brand.is_logo(path):
        allowed = f"the path of an SVG or PNG file of at most {brand.LOGO_LIMIT // 1024} kB"
        raise SettingError("APP_LOGO", given, allowed)
    return path


def _oidc(env: Mapping[str, str]) -> OidcSettings | None:
    issuer = env.get("OIDC_ISSUER", "").strip().rstrip("/")
    client_id = env.get("OIDC_CLIENT_ID", "").strip()
    secret = env.get("OIDC_CLIENT_SECRET", "").strip()
    emails = _list(env.get("OIDC_ALLOWED_EMAILS", ""))
    domains = frozenset(each.removeprefix("@") for each in _list(env.get("OIDC_ALLOWED_DOMAINS", "")))
    if not (issuer or client_id or secret or emails or domains):
        return None
    if not re.fullmatch(r"https://[^\s?#]+|http://(localhost|127\.0\.0\.1)(:[0-9]+)?(/[^\s?#]*)?", issuer):
        raise SettingError("OIDC_ISSUER", issuer, "the provider's address, https://…")
    if not client_id or not secret:
        raise SettingError(
            "OIDC_CLIENT_SECRET", None, "with OIDC_ISSUER, OIDC_CLIENT_ID too: what the provider gave"
        )
    if wrong := [each for each in emails if not re.fullmatch(r"[^@\s]+@[^@\s]+", each)]:
        raise SettingError("OIDC_ALLOWED_EMAILS", wrong[0], "e-mail addresses, with commas between them")
    if wrong := [each for each in domains if not re.fullmatch(r"[a-z0-9-]+(\.[a-z0-9-]+)+", each)]:
        raise SettingError("OIDC_ALLOWED_DOMAINS", wrong[0], "domains, with commas between them")
    if not emails and not domains:
        # Anybody with an account at a large provider would be let in.
        raise SettingError("OIDC_ALLOWED_EMAILS", "", "who may come in, or OIDC_ALLOWED_DOMAINS")
    return OidcSettings(issuer, client_id, secret, emails, domains)


def _backup(env: Mapping[str, str]) -> BackupSettings | None:
    to, passphrase = env.get("BACKUP_TO", "").strip(), as_password(env.get("BACKUP_PASSPHRASE", ""))
    if not to:
        if passphrase:
            raise SettingError("BACKUP_TO", to, _BACKUP_PLACES)
        return None
    in_bucket = re.fullmatch(r"s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](/[^\s?#]*)?", to) is not None
    if not in_bucket and (not Path(to).is_absolute() or "\0" in to):
        raise SettingError("BACKUP_TO", to, _BACKUP_PLACES)
    if not PASSPHRASE_LENGTH <= len(passphrase) <= PASSWORD_LIMIT:
        allowed = f"with BACKUP_TO, {PASSPHRASE_LENGTH} to {PASSWORD_LIMIT} characters"
        raise SettingError("BACKUP_PASSPHRASE", None, allowed)
    key, secret = env.get("BACKUP_ACCESS_KEY", "").strip(), env.get("BACKUP_SECRET_KEY", "").strip()
    if in_bucket and not (key and secret):
        allowed = "with s3:// in BACKUP_TO, BACKUP_ACCESS_KEY too: what the service gave"
        raise SettingError("BACKUP_SECRET_KEY", None, allowed)
    return BackupSettings(
        to=to,
        passphrase=passphrase,
        messages=_choice(env, "BACKUP_MESSAGES", ("yes", "no"), default="yes") == "yes",
        endpoint=_endpoint(env),
        region=env.get("BACKUP_REGION", "").strip() or "us-east-1",
        access_key=key,
        secret_key=secret,
    )


def _endpoint(env: Mapping[str, str]) -> str:
    given = env.get("BACKUP_ENDPOINT", "").strip().rstrip("/")
    if given and not re.fullmatch(r"https?://[^\s/?#@]+(/[^\s?#]*)?", given):
        raise SettingError("BACKUP_ENDPOINT", given, "the address of the service, https://…")
    return given


def _list(text: str) -> frozenset[str]:
    return frozenset(each.casefold() for each in re.split(r"[,;\s]+", text) if each)


def _alert_urls(env: Mapping[str, str]) -> tuple[str, ...]:
    given = tuple(dict.fromkeys(env.get("ALERT_URLS", "").split()))
    if not all(re.fullmatch(r"[a-zA-Z][a-zA-Z0-9+.-]*://\S+", each) for each in given):
        raise SettingError("ALERT_URLS", None, "addresses as ntfys://topic, with blanks between them")
    return given


def _choice(env: Mapping[str, str], name: str, allowed: tuple[str, ...], *, default: str) -> str:
    given = env.get(name, "").strip()
    if not given:
        return default
    wanted = given.replace("-", "_").casefold()
    for option in allowed:
        if option.casefold() == wanted:
            return option
    raise SettingError(name, given, ", ".join(allowed))


def _whole_number(env: Mapping[str, str], name: str, *, low: int, high: int, default: int) -> int:
    given = env.get(name, "").strip()
    if not given:
        return default
    if re.fullmatch(r"[0-9]{1,9}", given) and low <= int(given) <= high:
        return int(given)
    raise SettingError(name, given, f"a whole number from {low} to {high}")


def _price(env: Mapping[str, str], name: str, *, default: float) -> float:
    given = env.get(name, "").strip()
    if not given:
        return default
    # Brazilians write 0,25.
    if re.fullmatch(r"[0-9]{1,6}([.,][0-9]{1,6})?", given) and float(given.replace(",", ".")) > 0:
        return float(given.replace(",", "."))
    raise SettingError(name, given, "a price above 0 in US dollars, such as 0.25")


def _exchange_rate(env: Mapping[str, str]) -> tuple[float | None, date | None]:
    """Return the rate and its day, or neither: a rate without a day would look like today's for years."""
    rate, day = env.get("BRL_PER_USD", "").strip(), env.get("BRL_PER_USD_DATE", "").strip()
    if not (rate or day):
        return None, None
    if not day:
        raise SettingError("BRL_PER_USD_DATE", day, "the day of BRL_PER_USD, such as 2026-11-20")
    allowed = f"reais for a US dollar, from {_LEAST_RATE} to {_HIGHEST_RATE:.0f}, such as 5.50"
    # Brazilians write 5,50.
    if not re.fullmatch(r"[0-9]{1,3}([.,][0-9]{1,6})?", rate):
        raise SettingError("BRL_PER_USD", rate, allowed)
    reais = float(rate.replace(",", "."))
    if not _LEAST_RATE <= reais <= _HIGHEST_RATE:
        raise SettingError("BRL_PER_USD", rate, allowed)
    return reais, _past_day("BRL_PER_USD_DATE", day)


def _past_day(name: str, given: str) -> date:
    """Return the day of the rate, as ISO 8601 or as Brazilians write it."""
    for pattern in ("%Y-%m-%d", "%d/%m/%Y"):
        try:
            day = datetime.strptime(given, pattern).replace(tzinfo=UTC).date()
        except ValueError:
            continue
        # A day more: it may be tomorrow already where the operator is.
        today = datetime.now(UTC).date()
        if day >= _FIRST_RATE and (today < _CLOCK_WAS_SET or day <= today + timedelta(days=1)):
            return day
    raise SettingError(name, given, "a day that has been, such as 2026-11-20")
