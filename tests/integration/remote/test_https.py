"""Fetching over TLS: by a certificate that holds, and by no other."""

import ssl
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from spine.core.data_root import DataRoot
from spine.data.remote.fetching import fetch
from spine.errors import SourceError
from tests.integration.remote import server as behaving
from tests.integration.remote.server import FileServer, running

CONTENT = b"symbol,shares\nA,1\n" * 100


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A certificate of 127.0.0.1 that vouches for itself, with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path / "certificate.pem"
    as_key = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path.write_bytes(key.private_bytes(*as_key) + made.public_bytes(serialization.Encoding.PEM))
    return path


@pytest.fixture
def secure(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FileServer]:
    for name in ("https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with running(context) as told:
        told.files["/f"] = CONTENT
        yield told


@pytest.fixture
def root(secure: FileServer, data_root: DataRoot) -> DataRoot:
    (remote,) = data_root.remotes
    return replace(data_root, remotes=(replace(remote, prefix=secure.url),))


def test_a_file_comes_by_a_certificate_that_holds(
    secure: FileServer, root: DataRoot, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    secure.next["/f"] = [behaving.truncated, behaving.stalling]
    fetched = fetch(f"{secure.url}/f", root)
    assert fetched is not None
    assert fetched.size == len(CONTENT)
    assert len(secure.requests) == 3


def test_no_file_comes_by_another_and_it_is_not_asked_again(secure: FileServer, root: DataRoot) -> None:
    with pytest.raises(SourceError, match="its certificate does not hold"):
        fetch(f"{secure.url}/f", root)
    assert secure.requests == []


def test_no_redirect_leads_away_from_tls(
    secure: FileServer, server: FileServer, root: DataRoot, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    server.files["/f"] = CONTENT
    secure.always = behaving.leading_to(f"{server.url}/f")
    with pytest.raises(SourceError, match=r"leads to http://127.0.0.1. Name the file's own URL"):
        fetch(f"{secure.url}/f", root)
    assert server.requests == []
