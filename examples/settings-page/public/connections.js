import { goToProvider } from './attempt.js';
import { announce, areYouSure, h, redraw } from './draw.js';
import { call } from './server-calls.js';
import { ago } from './times.js';
import { connectionStates, providerNames } from './words.js';

const place = document.getElementById('connections');
let onChange = () => {};

/** Shows the user's connections and calendars; `changed` is called when the user has changed what counts. */
export function showConnections(changed) {
  onChange = changed;
  for (const provider of ['google', 'microsoft']) {
    const button = document.getElementById(`connect-${provider}`);
    button.addEventListener('click', () => inWords(button, () => goToProvider(provider)));
    button.disabled = false;
  }
  setInterval(tellAges, 15_000);
  return loadConnections();
}

export async function loadConnections() {
  const { connections } = await call('GET', '/connections');
  redraw(place, connections.map(seen), () =>
    connections.length === 0
      ? h(
          'p',
          { class: 'empty' },
          'No calendar yet. Until one is connected, you count as “not known” and are never offered.',
        )
      : connections.map(card),
  );
  for (const { id, lastSyncedAt } of connections) {
    const line = document.getElementById(`synced-${id}`);
    if (line !== null) line.dataset.since = lastSyncedAt ?? '';
  }
  tellAges();
}

/** Without what changes with every sync, so that a card is drawn anew only when there is something new to see. */
function seen({ lastSyncedAt, nextSyncAt: _next, updatedAt: _updated, diagnosis, calendars, ...rest }) {
  const shown = calendars.map(({ id, name, selected, primary, color }) => ({
    id,
    name,
    selected,
    primary,
    color,
  }));
  const found = isWell({ diagnosis }) ? 'well' : diagnosis;
  return { ...rest, hasSynced: lastSyncedAt !== undefined, calendars: shown, found };
}

const isWell = ({ diagnosis }) => diagnosis.verdict === 'in_sync' || diagnosis.verdict === 'leaving';

function tellAges() {
  for (const line of place.querySelectorAll('[data-since]'))
    line.textContent =
      line.dataset.since === '' ? 'Being read for the first time …' : `Last read ${ago(line.dataset.since)}`;
}

function card(connection) {
  const { id, provider, email, status } = connection;
  const [state, kind] = connectionStates[status];
  const name = `${providerNames[provider]}, ${email}`;
  return h(
    'article',
    { class: 'card', 'aria-label': name, 'data-connection': id },
    h(
      'header',
      {},
      h(
        'div',
        { class: 'named' },
        h('strong', {}, providerNames[provider]),
        h('span', { class: 'soft' }, email),
      ),
      h('span', { class: `pill ${kind}` }, state),
    ),
    h('p', { class: 'soft small', id: `synced-${id}`, 'data-since': '' }),
    !isWell(connection) && mend(connection),
    calendarSwitches(connection),
    status !== 'disconnecting' &&
      h(
        'div',
        { class: 'actions leading' },
        status === 'active' &&
          actionButton('Read now', `sync-${id}`, `Read now: ${name}`, () => syncNow(id), 'quiet'),
        actionButton('Disconnect', `leave-${id}`, `Disconnect ${name}`, () => disconnect(id, name), 'quiet'),
      ),
  );
}

/** The diagnosis in its own words, and the one button that mends it where it is the user who can. */
function mend({ id, provider, email, status, diagnosis }) {
  const { verdict, summary, findings } = diagnosis;
  const kind = verdict === 'behind' ? 'warn' : 'bad';
  return h(
    'div',
    { class: `note ${kind} inner` },
    h('p', {}, summary),
    findings.length > 0 && h('p', { class: 'small' }, findings[0].hint),
    status === 'reauth_required' &&
      actionButton(
        'Reconnect',
        `mend-${id}`,
        `Reconnect ${providerNames[provider]}, ${email}`,
        () => goToProvider(provider, id),
        'main',
      ),
  );
}

function calendarSwitches({ id, calendars }) {
  if (calendars.length === 0) return false;
  return h(
    'fieldset',
    { class: 'switches' },
    h('legend', { class: 'small soft' }, 'Calendars that count'),
    calendars.map(({ id: calendarId, name, selected }) =>
      h(
        'label',
        { class: 'switch' },
        h('span', {}, name),
        h('input', {
          type: 'checkbox',
          role: 'switch',
          checked: selected,
          'data-key': `calendar-${calendarId}`,
          'data-connection-id': id,
          onchange: ({ target }) => inWords(target, () => select(calendarId, name, target)),
        }),
      ),
    ),
  );
}

async function select(calendarId, name, input) {
  const selected = input.checked;
  try {
    await call('PATCH', `/calendars/${calendarId}`, { selected });
  } catch (error) {
    input.checked = !selected;
    throw error;
  }
  announce(`${name} ${selected ? 'counts' : 'does not count any more'}.`);
  onChange();
}

async function syncNow(id) {
  await call('POST', `/connections/${id}/sync`);
  announce('The calendar is being read.');
  setTimeout(() => void loadConnections(), 2000);
}

async function disconnect(id, name) {
  const text =
    'The permission is given back to the provider, and everything that is stored of this calendar is removed. ' +
    'You then count as “not known”.';
  if (!(await areYouSure({ heading: `Disconnect ${name}?`, text, yes: 'Disconnect' }))) return;
  await call('DELETE', `/connections/${id}`);
  announce(`${name} is being removed.`);
  await loadConnections();
  onChange();
}

function actionButton(text, key, label, act, kind) {
  const element = h('button', { class: kind, 'data-key': key, 'aria-label': label }, text);
  element.addEventListener('click', () => inWords(element, act));
  return element;
}

/** Runs it; where it is refused, says why right beside the element. */
export async function inWords(element, act) {
  element.parentElement.querySelector('.refused')?.remove();
  try {
    await act();
  } catch (error) {
    element.parentElement.append(h('p', { class: 'note bad refused', role: 'alert' }, error.message));
  }
}
