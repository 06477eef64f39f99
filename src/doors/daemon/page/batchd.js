// What makes the pages live. Without it they work the same, and are made new by loading them again.
'use strict';
(() => {
  const refresh_every_ms = 1000; // at most, however much happens
  const refresh_in_silence_ms = 30_000;
  const await_every_ms = 500;
  const body = document.body;

  // -- Times: the reader's own, and how long ago they were.

  const two = (number) => String(number).padStart(2, '0');

  function clock_text(time, now, with_seconds) {
    const seconds = with_seconds ? `:${two(time.getSeconds())}` : '';
    const at = `${two(time.getHours())}:${two(time.getMinutes())}${seconds}`;
    if (time.toDateString() === now.toDateString()) return at;
    const year = time.getFullYear() === now.getFullYear() ? undefined : 'numeric';
    return `${time.toLocaleDateString('en-GB', { day: 'numeric', month: 'short', year })} ${at}`;
  }

  function length_text(seconds, in_one_unit) {
    if (seconds < 60) return `${seconds} s`;
    const minutes = Math.floor(seconds / 60);
    if (minutes < 60) return `${minutes} min`;
    const hours = Math.floor(minutes / 60);
    if (hours < 24) return in_one_unit ? `${hours} h` : `${hours} h ${two(minutes % 60)} min`;
    const days = Math.floor(hours / 24);
    return in_one_unit ? `${days} d` : `${days} d ${hours % 24} h`;
  }

  function beside_text(time, now) {
    const seconds = Math.round((time - now) / 1000);
    if (seconds === 0) return 'now';
    return seconds < 0 ? `${length_text(-seconds, true)} ago` : `in ${length_text(seconds, false)}`;
  }

  function tell_times(root) {
    const now = new Date();
    for (const element of root.querySelectorAll('time[data-form]')) {
      const time = new Date(element.dateTime);
      const { form } = element.dataset;
      const text = form === 'beside' ? beside_text(time, now) : clock_text(time, now, form === 'second');
      if (element.textContent !== text) element.textContent = text;
      element.title = time.toLocaleString('en-GB', { dateStyle: 'medium', timeStyle: 'long' });
    }
  }

  // -- The page made new in place: what stays the same is not touched, so that focus, scrolling, what is ticked and
  // what is folded open stay as the reader has them.

  const key_of = (node) => (node.nodeType === Node.ELEMENT_NODE ? node.dataset.key || node.id || '' : '');

  function is_the_readers(element, attribute) {
    if (element.nodeName === 'INPUT') return ['value', 'checked'].includes(attribute);
    return element.nodeName === 'DETAILS' && attribute === 'open';
  }

  function renew(old, fresh) {
    if (old.nodeType !== Node.ELEMENT_NODE) {
      if (old.data !== fresh.data) old.data = fresh.data;
      return;
    }
    for (const { name } of [...old.attributes])
      if (!fresh.hasAttribute(name) && !is_the_readers(old, name)) old.removeAttribute(name);
    for (const { name, value } of fresh.attributes)
      if (old.getAttribute(name) !== value && !is_the_readers(old, name)) old.setAttribute(name, value);
    renew_children(old, fresh);
  }

  function renew_children(old, fresh) {
    const keyed = new Map();
    for (const child of old.children) if (key_of(child)) keyed.set(key_of(child), child);
    let here = old.firstChild;
    for (const wanted of [...fresh.childNodes]) {
      const key = key_of(wanted);
      let found = key ? keyed.get(key) : undefined;
      if (!key && here && !key_of(here) && here.nodeName === wanted.nodeName) found = here;
      if (found && found.nodeName === wanted.nodeName) {
        if (found === here) here = here.nextSibling;
        else old.insertBefore(found, here);
        renew(found, wanted);
      } else {
        old.insertBefore(document.importNode(wanted, true), here);
      }
    }
    while (here) {
      const next = here.nextSibling;
      here.remove();
      here = next;
    }
  }

  function exchange(fresh) {
    const focused = document.activeElement;
    tell_times(fresh);
    document.title = fresh.title;
    for (const region of fresh.querySelectorAll('[data-live]')) {
      const ours = document.querySelector(`[data-live="${region.dataset.live}"]`);
      if (ours) renew_children(ours, region);
    }
    if (focused && focused !== document.activeElement && focused.isConnected) focused.focus({ preventScroll: true });
  }

  async function load() {
    const response = await fetch(location.href, { headers: { Accept: 'text/html' }, cache: 'no-store' });
    return new DOMParser().parseFromString(await response.text(), 'text/html');
  }

  // -- What happens, as it happens.

  const live = document.getElementById('live');
  const events = ['run', 'happening', 'prepared', 'reported', 'reset'];
  let source = null;
  let timer = 0;
  let loaded_at = Date.now();

  function say(state, word) {
    live.hidden = false;
    live.className = state;
    if (live.textContent !== word) live.textContent = word;
  }

  async function refresh() {
    timer = 0;
    loaded_at = Date.now();
    try {
      exchange(await load());
    } catch {
      say('away', 'not connected');
    }
  }

  function refresh_soon() {
    if (timer === 0) timer = setTimeout(refresh, Math.max(0, loaded_at + refresh_every_ms - Date.now()));
  }

  function hear(event) {
    if (event.type === 'reset' || !body.dataset.run || JSON.parse(event.data).run === body.dataset.run) refresh_soon();
  }

  // A page nobody sees holds no connection: a browser has six for a host.
  function follow() {
    if (document.hidden || source) return;
    source = new EventSource('/api/v1/events');
    source.onopen = () => say('here', 'live');
    source.onerror = () => say('away', 'not connected');
    for (const kind of events) source.addEventListener(kind, hear);
  }

  function leave() {
    if (source) source.close();
    source = null;
  }

  async function look_again() {
    try {
      if (!(await load()).body.hasAttribute('data-again')) return location.reload();
    } catch {
      say('away', 'not connected');
    }
    setTimeout(look_again, await_every_ms);
  }

  // -- The keyboard.

  const keys = document.getElementById('keys');

  function step(by) {
    const rows = [...document.querySelectorAll('[data-row]')].filter((row) => row.querySelector('a'));
    if (rows.length === 0) return;
    const here = rows.findIndex((row) => row.contains(document.activeElement));
    const next = here < 0 ? (by > 0 ? 0 : rows.length - 1) : Math.min(rows.length - 1, Math.max(0, here + by));
    rows[next].querySelector('a:not([tabindex])').focus({ preventScroll: true });
    rows[next].scrollIntoView({ block: 'nearest' });
  }

  function go_up() {
    const crumbs = document.querySelectorAll('header ol a');
    if (crumbs.length > 1) crumbs[crumbs.length - 2].click();
  }

  function close_sheets(but) {
    for (const sheet of document.querySelectorAll('details.careful[open]')) if (sheet !== but) sheet.open = false;
  }

  const meanings = {
    j: () => step(1),
    k: () => step(-1),
    u: go_up,
    g: () => location.assign('/'),
    '?': () => keys.showModal(),
    '/': () => document.querySelector('[data-filter]')?.focus(),
  };

  document.addEventListener('keydown', (event) => {
    if (event.key === 'Escape') {
      const sheet = document.activeElement?.closest('details.careful[open]');
      close_sheets();
      sheet?.querySelector('summary').focus();
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || keys.open) return;
    if (event.target.closest('input:not([type="checkbox"]), select, textarea')) return;
    const meaning = meanings[event.key];
    if (!meaning) return;
    event.preventDefault();
    meaning();
  });
  document.addEventListener('click', (event) => close_sheets(event.target.closest('details.careful')));

  const show_keys = document.getElementById('show-keys');
  show_keys.hidden = false;
  show_keys.addEventListener('click', () => keys.showModal());

  tell_times(document);
  setInterval(() => tell_times(document), refresh_every_ms);
  if (body.hasAttribute('data-again')) look_again();
  else if (body.hasAttribute('data-follow')) {
    follow();
    setInterval(() => {
      if (!document.hidden && Date.now() - loaded_at > refresh_in_silence_ms) refresh_soon();
    }, refresh_in_silence_ms / 6);
    document.addEventListener('visibilitychange', () => {
      if (document.hidden) return leave();
      follow();
      refresh_soon();
    });
    addEventListener('pagehide', leave);
  }
})();
