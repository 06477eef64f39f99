"""service.py UNIT: starts the service as systemd would by its unit, and is its first user.

The unit's ExecStart, User, UMask, StateDirectory and LoadCredential are followed; its hardening is the kernel's and
systemd's affair and is not tried here. Standard library only.
"""

import configparser
import fcntl
import http.client
import json
import os
import pathlib
import pwd
import shlex
import shutil
import signal
import socket
import struct
import subprocess
import sys
import time

PATIENCE_S = 120  # of the whole walk: a hang is a failure with a name
KEYS = pathlib.Path("/etc/batchd/keys")
CONFIG = pathlib.Path("/etc/batchd/batchd.yaml")
JOBS = pathlib.Path("/var/lib/batchd/jobs")
CREDENTIALS = pathlib.Path("/run/credentials/batchd.service")
NOTIFY = "/run/batchd-test-notify"
WORLD = "/tmp/batchd-test-world"  # the provider's
JOB = """\
name: tickets
provider: near
input: {path: tickets.jsonl, id: id}
request: {model: test, messages: [{role: user, content: "{{id}}"}]}
output: {path: out}
"""


def fail(sentence):
    sys.exit(f"service: {sentence}")


def loopback_up():
    """A network of one's own begins with its loopback down; elsewhere this changes nothing."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        request = struct.pack("16sh", b"lo", 0)
        flags = struct.unpack("16sh", fcntl.ioctl(any_socket, 0x8913, request))[1]  # SIOCGIFFLAGS
        fcntl.ioctl(any_socket, 0x8914, struct.pack("16sh", b"lo", flags | 1))  # SIOCSIFFLAGS, IFF_UP


class Unit:
    def __init__(self, path):
        parser = configparser.ConfigParser(interpolation=None, strict=False, comment_prefixes=("#",))
        parser.optionxform = str
        parser.read(path)
        self.service = parser["Service"]
        if self.service["Type"] != "notify":
            fail("the unit does not wait for READY=1")

    def start(self):
        user = pwd.getpwnam(self.service["User"])
        for name in self.service["StateDirectory"].split():
            folder = pathlib.Path("/var/lib") / name
            folder.mkdir(exist_ok=True)
            os.chown(folder, user.pw_uid, user.pw_gid)
        credential, source = self.service["LoadCredential"].split(":")
        CREDENTIALS.mkdir(parents=True)
        for key in pathlib.Path(source).iterdir():
            copy = CREDENTIALS / f"{credential}_{key.name}"
            shutil.copy(key, copy)
            os.chown(copy, user.pw_uid, user.pw_gid)
        environment = {
            "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin",
            "HOME": user.pw_dir,
            "USER": user.pw_name,
            "NOTIFY_SOCKET": NOTIFY,
            "WATCHDOG_USEC": "180000000",
            "CREDENTIALS_DIRECTORY": str(CREDENTIALS),
        }
        return subprocess.Popen(shlex.split(self.service["ExecStart"]), cwd="/", env=environment, user=user.pw_uid,
                                group=user.pw_gid, extra_groups=[], umask=int(self.service["UMask"], 8),
                                stdin=subprocess.DEVNULL)


class Manager:
    """The end of NOTIFY_SOCKET."""

    def __init__(self):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.settimeout(PATIENCE_S)
        self.socket.bind(NOTIFY)
        os.chmod(NOTIFY, 0o666)

    def wait_for(self, line):
        while True:
            try:
                lines = self.socket.recv(4096).decode().splitlines()
            except TimeoutError:
                fail(f"{line} was not told")
            if line in lines:
                return lines


def ask(method, path):
    connection = http.client.HTTPConnection("127.0.0.1", 8740, timeout=PATIENCE_S)
    connection.request(method, path)
    answer = connection.getresponse()
    return answer.status, answer.read().decode()


def set_up(base_url):
    """What the README has an administrator do: a provider, its key, a job."""
    text = CONFIG.read_text().replace(
        "providers:\n",
        "providers:\n  near:\n    profile: openai-compatible\n"
        f"    base_url: {base_url}\n"
        "    api_key_file: ${CREDENTIALS_DIRECTORY}/key_near\n"
        "    poll: {first: 250ms, max: 250ms}\n", 1)
    CONFIG.write_text(text)
    (KEYS / "near").write_text("sk-of-nobody\n")
    (KEYS / "near").chmod(0o600)
    (JOBS / "tickets.yaml").write_text(JOB)
    (JOBS / "tickets.jsonl").write_text("".join(f'{{"id": "{n}"}}\n' for n in range(20)))


def begin_and_await_a_run():
    status, body = ask("POST", "/api/v1/jobs/tickets/runs")
    if status != 202:
        fail(f"no run begins: {status} {body}")
    run = json.loads(body)["id"]
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        status, body = ask("GET", f"/api/v1/runs/{run}")
        state = json.loads(body).get("state") if status == 200 else None
        if state not in (None, "created", "running", "finalizing"):
            break
        time.sleep(0.1)
    if state != "succeeded":
        fail(f"the run is {state}: {body}")
    lines = (JOBS / "out/latest/results.jsonl").read_text().splitlines()
    if len(lines) != 20:
        fail(f"{len(lines)} results")


def main():
    unit = Unit(sys.argv[1])
    loopback_up()
    provider = subprocess.Popen(["/usr/bin/batchd", "simulate", "--state", WORLD], stdout=subprocess.PIPE,
                                stderr=subprocess.DEVNULL)
    service = None
    try:
        set_up(json.loads(provider.stdout.readline())["base_url"])
        manager = Manager()
        service = unit.start()
        manager.wait_for("READY=1")
        manager.wait_for("WATCHDOG=1")
        status, body = ask("GET", "/readyz")
        if status != 200:
            fail(f"/readyz: {status} {body}")
        begin_and_await_a_run()
        service.send_signal(signal.SIGHUP)
        manager.wait_for("RELOADING=1")
        manager.wait_for("READY=1")
        service.send_signal(signal.SIGTERM)
        manager.wait_for("STOPPING=1")
        if service.wait(PATIENCE_S) != 0:
            fail(f"it ended with {service.returncode}")
    finally:
        for process in (service, provider):
            if process and process.poll() is None:
                process.kill()
                process.wait()
        pathlib.Path(NOTIFY).unlink(missing_ok=True)
        shutil.rmtree(CREDENTIALS, ignore_errors=True)
        shutil.rmtree(WORLD, ignore_errors=True)


main()
