"""What an emulator keeps in its folder."""

from __future__ import annotations

import ssl
from pathlib import Path

from cryptography import x509

from tests.emulator.certificates import HOSTS, Identity, tls_files


def test_a_new_folder_gets_a_new_identity(tmp_path: Path) -> None:
    """Two emulators never share a root key by accident."""
    first, second = Identity.load(tmp_path), Identity.load(tmp_path)
    assert first.authority.root.public != second.authority.root.public
    assert (first.proxy_port, first.control_port) == (0, 0)


def test_a_saved_identity_comes_back_whole(tmp_path: Path) -> None:
    """All three key pairs and both ports."""
    identity = Identity(proxy_port=1, control_port=2)
    identity.save(tmp_path)
    again = Identity.load(tmp_path)
    for name in ("root", "intermediate", "static"):
        assert getattr(again.authority, name) == getattr(identity.authority, name)
    assert (again.proxy_port, again.control_port) == (1, 2)


def test_the_certificate_names_whatsapps_hosts_and_can_be_trusted(tmp_path: Path) -> None:
    """A client that trusts the file accepts it for each host, and it is kept for the next start."""
    files = tls_files(tmp_path)
    context = ssl.create_default_context(cafile=str(files.certificate))
    assert len(context.get_ca_certs()) == 1
    certificate = x509.load_pem_x509_certificate(files.certificate.read_bytes())
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert set(names.get_values_for_type(x509.DNSName)) == set(HOSTS)
    before = files.certificate.read_bytes()
    assert tls_files(tmp_path).certificate.read_bytes() == before
