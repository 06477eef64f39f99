// A provider (`batchd simulate`), a folder of jobs, and `batchd serve` over it; all on ports that were free.
import { spawn } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const running = new Set();

// Starts the program and waits for the line in which it says where it listens.
async function listening(binary, words, folder) {
  const process_ = spawn(binary, words, { cwd: folder, stdio: ['ignore', 'pipe', 'inherit'] });
  running.add(process_);
  const lines = createInterface({ input: process_.stdout });
  const line = await new Promise((resolve, reject) => {
    lines.once('line', resolve);
    process_.once('exit', (code) => reject(new Error(`batchd ${words[0]} ended with ${code}`)));
  });
  return { process: process_, said: JSON.parse(line) };
}

async function ended(process_) {
  running.delete(process_);
  if (process_.exitCode !== null || process_.signalCode !== null) return;
  const gone = new Promise((resolve) => process_.once('exit', resolve));
  process_.kill('SIGTERM');
  await gone;
}

export function kill_all() {
  for (const process_ of running) process_.kill('SIGKILL');
}

const schema = {
  type: 'object',
  additionalProperties: false,
  required: ['summary', 'priority', 'tags'],
  properties: {
    summary: { type: 'string', minLength: 20, maxLength: 200 },
    priority: { enum: ['low', 'normal', 'high'] },
    tags: { type: 'array', items: { type: 'string' }, maxItems: 3 },
  },
};

export const evil_id = '<img src=x onerror="document.title=\'struck\'">';

export class World {
  static async start(binary, folder, faults = []) {
    const world = new World();
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(join(folder, 'jobs'), { recursive: true });
    world.binary = binary;
    world.folder = folder;
    await world.start_provider(faults);
    return world;
  }

  async start_provider(faults) {
    const words = ['simulate', '--listen', '127.0.0.1:0', '--state', 'world', '--seed', '7'];
    for (const fault of faults) words.push('--fault', fault);
    this.provider = await listening(this.binary, words, this.folder);
    writeFileSync(join(this.folder, 'key'), 'any');
    writeFileSync(join(this.folder, 'batchd.yaml'), `state_dir: state
providers:
  acme:
    profile: openai
    base_url: ${this.provider.said.base_url}
    api_key_file: key
    poll: {first: 100ms, max: 1s}
    reconcile: {settle: 100ms}
prices:
  - {provider: acme, model: gpt-4o-mini, input: 0.15, output: 0.60, per: 1000000, currency: USD, batch_factor: 0.5, as_of: 2026-11-01}
`);
  }

  write(name, text) {
    writeFileSync(join(this.folder, 'jobs', name), text);
  }

  // So many tickets in shards of eight; the first has an id that would be an element of HTML.
  write_job(name, { rows = 20, more = '', in_flight = 1, description = 'Summaries of closed support tickets' } = {}) {
    const lines = [];
    for (let i = 1; i <= rows; ++i)
      lines.push(JSON.stringify({
        id: i === 1 ? evil_id : `T-${10_000 + i}`,
        subject: `Delivery ${i} did not arrive`,
        body: 'I ordered two weeks ago & have heard <nothing> since. Please find out where it is.',
      }));
    this.write(`${name}.jsonl`, lines.join('\n') + '\n');
    this.write(`${name}.schema.json`, JSON.stringify(schema));
    this.write(`${name}.yaml`, `name: ${name}
description: ${description}
provider: acme
input: {path: ${name}.jsonl, id: id}
request:
  model: gpt-4o-mini
  messages:
    - {role: system, content: "You summarise support tickets. Answer in JSON only."}
    - {role: user, content: "{{subject}} {{body}}"}
output: {path: ../out/${name}, schema: ${name}.schema.json, structured: json_schema, include: [subject]}
batch: {max_requests: 8, max_batches_in_flight: ${in_flight}}
${more}`);
  }

  // The second time at the same address.
  async serve() {
    const address = this.base ? this.base.replace('http://', '') : '127.0.0.1:0';
    const words = ['serve', '--json', '--jobs', 'jobs', '--listen', address, '-q'];
    this.daemon = await listening(this.binary, words, this.folder);
    this.base = this.daemon.said.addresses.find((one) => one.startsWith('http://'));
  }

  async stop_daemon() {
    await ended(this.daemon.process);
  }

  async api(path, options = {}) {
    const response = await fetch(this.base + '/api/v1' + path, options);
    return { status: response.status, body: await response.json() };
  }

  async begin(job) {
    return (await this.api(`/jobs/${job}/runs`, { method: 'POST' })).body.id;
  }

  async end() {
    await ended(this.daemon.process);
    await ended(this.provider.process);
  }
}
