// The page as a person uses it, in a browser.
//
//   node page_test.mjs PATH/TO/batchd PATH/TO/chromium SCRATCH-FOLDER SCREENSHOT-FOLDER
//
// Every page is watched: an error on its console, an exception of its script or a breach of its content-security
// policy fails the test in which it happens. Nothing is waited for but what must come.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { World, evil_id, kill_all } from './world.mjs';

const [binary, browser_program, scratch, screenshots] = process.argv.slice(2);
assert(screenshots, 'usage: node page_test.mjs PATH/TO/batchd PATH/TO/chromium SCRATCH-FOLDER SCREENSHOT-FOLDER');

const patience_ms = 60_000;
const desk = { width: 1200, height: 800 };
const phone = { width: 360, height: 740 };

const browser = await chromium.launch({
  executablePath: browser_program,
  headless: true,
  args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'],
});
const world = await World.start(binary, join(scratch, 'account'), ['slow_ms=120', 'schema_mismatch=0.3', 'refused=0.06']);
world.write_job('tickets', { rows: 40 });
world.write_job('long', { rows: 160, description: 'More tickets than one night holds' });
world.write_job('nightly', { rows: 6, more: 'schedule: {cron: "30 1 * * *", timezone: Europe/Berlin}\nmin_success: 0.6\n' });
world.write('broken.yaml', 'name: broken\nprovidr: acme\n');
await world.serve();

// A page that tells of every complaint the browser has about it.
async function opened(options = {}) {
  const context = await browser.newContext({ viewport: desk, colorScheme: 'light', ...options });
  context.setDefaultTimeout(patience_ms);
  const page = await context.newPage();
  page.complaints = [];
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) page.complaints.push(message.text());
  });
  page.on('pageerror', (error) => page.complaints.push(String(error)));
  if (options.javaScriptEnabled !== false)
    await page.addInitScript(() =>
      document.addEventListener('securitypolicyviolation', (event) =>
        console.error(`the policy was broken: ${event.violatedDirective} ${event.blockedURI}`)));
  return page;
}

async function closed(page) {
  assert.deepEqual(page.complaints, []);
  await page.context().close();
}

async function picture(page, name) {
  await page.screenshot({ path: join(screenshots, `${name}.png`), fullPage: true });
}

const state_of = (page) => page.locator('h1 .state').first();

async function until_state(page, ...states) {
  await page.waitForFunction((wanted) => wanted.includes(document.querySelector('h1 .state')?.textContent), states);
}

// Presses Tab until this has the focus, as somebody without a mouse.
async function tab_to(page, selector) {
  for (let presses = 0; presses < 80; ++presses) {
    await page.keyboard.press('Tab');
    if (await page.evaluate((wanted) => document.activeElement?.matches(wanted) ?? false, selector)) return;
  }
  throw new Error(`Tab does not lead to ${selector}`);
}

async function begin(page, job) {
  await page.goto(world.base);
  await page.locator(`[id="begin-${job}"] > summary`).click();
  await page.locator(`[id="begin-${job}"] button`).click();
  await page.waitForURL(/\/runs\//);
}

async function runs_of(job) {
  return (await world.api(`/runs?job=${job}`)).body.runs;
}

let failures = 0;
async function test(name, body) {
  const begun = Date.now();
  try {
    await body();
    console.log(`ok      ${name} (${Date.now() - begun} ms)`);
  } catch (error) {
    failures += 1;
    console.log(`FAILED  ${name}\n${error.stack}`);
    const pages = browser.contexts().flatMap((context) => context.pages());
    for (const [i, page] of pages.entries()) await picture(page, `failed-${failures}-${i}`).catch(() => {});
  }
  for (const context of browser.contexts()) await context.close();
}

let run = '';

await test('a run is begun on the page and seen to its end without loading it again', async () => {
  const page = await opened();
  await begin(page, 'tickets');
  await until_state(page, 'running');
  run = page.url().split('/').pop();
  await page.evaluate(() => { window.was_never_left = true; });
  await page.locator('#all-batches > summary').click();
  await picture(page, 'run-running');
  await until_state(page, 'failed', 'succeeded');
  assert.equal(await page.evaluate(() => window.was_never_left), true);
  assert.equal(await page.locator('#all-batches').getAttribute('open'), '', 'what was folded open stays open');
  const { body } = await world.api(`/runs/${run}`);
  assert.equal(await state_of(page).textContent(), body.state);
  assert.match(await page.locator('#items .legend').textContent(), new RegExp(`${body.counts.failed} failed`));
  await picture(page, 'run-failed');
  await closed(page);
});

await test('failures are filtered by their reason, and an item is opened', async () => {
  const page = await opened();
  await page.goto(`${world.base}/runs/${run}`);
  await page.locator('#reasons').getByRole('link', { name: 'schema_mismatch' }).click();
  await page.waitForURL(/reason=schema_mismatch/);
  const reasons = await page.locator('td[data-name="reason"]').allTextContents();
  assert(reasons.length > 0);
  assert(reasons.every((reason) => reason === 'schema_mismatch'));
  await picture(page, 'items-failed');
  await page.locator('tbody tr').first().getByRole('link').click();
  await page.waitForURL(/items\/\d+$/);
  await page.locator('.side .trouble').first().waitFor();
  await page.locator('#answer-1 > summary').click();
  assert.match(await page.locator('#answer-1 pre').textContent(), /"custom_id"/);
  await picture(page, 'item-failed');
  await closed(page);
});

await test('a retry asks again, and what was rejected then stands beside what was accepted', async () => {
  const page = await opened();
  await page.goto(`${world.base}/runs/${run}`);
  const before = (await world.api(`/runs/${run}`)).body.counts;
  assert.equal(await page.locator('input[name="reason"][value="refused"]').count(), 0, 'a lasting reason is not offered');
  await page.getByRole('button', { name: 'Retry' }).click(); // nothing is ticked
  await page.getByText('no reason is ticked').waitFor();
  page.complaints.length = 0; // the browser complains about the status of that answer
  await page.goBack();
  await page.getByLabel('schema_mismatch').check();
  await page.getByRole('button', { name: 'Retry' }).click();
  await page.waitForURL(new RegExp(`/runs/${run}$`));
  await page.waitForFunction((failed) => {
    const counts = document.querySelector('#items .legend')?.textContent.match(/(\d+) failed/);
    const state = document.querySelector('h1 .state').textContent;
    return ['failed', 'succeeded'].includes(state) && Number(counts?.[1] ?? 0) < failed;
  }, before.failed);
  const { items } = (await world.api(`/runs/${run}/items?status=succeeded`)).body;
  const twice = items.find((item) => item.attempts === 2);
  assert(twice, 'one was accepted the second time');
  await page.goto(`${world.base}/runs/${run}/items/${twice.sequence}`);
  const sides = page.locator('.versus.two .side');
  assert.match(await sides.nth(0).textContent(), /Rejected.*schema_mismatch/s);
  assert.match(await sides.nth(1).textContent(), /Accepted.*"summary"/s);
  await picture(page, 'item-rejected-and-accepted');
  await closed(page);
});

await test('a run is paused, let go on and cancelled', async () => {
  const page = await opened();
  await begin(page, 'long');
  await until_state(page, 'running');
  await page.getByRole('button', { name: 'Pause' }).click();
  await page.getByRole('button', { name: 'Let it go on' }).waitFor();
  await page.locator('#standing').getByText(/paused/i).waitFor();
  await picture(page, 'run-paused');
  await page.getByRole('button', { name: 'Let it go on' }).click();
  await page.getByRole('button', { name: 'Pause' }).waitFor();
  await page.locator('#cancel > summary').click();
  await picture(page, 'run-cancel');
  await page.locator('#cancel button').click();
  await until_state(page, 'cancelled');
  await picture(page, 'run-cancelled');
  await closed(page);
});

await test('sent twice, a form begins one run', async () => {
  const page = await opened();
  await page.goto(`${world.base}/jobs/nightly`);
  const before = (await runs_of('nightly')).length;
  const places = await page.evaluate(async () => {
    const form = document.querySelector('form[action$="/begin"]');
    const send = () => fetch(form.action, { method: 'POST', body: new URLSearchParams(new FormData(form)) });
    const answers = await Promise.all([send(), send()]);
    return answers.map((answer) => answer.url);
  });
  assert.equal(places[0], places[1]);
  await page.goto(places[0]);
  await until_state(page, 'succeeded', 'failed');
  assert.equal((await runs_of('nightly')).length, before + 1);
  await closed(page);
});

await test('thirty runs and more make a strip, and the first page shows every job', async () => {
  const begun = [];
  for (let i = 0; i < 32; ++i) begun.push(await world.begin('nightly'));
  const page = await opened();
  await page.goto(world.base);
  await picture(page, 'home-under-way');
  await page.waitForFunction(() => document.querySelectorAll('#under-way li').length === 0);
  await page.reload();
  assert.equal(await page.locator('tr[data-key="nightly"] .strip rect').count(), 30);
  assert.match(await page.locator('tr[data-key="nightly"]').textContent(), /of 30 succeeded/);
  assert.match(await page.locator('tr[data-key="broken.yaml"]').textContent(), /did you mean "provider"/);
  await picture(page, 'home');
  await page.goto(`${world.base}/jobs/nightly`);
  await picture(page, 'job');
  await closed(page);
});

await test('by keyboard alone: the keys are told, a run is begun, a row is opened, one goes up again', async () => {
  const page = await opened();
  await page.goto(world.base);
  await page.keyboard.press('?');
  await page.getByRole('dialog').waitFor();
  await picture(page, 'keys');
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'hidden' });
  await tab_to(page, '[id="begin-nightly"] > summary');
  await picture(page, 'focus');
  await page.keyboard.press('Enter');
  await tab_to(page, '[id="begin-nightly"] button');
  await page.keyboard.press('Enter');
  await page.waitForURL(/\/runs\//);
  await until_state(page, 'succeeded', 'failed');
  await page.goto(`${world.base}/runs/${run}/items`);
  await page.keyboard.press('/');
  assert.equal(await page.evaluate(() => document.activeElement.id), 'find');
  await page.keyboard.type('#3');
  await page.keyboard.press('Enter');
  await page.waitForURL(/items\/3$/);
  await page.keyboard.press('u');
  await page.waitForURL(/items$/);
  for (const key of ['j', 'j', 'j', 'k']) await page.keyboard.press(key);
  assert.match(await page.evaluate(() => document.activeElement.href), /items\/2$/);
  await page.keyboard.press('Enter');
  await page.waitForURL(/items\/2$/);
  await page.keyboard.press('g');
  await page.waitForURL(`${world.base}/`);
  await closed(page);
});

await test('an id that would be an element of HTML is a text', async () => {
  const page = await opened();
  await page.goto(`${world.base}/runs/${run}/items/1`);
  assert.equal(await page.locator('h1 bdi').textContent(), evil_id);
  assert.equal(await page.locator('main img').count(), 0);
  assert.doesNotMatch(await page.title(), /^struck/);
  await closed(page);
});

await test('dark and light follow the system, and a phone need not scroll sideways', async () => {
  const brightness = (page) => page.evaluate(() => {
    const [red, green, blue] = getComputedStyle(document.body).backgroundColor.match(/\d+/g).map(Number);
    return (red + green + blue) / 3;
  });
  const paths = { home: '/', job: '/jobs/nightly', run: `/runs/${run}`, items: `/runs/${run}/items`, item: `/runs/${run}/items/2` };
  const dark = await opened({ colorScheme: 'dark' });
  const small = await opened({ viewport: phone, hasTouch: true, isMobile: true });
  for (const [name, path] of Object.entries(paths)) {
    await dark.goto(world.base + path);
    assert(await brightness(dark) < 60, `${name} is dark`);
    await picture(dark, `${name}-dark`);
    await small.goto(world.base + path);
    assert(await brightness(small) > 200, `${name} is light`);
    const width = await small.evaluate(() => document.scrollingElement.scrollWidth);
    assert(width <= phone.width, `${name} is ${width} pixels wide`);
    await picture(small, `${name}-phone`);
  }
  await small.goto(world.base);
  await small.locator('[id="begin-nightly"] > summary').tap();
  assert(await small.evaluate(() => document.scrollingElement.scrollWidth) <= phone.width);
  assert.deepEqual(dark.complaints, []);
  await closed(small);
});

await test('everything can be had without the script', async () => {
  const page = await opened({ javaScriptEnabled: false });
  await begin(page, 'nightly');
  // While the input is read the page asks for itself again.
  await page.locator('h1 .state').waitFor();
  await page.getByRole('link', { name: 'All' }).or(page.locator('#items dd a').first()).first().click();
  await page.locator('td[data-name="status"]').first().waitFor();
  await picture(page, 'items-without-script');
  await closed(page);
});

await test('results and failures are handed out as files', async () => {
  const page = await opened();
  await page.goto(`${world.base}/runs/${run}`);
  for (const name of ['results.jsonl', 'results.csv', 'failures.jsonl']) {
    const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name }).click()]);
    assert.match(download.suggestedFilename(), new RegExp(`${name}$`));
    assert.equal(await download.failure(), null);
  }
  await closed(page);
});

await test('a page of another origin begins nothing here', async () => {
  const before = (await runs_of('tickets')).length;
  const page_of_others = `<form method="post" action="${world.base}/jobs/tickets/begin"><input name="key" value="stolen">
    </form><script>document.forms[0].submit()</script>`;
  const others = createServer((_, response) => response.setHeader('Content-Type', 'text/html').end(page_of_others));
  await new Promise((resolve) => others.listen(0, '127.0.0.1', resolve));
  for (const host of ['127.0.0.1', 'localhost']) {
    const page = await opened();
    const [answer] = await Promise.all([
      page.waitForResponse((response) => response.url().startsWith(world.base)),
      page.goto(`http://${host}:${others.address().port}/`),
    ]);
    assert.equal(answer.status(), 403);
    await page.context().close();
  }
  others.close();
  assert.equal((await runs_of('tickets')).length, before);
});

await test('the daemon away and back: the page says so, and goes on', async () => {
  const page = await opened();
  await page.goto(`${world.base}/runs/${run}`);
  await page.locator('#live.here').waitFor();
  await world.stop_daemon();
  await page.locator('#live.away').waitFor();
  await picture(page, 'not-connected');
  await world.serve();
  await page.locator('#live.here').waitFor();
  await page.context().close(); // the browser complains about the lost connection, and rightly
});

await browser.close();
await world.end();
kill_all();
console.log(failures === 0 ? 'all is well' : `${failures} failed`);
process.exit(failures === 0 ? 0 : 1);
