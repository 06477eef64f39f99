// node collect.mjs ANSWERS SCHEMA ROWS SHARD_ROWS FOLDER: what someone would write who collects a batch by hand, and
// writes it well: both files, by custom_id, every item accounted for, validated by ajv, outcomes in SQLite, results
// in input order.
import fs from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { linesOf, openDatabase, OutFile, printFigures } from './common.mjs';

const [answers, schemaFile, rowCount, shardRowCount, folder] = process.argv.slice(2);
const startedAt = performance.now();
const rows = Number(rowCount);
const shardRows = Number(shardRowCount);
const validate = new Ajv2020({ strict: false }).compile(JSON.parse(fs.readFileSync(schemaFile, 'utf8')));

fs.mkdirSync(folder, { recursive: true });
const database = await openDatabase(`${folder}/peer.db`);
database.exec(`CREATE TABLE outcomes (sequence INTEGER PRIMARY KEY, reason TEXT, input_tokens INTEGER,
  output_tokens INTEGER, row TEXT)`);
const insert = database.prepare('INSERT INTO outcomes VALUES (?, ?, ?, ?, ?)');

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    const fenced = /^```\w*\n([\s\S]*?)\n?```$/m.exec(text);
    try {
      return fenced ? JSON.parse(fenced[1]) : undefined;
    } catch {
      return undefined;
    }
  }
}

function judged(result) {
  const body = result.response?.body;
  if (result.error || result.response?.status_code !== 200 || body?.error)
    return { reason: result.error?.code === 'data_inspection_failed' ? 'refused' : 'provider_error',
             error: result.error?.message ?? null };
  const choice = body.choices[0];
  const content = choice.message.content;
  if (choice.finish_reason === 'length') return { reason: 'truncated', raw: content };
  if (!content) return { reason: 'empty' };
  const output = parsed(content);
  if (output === undefined) return { reason: 'not_json', raw: content };
  if (!validate(output)) return { reason: 'schema_mismatch', raw: content, error: JSON.stringify(validate.errors) };
  return { reason: null, output };
}

function collectShard(shard) {
  const first = (shard - 1) * shardRows + 1;
  const last = Math.min(rows, shard * shardRows);
  const heard = new Set();
  database.exec('BEGIN');
  for (const kind of ['output', 'error'])
    for (const line of linesOf(`${answers}/${String(shard).padStart(4, '0')}.${kind}.jsonl`)) {
      const result = JSON.parse(line);
      const [run, number, attempt] = result.custom_id.split('-');
      const sequence = Number(number);
      if (run !== '01kb0000000000000000000000' || attempt !== '1' || sequence < first || sequence > last) continue;
      if (heard.has(sequence)) continue;
      heard.add(sequence);
      const verdict = judged(result);
      const usage = result.response?.body?.usage ?? {};
      const row = {
        id: `T-${number.padStart(10, '0')}`, status: verdict.reason ? 'failed' : 'succeeded', reason: verdict.reason,
        output: verdict.output ?? null, raw: verdict.raw ?? null, error: verdict.error ?? null, included: {},
        model: result.response?.body?.model ?? null, prompt_version: null, prompt_sha: null, lane: 'batch', attempts: 1,
        reused_from: null, finish_reason: result.response?.body?.choices?.[0]?.finish_reason ?? null,
        usage: { input_tokens: usage.prompt_tokens ?? 0, output_tokens: usage.completion_tokens ?? 0 }, cost: null,
        request_id: result.response?.request_id ?? null, custom_id: result.custom_id, batch_id: null, simulated: false,
      };
      insert.run(sequence, verdict.reason, usage.prompt_tokens ?? null, usage.completion_tokens ?? null,
                 JSON.stringify(row));
    }
  for (let sequence = first; sequence <= last; ++sequence)
    if (!heard.has(sequence)) insert.run(sequence, 'missing', null, null, JSON.stringify({ reason: 'missing' }));
  database.exec('COMMIT');
}

for (let shard = 1; (shard - 1) * shardRows < rows; ++shard) collectShard(shard);
const results = new OutFile(`${folder}/results.jsonl`);
for (const { row } of database.prepare('SELECT row FROM outcomes ORDER BY sequence').iterate())
  results.write(row + '\n');
results.finish();
database.close();
printFigures(rows, startedAt);
