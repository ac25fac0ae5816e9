import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { contentOf, type CalendarEvent } from '../../../src/domain/event.ts';
import {
  foldPage,
  isWithin,
  touchedBy,
  windowAt,
  windowRunsOut,
  type EventChange,
  type StoredMark,
} from '../../../src/domain/sync.ts';
import { event, fold, storedAfter } from '../../support/fold.ts';

const window = { start: new Date('2026-11-01T00:00:00Z'), end: new Date('2026-12-01T00:00:00Z') };
const outside = { start: new Date('2027-01-01T09:00:00Z'), end: new Date('2027-01-01T10:00:00Z') };
const rules = { window, keep: (one: CalendarEvent) => one, fingerprint: contentOf };
const mark = (one: CalendarEvent): StoredMark => ({
  providerEventId: one.providerEventId,
  recurringEventId: one.recurringEventId,
  fingerprint: contentOf(one),
});
const upsert = (one: CalendarEvent): EventChange => ({ type: 'upsert', event: one });

describe('the fold of one page', () => {
  it('writes only what differs from what is stored', () => {
    const [same, other] = [event('same'), event('other')];
    const effect = foldPage(
      [upsert(same), upsert({ ...other, title: 'new' })],
      [mark(same), mark(other)],
      rules,
    );
    expect(effect.unchanged).toBe(1);
    expect(effect.upserts.map((one) => one.event.providerEventId)).toEqual(['other']);
    expect(effect.deletes).toEqual([]);
  });

  it('compares in the form in which an entry is kept', () => {
    const kept = { ...event('a'), title: undefined };
    const effect = foldPage([upsert(event('a'))], [mark(kept)], {
      ...rules,
      keep: (one) => ({ ...one, title: undefined }),
    });
    expect(effect).toMatchObject({ upserts: [], unchanged: 1 });
  });

  it('of several words on one entry the last counts', () => {
    const gone: EventChange = { type: 'delete', providerEventId: 'a' };
    expect(foldPage([upsert(event('a')), gone], [], rules)).toMatchObject({ upserts: [], deletes: [] });
    expect(foldPage([gone, upsert(event('a'))], [mark(event('a'))], rules)).toMatchObject({
      deletes: [],
      unchanged: 1,
    });
  });

  it('a removal of an entry that was never stored is nothing to write, but is named', () => {
    expect(foldPage([{ type: 'delete', providerEventId: 'x' }], [], rules)).toMatchObject({
      deletes: [],
      unkept: [{ providerEventId: 'x' }],
    });
  });

  it('an entry that was moved out of the window is gone, one that never was in it is nothing', () => {
    const moved = { ...event('a'), ...outside };
    expect(foldPage([upsert(moved)], [mark(event('a'))], rules)).toMatchObject({
      upserts: [],
      deletes: ['a'],
    });
    expect(foldPage([upsert({ ...moved, etag: '"1"' })], [], rules)).toMatchObject({
      upserts: [],
      deletes: [],
      unkept: [{ providerEventId: 'a', etag: '"1"' }],
    });
  });

  it('an entry that goes alone leaves occurrences of the same name (a single event became a series; soak seed 2)', () => {
    const stored = [event('s'), event('s1', 's')].map((one) => ({ ...one, fingerprint: 'old' }));
    const gone: EventChange = { type: 'delete', providerEventId: 's', alone: true };
    expect(touchedBy([gone])).toEqual({ ids: ['s'], seriesIds: [] });
    expect(foldPage([upsert(event('s2', 's')), gone], stored, rules)).toMatchObject({
      upserts: [{ event: { providerEventId: 's2' } }],
      deletes: ['s'],
    });
  });

  it('the removal of a series takes its occurrences along', () => {
    const stored = [mark(event('s1', 's')), mark(event('s2', 's')), mark(event('t1', 't'))];
    expect(foldPage([{ type: 'delete', providerEventId: 's' }], stored, rules).deletes.toSorted()).toEqual([
      's1',
      's2',
    ]);
  });

  it('a series that was read anew loses the occurrences that it no longer has', () => {
    const stored = [mark(event('s1', 's')), mark(event('s2', 's'))];
    const change: EventChange = {
      type: 'series',
      recurringEventId: 's',
      events: [event('s2', 's'), event('s3', 's')],
    };
    const effect = foldPage([change], stored, rules);
    expect(effect.deletes).toEqual(['s1']);
    expect(effect.upserts.map((one) => one.event.providerEventId)).toEqual(['s3']);
    expect(effect.unchanged).toBe(1);
  });

  it('a series of which some occurrences cannot be read keeps these and loses the others that it no longer has', () => {
    const stored = [mark(event('s1', 's')), mark(event('s2', 's')), mark(event('s3', 's'))];
    const change: EventChange = {
      type: 'series',
      recurringEventId: 's',
      events: [event('s1', 's')],
      keep: ['s3', 'never stored'],
    };
    expect(foldPage([change], stored, rules)).toMatchObject({ upserts: [], deletes: ['s2'], unchanged: 1 });
  });

  it('a page of thousands of removals looks at every stored entry once and not once for each of them', () => {
    let looks = 0;
    const stored = Array.from({ length: 2500 }, (_, n): StoredMark => ({
      providerEventId: `s-${n}`,
      get recurringEventId() {
        looks += 1;
        return 's';
      },
      fingerprint: 'any',
    }));
    const changes = stored.map(({ providerEventId }): EventChange => ({ type: 'delete', providerEventId }));
    expect(foldPage(changes, stored, rules).deletes).toHaveLength(2500);
    expect(looks).toBeLessThanOrEqual(2500);
  });

  it('asks the store for all that it can touch', () => {
    const changes: EventChange[] = [
      upsert(event('a')),
      { type: 'delete', providerEventId: 'b' },
      { type: 'series', recurringEventId: 's', events: [event('s1', 's')] },
    ];
    expect(touchedBy(changes)).toEqual({ ids: ['a', 'b', 's1'], seriesIds: ['b', 's'] });
  });
});

describe('I4: folding pages converges', () => {
  const ids = fc.constantFrom('a', 'b', 'c', 's1', 's2', 's3');
  const anyEvent = fc.tuple(ids, fc.nat(3), fc.boolean()).map(([id, revision, isOut]) => ({
    ...event(id, id.startsWith('s') ? 's' : undefined),
    ...(isOut ? outside : {}),
    title: `revision ${revision}`,
  }));
  const anyChange: fc.Arbitrary<EventChange> = fc.oneof(
    anyEvent.map(upsert),
    fc
      .constantFrom('a', 'b', 'c', 's', 's1', 's2')
      .map((id): EventChange => ({ type: 'delete', providerEventId: id })),
    fc
      .array(
        anyEvent.filter((one) => one.recurringEventId === 's'),
        { maxLength: 3 },
      )
      .chain((events) =>
        fc
          .subarray(['s1', 's2', 's3'])
          .map((keep): EventChange => ({ type: 'series', recurringEventId: 's', events, keep })),
      ),
  );

  it('however changes are cut into pages, and though pages are replayed, the store ends the same', () => {
    fc.assert(
      fc.property(
        fc.array(anyChange, { maxLength: 25 }),
        fc.array(fc.nat(5), { maxLength: 25 }),
        (changes, sizes) => {
          const atOnce = storedAfter([changes], window);
          const pages: EventChange[][] = [];
          let rest = changes;
          for (const size of sizes) {
            pages.push(rest.slice(0, size));
            rest = rest.slice(size);
          }
          pages.push(rest);
          expect(storedAfter(pages, window)).toEqual(atOnce);
          // A crash between a page and its cursor replays the page.
          expect(
            storedAfter(
              pages.flatMap((page) => [page, page]),
              window,
            ),
          ).toEqual(atOnce);
        },
      ),
    );
  });

  it('a page that is applied again writes nothing', () => {
    fc.assert(
      fc.property(fc.array(anyChange, { maxLength: 25 }), (changes) => {
        const store = new Map<string, CalendarEvent>();
        fold(store, changes, window);
        expect(fold(store, changes, window)).toMatchObject({ upserts: [], deletes: [] });
      }),
    );
  });
});

describe('the window', () => {
  const policy = { pastDays: 30, futureDays: 180 };
  const day = (days: number): Date => new Date(Date.parse('2026-11-23T12:00:00Z') + days * 86_400_000);

  it('covers what is promised from the first day to the last on which it counts', () => {
    const made = windowAt(day(0), policy);
    expect(windowRunsOut(made, day(0), policy)).toBe(false);
    expect(windowRunsOut(made, day(7), policy)).toBe(false);
    expect(windowRunsOut(made, day(8), policy)).toBe(true);
  });

  it('is made anew where more is promised than before', () => {
    const made = windowAt(day(0), policy);
    expect(windowRunsOut(made, day(0), { ...policy, futureDays: 365 })).toBe(true);
    expect(windowRunsOut(made, day(0), { ...policy, pastDays: 90 })).toBe(true);
  });

  it.each([
    ['ends as it begins', '2026-10-31T23:00:00Z', '2026-11-01T00:00:00Z', false],
    ['reaches into it', '2026-10-31T23:00:00Z', '2026-11-01T00:01:00Z', true],
    ['spans it', '2026-01-01T00:00:00Z', '2027-01-01T00:00:00Z', true],
    ['begins as it ends', '2026-12-01T00:00:00Z', '2026-12-01T01:00:00Z', false],
    ['has no length and stands at its beginning', '2026-11-01T00:00:00Z', '2026-11-01T00:00:00Z', true],
    ['has no length and stands before it', '2026-10-31T00:00:00Z', '2026-10-31T00:00:00Z', false],
  ])('an entry that %s', (_, start, end, inside) => {
    expect(isWithin({ start: new Date(start), end: new Date(end) }, window)).toBe(inside);
  });
});
