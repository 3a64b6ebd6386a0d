from __future__ import annotations

import datetime as dt
import ipaddress
import logging
import ssl
from collections.abc import Callable, Iterator
from pathlib import Path

import certifi
import pytest
import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from urllib3.exceptions import InsecureRequestWarning

from iceye_geo.errors import CertificateError, ConnectionFailedError, UnexpectedAnswerError
from iceye_geo.settings import Settings
from iceye_geo.transport.http import PlainHttp
from iceye_geo.transport.session import Session
from iceye_geo.transport.token import StaticToken

from .loopback import SECRET, Answer, Clock, Loopback, token_answers

OK = Answer(json={"ok": True})
FAR = "https://api.example.invalid"


@pytest.fixture
def proxy() -> Iterator[Loopback]:
    with Loopback() as running:
        running.on("api.example.invalid:443", Answer(502))
        yield running


def _far_session(**options: object) -> Session:
    base = {"client_id": "me", "client_secret": SECRET, "api_url": FAR, "auth_url": FAR, "retries": 0}
    return Session(Settings(**(base | options)))


def _reach_everything(session: Session) -> None:
    """Token request, API call, signed link and plain session; none can succeed behind the refusing proxy."""
    with session:
        with pytest.raises(ConnectionFailedError):
            session.get("/x")
        with pytest.raises(ConnectionFailedError):
            session.fetch(f"{FAR}/content")
        with pytest.raises(requests.ConnectionError):
            session.http().get(f"{FAR}/content")


def test_an_explicit_proxy_reaches_every_request(proxy: Loopback, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")  # nobody there: the explicit one must win
    _reach_everything(_far_session(proxies={"https": proxy.url}))
    static = Session(Settings(api_url=FAR, retries=0, proxies={"all": proxy.url}), token=StaticToken("t"))
    with static, pytest.raises(ConnectionFailedError):
        static.post("/x", json={})
    assert [seen.method for seen in proxy.seen] == ["CONNECT"] * 4


def test_a_proxy_of_the_environment_reaches_every_request(
    proxy: Loopback, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", proxy.url)
    _reach_everything(_far_session())
    assert [seen.method for seen in proxy.seen] == ["CONNECT"] * 3


def test_no_token_and_no_secret_reach_the_proxy(proxy: Loopback) -> None:
    _reach_everything(_far_session(proxies={"https": proxy.url}))
    for seen in proxy.seen:
        assert "Authorization" not in seen.headers
        assert SECRET not in str(seen)


@pytest.mark.parametrize("how", ["argument", "environment"])
def test_loopback_never_goes_through_a_proxy(
    make_session: Callable[..., Session],
    server: Loopback,
    proxy: Loopback,
    monkeypatch: pytest.MonkeyPatch,
    how: str,
) -> None:
    if how == "environment":
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        session = make_session()
    else:
        session = make_session(proxies={"http": proxy.url, "https": proxy.url})
    server.on("/api/x", Answer(302, {}, headers={"Location": "/api/y"}))
    server.on("/api/y", OK)
    assert session.get("/x") == {"ok": True}
    assert proxy.seen == []


def test_no_proxy_holds_for_an_explicit_proxy_too(proxy: Loopback, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "api.example.invalid")
    with PlainHttp(Settings(proxies={"https": proxy.url})) as http:
        assert http.merge_environment_settings(FAR, {}, None, None, None)["proxies"] == {}
        elsewhere = http.merge_environment_settings("https://other.invalid", {}, None, None, None)
    assert elsewhere["proxies"] == {"https": proxy.url}


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A self-signed certificate for 127.0.0.1, with its key in the same file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "loopback")])
    now = dt.datetime.now(dt.UTC)
    address = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    cert = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(7).not_valid_before(now - dt.timedelta(1)).not_valid_after(now + dt.timedelta(1))
        .add_extension(address, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    path = tmp_path_factory.mktemp("tls") / "own.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(cert.public_bytes(serialization.Encoding.PEM) + private)
    return path


@pytest.fixture
def tls_server(certificate: Path) -> Iterator[Loopback]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    loopback = Loopback()
    loopback.use_tls(context)
    loopback.start()
    loopback.on("/oauth/v1/token", token_answers())
    loopback.on("/api/x", OK)
    yield loopback
    loopback.stop()


def test_an_own_certificate_authority_holds_for_every_request(
    make_session: Callable[..., Session],
    tls_server: Loopback,
    certificate: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", certifi.where())  # the explicit one must win
    session = make_session(
        api_url=tls_server.url, auth_url=f"{tls_server.url}/oauth", ca_bundle=str(certificate), retries=0
    )
    assert session.get("/x") == {"ok": True}
    assert session.fetch(f"{tls_server.url}/api/x") == b'{"ok": true}'
    assert session.http().get(f"{tls_server.url}/api/x").json() == {"ok": True}


def test_an_unknown_certificate_is_refused_at_once_and_the_remedy_named(
    make_session: Callable[..., Session], tls_server: Loopback, clock: Clock
) -> None:
    session = make_session(api_url=tls_server.url, auth_url=f"{tls_server.url}/oauth")
    with pytest.raises(CertificateError, match="ca_bundle"):
        session.get("/x")
    with pytest.raises(CertificateError):
        session.fetch(f"{tls_server.url}/api/x")
    assert clock.slept == []
    assert tls_server.seen == []


def test_verification_can_be_switched_off(
    make_session: Callable[..., Session], tls_server: Loopback, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", certifi.where())
    session = make_session(api_url=tls_server.url, auth_url=f"{tls_server.url}/oauth", verify=False)
    with pytest.warns(InsecureRequestWarning):
        assert session.get("/x") == {"ok": True}


def test_netrc_adds_nothing_to_a_signed_link_and_takes_no_token_away(
    session: Session, server: Loopback, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login somebody password else\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    server.on("/api/x", Answer(302, {}, headers={"Location": "/api/y"}))
    server.on("/api/y", OK)
    session.get("/x")
    session.fetch(f"{server.url}/api/y")
    sent = [seen.headers.get("Authorization") for seen in server.seen[1:]]
    assert sent == ["Bearer token-1", "Bearer token-1", None]


def test_cookies_are_not_kept(session: Session, server: Loopback) -> None:
    server.on("/api/x", Answer(json={}, headers={"Set-Cookie": "id=1; Path=/"}))
    session.get("/x")
    session.get("/x")
    assert "Cookie" not in server.seen[-1].headers


def test_a_redirect_to_plain_http_elsewhere_is_refused(session: Session, server: Loopback) -> None:
    server.on("/api/x", Answer(302, {}, headers={"Location": "http://api.example.invalid/x"}))
    with pytest.raises(UnexpectedAnswerError, match=r"plain http on api\.example\.invalid"):
        session.get("/x")


def test_the_callers_user_agent_stands_before_ours() -> None:
    with PlainHttp(Settings(user_agent="harbour-watch/2")) as http:
        assert str(http.headers["User-Agent"]).startswith("harbour-watch/2 iceye-geo/")


def test_urllib3s_debug_lines_hold_no_query(
    session: Session, server: Loopback, caplog: pytest.LogCaptureFixture
) -> None:
    server.on("/content/a", OK)
    with caplog.at_level(logging.DEBUG, logger="urllib3"):
        session.fetch(f"{server.url}/content/a?Signature=planted")
    assert "/content/a?***" in caplog.text
    assert "planted" not in caplog.text


def test_a_forked_process_does_not_speak_on_its_parents_connections(
    session: Session, server: Loopback, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.on("/api/x", OK)
    session.get("/x")
    parents = session.http().get_adapter(server.url)
    assert session.http().get_adapter(server.url) is parents
    monkeypatch.setattr("iceye_geo.transport.http.os.getpid", lambda: -1)
    childs = session.http().get_adapter(server.url)
    assert childs is not parents
    assert session.get("/x") == {"ok": True}
    assert session.http().get_adapter(server.url) is childs
