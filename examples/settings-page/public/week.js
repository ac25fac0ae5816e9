import { h } from './draw.js';
import { clock, locale, longDay, span, today, wallClock } from './times.js';

/* global EventCalendar */

const place = document.getElementById('week');
const tabs = document.getElementById('days');
const isNarrow = () => matchMedia('(max-width: 47rem)').matches;
const stepMinutes = 30;
let calendar;
let choose = () => {};
let zone = 'UTC';
let drawn = '';

/**
 * The week as a calendar: a lane for each person in every day, in which their busy times stand, and across all lanes the
 * times at which the meeting can begin. On a phone one day at a time.
 */
export function drawWeek(week) {
  choose = week.choose;
  zone = week.zone;
  const narrow = isNarrow();
  const look = JSON.stringify([seen(week), narrow, today(zone)]);
  if (look === drawn) return;
  drawn = look;
  const days = daysOf(week);
  const day = dayShown(week, days);
  const [first, last] = hoursOf(week);
  drawTabs(days, day, week);
  tabs.hidden = !narrow;
  const options = {
    view: narrow ? 'timeGridDay' : 'timeGridWeek',
    date: (narrow ? day : week.monday).toString(),
    hiddenDays: narrow
      ? []
      : [0, 1, 2, 3, 4, 5, 6].filter((number) => !days.some((one) => one.dayOfWeek % 7 === number)),
    slotMinTime: `${first}:00`,
    slotMaxTime: `${last}:00`,
    highlightedDates: [today(zone).toString()],
    dayHeaderFormat: (date) => ({ domNodes: header(date, week.participants) }),
    events: eventsOf(week, first, last),
  };
  place.classList.toggle('narrow', narrow);
  const focused = place.contains(document.activeElement) ? document.activeElement.dataset.start : undefined;
  if (calendar === undefined) calendar = EventCalendar.create(place, { ...fixed, ...options });
  else for (const [name, value] of Object.entries(options)) calendar.setOption(name, value);
  requestAnimationFrame(() => oneStop(focused));
}

/** What is to be seen of it: where nothing of that has changed, nothing moves under anybody's pointer. */
const seen = ({ participants, slots, monday, day, zone: shownIn }) => [
  participants.map(({ userId, busy, freshness }) => [userId, busy, freshness.state]),
  slots.map(({ start, end }) => [start, end]),
  String(monday),
  day,
  shownIn,
];

const fixed = {
  headerToolbar: { start: '', center: '', end: '' },
  allDaySlot: false,
  firstDay: 1,
  editable: false,
  eventStartEditable: false,
  eventDurationEditable: false,
  locale,
  slotDuration: '00:30',
  slotHeight: 26,
  slotEventOverlap: false,
  slotLabelFormat: { hour: 'numeric', minute: '2-digit' },
  eventContent: ({ event }) => ({ domNodes: content(event.extendedProps) }),
  eventDidMount: ({ el, event }) => explain(el, event.extendedProps),
};

function content({ slot }) {
  if (slot === undefined) return [];
  const start = clock(slot.start, zone);
  const rest = h(
    'span',
    { class: 'hidden' },
    `, ${longDay(slot.start, zone)}, until ${clock(slot.end, zone)}: book`,
  );
  const attributes = {
    type: 'button',
    class: 'start',
    'data-start': slot.start,
    onclick: () => choose(slot),
  };
  return [h('button', attributes, start, rest)];
}

/** Who is busy when is told in words in the list: in here it would be read out lane by lane, without days. */
function explain(element, { title }) {
  if (title === undefined) return;
  element.title = title;
  element.setAttribute('aria-hidden', 'true');
}

/** The one that was chosen, or the first on which a time is offered. */
function dayShown({ day, slots }, days) {
  const chosen = days[day] ?? days.find((date) => offeredOn(date, slots) > 0);
  return chosen ?? days.find((date) => date.equals(today(zone))) ?? days[0];
}

const offeredOn = (date, slots) =>
  slots.filter(({ start }) => wallClock(start, zone).toPlainDate().equals(date)).length;

/** Monday to Friday, and a day of the weekend where a time is offered there: Friday afternoon is Saturday elsewhere. */
function daysOf({ monday, slots }) {
  return [0, 1, 2, 3, 4, 5, 6]
    .map((days) => monday.add({ days }))
    .filter((date) => date.dayOfWeek <= 5 || offeredOn(date, slots) > 0);
}

/** From eight to six, and further where a time is offered or was always thought to be. */
function hoursOf({ slots }) {
  let [first, last] = [8, 18];
  for (const { start, end } of slots) {
    const [from, to] = [wallClock(start, zone), wallClock(end, zone)];
    first = Math.min(first, from.hour);
    last = Math.max(
      last,
      to.toPlainDate().equals(from.toPlainDate()) ? Math.ceil(to.hour + to.minute / 60) : 24,
    );
  }
  return [first, last].map((hour) => String(hour).padStart(2, '0'));
}

function eventsOf(week, first, last) {
  const lanes = week.participants.length;
  const busy = week.participants.flatMap((person, lane) => {
    const look = (kind) => ({
      display: 'background',
      classNames: [kind, `hue-${person.hue}`],
      styles: [`--lane: ${lane}`, `--lanes: ${lanes}`],
    });
    const blocks = person.busy.map((interval) => ({
      ...look('busy-time'),
      ...drawnAt(interval),
      extendedProps: { title: `${person.name}: busy ${span(interval, zone)}` },
    }));
    if (person.freshness.state === 'fresh') return blocks;
    const unknown = daysOf(week).map((date) => ({
      ...look('unknown-time'),
      start: `${date}T${first}:00:00`,
      end: endOf(date, last),
      extendedProps: { title: `${person.name}: not known` },
    }));
    return [...unknown, ...blocks];
  });
  return [...busy, ...week.slots.map(startOf)];
}

const endOf = (date, last) => (last === '24' ? `${date.add({ days: 1 })}T00:00:00` : `${date}T${last}:00:00`);

/** On a day on which clocks go back, the end may be drawn before the start; nothing that is busy is left out for that. */
function drawnAt({ start, end }) {
  const [from, to] = [wallClock(start, zone), wallClock(end, zone)];
  const isBackwards = to.toString() <= from.toString();
  return { start: written(from), end: written(isBackwards ? from.add({ minutes: 15 }) : to) };
}

const written = (time) => time.toString({ smallestUnit: 'second' });

/** A slot is drawn as high as the step to the next, not as long as it lasts: so they stand below each other. */
function startOf(slot) {
  const from = wallClock(slot.start, zone);
  const lasts = (new Date(slot.end) - new Date(slot.start)) / 60_000 / stepMinutes;
  return {
    id: slot.start,
    start: written(from),
    end: written(from.add({ minutes: stepMinutes })),
    classNames: ['slot'],
    styles: [`--lasts: ${lasts}`],
    extendedProps: { slot },
  };
}

function header(date, participants) {
  const format = (options) =>
    new Intl.DateTimeFormat(locale, { timeZone: 'UTC', ...options }).format(asUtc(date));
  return [
    h('span', { class: 'weekday' }, format({ weekday: 'short' })),
    h('span', { class: 'date' }, format({ day: 'numeric' })),
    h(
      'span',
      { class: 'lanes', 'aria-hidden': 'true' },
      participants.map(({ name: who, hue }) => h('span', { class: `lane-name hue-${hue}` }, who.slice(0, 1))),
    ),
  ];
}

/** The component hands over midnight of the day in the browser's own zone. */
const asUtc = (date) => new Date(Date.UTC(date.getFullYear(), date.getMonth(), date.getDate()));

function drawTabs(days, chosen, { onDay, slots }) {
  tabs.replaceChildren(
    ...days.map((date, index) => {
      const at = new Date(`${date}T12:00:00Z`);
      const format = (options) =>
        new Intl.DateTimeFormat('en-GB', { timeZone: 'UTC', ...options }).format(at);
      return h(
        'button',
        {
          type: 'button',
          'aria-pressed': String(date.equals(chosen)),
          onclick: () => {
            onDay(index);
            tabs.children[index]?.focus();
          },
        },
        h('span', {}, format({ weekday: 'short' })),
        h('strong', {}, format({ day: 'numeric' })),
        h('small', {}, offeredOn(date, slots) === 0 ? '–' : `${offeredOn(date, slots)} free`),
      );
    }),
  );
}

const starts = () =>
  [...place.querySelectorAll('.start')].toSorted((a, b) => (a.dataset.start < b.dataset.start ? -1 : 1));

/** All the times are one stop of the Tab key; the arrow keys go from one to the next, and from day to day. */
function oneStop(focused) {
  // The component says that it is a table, and has no cells; what is in it are buttons.
  for (const part of place.querySelectorAll('[role], [aria-colindex]'))
    for (const claim of ['role', 'aria-colindex', 'aria-colcount', 'aria-rowcount'])
      part.removeAttribute(claim);
  const all = starts();
  const current = all.find(({ dataset }) => dataset.start === focused) ?? all[0];
  for (const slot of all) slot.tabIndex = slot === current ? 0 : -1;
  if (focused !== undefined) current?.focus();
}

place.addEventListener('keydown', (event) => {
  const all = starts();
  const at = all.indexOf(document.activeElement);
  const next = at < 0 ? undefined : neighbour(event.key, all, at);
  if (next === undefined) return;
  event.preventDefault();
  oneStop(next.dataset.start);
});

function neighbour(key, all, at) {
  const dayOf = ({ dataset }) => wallClock(dataset.start, zone).toPlainDate().toString();
  const day = dayOf(all[at]);
  switch (key) {
    case 'ArrowDown':
      return all[at + 1];
    case 'ArrowUp':
      return all[at - 1];
    case 'ArrowRight':
      return all.find((slot) => dayOf(slot) > day);
    case 'ArrowLeft': {
      const before = all.findLast((slot) => dayOf(slot) < day);
      return before && all.find((slot) => dayOf(slot) === dayOf(before));
    }
    case 'Home':
      return all[0];
    case 'End':
      return all.at(-1);
    default:
      return undefined;
  }
}
