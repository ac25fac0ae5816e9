import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CalendarEvent } from '../../../../src/domain/event.ts';
import { isWithin, type EventChange, type StoredMark } from '../../../../src/domain/sync.ts';
import type { EventPage, Provider } from '../../../../src/providers/provider.ts';
import type { CalendarRecord, PageWrite } from '../../../../src/store/store.ts';
import { applyListing, type ApplyListingDependencies } from '../../../../workers/steps/apply-listing.ts';
import { event, storedAfter } from '../../../support/fold.ts';

const window = { start: new Date('2026-11-01T00:00:00Z'), end: new Date('2026-12-01T00:00:00Z') };
const now = new Date('2026-11-20T00:00:00Z');
const calendar = {
  id: 'c',
  sync: { cursor: 'full:one', unreadable: [], unreadableCount: 0, window },
} as unknown as CalendarRecord;

/** What is stored, as the steps see it, in memory. */
function memory(stored: Map<string, CalendarEvent>) {
  const marks = new Map<string, StoredMark>();
  const all = () => [...stored.values()];
  const facts: ApplyListingDependencies['facts'] = {
    marks: async (_, { ids, seriesIds }) =>
      [...marks.values()].filter(
        (mark) => ids.includes(mark.providerEventId) || seriesIds.includes(mark.recurringEventId ?? ''),
      ),
    applyPage: async (_turn, _id, { upserts, deletes }: PageWrite) => {
      for (const id of deletes) for (const kept of [stored, marks]) kept.delete(id);
      for (const { event: one, fingerprint } of upserts) {
        stored.set(one.providerEventId, one);
        marks.set(one.providerEventId, { ...one, fingerprint });
      }
    },
    storedIds: async function* () {
      yield* stored.keys();
    },
    placedEventIds: async () => [],
    countEntries: async (_, span) => all().filter((one) => isWithin(one, span)).length,
    spans: async (_, ids) => all().filter(({ providerEventId }) => ids.includes(providerEventId)),
    holdRemovals: async () => undefined,
    advanceCursor: async () => undefined,
  };
  return { facts, leaseMs: 1, detail: 'full', confirmAfterMs: 1, now: () => now } as const;
}

/** Applies these pages as one round. */
async function apply(
  dependencies: ApplyListingDependencies,
  pages: readonly (readonly EventChange[])[],
  cursor: string | null,
) {
  const listEvents = async function* (): AsyncGenerator<EventPage> {
    for (const [n, changes] of pages.entries()) {
      yield { changes, unreadable: [], cursor: n === pages.length - 1 ? 'next' : null };
    }
  };
  const job = { provider: { listEvents } as unknown as Provider, calendar } as Parameters<
    typeof applyListing
  >[1];
  return applyListing(dependencies, job, { cursor, window });
}

const outside = { start: new Date('2027-02-01T09:00:00Z'), end: new Date('2027-02-01T10:00:00Z') };
const anEntry = fc
  .record({
    id: fc.constantFrom('a', 'b', 'c'),
    series: fc.option(fc.constantFrom('s', 't'), { nil: undefined }),
    title: fc.constantFrom('old', 'new'),
    isOutside: fc.boolean(),
  })
  .map(({ id, series, title, isOutside }) => ({
    ...event(series === undefined ? id : `${series}-${id}`, series),
    title,
    ...(isOutside ? outside : {}),
  }));
const aChange: fc.Arbitrary<EventChange> = fc.oneof(
  anEntry.map((one): EventChange => ({ type: 'upsert', event: one })),
  fc
    .constantFrom('a', 'b', 's', 't', 's-a', 't-b')
    .map((providerEventId): EventChange => ({ type: 'delete', providerEventId })),
  fc
    .tuple(fc.constantFrom('s', 't'), fc.array(anEntry, { maxLength: 3 }))
    .map(([recurringEventId, events]): EventChange => ({
      type: 'series',
      recurringEventId,
      events: events.map((one, n) => ({
        ...one,
        providerEventId: `${recurringEventId}-${'abc'[n]}`,
        recurringEventId,
      })),
    })),
);
const aRound = fc.array(fc.array(aChange, { maxLength: 4 }), { minLength: 1, maxLength: 5 });

describe('a listing of several pages', () => {
  it('I4: ends where its changes one after another lead, although removals wait for the end', async () => {
    await fc.assert(
      fc.asyncProperty(aRound, aRound, async (before, round) => {
        const stored = new Map<string, CalendarEvent>();
        const dependencies = memory(stored);
        await apply(dependencies, before, 'since the beginning');
        // Few enough that the breaker lets every removal by the vendor's word pass.
        expect(await apply(dependencies, round, 'since then')).toMatchObject({ held: 0 });
        const entries = [...stored.values()].toSorted((a, b) =>
          a.providerEventId.localeCompare(b.providerEventId),
        );
        expect(entries).toEqual(storedAfter([...before, ...round], window));
      }),
    );
  });

  it('I11: an entry that is gone on one page and there on a later one stays', async () => {
    const stored = new Map<string, CalendarEvent>();
    const dependencies = memory(stored);
    const upsert: EventChange = { type: 'upsert', event: event('a') };
    await apply(dependencies, [[upsert]], null);
    await apply(dependencies, [[{ type: 'delete', providerEventId: 'a' }], [upsert]], 'since then');
    expect([...stored.keys()]).toEqual(['a']);
  });

  it('I11: what is large by all pages together is held, however small each of them is', async () => {
    const stored = new Map<string, CalendarEvent>();
    const dependencies = memory(stored);
    const ids = Array.from({ length: 12 }, (_, n) => `event-${n}`);
    await apply(dependencies, [ids.map((id): EventChange => ({ type: 'upsert', event: event(id) }))], null);
    const pages = ids.map((providerEventId): EventChange[] => [{ type: 'delete', providerEventId }]);
    expect(await apply(dependencies, pages, 'since then')).toMatchObject({ held: 12, deleted: 0 });
    expect(stored.size).toBe(12);
  });
});
