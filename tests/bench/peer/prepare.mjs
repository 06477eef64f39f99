// node prepare.mjs TICKETS FOLDER: what someone would write who prepares a batch by hand, and writes it well.
import fs from 'node:fs';
import { linesOf, openDatabase, OutFile, printFigures } from './common.mjs';

const [tickets, folder] = process.argv.slice(2);
const startedAt = performance.now();
const shardRows = 50_000;
const rowsATransaction = 10_000;
const run = '01kb0000000000000000000000';

fs.mkdirSync(folder, { recursive: true });
const database = await openDatabase(`${folder}/peer.db`);
database.exec('CREATE TABLE items (sequence INTEGER PRIMARY KEY, id TEXT, shard INTEGER)');
const insert = database.prepare('INSERT INTO items VALUES (?, ?, ?)');

const seen = new Set();
let sequence = 0;
let shard = 0;
let requests, rows;
database.exec('BEGIN');
for (const line of linesOf(tickets)) {
  const row = JSON.parse(line);
  if (typeof row.ticket_id !== 'string' || row.subject === undefined || row.body === undefined)
    throw new Error(`line ${sequence + 1}: a field is missing`);
  if (seen.has(row.ticket_id)) throw new Error(`duplicate id ${row.ticket_id}`);
  seen.add(row.ticket_id);
  if (sequence % shardRows === 0) {
    requests?.finish();
    rows?.finish();
    ++shard;
    requests = new OutFile(`${folder}/${String(shard).padStart(4, '0')}.requests.jsonl`);
    rows = new OutFile(`${folder}/${String(shard).padStart(4, '0')}.rows.jsonl`);
  }
  ++sequence;
  const body = {
    model: 'qwen-plus',
    temperature: 0.2,
    max_tokens: 400,
    messages: [
      { role: 'system', content: 'You summarise support tickets. Answer in JSON only.' },
      { role: 'user', content: `Ticket ${row.ticket_id}\nSubject: ${row.subject}\n\n${row.body}` },
    ],
  };
  const request = { custom_id: `${run}-${sequence}-1`, method: 'POST', url: '/v1/chat/completions', body };
  requests.write(JSON.stringify(request) + '\n');
  rows.write(line + '\n');
  insert.run(sequence, row.ticket_id, shard);
  if (sequence % rowsATransaction === 0) database.exec('COMMIT; BEGIN');
}
requests?.finish();
rows?.finish();
database.exec('COMMIT');
database.close();
printFigures(sequence, startedAt);
