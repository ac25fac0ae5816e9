import { describe, expect, it } from 'vitest';

import { exception, fakeGraph, full, master, refusal, removed, single, thin } from './fake-graph.ts';
import { cursor, delta, firstPage, list, page, round, words } from './rounds.ts';

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

  // The second leads back into the middle, as a server does that has forgotten where it was.
  it.each([
    [1, 1],
    [2, 1],
    [7, 4],
  ])('of %i pages, the last of which leads back to page %i, is malformed', async (last, back) => {
    const to = (n: number) => ({ value: [], '@odata.nextLink': page(n) });
    const pages = Array.from({ length: last }, (_, n) => [page(n + 1), to(n + 1 === last ? back : n + 2)]);
    const graph = fakeGraph({ [firstPage]: to(1), ...Object.fromEntries(pages) });
    await expect(list(graph)).rejects.toMatchObject({
      kind: 'malformed',
      message: 'Microsoft answered events.list with pages in a circle',
    });
    expect(graph.asked.length).toBeLessThanOrEqual(3 * (last + 1));
  });

  it('is malformed where the occurrences of a series lead in a circle', async () => {
    const circle = (n: number) => ({ value: [], '@odata.nextLink': page(n) });
    const pages = [[master('s', 'v1'), thin('s1', 's')], [master('s', 'v2')]];
    const instances = { '/me/events/s/instances': circle(8), [page(8)]: circle(9), [page(9)]: circle(8) };
    await expect(list(fakeGraph({ ...round(pages), ...instances }))).rejects.toMatchObject({
      message: 'Microsoft answered events.instances with pages in a circle',
    });
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
    expect(words(await list(fakeGraph(round(pages))))).toEqual(['+s1', '+s2', '+s4', '-s']);
  });

  it('keeps a series of which only the master is said to be removed on a later page', async () => {
    const pages = [[master('s', 'v1'), thin('s1', 's'), thin('s2', 's')], [removed('s')]];
    const living = {
      '/me/events/s': master('s', 'v2'),
      '/me/events/s/instances': { value: [full('s1', 's')] },
    };
    const graph = fakeGraph({ ...round(pages), ...living });
    expect(words(await list(graph))).toEqual(['+s1', '+s2', '-s', 'series(s: s1)']);
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
    expect(only?.unreadable.map(({ providerEventId }) => providerEventId)).toEqual([
      'a',
      '(without id)',
      's1',
    ]);
  });

  it('fails where a master cannot be asked for', async () => {
    const down = refusal(403, 'ErrorAccessDenied');
    const graph = fakeGraph({ ...round([[thin('s1', 's')]]), '/me/events/s': down });
    await expect(list(graph)).rejects.toBe(down);
  });
});
