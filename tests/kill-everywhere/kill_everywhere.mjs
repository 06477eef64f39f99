// A three-shard run with failures in it, some of which are asked again, is killed (SIGKILL) just before the n-th call
// that writes, syncs, renames, unlinks, sends or receives, for every n there is, and the same command is given again.
// However it died: every shard is submitted once, the results are those of an undisturbed run in every key but those
// that name the run, nothing stray is left, and SQLite finds its file whole. Instead of a kill the call may fail, alone
// or with all after it.
//
//   node kill_everywhere.mjs --binary batchd --interposer libkill.so --folder DIR
//     [--dialect openai|dashscope]   whose batches these are (openai)
//     [--with KILL|EIO|ENOSPC|ECONNRESET]  what strikes: a kill, or the call's failure (KILL)
//     [--lasting]                    every later call fails, too: a disk that stays full
//     [--sample K]                   only K points, spread evenly over all; 0: every one (0)
//     [--shift S]                    of the sample: begins S points later (0)
//     [--only N]                     this point alone, and its folder is kept
//     [--jobs J]                     so many side by side (2)
//     [--preload LIB]                loaded before the interposer (a sanitizer's runtime insists on being the first)
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';

const { values: options } = parseArgs({
  options: {
    binary: { type: 'string' },
    interposer: { type: 'string' },
    folder: { type: 'string' },
    dialect: { type: 'string', default: 'openai' },
    with: { type: 'string', default: 'KILL' },
    lasting: { type: 'boolean', default: false },
    sample: { type: 'string', default: '0' },
    shift: { type: 'string', default: '0' },
    only: { type: 'string', default: '0' },
    jobs: { type: 'string', default: '2' },
    preload: { type: 'string', default: '' },
  },
});
assert(options.binary && options.interposer && options.folder, 'needs --binary, --interposer and --folder');
const binary = resolve(options.binary);
const kills = options.with === 'KILL';
const scratch = resolve(options.folder, [options.dialect, options.with, options.lasting ? 'lasting' : 'once'].join('-'));
const preload = [options.preload, resolve(options.interposer)].filter(Boolean).join(' ');

const rows = 12;
const shards = 3;
const undisturbed_lives = 3; // how many calls a run makes depends a little on the clock
const sure_share = 0.95;
const tries_max = 3; // at one point
const misses_max = 5; // points in a row, beyond the end
const progress_every = 200; // points
const life_seconds_max = 120;
const seed = '5';
const faults = ['error_lines=0.25', 'not_json=0.15', 'duplicate_lines=0.2', 'shuffle=1'];
const profiles = { openai: ['openai', '/v1'], dashscope: ['dashscope', '/compatible-mode/v1'] };
assert(options.dialect in profiles, `no dialect ${options.dialect}`);

function environment(folder, extra = {}) {
  const kept = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(BATCHD_|NO_COLOR|.*_proxy$)/i.test(name)));
  return { ...kept, HOME: folder, XDG_CONFIG_HOME: folder, XDG_STATE_HOME: folder, KEY: 'sk-of-nobody', ...extra };
}

// Resolves to {code, signal, said} when the process is gone.
function live(folder, args, extra) {
  return new Promise((done) => {
    const child = spawn(binary, args, { cwd: folder, env: environment(folder, extra), stdio: ['ignore', 'pipe', 'pipe'] });
    let said = '';
    child.stdout.on('data', (text) => (said += text));
    child.stderr.on('data', (text) => (said += text));
    const alarm = setTimeout(() => child.kill('SIGTERM'), life_seconds_max * 1000);
    child.on('close', (code, signal) => {
      clearTimeout(alarm);
      done({ code, signal, said });
    });
  });
}

async function provider(folder) {
  const args = ['simulate', '--listen', '127.0.0.1:0', '--state', 'world', '--journal', 'journal.jsonl', '--seed', seed];
  for (const fault of faults) args.push('--fault', fault);
  const child = spawn(binary, args, { cwd: folder, env: environment(folder), stdio: ['ignore', 'pipe', 'pipe'] });
  let complaint = '';
  child.stderr.on('data', (text) => (complaint += text));
  const gone = new Promise((done) => child.on('close', done));
  const address = await new Promise((told, failed) => {
    let text = '';
    child.stdout.on('data', (more) => {
      text += more;
      if (text.includes('\n')) told(JSON.parse(text).address);
    });
    gone.then((code) => failed(new Error(`the simulator ended with ${code}: ${complaint}`)));
  });
  return {
    address,
    async end() {
      child.kill('SIGTERM');
      await gone;
    },
  };
}

function build(folder, address) {
  const [profile, path] = profiles[options.dialect];
  writeFileSync(
    join(folder, 'batchd.yaml'),
    `state_dir: state
providers:
  near:
    profile: ${profile}
    base_url: ${address}${path}
    api_key_env: KEY
    poll: {first: 40ms, max: 80ms}
    reconcile: {settle: 200ms, looks: 2}
`,
  );
  writeFileSync(
    join(folder, 'job.yaml'),
    `name: killed
provider: near
input: {path: rows.jsonl, id: id}
request:
  model: qwen-plus
  messages: [{role: user, content: "As JSON: {{text}}"}]
output: {path: out, schema: answer.schema.json, structured: json_schema}
batch: {max_requests: ${rows / shards}}
recover: {attempts: 2}
min_success: 0.1
`,
  );
  writeFileSync(
    join(folder, 'answer.schema.json'),
    JSON.stringify({
      type: 'object',
      properties: { summary: { type: 'string' }, score: { type: 'integer', minimum: 0, maximum: 9 } },
      required: ['summary', 'score'],
      additionalProperties: false,
    }),
  );
  const lines = Array.from({ length: rows }, (_, row) => JSON.stringify({ id: `row-${row}`, text: `the text of row ${row}` }));
  writeFileSync(join(folder, 'rows.jsonl'), lines.join('\n') + '\n');
}

const json_lines = (file) => readFileSync(file, 'utf8').split('\n').filter(Boolean).map((line) => JSON.parse(line));

// results.jsonl without what names the run.
function results(folder) {
  return json_lines(join(folder, 'out', 'latest', 'results.jsonl')).map(({ custom_id, batch_id, request_id, ...kept }) =>
    JSON.stringify(kept),
  );
}

function names_below(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory() ? names_below(join(folder, entry.name)) : [join(folder, entry.name)],
  );
}

// What must be true of a folder whose run has ended, however often it died before.
function check(folder, expected) {
  const submitted = json_lines(join(folder, 'journal.jsonl')).filter(({ type }) => type === 'batch_created');
  const whose = submitted.map(({ metadata }) => metadata.batchd_shard).sort();
  assert.deepEqual(whose, [...new Set(whose)], 'a shard was submitted twice');
  assert.equal(whose.length, expected.batches, 'not every shard was submitted');
  // A shard cannot hide in another's name: no input was given to two batches, and together they are the rows.
  assert.equal(new Set(submitted.map(({ input_xxh3 }) => input_xxh3)).size, submitted.length, 'one input in two batches');
  assert.equal(
    submitted.reduce((sum, { requests }) => sum + requests, 0),
    expected.requests,
    'more or fewer requests were sent than there are',
  );
  assert.deepEqual(results(folder), expected.results, 'the results differ from an undisturbed run');
  const stray = ['state', 'out'].flatMap((part) => names_below(join(folder, part))).filter((name) => /\.(partial|tmp|new)/.test(name));
  assert.deepEqual(stray, [], 'temporary files were left');
  const spools = readdirSync(join(folder, 'state', 'spool'));
  assert.equal(spools.length, 1, `the spool holds ${spools.length} runs instead of 1`);
  const verdict = execFileSync('sqlite3', [join(folder, 'state', 'batchd.db'), 'PRAGMA integrity_check'], { encoding: 'utf8' });
  assert.equal(verdict.trim(), 'ok', 'SQLite finds the database damaged');
}

const command = ['run', 'job.yaml', '--no-color'];
const counted = (folder) => Number(readFileSync(join(folder, 'calls')).readBigUInt64LE());

// A fresh world, and one life in it: killed at `at` (0: not).
async function first_life(name, at) {
  const folder = join(scratch, name);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const world = await provider(folder);
  build(folder, world.address);
  const life = await live(folder, command, {
    LD_PRELOAD: preload,
    STRIKE_AT: String(at),
    STRIKE_WITH: options.with,
    STRIKE_LASTS: options.lasting ? '1' : '0',
    STRIKE_COUNTER: join(folder, 'calls'),
    ASAN_OPTIONS: 'detect_leaks=0',
  });
  assert(existsSync(join(folder, 'calls')), 'the interposer was not loaded');
  return { folder, world, life };
}

async function undisturbed(n) {
  const { folder, world, life } = await first_life(`undisturbed-${n}`, 0);
  await world.end();
  assert.equal(life.code, 0, `an undisturbed run ended with ${life.code}: ${life.said}`);
  const created = json_lines(join(folder, 'journal.jsonl')).filter(({ type }) => type === 'batch_created');
  const expected = {
    results: results(folder),
    batches: created.length,
    requests: created.reduce((sum, { requests }) => sum + requests, 0),
  };
  check(folder, expected);
  return { ...expected, calls: counted(folder) };
}

// An ending that says what is wrong: our own complaint, a provider that cannot be reached, or none at all, where the
// failure could be borne.
const honest_ends = [0, 1, 7];

// True: struck there and survived. False: the run was over before that call.
async function try_point(at, expected) {
  const { folder, world, life } = await first_life(`at-${at}`, at);
  try {
    const fired = kills ? life.signal === 'SIGKILL' : counted(folder) >= at;
    if (fired && !kills) assert(honest_ends.includes(life.code), `it ended with ${life.code ?? life.signal}: ${life.said}`);
    if (fired) {
      const again = await live(folder, command);
      assert.equal(again.code, 0, `afterwards the same command ended with ${again.code}: ${again.said}`);
    } else {
      assert.equal(life.code, 0, `it was not killed, but ended with ${life.code}: ${life.said}`);
    }
    check(folder, expected);
    if (!options.only || options.only === '0') rmSync(folder, { recursive: true, force: true });
    return fired;
  } finally {
    await world.end();
  }
}

const began = Date.now();
const seconds = () => Math.round((Date.now() - began) / 1000);
const quiet = [];
for (let n = 1; n <= undisturbed_lives; ++n) quiet.push(await undisturbed(n));
for (const life of quiet) assert.deepEqual(life.results, quiet[0].results, 'two undisturbed runs differ');
const failed_rows = quiet[0].results.filter((row) => JSON.parse(row).status === 'failed').length;
assert(failed_rows > 0 && failed_rows < rows, `${failed_rows} of ${rows} rows failed: the run has no failures to lose`);
assert(quiet[0].batches > shards, 'nothing was asked again: the run has no round of retries');
const calls_min = Math.min(...quiet.map(({ calls }) => calls));

// How many calls a life makes depends a little on the clock, so the last few points may lie beyond the end of one
// life and not of the next. Up to here every point must be somebody's last call.
const sure = Math.floor(calls_min * sure_share);

const sample = Number(options.sample);
const sampled = (k) => 1 + ((Math.floor((k * sure) / sample) + Number(options.shift)) % sure);
let points;
if (options.only !== '0') points = [Number(options.only)];
else if (sample > 0) points = Array.from({ length: sample }, (_, k) => sampled(k));
else points = Array.from({ length: sure }, (_, k) => k + 1);

const wounds = [];
let survived = 0;
// False: three lives were over before that call.
async function point(at) {
  try {
    for (let tries = 0; tries < tries_max; ++tries)
      if (await try_point(at, quiet[0])) {
        ++survived;
        return true;
      }
    assert(at > sure, `the run never came to call ${at}, although undisturbed ones make at least ${calls_min}`);
    return false;
  } catch (error) {
    wounds.push(at);
    console.log(`call ${at}: ${error.message}`);
    return true;
  }
}
async function worker() {
  for (let at = points.shift(); at !== undefined; at = points.shift()) {
    await point(at);
    if ((survived + wounds.length) % progress_every === 0)
      console.log(`${survived} survived, ${wounds.length} not, ${points.length} to go, ${seconds()} s`);
  }
}
await Promise.all(Array.from({ length: Number(options.jobs) }, worker));
// The end of the run: on, until several points in a row are beyond it.
if (sample === 0 && options.only === '0')
  for (let at = sure + 1, misses = 0; misses < misses_max; ++at) misses = (await point(at)) ? 0 : misses + 1;

for (let n = 1; n <= undisturbed_lives; ++n) rmSync(join(scratch, `undisturbed-${n}`), { recursive: true, force: true });
console.log(
  `${options.dialect}, ${options.with}${options.lasting ? ' lasting' : ''}: struck at ${survived + wounds.length} points of a run of about ${calls_min} calls, ` +
    `survived ${survived}, ${seconds()} s`,
);
if (wounds.length > 0) {
  console.log(`not survived: ${wounds.join(' ')}; their folders are kept in ${scratch}`);
  process.exit(1);
}
