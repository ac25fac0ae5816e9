import { describe, expect, it } from 'vitest';

import type { ProviderError } from '../../../../src/domain/failure.ts';
import type { GraphEvent } from '../../../../src/providers/microsoft/graph-event.ts';
import {
  exception,
  fakeGraph,
  full,
  graphUrl,
  master,
  refusal,
  removed,
  single,
  thin,
} from './fake-graph.ts';
import { cursor, delta, list, round, words } from './rounds.ts';

describe('an incremental listing', () => {
  const changes = (
    pages: readonly (readonly GraphEvent[])[],
    more: Record<string, GraphEvent | ProviderError> = {},
    held: readonly string[] | undefined = [],
  ) => {
    const graph = fakeGraph({ ...round(pages, delta), ...more });
    return { graph, listing: list(graph, cursor, held) };
  };

  it('tells of single events and removals in their order, and asks about none of them', async () => {
    const { listing, graph } = changes([
      [single('a'), removed('b')],
      [removed('a'), single('b')],
    ]);
    await listing;
    expect(graph.asked.filter((address) => address.startsWith('/me/events'))).toEqual([]);
    expect(words(await listing)).toEqual(['series(a: )', '+a', '-b', '-a', 'series(b: )', '+b']);
  });

  it('reads every touched series anew once, after the round', async () => {
    const pages = [
      [thin('s1', 's'), exception('t1', 't')],
      [master('s', 'v2'), thin('s2', 's'), single('a')],
    ];
    const { graph, listing } = changes(pages, {
      '/me/events/s/instances': { value: [full('s1', 's')], '@odata.nextLink': `${graphUrl}/more` },
      [`${graphUrl}/more`]: { value: [full('s2', 's'), full('s3', 's', { isCancelled: true })] },
      '/me/events/t/instances': { value: [exception('t1', 't')] },
    });
    const given = await listing;
    expect(words(given)).toEqual(['series(a: )', '+a', '-s', 'series(s: s1 s2)', '-t', 'series(t: t1)']);
    expect(given.map((one) => one.cursor)).toEqual([null, null, null, cursor]);
    expect(graph.asked.filter((address) => address.includes('/instances'))).toEqual([
      '/me/events/s/instances?startDateTime=2026-03-01T00:00:00.000Z&endDateTime=2026-04-01T00:00:00.000Z&$top=100',
      '/me/events/t/instances?startDateTime=2026-03-01T00:00:00.000Z&endDateTime=2026-04-01T00:00:00.000Z&$top=100',
    ]);
  });

  it('lets a fresh reading have the last word over the removal of a series, in either order', async () => {
    const living = { '/me/events/s/instances': { value: [full('s1', 's')] } };
    const before = changes([[thin('s1', 's')], [removed('s')]], living);
    expect(words(await before.listing)).toEqual(['-s', '-s', 'series(s: s1)']);
    const gone = changes([[removed('s')], [thin('s1', 's')]]);
    expect(words(await gone.listing)).toEqual(['-s', '-s']);
  });

  describe('in which a series that is held is said to be removed', () => {
    const instances = { '/me/events/s/instances': { value: [full('s1', 's'), full('s2', 's')] } };
    const removal = (more: Record<string, GraphEvent | ProviderError>) =>
      changes([[removed('s')], [removed('s')]], more, ['s']).listing;

    it('removes it once where it is gone', async () => {
      expect(words(await removal({}))).toEqual(['-s']);
    });

    it('reads it anew where its master lives on outside of the window', async () => {
      const living = { ...master('s', 'v2'), calendar: { id: 'cal/1' } };
      const given = await removal({ '/me/events/s': living, ...instances });
      expect(words(given)).toEqual(['-s', 'series(s: s1 s2)']);
      expect(given.map((one) => one.cursor)).toEqual([null, null, cursor]);
    });

    it('removes it where it lives on in another calendar', async () => {
      const elsewhere = { ...master('s', 'v2'), calendar: { id: 'cal/2' } };
      expect(words(await removal({ '/me/events/s': elsewhere, ...instances }))).toEqual(['-s']);
    });

    it('keeps it where Graph does not tell in which calendar it is, or refuses to', async () => {
      const expanding = '/me/events/s?$expand=calendar($select=id)';
      const untold = { '/me/events/s': master('s', 'v2'), ...instances };
      const refusing = { ...untold, [expanding]: refusal(400, 'ErrorInvalidUrlQuery') };
      expect(words(await removal(untold))).toEqual(['-s', 'series(s: s1 s2)']);
      expect(words(await removal(refusing))).toEqual(['-s', 'series(s: s1 s2)']);
    });

    it('leaves the single event that was made of it', async () => {
      expect(words(await removal({ '/me/events/s': single('s') }))).toEqual(['-s', '+s']);
      expect(words(await removal({ '/me/events/s': single('s', { isCancelled: true }) }))).toEqual(['-s']);
    });

    it('fails, and removes nothing, where Graph cannot be asked', async () => {
      const down = refusal(403, 'ErrorAccessDenied');
      await expect(removal({ '/me/events/s': down })).rejects.toBe(down);
    });
  });

  it('without a word on what is held asks about every removal, believes that of an occurrence, and reads its series', async () => {
    const living = { '/me/events/o1': { ...exception('o1', 's'), calendar: { id: 'cal/1' } } };
    const left = { '/me/events/s/instances': { value: [thin('s2', 's')] } };
    const graph = fakeGraph({ ...round([[removed('a'), removed('o1')]], delta), ...living, ...left });
    expect(words(await list(graph, cursor))).toEqual(['-a', '-o1', '-s', 'series(s: s2)']);
  });

  it('reads a series that is held and of which an occurrence is removed, though nothing else is said of it', async () => {
    const left = { '/me/events/s/instances': { value: [thin('s2', 's')] } };
    const graph = fakeGraph({ ...round([[removed('o1')]], delta), ...left });
    const heldSeries = (ids: readonly string[]) => Promise.resolve(new Set(ids.includes('o1') ? ['s'] : []));
    expect(words(await list(graph, cursor, heldSeries))).toEqual(['-o1', '-s', 'series(s: s2)']);
  });

  it('tells of a series that became a single event', async () => {
    const { listing } = changes([[thin('s1', 's')]], {
      '/me/events/s/instances': refusal(400, 'ErrorInvalidRequest'),
      '/me/events/s': single('s'),
    });
    expect(words(await listing)).toEqual(['-s', '+s']);
  });

  it('removes nothing because a series could not be read', async () => {
    const bad = refusal(400, 'ErrorInvalidRequest');
    const { listing } = changes([[thin('s1', 's')]], {
      '/me/events/s/instances': bad,
      '/me/events/s': master('s', 'v1'),
    });
    await expect(listing).rejects.toBe(bad);
  });

  it('keeps the occurrences of a series that cannot be read, and lets go of those that are missing', async () => {
    const { listing } = changes([[thin('s1', 's')]], {
      '/me/events/s/instances': { value: [full('s1', 's'), full('s2', 's', { start: null })] },
    });
    const given = await listing;
    expect(words(given)).toEqual(['-s', 'series(s: s1)']);
    expect(given.at(-1)?.changes).toMatchObject([{ type: 'delete', alone: true }, { keep: ['s2'] }]);
    expect(given.at(-1)?.unreadable).toMatchObject([{ providerEventId: 's2', recurringEventId: 's' }]);
  });

  it('says nothing of missing occurrences where one of them has no id', async () => {
    const { listing } = changes([[thin('s1', 's')]], {
      '/me/events/s/instances': { value: [full('s1', 's'), full('', 's', { id: null })] },
    });
    const given = await listing;
    expect(words(given)).toEqual(['+s1']);
    expect(given.at(-1)?.unreadable).toMatchObject([{ providerEventId: '(without id)' }]);
  });

  it('tells that an event was called off as its removal', async () => {
    expect(words(await changes([[single('a', { isCancelled: true })]]).listing)).toEqual(['-a']);
  });
});
