"""The production broker, started for real: TLS only, nobody anonymous, each account below its own sites."""

import asyncio
import contextlib
import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from aiomqtt import Client, MqttError, ProtocolVersion, TLSParameters, Will

from ioc.clock import SystemClock
from ioc.demo.children import LOOPBACK, listens
from ioc.deploy import broker
from ioc.errors import PermanentError
from ioc.notify import canary
from tests.deploy.brokers import Broker, arriving, prepare, refused
from tests.deploy.tools import CONFIG, make_secrets, run, until

SITE, OTHER, STATION = "vn63-83-831", "vn63-83-838", "st-an-hiep"
PLAIN_CONNECT = bytes.fromhex("100f00044d51545405020000000000027874")


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Broker]:
    one = prepare(tmp_path, "--site", f"{SITE}={SITE},{STATION}", "--site", OTHER, "--demo")
    one.start()
    yield one
    one.child.kill()


@pytest.mark.parametrize(("variant", "file"), [("compose", "mosquitto.conf"), ("debian", "debian.conf")])
def test_committed_configuration_equals_the_generated_one(variant: str, file: str) -> None:
    assert (CONFIG / "mosquitto" / file).read_text(encoding="utf-8") == broker.main([variant])


def test_committed_mutual_tls_equals_the_generated_one() -> None:
    text = (CONFIG / "mosquitto/conf.d/mutual-tls.conf.example").read_text(encoding="utf-8")
    assert text == broker.main(["mutual-tls"])


async def test_site_publishes_only_below_its_own_sites(running: Broker) -> None:
    topics = [f"ioc/v1/{SITE}/health/x", f"ioc/v1/{SITE}", f"ioc/v1/{STATION}/environment/salinity"]
    foreign = [f"ioc/v1/{OTHER}/health/x", f"ioc/v1/{SITE}-2/health/x", "ioc/v1", "ioc/v2/x", "$SYS/x"]
    attempts = [(running.client(SITE), topic) for topic in [*foreign, *topics]]
    assert await arriving(running, attempts, (running.client(OTHER), f"ioc/v1/{OTHER}/end/end")) == topics


async def test_engine_cannot_publish_and_site_cannot_read(running: Broker) -> None:
    async with running.client(SITE) as spy, running.client(SITE) as speaker:
        await spy.subscribe("#", qos=1)
        own = f"ioc/v1/{SITE}/health/x"
        attempts = [(running.client(broker.ENGINE), f"ioc/v1/{SITE}/forged/x"), (speaker, own)]
        async with running.client(broker.ENGINE) as engine:
            await engine.subscribe("ioc/v1/#", qos=1)
            async with attempts[0][0] as forger:
                await forger.publish(attempts[0][1], b"{}", qos=1)
            await speaker.publish(own, b"{}", qos=1)
            assert str((await anext(engine.messages)).topic) == own
        assert len(spy.messages) == 0


async def test_engine_hears_its_own_canary_and_nobody_else_sends_it(running: Broker) -> None:
    attempts = [(running.client(SITE), canary.TOPIC), (running.client(broker.ENGINE), canary.TOPIC)]
    assert await arriving(running, attempts, (running.client(SITE), f"ioc/v1/{SITE}/end/end")) == [canary.TOPIC]
    assert broker.CANARY == canary.TOPIC


async def test_last_will_and_retained_message_obey_the_access_list_too(running: Broker) -> None:
    foreign, own = f"ioc/v1/{OTHER}/health/x", f"ioc/v1/{SITE}/health/x"
    async with running.client(broker.ENGINE) as engine:
        await engine.subscribe("ioc/v1/#", qos=1)
        for topic in (foreign, own):
            with contextlib.suppress(MqttError):
                async with running.client(SITE, will=Will(topic, b"{}", qos=1)) as dying:
                    sock = dying._client.socket()
                    assert sock is not None
                    sock.shutdown(socket.SHUT_RDWR)  # without a farewell: the broker speaks the will
                    await SystemClock().sleep(0.2)
        async with asyncio.timeout(5):
            assert str((await anext(engine.messages)).topic) == own
    async with running.client(SITE) as speaker:
        await speaker.publish(foreign, b"{}", qos=1, retain=True)
    async with running.client(broker.ENGINE) as late, running.client(OTHER) as end:
        await late.subscribe("ioc/v1/#", qos=1)
        await end.publish(f"ioc/v1/{OTHER}/end/end", b"{}", qos=1)
        async with asyncio.timeout(5):
            assert str((await anext(late.messages)).topic) == f"ioc/v1/{OTHER}/end/end"


async def test_simulators_speak_for_every_site(running: Broker) -> None:
    topics = [f"ioc/v1/{OTHER}/health/x", f"ioc/v1/{STATION}/environment/y"]
    attempts = [(running.client(broker.SIMULATORS), topic) for topic in topics]
    assert await arriving(running, attempts, (running.client(SITE), f"ioc/v1/{SITE}/end/end")) == topics


async def test_nobody_enters_without_the_right_password(running: Broker) -> None:
    assert not await refused(running.client(SITE))
    assert await refused(running.client(SITE, username=None, password=None))
    assert await refused(running.client(SITE, password="wrong"))
    assert await refused(running.client(SITE, username="nobody"))


async def test_account_named_like_a_path_is_not_made_and_not_let_in(running: Broker) -> None:
    with pytest.raises(ValueError, match="not an id"):
        broker.password_line(f"{OTHER}/sub", "x", b"123456789012")
    assert await refused(running.client(SITE, username=f"{OTHER}/sub"))


def test_plain_mqtt_is_not_answered(running: Broker) -> None:
    with socket.create_connection((LOOPBACK, running.place.port), timeout=3) as plain:
        plain.sendall(PLAIN_CONNECT)
        with contextlib.suppress(ConnectionResetError):
            assert b"\x20" not in plain.recv(16)[:1]


@pytest.mark.parametrize(("version", "enters"), [("-tls1_1", False), ("-tls1_2", True), ("-tls1_3", True)])
def test_tls_below_1_2_is_refused(running: Broker, version: str, enters: bool) -> None:  # noqa: FBT001 - a table
    address = f"{LOOPBACK}:{running.place.port}"
    argv = ["openssl", "s_client", "-connect", address, version, "-cipher", "DEFAULT:@SECLEVEL=0"]
    done = subprocess.run(argv, input="", capture_output=True, text=True, timeout=10, check=False)
    assert ("New, TLSv1" in done.stdout) is enters


@pytest.mark.parametrize("acl", ["", "# nothing\n", "\x00\x01 garbage\ntopic\n", "user\n", None])
async def test_empty_broken_or_missing_access_list_denies_all(tmp_path: Path, acl: str | None) -> None:
    one = prepare(tmp_path, "--site", SITE)
    path = one.secrets / "mosquitto-acl"
    path.unlink() if acl is None else path.write_text(acl, encoding="utf-8")
    if not starts(one):
        return
    try:
        with pytest.raises((AssertionError, TimeoutError, MqttError)):
            await arriving(one, [], (one.client(SITE), f"ioc/v1/{SITE}/health/x"), patience=1)
    finally:
        one.child.kill()


def starts(one: Broker) -> bool:
    """Whether it starts; one that ends at once lets nothing pass."""
    try:
        one.start()
    except PermanentError:
        return one.child.running
    return True


async def test_certificates_of_others_are_refused(tmp_path: Path) -> None:
    one = prepare(tmp_path, "--site", f"{SITE}={SITE}", "--site", OTHER, mutual=True)
    authority = Authority(tmp_path / "ca", one.secrets)
    good, expired = authority.issue(SITE), authority.issue(SITE, "19990101000000Z")
    revoked, other, stranger = authority.issue(OTHER), authority.issue(OTHER), Authority(tmp_path / "wrong").issue(SITE)
    authority.revoke(revoked)
    one.start()
    try:
        until(lambda: listens(one.mutual_port))
        for bad in (stranger, expired, revoked):
            assert await refused(mutual(one, bad)), bad
        attempts = [(mutual(one, other), f"ioc/v1/{SITE}/forged/x"), (mutual(one, good), f"ioc/v1/{SITE}/health/x")]
        assert await arriving(one, attempts, (one.client(OTHER), f"ioc/v1/{OTHER}/end/end")) == [
            f"ioc/v1/{SITE}/health/x"
        ]
    finally:
        one.child.kill()


def test_making_secrets_again_changes_no_password_and_keeps_sites(tmp_path: Path) -> None:
    folder = make_secrets(tmp_path / "s", "--site", f"{SITE}={SITE},{STATION}")
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    make_secrets(folder, "--site", OTHER)
    after = {path.name: path.read_bytes() for path in folder.iterdir()}
    changed = {name for name in before if before[name] != after[name]}
    assert changed == {"mosquitto-acl", "mosquitto-passwords"}
    assert {one.name: one.sites for one in broker.accounts((folder / "mosquitto-acl").read_text(encoding="utf-8"))} == {
        SITE: (SITE, STATION),
        OTHER: (OTHER,),
    }


def test_secrets_are_for_their_owner_only(tmp_path: Path) -> None:
    folder = make_secrets(tmp_path / "s", "--demo")
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o600}
    texts = [path.read_bytes() for path in folder.iterdir() if path.name.startswith(("mqtt-e", "mqtt-s", "influx-"))]
    assert len(set(texts)) == len(texts), "no two are alike"


@pytest.mark.parametrize("name", ["a/b", "a+", "#", "a\nb", "A", "", "x" * 65, "ioc", "health", "simulators"])
def test_names_that_are_no_ids_or_taken_are_refused(name: str) -> None:
    with pytest.raises(ValueError, match=r"is not an id|is taken"):
        broker.access([broker.Account(name, (SITE,))])


def mutual(one: Broker, files: tuple[Path, Path]) -> Client:
    tls = TLSParameters(str(one.secrets / "mosquitto-ca.pem"), str(files[0]), str(files[1]))
    return Client(LOOPBACK, one.mutual_port, protocol=ProtocolVersion.V5, timeout=1.5, tls_params=tls)


class Authority:
    """A certificate authority in a folder: the broker's own, or a stranger's."""

    def __init__(self, folder: Path, secrets: Path | None = None) -> None:
        self.folder, self.secrets, self.number = folder, secrets, 0
        folder.mkdir()
        (folder / "index").touch()
        (folder / "index.attr").write_text("unique_subject = no\n")
        (folder / "serial").write_text("1000\n")
        text = "[ca]\ndefault_ca=a\n[a]\ndatabase=index\nserial=serial\nnew_certs_dir=.\ndefault_md=sha256\n"
        text += "policy=p\ndefault_crl_days=2\ncertificate=ca.pem\nprivate_key=ca.key\n[p]\ncommonName=supplied\n"
        (folder / "config").write_text(text)
        if secrets is None:
            self._openssl(
                "req", "-x509", *NEW_KEY, "-days", "2", "-subj", "/CN=x", "-keyout", "ca.key", "-out", "ca.pem"
            )
            return
        shutil.copy(secrets / "broker-ca.key", folder / "ca.key")
        shutil.copy(secrets / "mosquitto-ca.pem", folder / "ca.pem")
        self._list_revoked()

    def issue(self, name: str, ended: str = "") -> tuple[Path, Path]:
        self.number += 1
        stem = str(self.number)
        self._openssl("req", *NEW_KEY, "-subj", f"/CN={name}", "-keyout", f"{stem}.key", "-out", f"{stem}.csr")
        dates = ["-startdate", "19980101000000Z", "-enddate", ended] if ended else ["-days", "2"]
        self._openssl("ca", "-batch", "-config", "config", *dates, "-in", f"{stem}.csr", "-out", f"{stem}.pem")
        return self.folder / f"{stem}.pem", self.folder / f"{stem}.key"

    def revoke(self, files: tuple[Path, Path]) -> None:
        self._openssl("ca", "-config", "config", "-revoke", files[0].name)
        self._list_revoked()

    def _list_revoked(self) -> None:
        assert self.secrets is not None
        self._openssl("ca", "-config", "config", "-gencrl", "-out", "crl.pem")
        shutil.copy(self.folder / "crl.pem", self.secrets / "mosquitto-crl.pem")

    def _openssl(self, *words: str) -> None:
        done = run("openssl", *words, cwd=self.folder)
        assert done.returncode == 0, done.stderr


NEW_KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")
