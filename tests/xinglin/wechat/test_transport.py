"""One call to a host that redirects, floods, drips or hangs: it ends, and hands nothing on."""

from __future__ import annotations

import contextlib
import datetime
import gzip
import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from xinglin.wechat.transport import ANSWER_LIMIT_BYTES, Transport

CALL_S = 1.5
Talk = Callable[[socket.socket], None]
Serve = Callable[..., str]
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


def read_request(link: socket.socket) -> bytes:
    """Return one request; b"" when the client is gone."""
    found = b""
    while b"\r\n\r\n" not in found or not found.endswith(b"}"):
        chunk = link.recv(65536)
        if not chunk:
            return b""
        found += chunk
    return found


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Serves connections by a function, on a free port; returns the address."""
    servers: list[socket.socket] = []

    def start(talk: Talk, tls: ssl.SSLContext | None = None) -> str:
        server = socket.create_server(("127.0.0.1", 0), backlog=64)
        servers.append(server)

        def accept() -> None:
            with contextlib.suppress(OSError):
                while True:
                    link, _ = server.accept()
                    threading.Thread(target=run, args=(link,), daemon=True).start()

        def run(link: socket.socket) -> None:
            with contextlib.suppress(OSError):
                secure = tls.wrap_socket(link, server_side=True) if tls else link
                with secure:
                    talk(secure)

        threading.Thread(target=accept, daemon=True).start()
        return f"http{'s' if tls else ''}://127.0.0.1:{server.getsockname()[1]}/cgi-bin/x"

    yield start
    for server in servers:
        server.close()


@pytest.fixture
def transport() -> Iterator[Transport]:
    made = Transport(CALL_S)
    yield made
    made.close()


def answer(body: bytes, more: bytes = b"") -> bytes:
    return HEAD + b"Content-Length: %d\r\n" % len(body) + more + b"\r\n" + body


def dripping(text: bytes, pause_s: float = 0.2, begin: bytes = b"") -> Talk:
    def talk(link: socket.socket) -> None:
        read_request(link)
        link.sendall(begin)
        for byte in text:
            link.sendall(bytes([byte]))
            time.sleep(pause_s)

    return talk


def test_connections_are_used_again_and_each_call_has_its_own_time(
    serve: Serve, transport: Transport
) -> None:
    links = []

    def talk(link: socket.socket) -> None:
        links.append(link)
        while read_request(link):
            time.sleep(0.4 * CALL_S)
            link.sendall(answer(b'{"a": 1}'))

    url = serve(talk)

    assert [transport.post(url, b"{}") for _ in range(4)] == [(200, b'{"a": 1}')] * 4
    assert len(links) == 1


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(serve: Serve, transport: Transport, status: int) -> None:
    strangers: list[bytes] = []

    def steal(link: socket.socket) -> None:
        strangers.append(read_request(link))
        link.sendall(answer(b'{"access_token": "stolen", "expires_in": 7200}'))

    elsewhere = serve(steal)

    def redirect(link: socket.socket) -> None:
        read_request(link)
        link.sendall(
            f"HTTP/1.1 {status} X\r\nLocation: {elsewhere}\r\nContent-Length: 0\r\n\r\n".encode()
        )

    assert transport.post(serve(redirect), b'{"secret": "s"}') == (status, b"")
    assert strangers == []


@pytest.mark.parametrize(
    "begin",
    [
        HEAD + b"Content-Length: 419430400\r\n\r\n",
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n19000000\r\n",
        HEAD + b"\r\n",
    ],
)
def test_an_answer_without_end_is_dropped_early(
    serve: Serve, transport: Transport, begin: bytes
) -> None:
    sent = [0]

    def flood(link: socket.socket) -> None:
        read_request(link)
        link.sendall(begin)
        for _ in range(400):
            link.sendall(b"x" * (1 << 20))
            sent[0] += 1

    before = psutil.Process().memory_info().rss
    with pytest.raises(OSError, match="too large"):
        transport.post(serve(flood), b"{}")

    assert psutil.Process().memory_info().rss - before < 64 << 20
    assert sent[0] < 64


def test_a_packed_answer_is_not_unpacked(serve: Serve, transport: Transport) -> None:
    bomb = gzip.compress(b" " * (64 << 20))

    def talk(link: socket.socket) -> None:
        read_request(link)
        link.sendall(answer(bomb, b"Content-Encoding: gzip\r\n"))

    with pytest.raises(OSError, match="packed"):
        transport.post(serve(talk), b"{}")


@pytest.mark.parametrize(
    "talk",
    [
        dripping(HEAD * 10),
        dripping(b"X: y\r\n" * 50, begin=HEAD),
        dripping(b"x" * 90, begin=HEAD + b"Content-Length: 90\r\n\r\n"),
        dripping(b"1\r\nx\r\n" * 50, begin=HEAD + b"Transfer-Encoding: chunked\r\n\r\n"),
        dripping(b"HTTP/1.1 100 Continue\r\n\r\n" * 9, pause_s=0.05),
        dripping(b"", begin=b""),
        lambda link: time.sleep(60),
    ],
    ids=["headers", "more headers", "body", "chunks", "continue", "closes", "hangs"],
)
def test_a_host_that_drips_is_left_in_time(serve: Serve, transport: Transport, talk: Talk) -> None:
    url = serve(talk)
    began = time.monotonic()

    with pytest.raises(OSError):
        transport.post(url, b"{}")

    assert time.monotonic() - began < CALL_S + 1.0


def test_dripping_calls_do_not_hold_up_others(serve: Serve, transport: Transport) -> None:
    slow = serve(dripping(b"x" * 90, begin=HEAD + b"Content-Length: 90\r\n\r\n"))
    quick = serve(lambda link: (read_request(link), link.sendall(answer(b"{}")))[1])

    def hold() -> None:
        with contextlib.suppress(OSError):
            transport.post(slow, b"{}")

    threads = [threading.Thread(target=hold) for _ in range(8)]
    began = time.monotonic()
    for thread in threads:
        thread.start()

    assert transport.post(quick, b"{}") == (200, b"{}")
    for thread in threads:
        thread.join()
    assert time.monotonic() - began < CALL_S + 2.0


def test_the_largest_answer_is_taken_and_one_byte_more_is_not(
    serve: Serve, transport: Transport
) -> None:
    for size, taken in ((ANSWER_LIMIT_BYTES, True), (ANSWER_LIMIT_BYTES + 1, False)):

        def talk(link: socket.socket, size: int = size) -> None:
            read_request(link)
            link.sendall(answer(b"x" * size))

        with contextlib.nullcontext() if taken else pytest.raises(OSError, match="too large"):
            assert len(transport.post(serve(talk), b"{}")[1]) == size


def test_nothing_that_listens_is_said_at_once(transport: Transport) -> None:
    for url in ("http://127.0.0.1:9/x", "http://nowhere.invalid/x", "http://[/", "http://:1/"):
        with pytest.raises((OSError, ValueError)):
            transport.post(url, b"{}")


# --- the same under TLS ---


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with a key and a certificate of this machine, signed by itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.UTC)
    here = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    made = builder.not_valid_before(now - datetime.timedelta(hours=1))
    made = made.not_valid_after(now + datetime.timedelta(days=1)).add_extension(here, False)
    form = serialization.PrivateFormat.PKCS8
    pem = serialization.Encoding.PEM
    file = tmp_path_factory.mktemp("tls") / "both.pem"
    private = key.private_bytes(pem, form, serialization.NoEncryption())
    file.write_bytes(private + made.sign(key, hashes.SHA256()).public_bytes(pem))
    return file


def test_tls_is_bounded_and_checked_as_well(
    serve: Serve, transport: Transport, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate)
    good = serve(lambda link: (read_request(link), link.sendall(answer(b"{}")))[1], tls)
    slow = serve(dripping(b"x" * 90, begin=HEAD + b"Content-Length: 90\r\n\r\n"), tls)
    mute = serve(lambda link: time.sleep(60)).replace("http:", "https:")

    with pytest.raises(OSError, match="CERTIFICATE_VERIFY_FAILED"):
        transport.post(good, b"{}")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))

    assert transport.post(good, b"{}") == (200, b"{}")
    for url in (slow, mute):
        began = time.monotonic()
        with pytest.raises(OSError):
            transport.post(url, b"{}")
        assert time.monotonic() - began < max(CALL_S, 3.05) + 1.0
