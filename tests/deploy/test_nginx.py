"""The nginx sample: its syntax, and that it cuts nothing short that the service would answer."""

from __future__ import annotations

import datetime
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from bot.cli.reload import reload
from xinglin.account.bundle import UNPACKED_BYTES
from xinglin.settings import Settings
from xinglin.wechat.flatxml import BODY_LIMIT_BYTES

SAMPLE = Path(__file__).resolve().parents[2] / "deploy" / "nginx" / "xinglin.conf"
LIVE = "/etc/letsencrypt/live/bot.example.com"


def write_certificate(folder: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "bot.example.com")])
    now = datetime.datetime.now(datetime.UTC)
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    made = builder.not_valid_before(now).not_valid_after(now + datetime.timedelta(days=1))
    pem = made.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
    (folder / "fullchain.pem").write_bytes(pem)
    form = serialization.PrivateFormat.PKCS8
    private = key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption())
    (folder / "privkey.pem").write_bytes(private)


def test_nginx_accepts_it(tmp_path: Path) -> None:
    program = shutil.which("nginx", path="/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin")
    if program is None:
        pytest.skip("nginx is not installed (make test-tools)")
    write_certificate(tmp_path)
    site = tmp_path / "site.conf"
    text = SAMPLE.read_text().replace(LIVE, str(tmp_path))
    site.write_text(text.replace("/var/log/nginx", str(tmp_path)))
    whole = tmp_path / "nginx.conf"
    temporary = "".join(
        f"{kind}_temp_path {tmp_path}/{kind};\n"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    whole.write_text(
        f"pid {tmp_path}/pid;\nerror_log stderr;\nevents {{}}\n"
        f"http {{\naccess_log off;\n{temporary}include {site};\n}}\n"
    )

    command = [program, "-t", "-q", "-p", str(tmp_path), "-c", str(whole)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)

    assert (done.returncode, done.stderr) == (0, "")


def test_its_limits_leave_room_for_the_services_own() -> None:
    text = SAMPLE.read_text()
    general, admin = (int(found) for found in re.findall(r"proxy_read_timeout (\d+)s;", text))

    assert general >= Settings.from_env({"XINGLIN_REPLY_DEADLINE_S": "4.9"}).reply_deadline_s + 5
    (longest,) = [option.type for option in reload.params if option.name == "timeout_s"]
    assert admin > longest.max  # type: ignore[attr-defined]
    assert "client_max_body_size 64k;" in text
    desk = text.partition("location /admin {")[2].partition("}")[0]
    assert f"client_max_body_size {(UNPACKED_BYTES >> 20) + 1}m;" in desk
    assert BODY_LIMIT_BYTES == 64 << 10


def test_nobody_outside_chooses_the_address_that_the_service_sees() -> None:
    text = SAMPLE.read_text()

    assert "proxy_set_header X-Forwarded-For $remote_addr;" in text
    assert "$proxy_add_x_forwarded_for" not in text
    assert "root" not in re.sub(r"root /var/www/html;", "", text)


def test_no_log_holds_the_query_of_a_push() -> None:
    text = re.sub(r"#.*", "", SAMPLE.read_text())
    (log_format,) = re.findall(r"log_format xinglin ([^;]+);", text)

    for name in ("$request ", '$request"', "$request_uri", "$args", "$query_string", "$is_args"):
        assert name not in log_format
    assert text.count("access_log /var/log/nginx/access.log xinglin;") == text.count("server {")
    assert text.count("error_log /var/log/nginx/error.log crit;") == text.count("server {")
