// The official `openai` package against `batchd simulate`: what it takes for OpenAI is wire-faithful enough.
//   node client_test.mjs PATH/TO/batchd SCRATCH-FOLDER
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createReadStream, rmSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as wait } from 'node:timers/promises';
import OpenAI, { toFile } from 'openai';

const [binary, scratch] = process.argv.slice(2);
assert(binary && scratch, 'usage: node client_test.mjs PATH/TO/batchd SCRATCH-FOLDER');
rmSync(scratch, { recursive: true, force: true });
mkdirSync(scratch, { recursive: true });

const patience_ms = 60_000;
const running = new Set();

class World {
  // A server of its own; the same name goes on with the same world.
  static async start(name, faults = []) {
    const world = new World();
    const args = ['simulate', '--listen', '127.0.0.1:0', '--state', join(scratch, name)];
    for (const fault of faults) args.push('--fault', fault);
    world.process = spawn(binary, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    running.add(world);
    const lines = createInterface({ input: world.process.stdout });
    const told = await Promise.race([
      new Promise((resolve) => lines.once('line', resolve)),
      new Promise((_, reject) => world.process.once('exit', (code) => reject(new Error(`batchd ended with ${code}`)))),
    ]);
    world.address = JSON.parse(told).address;
    return world;
  }
  client(options = {}) {
    const { path = '/v1', ...rest } = options;
    return new OpenAI({ apiKey: 'sk-made-up', baseURL: this.address + path, maxRetries: 0, ...rest });
  }
  async end(signal) {
    running.delete(this);
    const gone = new Promise((resolve) => this.process.once('exit', (code) => resolve(code)));
    this.process.kill(signal);
    return gone;
  }
}

function requests(count, more = {}) {
  const lines = [];
  for (let i = 0; i < count; ++i)
    lines.push(JSON.stringify({
      custom_id: `ticket-${i}`, method: 'POST', url: '/v1/chat/completions',
      body: { model: 'gpt-4o-mini', messages: [{ role: 'user', content: `Summarise ticket ${i} as JSON.` }], ...more },
    }));
  return lines.join('\n') + '\n';
}

async function upload(client, text, name = 'input.jsonl') {
  return client.files.create({ file: await toFile(Buffer.from(text), name), purpose: 'batch' });
}

async function created(client, file, more = {}) {
  return client.batches.create({
    input_file_id: file.id, endpoint: '/v1/chat/completions', completion_window: '24h', ...more,
  });
}

async function ended(client, batch) {
  const seen = new Set([batch.status]);
  for (const give_up = Date.now() + patience_ms; Date.now() < give_up; await wait(20)) {
    const now = await client.batches.retrieve(batch.id);
    seen.add(now.status);
    if (['completed', 'failed', 'expired', 'cancelled'].includes(now.status)) return { batch: now, seen };
  }
  throw new Error(`${batch.id} has not ended within ${patience_ms} ms; seen: ${[...seen]}`);
}

async function lines_of(client, file_id) {
  const text = await (await client.files.content(file_id)).text();
  assert(text.endsWith('\n'));
  return text.trimEnd().split('\n').map((line) => JSON.parse(line));
}

const schema = {
  type: 'object', additionalProperties: false, required: ['summary', 'mood'],
  properties: { summary: { type: 'string', minLength: 1 }, mood: { enum: ['good', 'bad'] } },
};
const response_format = { type: 'json_schema', json_schema: { name: 'summary', strict: true, schema } };

const tests = {
  async 'a file is uploaded from disk, retrieved, listed over several pages, read and deleted'(world) {
    const client = world.client();
    const path = join(scratch, 'on-disk.jsonl');
    const text = requests(2_000, { note: 'x'.repeat(1_000) });
    writeFileSync(path, text);
    const file = await client.files.create({ file: createReadStream(path), purpose: 'batch' });
    assert.equal(file.object, 'file');
    assert.equal(file.bytes, Buffer.byteLength(text));
    assert.equal(file.filename, 'on-disk.jsonl');
    assert.deepEqual(await client.files.retrieve(file.id), file);
    assert.equal(await (await client.files.content(file.id)).text(), text);
    const more = [];
    for (let i = 0; i < 4; ++i) more.push((await upload(client, requests(1))).id);
    const listed = [];
    for await (const one of client.files.list({ limit: 2, purpose: 'batch' })) listed.push(one.id);
    assert.deepEqual(listed.slice(0, 5), [...more.reverse(), file.id]);
    assert.deepEqual(await client.files.delete(file.id), { id: file.id, object: 'file', deleted: true });
    await assert.rejects(client.files.retrieve(file.id), OpenAI.NotFoundError);
  },

  async 'a batch is created, polled to its end, and its output matches the input by custom_id'(world) {
    const client = world.client();
    const file = await upload(client, requests(25, { response_format }));
    const batch = await created(client, file, { metadata: { run: 'r-1', shard: '1' } });
    assert.equal(batch.object, 'batch');
    assert.match(batch.id, /^batch_/);
    assert.equal(batch.status, 'validating');
    assert.deepEqual(batch.request_counts, { total: 0, completed: 0, failed: 0 });
    const { batch: done, seen } = await ended(client, batch);
    assert(seen.has('validating'));
    assert.equal(done.status, 'completed');
    assert.deepEqual(done.metadata, { run: 'r-1', shard: '1' });
    assert.deepEqual(done.request_counts, { total: 25, completed: 25, failed: 0 });
    assert.equal(done.error_file_id, null);
    assert.equal(done.model, 'gpt-4o-mini');
    assert.equal(done.usage.total_tokens, done.usage.input_tokens + done.usage.output_tokens);
    for (const at of ['created_at', 'in_progress_at', 'finalizing_at', 'completed_at', 'expires_at'])
      assert(Number.isInteger(done[at]), at);
    const lines = await lines_of(client, done.output_file_id);
    assert.deepEqual(new Set(lines.map((line) => line.custom_id)),
      new Set(Array.from({ length: 25 }, (_, i) => `ticket-${i}`)));
    for (const line of lines) {
      assert.match(line.id, /^batch_req_/);
      assert.equal(line.error, null);
      assert.equal(line.response.status_code, 200);
      const { body } = line.response;
      assert.equal(body.choices[0].message.role, 'assistant');
      const said = JSON.parse(body.choices[0].message.content);
      assert.deepEqual(Object.keys(said).sort(), ['mood', 'summary']);
      assert(['good', 'bad'].includes(said.mood));
    }
  },

  async 'batches are listed newest first, the pages fetched by the client itself'(world) {
    const client = world.client();
    const file = await upload(client, requests(1));
    const made = [];
    for (let i = 0; i < 5; ++i) made.unshift((await created(client, file)).id);
    const listed = [];
    for await (const batch of client.batches.list({ limit: 2 })) listed.push(batch.id);
    assert.deepEqual(listed.slice(0, 5), made);
    assert.equal(new Set(listed).size, listed.length);
  },

  async 'a batch is cancelled; one that has ended cannot be'(world) {
    const client = world.client();
    const batch = await created(client, await upload(client, requests(3)));
    const cancelling = await client.batches.cancel(batch.id);
    assert.equal(cancelling.status, 'cancelling');
    const { batch: done } = await ended(client, batch);
    assert.equal(done.status, 'cancelled');
    assert(Number.isInteger(done.cancelled_at));
    await assert.rejects(client.batches.cancel(batch.id), OpenAI.ConflictError);
  },

  async 'a faulty line is taken at the upload and told of late, with its number'(world) {
    const client = world.client();
    const batch = await created(client, await upload(client, requests(2) + '{"custom_id":\n'));
    const { batch: done } = await ended(client, batch);
    assert.equal(done.status, 'failed');
    assert.equal(done.errors.object, 'list');
    assert.equal(done.errors.data[0].code, 'invalid_json_line');
    assert.equal(done.errors.data[0].line, 3);
    assert.equal(done.output_file_id, null);
  },

  async 'a request that fails is in the error file'(world) {
    const client = world.client();
    const bad = JSON.stringify({ custom_id: 'bad', method: 'POST', url: '/v1/chat/completions',
      body: { model: 'gpt-4o-mini', messages: [] } });
    const { batch: done } = await ended(client, await created(client, await upload(client, requests(1) + bad + '\n')));
    assert.deepEqual(done.request_counts, { total: 2, completed: 1, failed: 1 });
    const [line] = await lines_of(client, done.error_file_id);
    assert.equal(line.custom_id, 'bad');
    assert.equal(line.error, null);
    assert.equal(line.response.status_code, 400);
    assert.equal(line.response.body.error.type, 'invalid_request_error');
  },

  async 'chat, embeddings and models answer at once'(world) {
    const client = world.client();
    const messages = [{ role: 'user', content: 'Is the lamp in the hall on?' }];
    const chat = await client.chat.completions.create({ model: 'gpt-4o-mini', messages });
    assert.equal(chat.object, 'chat.completion');
    assert.equal(chat.choices[0].finish_reason, 'stop');
    assert(chat.choices[0].message.content.length > 0);
    const parsed = await client.chat.completions.parse({ model: 'gpt-4o-mini', messages, response_format });
    assert.equal(typeof JSON.parse(parsed.choices[0].message.content).summary, 'string');
    const embedded = await client.embeddings.create({ model: 'e', input: ['a', 'b'], encoding_format: 'float' });
    assert.equal(embedded.data.length, 2);
    const models = [];
    for await (const model of client.models.list()) models.push(model.id);
    assert(models.length > 0);
  },

  async 'embeddings come as floats and as base64, of the length that was asked for'(world) {
    for (const path of ['/v1', '/compatible-mode/v1']) {
      const client = world.client({ path });
      const ask = (more) => client.embeddings.create({ model: 'text-embedding-v4', input: ['a lamp', 'a chair'], ...more });
      // Without a wish the client asks for base64 and decodes it itself.
      const decoded = await ask({ dimensions: 64 });
      const plain = await ask({ dimensions: 64, encoding_format: 'float' });
      assert.equal(decoded.object, 'list');
      assert.deepEqual(decoded.data.map((one) => one.index), [0, 1]);
      for (const [i, one] of decoded.data.entries()) {
        assert.equal(one.embedding.length, 64);
        assert.deepEqual(Array.from(one.embedding, Math.fround), plain.data[i].embedding.map(Math.fround));
      }
      assert(plain.usage.prompt_tokens > 0);
      assert.equal(plain.usage.total_tokens, plain.usage.prompt_tokens);
      const coded = await ask({ dimensions: 3, encoding_format: 'base64' });
      assert.equal(Buffer.from(coded.data[0].embedding, 'base64').length, 12);
      const tokens = await client.embeddings.create({ model: 'e', input: [[1, 2, 3], [4]], encoding_format: 'float' });
      assert.equal(tokens.data.length, 2);
      assert.equal(tokens.usage.prompt_tokens, 4);
      await assert.rejects(ask({ input: [] }), OpenAI.BadRequestError);
      await assert.rejects(ask({ dimensions: 0 }), OpenAI.BadRequestError);
    }
  },

  async 'a batch of embeddings is answered line by line'(world) {
    const client = world.client();
    const lines = ['a lamp', 'a chair', 'a lamp'].map((input, i) => JSON.stringify({
      custom_id: `text-${i}`, method: 'POST', url: '/v1/embeddings', body: { model: 'text-embedding-3-small', input },
    }));
    const file = await upload(client, lines.join('\n') + '\n');
    const { batch } = await ended(client, await created(client, file, { endpoint: '/v1/embeddings' }));
    assert.deepEqual(batch.request_counts, { total: 3, completed: 3, failed: 0 });
    const answers = new Map((await lines_of(client, batch.output_file_id)).map((line) => [line.custom_id, line]));
    const vector = (i) => answers.get(`text-${i}`).response.body.data[0].embedding;
    assert.equal(vector(0).length, 1536);
    assert.deepEqual(vector(0), vector(2));
    assert.notDeepEqual(vector(0), vector(1));
  },

  async 'errors arrive as the classes the client has for them'(world) {
    const client = world.client();
    const not_found = await client.files.retrieve('file-none').catch((error) => error);
    assert(not_found instanceof OpenAI.NotFoundError);
    assert.equal(not_found.type, 'invalid_request_error');
    assert.equal(not_found.param, 'id');
    assert.match(not_found.requestID, /^req_/);
    await assert.rejects(client.batches.retrieve('batch_none'), OpenAI.NotFoundError);
    await assert.rejects(client.files.content('file-none'), OpenAI.NotFoundError);
    const file = await upload(client, requests(1));
    const bad_window = await created(client, file, { completion_window: '48h' }).catch((error) => error);
    assert(bad_window instanceof OpenAI.BadRequestError);
    assert.equal(bad_window.param, 'completion_window');
    await assert.rejects(created(client, { id: 'file-none' }), OpenAI.BadRequestError);
    await assert.rejects(created(client, file, { metadata: { k: 'v'.repeat(513) } }), OpenAI.BadRequestError);
    await assert.rejects(upload(client, 'x', 'input.csv'), OpenAI.BadRequestError);
    const without_key = await fetch(world.address + '/v1/files');
    assert.equal(without_key.status, 401);
    assert.equal((await without_key.json()).error.type, 'invalid_request_error');
  },

  async 'the same under DashScope\'s prefix, with its windows and ids'(world) {
    const client = world.client({ path: '/compatible-mode/v1' });
    const file = await upload(client, requests(3));
    assert.match(file.id, /^file-batch-/);
    const batch = await created(client, file, { completion_window: '14d', metadata: { ds_name: 'nightly-1' } });
    const { batch: done } = await ended(client, batch);
    assert.equal(done.status, 'completed');
    assert.match(done.output_file_id, /^file-batch_output-/);
    assert.equal((await lines_of(client, done.output_file_id)).length, 3);
    await created(client, await upload(client, requests(1)));
    const found = await client.batches.list({ input_file_ids: file.id });
    assert.deepEqual(found.data.map((one) => one.id), [batch.id]);
  },
};

const tests_with_worlds_of_their_own = {
  async 'a key that is refused is an AuthenticationError'() {
    const world = await World.start('refusing', ['auth=1']);
    await assert.rejects(world.client().models.list(), OpenAI.AuthenticationError);
    await world.end('SIGTERM');
  },

  async 'the client\'s own retries get through throttling and server errors'() {
    const world = await World.start('busy', ['rate_429=0.3', 'rate_503=0.2', 'retry_after_ms=1']);
    const client = world.client({ maxRetries: 20 });
    const { batch } = await ended(client, await created(client, await upload(client, requests(5))));
    assert.equal(batch.request_counts.completed, 5);
    assert.equal((await lines_of(client, batch.output_file_id)).length, 5);
    await assert.rejects((async () => {
      for (let i = 0; i < 100; ++i) await world.client().models.list();
    })(), (error) => error instanceof OpenAI.RateLimitError || error instanceof OpenAI.InternalServerError);
    await world.end('SIGTERM');
  },

  async 'a world that was killed goes on where it was'() {
    let world = await World.start('killed');
    const file = await upload(world.client(), requests(50));
    const batch = await created(world.client(), file);
    await world.end('SIGKILL');
    world = await World.start('killed');
    const { batch: done } = await ended(world.client(), batch);
    assert.equal(done.request_counts.completed, 50);
    const lines = await lines_of(world.client(), done.output_file_id);
    await world.end('SIGKILL');
    world = await World.start('killed');
    assert.deepEqual(await lines_of(world.client(), done.output_file_id), lines);
    assert.equal(await world.end('SIGTERM'), 0);
  },
};

let failed = 0;
async function run(name, test) {
  try {
    await test();
    console.log(`ok      ${name}`);
  } catch (error) {
    ++failed;
    console.log(`FAILED  ${name}\n${error.stack ?? error}`);
  }
}

process.on('exit', () => running.forEach((world) => world.process.kill('SIGKILL')));
const world = await World.start('shared');
for (const [name, test] of Object.entries(tests)) await run(name, () => test(world));
await run('the server ends when it is told to', async () => assert.equal(await world.end('SIGTERM'), 0));
for (const [name, test] of Object.entries(tests_with_worlds_of_their_own)) await run(name, test);
console.log(failed === 0 ? 'every test passed' : `${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
