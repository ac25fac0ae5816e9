import { h, redraw } from './draw.js';
import { call } from './server-calls.js';
import { ago, dayStart, mondayOf, ownZone, today, zoneName } from './times.js';
import { freshnessReason } from './words.js';
import { drawList } from './list.js';
import { drawWeek } from './week.js';

/** What is asked: by whom, for when, in which zone. The page's only state that is not the server's. */
const query = { people: new Set(), zone: ownZone, monday: undefined, day: undefined, answer: undefined };

let people = [];
let choose = () => {};
const byId = (id) => document.getElementById(id);

/** Shows the panel's week; `chosen` is called with a slot that the user wants to book. */
export function showFinding(everybody, chosen) {
  people = everybody.map((person, hue) => ({ ...person, hue }));
  choose = chosen;
  query.people = new Set(people.map(({ userId }) => userId).slice(0, 3));
  query.monday = firstMonday(query.zone);
  drawPeople();
  drawZones();
  byId('duration').addEventListener('change', loadWeek);
  byId('query').addEventListener('submit', (event) => event.preventDefault());
  byId('week-before').addEventListener('click', () => goTo(query.monday.subtract({ weeks: 1 })));
  byId('week-after').addEventListener('click', () => goTo(query.monday.add({ weeks: 1 })));
  byId('week-now').addEventListener('click', () => goTo(mondayOf(today(query.zone))));
  matchMedia('(max-width: 47rem)').addEventListener('change', draw);
  return loadWeek();
}

/** Interviews are booked for the week after; on a Monday the week has just begun. */
function firstMonday(zone) {
  const now = today(zone);
  return mondayOf(now.dayOfWeek > 1 ? now.add({ weeks: 1 }) : now);
}

export const panel = () => people.filter(({ userId }) => query.people.has(userId));

export const chosenZone = () => query.zone;

let asked = 0;

/** Of several that are under way, the last one that was asked for counts. */
export async function loadWeek() {
  const turn = ++asked;
  if (query.people.size === 0) {
    query.answer = { participants: [], slots: [] };
    draw();
    return;
  }
  const { monday, zone } = query;
  try {
    const answer = await call('POST', '/availability', {
      people: panel().map(({ userId }) => userId),
      from: dayStart(monday, zone),
      to: dayStart(monday.add({ weeks: 1 }), zone),
      durationMinutes: Number(byId('duration').value),
    });
    if (turn !== asked) return;
    query.answer = answer;
    draw();
  } catch (error) {
    if (turn !== asked) return;
    query.answer = { participants: [], slots: [] };
    draw();
    byId('week-summary').textContent = error.message;
  }
}

function goTo(monday) {
  query.monday = monday;
  query.day = undefined;
  void loadWeek();
}

function draw() {
  const { answer, zone, monday } = query;
  if (answer === undefined) return;
  const participants = answer.participants.map((known) => ({
    ...people.find(({ userId }) => userId === known.userId),
    ...known,
  }));
  const slots = answer.slots ?? [];
  byId('week-title').textContent = weekTitle(monday);
  drawPeople();
  const summary = summaryOf(participants, slots);
  if (byId('week-summary').textContent !== summary) byId('week-summary').textContent = summary;
  const week = { participants, slots, zone, monday, day: query.day, choose };
  drawWeek({
    ...week,
    onDay: (day) => {
      query.day = day;
      draw();
    },
  });
  drawList(week);
}

function weekTitle(monday) {
  const [from, to] = [monday, monday.add({ days: 6 })].map((date) => new Date(`${date}T12:00:00Z`));
  return new Intl.DateTimeFormat('en-GB', {
    day: 'numeric',
    month: 'long',
    year: 'numeric',
    timeZone: 'UTC',
  }).formatRange(from, to);
}

function summaryOf(participants, slots) {
  if (participants.length === 0) return 'Choose who is to be there.';
  const unknown = participants.filter(({ freshness }) => freshness.state !== 'fresh');
  if (unknown.length > 0) {
    const names = new Intl.ListFormat('en').format(
      unknown.map(({ name }) => (name === 'You' ? 'you' : name)),
    );
    return `Nothing can be offered: it is not known when ${names} ${unknown.length > 1 || names === 'you' ? 'are' : 'is'} free.`;
  }
  if (slots.length === 0) return 'There is no time this week when everybody is free.';
  return `${slots.length} ${slots.length === 1 ? 'time' : 'times'} when everybody is free, within their working hours.`;
}

/** Who is to be there, each with how far their time is known: in words, since a hatching tells not everybody. */
function drawPeople() {
  const known = new Map(query.answer?.participants.map(({ userId, freshness }) => [userId, freshness]));
  const data = people.map(({ userId }) => [query.people.has(userId), knownInWords(known.get(userId))]);
  redraw(byId('people'), data, () => people.map((one, index) => personSwitch(one, ...data[index])));
}

function personSwitch({ userId, name, hue, timeZone }, isChosen, [isKnown, words]) {
  const toggle = ({ target }) => {
    if (target.checked) query.people.add(userId);
    else query.people.delete(userId);
    void loadWeek();
  };
  return h(
    'label',
    { class: `person hue-${hue} ${isKnown ? '' : 'not-known'}`, 'data-user': userId },
    h('input', { type: 'checkbox', checked: isChosen, onchange: toggle, 'data-key': userId }),
    h('span', { class: 'dot', 'aria-hidden': 'true' }, isKnown ? '' : '?'),
    h('span', { class: 'person-name' }, name),
    h(
      'span',
      { class: 'person-known' },
      [timeZone.split('/').at(-1).replaceAll('_', ' '), words].filter(Boolean).join(' · '),
    ),
  );
}

function knownInWords(freshness) {
  if (freshness === undefined) return [true, ''];
  if (freshness.state !== 'fresh') return [false, `not known: ${freshnessReason(freshness)}`];
  return [true, freshness.lastSyncedAt === undefined ? '' : `read ${ago(freshness.lastSyncedAt)}`];
}

function drawZones() {
  const group = (label, zones) =>
    h(
      'optgroup',
      { label },
      zones.map((zone) => h('option', { value: zone }, zoneName(zone))),
    );
  const theirs = new Set(people.map(({ timeZone }) => timeZone));
  theirs.delete(ownZone);
  const choice = byId('zone');
  choice.replaceChildren(
    group('Yours', [ownZone]),
    group('The panel’s', [...theirs]),
    group('All', ['UTC', ...Intl.supportedValuesOf('timeZone').filter((zone) => zone !== 'UTC')]),
  );
  choice.value = ownZone;
  choice.addEventListener('change', () => {
    query.zone = choice.value;
    void loadWeek();
  });
}

/** Whether what happened to somebody is to be seen here. */
export const shows = (userId) => query.people.has(userId);
