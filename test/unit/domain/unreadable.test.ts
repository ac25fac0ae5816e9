import { describe, expect, it } from 'vitest';
import { withoutId, type EventChange, type UnreadableEvent } from '../../../src/domain/sync.ts';
import { noUnreadable, unreadableSince, type UnreadableEntries } from '../../../src/domain/unreadable.ts';
import { event } from '../../support/fold.ts';

const bad = (providerEventId: string, recurringEventId?: string): UnreadableEvent => ({
  providerEventId,
  reason: 'no start',
  recurringEventId,
});
const upsert = (id: string): EventChange => ({ type: 'upsert', event: event(id) });
const gone = (providerEventId: string): EventChange => ({ type: 'delete', providerEventId });
const many = (count: number) => Array.from({ length: count }, (_, n) => bad(`bad ${n}`));

/** What is unreadable after these pages, and by which ids. */
function after(
  before: UnreadableEntries,
  ...pages: (readonly [changes: readonly EventChange[], unreadable: readonly UnreadableEvent[]])[]
) {
  const since = unreadableSince(before);
  for (const [changes, unreadable] of pages) since.note(changes, unreadable);
  const { named, count } = since.now();
  return { ids: named.map(({ providerEventId }) => providerEventId), count };
}

describe('what of a calendar cannot be read', () => {
  const three = { named: [bad('a'), bad('b'), bad('s1', 's')], count: 3 };

  it('stays so as long as nothing is said of it', () => {
    expect(after(three, [[upsert('c')], []])).toEqual({ ids: ['a', 'b', 's1'], count: 3 });
  });

  it('is so no more when it can be read, and when it is gone', () => {
    expect(after(three, [[upsert('a')], []])).toEqual({ ids: ['b', 's1'], count: 2 });
    expect(after(three, [[gone('b')], []])).toEqual({ ids: ['a', 's1'], count: 2 });
  });

  it('goes with its series, and with what its series no longer has', () => {
    expect(after(three, [[gone('s')], []])).toEqual({ ids: ['a', 'b'], count: 2 });
    const series: EventChange = { type: 'series', recurringEventId: 's', events: [event('s2', 's')] };
    expect(after(three, [[series], []])).toEqual({ ids: ['a', 'b'], count: 2 });
    expect(after(three, [[series], [bad('s1', 's')]])).toEqual({ ids: ['a', 'b', 's1'], count: 3 });
  });

  it('is counted once, however often it is told, and the last word on it counts', () => {
    const told = [[], [bad('a'), bad('d')]] as const;
    expect(after(three, told, told)).toEqual({ ids: ['b', 's1', 'a', 'd'], count: 4 });
    expect(after(noUnreadable, told, [[upsert('a')], []])).toEqual({ ids: ['d'], count: 1 });
  });

  it('is counted in all, and the latest twenty are named', () => {
    const all = after(noUnreadable, [[], many(300)], [[upsert('bad 0')], [bad('last')]]);
    expect(all.count).toBe(300);
    expect(all.ids).toHaveLength(20);
    expect(all.ids.at(-1)).toBe('last');
  });

  it('is counted on where it was more than could be named', () => {
    const before = { named: many(20), count: 500 };
    expect(after(before, [[upsert('bad 3')], []]).count).toBe(499);
    expect(after(before, [[], [bad('another')]])).toMatchObject({ count: 501 });
    expect(after(before, [many(20).map(({ providerEventId }) => upsert(providerEventId)), []])).toEqual({
      ids: [],
      count: 480,
    });
  });

  it('is counted without an id, too, one by one', () => {
    const twice = [[], [bad(withoutId), bad(withoutId)]] as const;
    expect(after(noUnreadable, twice, twice)).toEqual({ ids: [withoutId], count: 4 });
    expect(after({ named: [bad(withoutId)], count: 2 }, twice)).toEqual({ ids: [withoutId], count: 4 });
  });
});
