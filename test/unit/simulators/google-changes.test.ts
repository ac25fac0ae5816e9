import fc from 'fast-check';
import { expect, it } from 'vitest';

import { collectAll, collectChanges } from '../../simulators/google/collect-items.ts';
import { createEventStore, type EventStore } from '../../simulators/google/event-store.ts';
import { type Item, isInside, type Window } from '../../simulators/google/items.ts';
import { readListQuery } from '../../simulators/google/list-query.ts';
import { etagOf } from '../../simulators/google/render-event.ts';

const NOW = new Date('2026-03-02T09:00:00Z');
const WINDOW = { timeMin: '2026-03-01T00:00:00Z', timeMax: '2026-05-01T00:00:00Z' };
const IDS = ['aaaaa', 'bbbbb', 'ccccc'];
const RULES = [
  'RRULE:FREQ=DAILY;COUNT=5',
  'RRULE:FREQ=WEEKLY',
  'RRULE:FREQ=WEEKLY;BYDAY=MO,TH;COUNT=6',
  'RDATE:20260410T090000',
];

type Change = (store: EventStore) => void;

const time = (day: number, hour: number) => ({
  dateTime: new Date(Date.UTC(2026, 0, day, hour)).toISOString(),
});
const whichId = fc.constantFrom(...IDS);
const whichDay = fc.integer({ min: 30, max: 150 });

const putting = fc
  .record({ id: whichId, day: whichDay, rule: fc.option(fc.constantFrom(...RULES)), allDay: fc.boolean() })
  .map(({ id, day, rule, allDay }): Change => (store) => {
    const recurrence = rule ? { recurrence: [rule] } : {};
    const date = (offset: number) => ({ date: time(day + offset, 0).dateTime.slice(0, 10) });
    const times = allDay ? { start: date(0), end: date(1) } : { start: time(day, 9), end: time(day, 10) };
    store.put({ id, ...times, ...recurrence });
  });

const removing = whichId.map(
  (id): Change =>
    (store) =>
      store.remove(id),
);

/** Moves or cancels an instance that the listing shows. */
const changingInstance = fc
  .record({ pick: fc.nat(), to: fc.option(whichDay) })
  .map(({ pick, to }): Change => (store) => {
    const instances = full(store, true).filter(({ instance }) => instance);
    const item = instances[pick % instances.length];
    if (!item?.instance) return;
    const { of: master, originalStart } = item.instance;
    const original = master.allDay
      ? new Date(originalStart).toISOString().slice(0, 10)
      : new Date(item.instance.originalStartMs);
    const change =
      to === null ? { status: 'cancelled' as const } : { start: time(to, 11), end: time(to, 12) };
    store.changeInstance(master.wire.id ?? '', original, change);
  });

const query = (singleEvents: boolean) =>
  readListQuery(new URLSearchParams({ ...WINDOW, singleEvents: String(singleEvents) }), NOW);
const full = (store: EventStore, singleEvents: boolean) => collectAll(store, query(singleEvents), NOW);

/** What a client holds: living items of the window by id; a series as such counts while it shows in a full listing. */
function held(items: Iterable<Item>): Record<string, string> {
  return Object.fromEntries(
    [...items].filter(({ cancelled }) => !cancelled).map((item) => [item.id, etagOf(item)]),
  );
}

it.each([[false], [true]])(
  'a client that applies every incremental answer holds what a full listing gives (window ignored: %s)',
  (ignoreWindow) => {
    const rounds = fc.array(fc.array(fc.oneof(putting, removing, changingInstance), { maxLength: 4 }), {
      maxLength: 6,
    });
    fc.assert(
      fc.property(rounds, fc.constantFrom('Europe/Berlin', 'America/New_York'), (plan, zone) => {
        const store = createEventStore({
          calendarId: 'c',
          zone,
          ownerEmail: 'a@b.c',
          now: () => NOW,
          newId: () => 'unused',
        });
        const { window } = query(true);
        const mine = new Map<string, Item>();
        for (const round of plan) {
          const since = { sequence: store.sequence(), window };
          for (const change of round) attempt(() => change(store));
          const behaviour = { ignoreWindow, forgetCancelledBeyondDays: Infinity };
          for (const item of collectChanges(
            store,
            { ...query(true), showDeleted: true },
            since,
            behaviour,
            NOW,
          ))
            apply(mine, item, window);
          expect(held(mine.values())).toEqual(held(full(store, true)));
        }
      }),
      { numRuns: 300 },
    );
  },
);

function apply(mine: Map<string, Item>, item: Item, window: Window): void {
  if (item.cancelled || !isInside(item, window)) mine.delete(item.id);
  else mine.set(item.id, item);
}

/** Removing what is not there is refused, which is no change. */
function attempt(change: () => void): void {
  try {
    change();
  } catch (error) {
    if (!String(error).includes('no living event')) throw error;
  }
}
