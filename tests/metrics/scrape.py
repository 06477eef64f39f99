"""scrape.py BATCHD FOLDER CONFIG: a daemon beside a provider that loses items; its counters beside its own API's words,
its text beside promtool's, and the dashboard's and the alerts' metrics beside those there are. Standard library only."""

import http.client
import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import time

PATIENCE_S = 120  # of each wait: a hang is a failure with a name
ROWS = 40
JOB = """\
name: tickets
provider: near
input: {path: tickets.jsonl, id: id}
request: {model: test, messages: [{role: user, content: "{{id}}"}]}
output: {path: out}
batch: {max_requests: 15}
schedule: {cron: "@yearly"}
"""
CONFIG = """\
state_dir: state
providers:
  near: {profile: openai-compatible, base_url: "%s", api_key_env: KEY, poll: {first: 250ms, max: 250ms}}
"""


def fail(sentence):
    sys.exit(f"scrape: {sentence}")


def equal(what, is_, should_be):
    if is_ != should_be:
        fail(f"{what} is {is_}, and {should_be} is right")


class Daemon:
    def __init__(self, binary, folder):
        environment = dict(os.environ, KEY="sk-of-nobody")
        self.process = subprocess.Popen([binary, "serve", "--json", "--listen", "127.0.0.1:0"], cwd=folder,
                                        env=environment, stdout=subprocess.PIPE, text=True)
        addresses = json.loads(self.process.stdout.readline())["addresses"]
        self.port = int(next(a for a in addresses if a.startswith("http://")).rsplit(":", 1)[1])

    def ask(self, method, path):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_S)
        connection.request(method, path)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()

    def run(self, run):
        status, body = self.ask("GET", f"/api/v1/runs/{run}")
        return json.loads(body) if status == 200 else {}

    def wait_until(self, what, is_so):
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            seen = what()
            if is_so(seen):
                return seen
            time.sleep(0.05)
        fail(f"waited in vain; last seen: {seen}")

    def wait_for_end(self, run):
        return self.wait_until(lambda: self.run(run), lambda it: it.get("state") in ("succeeded", "failed"))

    # What is settled is counted right behind the commit, and so right behind the state that the API tells.
    def wait_for_runs(self, runs):
        return self.wait_until(self.scrape, lambda samples: total(samples, "batchd_runs_total") == runs)

    def scrape(self):
        status, text = self.ask("GET", "/metrics")
        equal("the status of /metrics", status, 200)
        self.text = text
        samples = {}
        for line in text.splitlines():
            if line.startswith("#"):
                continue
            name, labels, value = re.fullmatch(r'(\w+)(?:\{(.*)\})? (\S+)', line).groups()
            samples[(name, frozenset(re.findall(r'(\w+)="([^"]*)"', labels or "")))] = float(value)
        return samples

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        equal("its exit code", self.process.wait(PATIENCE_S), 0)


def total(samples, name, **labels):
    return sum(value for (of, has), value in samples.items() if of == name and set(labels.items()) <= has)


def check_text(text):
    checked = subprocess.run(["promtool", "check", "metrics"], input=text, capture_output=True, text=True)
    if checked.returncode != 0 or checked.stderr.strip() or checked.stdout.strip():
        fail(f"promtool: {checked.stdout}{checked.stderr}")


def check_names(text, config):
    there = set(re.findall(r"^# TYPE (\w+)", text, re.MULTILINE))
    for file in ("alerts.yaml", "grafana-dashboard.json"):
        for name in set(re.findall(r"\bbatchd_\w+", (config / file).read_text())):
            if re.sub(r"_(count|sum|bucket)$", "", name) not in there:
                fail(f"{file} names {name}, which nobody tells")
    json.loads((config / "grafana-dashboard.json").read_text())


def main():
    binary, folder, config = sys.argv[1], pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3])
    provider = subprocess.Popen([binary, "simulate", "--state", "world", "--fault", "missing_lines=0.4"], cwd=folder,
                                stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    daemon = None
    try:
        (folder / "batchd.yaml").write_text(CONFIG % json.loads(provider.stdout.readline())["base_url"])
        (folder / "jobs").mkdir()
        (folder / "jobs/tickets.jsonl").write_text("".join(f'{{"id": "{n}"}}\n' for n in range(ROWS)))
        (folder / "jobs/tickets.yaml").write_text(JOB)
        daemon = Daemon(binary, folder)
        run = json.loads(daemon.ask("POST", "/api/v1/jobs/tickets/runs")[1])["id"]
        daemon.wait_until(lambda: daemon.run(run), bool)
        before = daemon.wait_for_end(run)["counts"]
        samples = daemon.wait_for_runs(1)
        samples = daemon.wait_until(daemon.scrape, lambda it: total(it, "batchd_items_total") == ROWS)
        equal("succeeded", total(samples, "batchd_items_total", outcome="succeeded", job="tickets", model="test"),
              before["succeeded"])
        equal("failed", total(samples, "batchd_items_total", outcome="failed", reason="missing"), before["failed"])
        equal("attempts", total(samples, "batchd_attempts_total"), ROWS)
        equal("retries", total(samples, "batchd_retries_total"), 0)
        equal("creates", total(samples, "batchd_provider_call_seconds_count", operation="create", status="ok"), 3)
        if before["failed"] == 0 or total(samples, "batchd_tokens_total", kind="output") == 0:
            fail("the provider was to lose some items, and to count tokens")
        equal("what it waits for", total(samples, "batchd_waiting_seconds"), 0)

        daemon.ask("POST", f"/api/v1/runs/{run}/retry")
        samples = daemon.wait_for_runs(2)
        samples = daemon.wait_until(daemon.scrape, lambda it: total(it, "batchd_items_total") == ROWS + before["failed"])
        after = daemon.run(run)["counts"]
        equal("succeeded after the retry", total(samples, "batchd_items_total", outcome="succeeded"), after["succeeded"])
        equal("failed after the retry", total(samples, "batchd_items_total", outcome="failed"),
              before["failed"] + after["failed"])
        equal("attempts", total(samples, "batchd_attempts_total"), ROWS + before["failed"])
        equal("retries", total(samples, "batchd_retries_total"), before["failed"])
        check_text(daemon.text)

        # Another process begins at nothing; what stands is told all the same.
        daemon.stop()
        provider.send_signal(signal.SIGTERM)
        provider.wait(PATIENCE_S)
        provider = subprocess.Popen([binary, "simulate", "--state", "world2"], cwd=folder, stdout=subprocess.PIPE,
                                    stderr=subprocess.DEVNULL, text=True)
        (folder / "batchd.yaml").write_text(CONFIG % json.loads(provider.stdout.readline())["base_url"])
        daemon = Daemon(binary, folder)
        equal("items of the new process", total(daemon.scrape(), "batchd_items_total"), 0)
        run = json.loads(daemon.ask("POST", "/api/v1/jobs/tickets/runs")[1])["id"]
        daemon.wait_until(lambda: daemon.run(run), bool)
        daemon.wait_for_end(run)
        samples = daemon.wait_for_runs(1)
        equal("successes", total(samples, "batchd_runs_total", state="succeeded"), 1)
        for gauge in ("batchd_run_last_success_timestamp_seconds", "batchd_schedule_next_timestamp_seconds",
                      "batchd_database_bytes", "batchd_disk_free_bytes"):
            if total(samples, gauge) <= 0:
                fail(f"{gauge} is not told")
        # The job was never due: that gauge's name is all that the alerts need.
        check_names(daemon.text + "\n# TYPE batchd_schedule_last_due_timestamp_seconds gauge\n", config)
        check_text(daemon.text)
        daemon.stop()
    finally:
        for process in (daemon and daemon.process, provider):
            if process and process.poll() is None:
                process.kill()
                process.wait()


main()
