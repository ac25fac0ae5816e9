import { describe, expect, it } from 'vitest';

import type { Graph } from '../../../../src/providers/microsoft/client.ts';
import { listEvents } from '../../../../src/providers/microsoft/events.ts';
import type { GraphEvent } from '../../../../src/providers/microsoft/graph-event.ts';
import type { EventPage } from '../../../../src/providers/provider.ts';
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

const window = { start: new Date('2026-03-01T00:00:00Z'), end: new Date('2026-04-01T00:00:00Z') };
const firstPage = '/me/calendars/cal%2F1/calendarView/delta';
const delta = `${graphUrl}/delta?$deltatoken=a%2Bb`;
const page = (n: number): string => `${graphUrl}/delta?$skiptoken=${n}`;

async function list(graph: Graph, cursor: string | null = null): Promise<EventPage[]> {
  const query = { providerCalendarId: 'cal/1', window, cursor };
  const pages: EventPage[] = [];
  for await (const given of listEvents(graph, { email: 'ada@contoso.example' }, query)) pages.push(given);
  return pages;
}

/** A round of these pages, from the beginning or from the cursor. */
function round(pages: readonly (readonly GraphEvent[])[], start: string = firstPage) {
  return Object.fromEntries(
    pages.map((value, n) => [
      n === 0 ? start : page(n),
      {
        value,
        ...(n + 1 < pages.length ? { '@odata.nextLink': page(n + 1) } : { '@odata.deltaLink': delta }),
      },
    ]),
  );
}

/** `+id` for an upsert, `-id` for a delete, `series(id: …)`. */
function words(pages: readonly EventPage[]): string[] {
  return pages.flatMap(({ changes }) =>
    changes.map((change) => {
      if (change.type === 'upsert') return `+${change.event.providerEventId}`;
      if (change.type === 'delete') return `-${change.providerEventId}`;
      const ids = change.events.map(({ providerEventId }) => providerEventId);
      return `series(${change.recurringEventId}: ${ids.join(' ')})`;
    }),
  );
}

const cursor = `m1:${delta}`;

describe('a round of Graph’s delta', () => {
  it('begins with the window and ends with the delta link, used whole', async () => {
    const graph = fakeGraph(round([[single('a')], [], [single('b')]]));
    const pages = await list(graph);
    expect(graph.asked).toEqual([
      `${firstPage}?startDateTime=2026-03-01T00:00:00.000Z&endDateTime=2026-04-01T00:00:00.000Z`,
      page(1),
      page(2),
    ]);
    expect(pages.map((one) => one.cursor)).toEqual([null, null, cursor]);

    const again = fakeGraph(round([[]], delta));
    expect(await list(again, cursor)).toEqual([{ changes: [], unreadable: [], cursor }]);
    expect(again.asked).toEqual([delta]);
  });

  it('that ends without a delta link is malformed', async () => {
    await expect(list(fakeGraph({ [firstPage]: { value: [] } }))).rejects.toMatchObject({
      kind: 'malformed',
    });
  });

  it.each([{ value: 'none' }, {}, { value: [1] }])('whose page is %j is malformed', async (body) => {
    await expect(list(fakeGraph({ [firstPage]: body }))).rejects.toMatchObject({ kind: 'malformed' });
  });

  it('that leads to another host is malformed, and nobody is asked there', async () => {
    const elsewhere = { value: [], '@odata.nextLink': 'https://graph.example.evil/v1.0/delta' };
    await expect(list(fakeGraph({ [firstPage]: elsewhere }))).rejects.toMatchObject({ kind: 'malformed' });
  });

  it('that leads back to the same page is malformed', async () => {
    const circle = { value: [], '@odata.nextLink': page(1) };
    const graph = fakeGraph({ [firstPage]: circle, [page(1)]: circle });
    await expect(list(graph)).rejects.toMatchObject({ kind: 'malformed' });
  });

  it.each(['m0:https://graph.example/v1.0/x', 'm1:https://other.example/x', 'm1:', ''])(
    'from the cursor %j has expired without a request',
    async (old) => {
      const graph = fakeGraph({});
      await expect(list(graph, old)).rejects.toMatchObject({ kind: 'cursor_expired' });
      expect(graph.asked).toEqual([]);
    },
  );

  it('whose link Graph calls a bad request has expired; a bad calendar id has not', async () => {
    const bad = refusal(400, 'BadRequest');
    await expect(list(fakeGraph({ [delta]: bad }), cursor)).rejects.toMatchObject({ kind: 'cursor_expired' });
    await expect(list(fakeGraph({ [firstPage]: bad }))).rejects.toBe(bad);
  });
});

describe('a full listing', () => {
  it('completes thin occurrences from a master of the same page, wherever it stands there', async () => {
    const graph = fakeGraph(round([[thin('s1', 's'), master('s', 'v1'), thin('s2', 's')]]));
    const pages = await list(graph);
    expect(words(pages)).toEqual(['+s1', '+s2']);
    expect(pages[0]?.changes).toMatchObject([{ event: { title: 's', recurringEventId: 's' } }, {}]);
    expect(graph.asked).toHaveLength(1);
  });

  it('asks once for a master that has not come', async () => {
    const pages = [[thin('s1', 's')], [thin('s2', 's')], [master('s', 'v1')]];
    const graph = fakeGraph({ ...round(pages), '/me/events/s': master('s', 'v1') });
    expect(words(await list(graph))).toEqual(['+s1', '+s2']);
    expect(graph.asked.filter((address) => address === '/me/events/s')).toHaveLength(1);
  });

  it('leaves out the occurrences of a series that is gone', async () => {
    expect(words(await list(fakeGraph(round([[thin('s1', 's'), single('a')]]))))).toEqual(['+a']);
  });

  it('reads an occurrence that came in full without its master', async () => {
    const graph = fakeGraph(round([[full('s1', 's')]]));
    expect(words(await list(graph))).toEqual(['+s1']);
  });

  it('does not speak of what is cancelled or removed and was never named', async () => {
    const items = [removed('x'), single('a', { isCancelled: true }), removed('y'), single('b')];
    expect(words(await list(fakeGraph(round([items]))))).toEqual(['+b']);
  });

  it('leaves out the occurrences of a series that was called off', async () => {
    const items = [master('s', 'v1', { isCancelled: true }), thin('s1', 's')];
    expect(words(await list(fakeGraph(round([items]))))).toEqual([]);
  });

  it('takes back what it has named and what is removed or called off on a later page', async () => {
    const pages = [
      [single('a'), single('b')],
      [removed('a'), single('b', { isCancelled: true })],
    ];
    expect(words(await list(fakeGraph(round(pages))))).toEqual(['+a', '+b', '-a', '-b']);
  });

  it('names again what comes back after its removal', async () => {
    const pages = [[single('a')], [removed('a')], [single('a')]];
    expect(words(await list(fakeGraph(round(pages))))).toEqual(['+a', '-a', '+a']);
  });

  it('takes back a series that is removed on a later page, and what still comes of it', async () => {
    const pages = [
      [master('s', 'v1'), thin('s1', 's'), exception('s2', 's')],
      [removed('s')],
      [thin('s3', 's'), exception('s4', 's')],
    ];
    expect(words(await list(fakeGraph(round(pages))))).toEqual(['+s1', '+s2', '-s', '+s4', '-s']);
  });

  it('reads a series anew that changed while it was listed', async () => {
    const pages = [[master('s', 'v1'), thin('s1', 's'), thin('s2', 's')], [master('s', 'v2')]];
    const graph = fakeGraph({ ...round(pages), '/me/events/s/instances': { value: [full('s1', 's')] } });
    expect(words(await list(graph))).toEqual(['+s1', '+s2', '-s', 'series(s: s1)']);
  });

  it('does not read a series anew that only came twice', async () => {
    const pages = [
      [master('s', 'v1'), thin('s1', 's')],
      [master('s', 'v1'), thin('s1', 's')],
    ];
    expect(words(await list(fakeGraph(round(pages))))).toEqual(['+s1', '+s1']);
  });

  it('takes back a single event of which a series was made, and the other way round', async () => {
    const pages = [
      [single('a'), master('s', 'v1'), thin('s1', 's')],
      [master('a', 'v1'), single('s')],
    ];
    const graph = fakeGraph({ ...round(pages), '/me/events/a/instances': { value: [full('a1', 'a')] } });
    expect(words(await list(graph))).toEqual(['+a', '+s1', '-s', '+s', '-a', 'series(a: a1)']);
  });

  it('names what it cannot read', async () => {
    const items = [
      single('a', { start: null }),
      { type: 'singleInstance' },
      { ...thin('s1', ''), type: 'occurrence' },
    ];
    const [only] = await list(fakeGraph(round([items])));
    expect(only?.changes).toEqual([]);
    expect(only?.unreadable.map(({ providerEventId }) => providerEventId)).toEqual(['a', '(none)', 's1']);
  });

  it('fails where a master cannot be asked for', async () => {
    const down = refusal(403, 'ErrorAccessDenied');
    const graph = fakeGraph({ ...round([[thin('s1', 's')]]), '/me/events/s': down });
    await expect(list(graph)).rejects.toBe(down);
  });
});

describe('an incremental listing', () => {
  const changes = (pages: readonly (readonly GraphEvent[])[], more: Record<string, GraphEvent> = {}) => {
    const graph = fakeGraph({ ...round(pages, delta), ...more });
    return { graph, listing: list(graph, cursor) };
  };

  it('tells of single events and removals in their order', async () => {
    const { listing } = changes([
      [single('a'), removed('b')],
      [removed('a'), single('b')],
    ]);
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

  it('tells of a series that became a single event', async () => {
    const { listing } = changes([[thin('s1', 's')]], {
      '/me/events/s/instances': refusal(400, 'ErrorInvalidRequest') as never,
      '/me/events/s': single('s'),
    });
    expect(words(await listing)).toEqual(['-s', '+s']);
  });

  it('removes nothing because a series could not be read', async () => {
    const bad = refusal(400, 'ErrorInvalidRequest');
    const { listing } = changes([[thin('s1', 's')]], {
      '/me/events/s/instances': bad as never,
      '/me/events/s': master('s', 'v1'),
    });
    await expect(listing).rejects.toBe(bad);
  });

  it('says nothing of missing occurrences where one of them cannot be read', async () => {
    const { listing } = changes([[thin('s1', 's')]], {
      '/me/events/s/instances': { value: [full('s1', 's'), full('s2', 's', { start: null })] },
    });
    const given = await listing;
    expect(words(given)).toEqual(['+s1']);
    expect(given.at(-1)?.unreadable).toMatchObject([{ providerEventId: 's2' }]);
  });

  it('tells that an event was called off as its removal', async () => {
    expect(words(await changes([[single('a', { isCancelled: true })]]).listing)).toEqual(['-a']);
  });
});
