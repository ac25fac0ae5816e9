import { h } from './draw.js';
import { clock, longDay, span } from './times.js';

const place = document.getElementById('list');

/** The same week in words, for whoever cannot see it or would rather read. Drawn when it is opened. */
export function drawList(week) {
  const details = document.getElementById('as-list');
  const draw = () =>
    details.open &&
    place.replaceChildren(freeTimes(week), ...week.participants.map((one) => busyTimes(one, week.zone)));
  details.ontoggle = draw;
  draw();
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
              { type: 'button', onclick: () => choose(slot) },
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
