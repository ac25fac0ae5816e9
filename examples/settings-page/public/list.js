import { h, redraw } from './draw.js';
import { clock, longDay, span } from './times.js';

const place = document.getElementById('list');

const details = document.getElementById('as-list');
let week;
details.addEventListener('toggle', draw);

/** The same week in words, for whoever cannot see it or would rather read. Drawn when it is opened. */
export function drawList(shown) {
  week = shown;
  draw();
}

function draw() {
  if (!details.open || week === undefined) return;
  const { participants, slots, zone } = week;
  const seen = participants.map(({ userId, busy, freshness }) => [userId, busy, freshness.state]);
  redraw(place, [seen, slots, zone], () => [
    freeTimes(week),
    ...participants.map((one) => busyTimes(one, zone)),
  ]);
}

function freeTimes({ slots, zone, choose }) {
  const days = Map.groupBy(slots, ({ start }) => longDay(start, zone));
  return h(
    'div',
    { class: 'list-part' },
    h('h4', {}, 'Everybody is free'),
    days.size === 0 && h('p', { class: 'soft' }, 'At no time.'),
    [...days].map(([day, times]) =>
      h(
        'div',
        { class: 'list-day' },
        h('h5', {}, day),
        h(
          'div',
          { class: 'times' },
          times.map((slot) =>
            h(
              'button',
              { type: 'button', 'data-key': slot.start, onclick: () => choose(slot) },
              clock(slot.start, zone),
              h('span', { class: 'hidden' }, `, ${day}, until ${clock(slot.end, zone)}: book`),
            ),
          ),
        ),
      ),
    ),
  );
}

function busyTimes({ name, busy, freshness }, zone) {
  return h(
    'div',
    { class: 'list-part' },
    h('h4', {}, `${name}: busy`),
    freshness.state !== 'fresh' && h('p', { class: 'soft' }, 'Not known; there may be more than this.'),
    busy.length === 0
      ? h('p', { class: 'soft' }, freshness.state === 'fresh' ? 'Never, this week.' : 'Nothing is known.')
      : h(
          'ul',
          {},
          busy.map((interval) => h('li', {}, `${longDay(interval.start, zone)}, ${span(interval, zone)}`)),
        ),
  );
}
