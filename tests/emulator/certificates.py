"""What an emulator keeps in its folder, so that a second start is the same server: keys, TLS, ports."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.x509.oid import NameOID
from pyaileys.auth.creds import KeyPair

from tests.emulator.noise import RootAuthority

HOSTS: Final = ("web.whatsapp.com", "mmg.whatsapp.net", "pps.whatsapp.net", "g.whatsapp.net")
"""The hosts this server stands for; its proxy refuses every other."""

_KEYS: Final = ("root", "intermediate", "static")  # the order of RootAuthority's fields
_LIFETIME: Final = dt.timedelta(days=30)


@dataclass(slots=True)
class Identity:
    """Keys and ports of one emulator folder (`root.json`). Port 0 means: any free one."""

    authority: RootAuthority = field(default_factory=RootAuthority)
    proxy_port: int = 0
    control_port: int = 0

    @classmethod
    def load(cls, folder: Path) -> Identity:
        """The identity saved in `folder`, or a new one when there is none."""
        try:
            saved = json.loads((folder / "root.json").read_text())
        except FileNotFoundError:
            return cls()
        authority = RootAuthority(*(_pair_of(bytes.fromhex(saved[name])) for name in _KEYS))
        return cls(authority, saved["proxy_port"], saved["control_port"])

    def save(self, folder: Path) -> None:
        """Write `root.json` in one step."""
        data: dict[str, str | int] = {name: getattr(self.authority, name).private.hex() for name in _KEYS}
        data |= {"proxy_port": self.proxy_port, "control_port": self.control_port}
        write_atomically(folder / "root.json", json.dumps(data))


@dataclass(frozen=True, slots=True)
class TlsFiles:
    """PEM files of the self-signed certificate that clients trust through SSL_CERT_FILE."""

    certificate: Path
    key: Path


def tls_files(folder: Path) -> TlsFiles:
    """The certificate of `folder`, made when it is missing or has less than a day left."""
    files = TlsFiles(folder / "ca.pem", folder / "ca.key")
    if not (files.key.exists() and _still_valid(files.certificate)):
        _make_certificate(files)
    return files


def write_atomically(path: Path, text: str) -> None:
    """Readers see the old file or the whole new one."""
    temporary = path.with_name(path.name + ".tmp")
    temporary.write_text(text)
    temporary.replace(path)


def _pair_of(private: bytes) -> KeyPair:
    public = X25519PrivateKey.from_private_bytes(private).public_key()
    return KeyPair(public=public.public_bytes_raw(), private=private)


def _still_valid(certificate: Path) -> bool:
    if not certificate.exists():
        return False
    saved = x509.load_pem_x509_certificate(certificate.read_bytes())
    names = saved.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    if not set(HOSTS) <= set(names.get_values_for_type(x509.DNSName)):
        return False  # made when this server stood for fewer hosts
    return saved.not_valid_after_utc > dt.datetime.now(dt.UTC) + dt.timedelta(days=1)


def _make_certificate(files: TlsFiles) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "WhatsApp emulator")])
    today = dt.datetime.now(dt.UTC)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(x509.random_serial_number())
    builder = builder.not_valid_before(today - dt.timedelta(days=1)).not_valid_after(today + _LIFETIME)
    names = x509.SubjectAlternativeName([x509.DNSName(host) for host in HOSTS])
    builder = builder.add_extension(names, critical=False)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    files.certificate.write_bytes(builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
    files.key.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
