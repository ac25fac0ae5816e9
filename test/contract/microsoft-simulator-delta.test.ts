import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import {
  type GraphEvent,
  type MicrosoftSimulator,
  startMicrosoftSimulator,
} from '../simulators/microsoft/index.ts';
import {
  type Get,
  closeWithoutViolations,
  connect,
  graphClient,
  readRound,
} from './microsoft-simulator-client.ts';

const ADELE = 'adele@contoso.example';
const BERLIN = 'W. Europe Standard Time';
const WINDOW = 'startDateTime=2026-03-01T00:00:00Z&endDateTime=2026-04-01T00:00:00Z';
const [FROM, TO] = [new Date('2026-03-01T00:00:00Z'), new Date('2026-04-01T00:00:00Z')];
let simulator: MicrosoftSimulator;
let get: Get;
let calendarId: string;
let delta: string;

beforeEach(async () => {
  simulator = await startMicrosoftSimulator({ now: () => new Date('2026-03-02T08:00:00Z') });
  ({ calendarId } = simulator.addUser({ email: ADELE, name: 'Adele Vance', timeZone: BERLIN }));
  get = graphClient(simulator, (await connect(simulator, ADELE)).access_token);
  delta = `/me/calendars/${calendarId}/calendarView/delta?${WINDOW}`;
});

afterEach(() => closeWithoutViolations(simulator));

const timed = (start: string, end: string, timeZone = 'UTC') => ({
  start: { dateTime: start, timeZone },
  end: { dateTime: end, timeZone },
});
const single = (id: string, day: string, subject = id) =>
  simulator.putEvent(ADELE, calendarId, { id, subject, ...timed(`${day}T09:00:00`, `${day}T10:00:00`) });
const standUp = () =>
  simulator.putEvent(ADELE, calendarId, {
    id: 'stand-up',
    subject: 'Stand-up',
    ...timed('2026-03-02T09:00:00', '2026-03-02T09:30:00', BERLIN),
    recurrence: {
      pattern: { type: 'weekly', interval: 1, daysOfWeek: ['monday'] },
      range: {
        type: 'numbered',
        numberOfOccurrences: 4,
        startDate: '2026-03-02',
        recurrenceTimeZone: BERLIN,
      },
    },
  });
const typesOf = (items: GraphEvent[]) => items.map((item) => (item['@removed'] ? 'removed' : item['type']));
const truth = () => simulator.truth(ADELE, calendarId, FROM, TO);

describe('a first round', () => {
  it('gives singles and masters in full, and occurrences with their times only', async () => {
    const master = standUp();
    const meeting = single('meeting', '2026-03-04');
    single('outside', '2026-05-04');
    const { items } = await readRound(get, delta);
    expect(typesOf(items)).toEqual([
      'seriesMaster',
      'occurrence',
      'singleInstance',
      'occurrence',
      'occurrence',
      'occurrence',
    ]);
    expect(items[1]).toEqual({
      '@odata.type': '#microsoft.graph.event',
      '@odata.etag': master['@odata.etag'],
      id: truth()[0]?.id,
      seriesMasterId: master.id,
      type: 'occurrence',
      start: { dateTime: '2026-03-02T08:00:00.0000000', timeZone: 'UTC' },
      end: { dateTime: '2026-03-02T08:30:00.0000000', timeZone: 'UTC' },
    });
    expect(items[2]).toEqual(meeting);
  });

  it('pages as preferred, ends with a deltaLink, and says which preferences it honoured', async () => {
    for (let day = 10; day < 25; day++) single(`meeting-${day}`, `2026-03-${day}`);
    const { pages, items } = await readRound(get, delta, 'odata.maxpagesize=4');
    expect([pages, items.length]).toEqual([4, 15]);
    const first = await get(delta, { prefer: 'odata.maxpagesize=4, IdType="ImmutableId"' });
    expect(first.headers.get('preference-applied')).toBe(
      'odata.track-changes, odata.maxpagesize=4, IdType="ImmutableId"',
    );
    expect(first.body['@odata.nextLink']).toMatch(/delta\?\$skiptoken=[\w-]+$/);
    expect(await get(first.body['@odata.nextLink'] ?? '')).toMatchObject({ status: 200 });
    expect((await get(first.body['@odata.nextLink'] ?? '')).body.value[0]?.id).toBe(items[4]?.id);
  });

  it('of the default calendar needs no calendar id, and takes the function with its parentheses', async () => {
    single('meeting', '2026-03-04');
    expect((await readRound(get, `/me/calendarView/delta?${WINDOW}`)).items).toHaveLength(1);
    expect((await readRound(get, `/me/calendarView/delta()?${WINDOW}`)).items).toHaveLength(1);
    expect(simulator.counts(ADELE).fullDeltaRounds).toBe(2);
  });

  it.each(['$select=subject', '$filter=x', '$orderby=start', '$expand=instances', '$search=x'])(
    'is refused with %s',
    async (option) => {
      const answer = await get(`${delta}&${option}`);
      expect([answer.status, answer.body.error?.code]).toEqual([400, 'ErrorInvalidUrlQuery']);
    },
  );

  it('tells in the next round what changed while it was read', async () => {
    for (let day = 10; day < 25; day++) single(`meeting-${day}`, `2026-03-${day}`);
    const page = await get(delta, { prefer: 'odata.maxpagesize=10, IdType="ImmutableId"' });
    const changed = single('meeting-10', '2026-03-11', 'moved');
    simulator.deleteEvent(ADELE, calendarId, 'meeting-20');
    const rest = await readRound(get, page.body['@odata.nextLink'] ?? '', 'odata.maxpagesize=10');
    const next = await readRound(get, rest.deltaLink);
    expect(next.items).toHaveLength(2);
    expect(next.items[0]).toEqual(changed);
    expect(next.items[1]).toHaveProperty('@removed');
  });
});

describe('a later round', () => {
  it('is empty when nothing happened, and gives a fresh deltaLink', async () => {
    single('meeting', '2026-03-04');
    const { deltaLink } = await readRound(get, delta);
    const round = await readRound(get, deltaLink);
    expect(round.items).toEqual([]);
    expect(simulator.counts(ADELE)).toMatchObject({ fullDeltaRounds: 1, incrementalDeltaRounds: 1 });
  });

  it('gives tombstones: deleted, moved out of the window, and changed outside of it all along', async () => {
    single('deleted', '2026-03-04');
    single('moved-out', '2026-03-05');
    single('outside', '2026-05-05');
    const { deltaLink, items } = await readRound(get, delta);
    expect(items).toHaveLength(2);
    simulator.deleteEvent(ADELE, calendarId, 'deleted');
    single('moved-out', '2026-06-05');
    single('outside', '2026-05-06');
    const round = await readRound(get, deltaLink);
    expect(round.items.map((item) => item['@removed'])).toEqual([
      { reason: 'deleted' },
      { reason: 'changed' },
      { reason: 'deleted' },
    ]);
    expect(round.items[0]).toEqual({
      '@odata.type': '#microsoft.graph.event',
      id: items[0]?.id,
      '@removed': { reason: 'deleted' },
    });
  });

  it('gives the whole series after an edit of its master', async () => {
    standUp();
    const { deltaLink } = await readRound(get, delta);
    const master = simulator.putEvent(ADELE, calendarId, { id: 'stand-up', subject: 'Renamed' });
    const { items } = await readRound(get, deltaLink);
    expect(typesOf(items)).toEqual(['seriesMaster', 'occurrence', 'occurrence', 'occurrence', 'occurrence']);
    expect(new Set(items.map((item) => item['@odata.etag']))).toEqual(new Set([master['@odata.etag']]));
  });

  it('names only the master after the deletion of an occurrence', async () => {
    const { id } = standUp();
    const { deltaLink } = await readRound(get, delta);
    simulator.cancelOccurrence(ADELE, calendarId, 'stand-up', '2026-03-09');
    const { items } = await readRound(get, deltaLink);
    expect(items.map((item) => item.id)).toEqual([id]);
    expect(truth()).toHaveLength(3);
  });

  it('names master and exception in full after the move of an occurrence, or its tombstone beyond the window', async () => {
    standUp();
    const { deltaLink } = await readRound(get, delta);
    const inside = timed('2026-03-10T13:00:00', '2026-03-10T14:00:00');
    const exception = simulator.moveOccurrence(ADELE, calendarId, 'stand-up', '2026-03-09', inside);
    const moved = await readRound(get, deltaLink);
    expect(typesOf(moved.items)).toEqual(['seriesMaster', 'exception']);
    expect(moved.items[1]).toMatchObject(exception);

    const outside = timed('2026-05-10T13:00:00', '2026-05-10T14:00:00');
    simulator.putEvent(ADELE, calendarId, { id: exception.id, ...outside });
    const gone = await readRound(get, moved.deltaLink);
    expect(gone.items[1]).toMatchObject({ id: exception.id, '@removed': { reason: 'changed' } });
  });

  it('gives one tombstone for a whole series', async () => {
    const { id } = standUp();
    const { deltaLink } = await readRound(get, delta);
    simulator.deleteEvent(ADELE, calendarId, 'stand-up');
    const { items } = await readRound(get, deltaLink);
    expect(items.map((item) => [item.id, item['@removed']])).toEqual([[id, { reason: 'deleted' }]]);
  });
});

describe('a dead token', () => {
  it('is answered 410 SyncStateNotFound: expired, unknown, of another calendar, of a nextLink', async () => {
    for (let day = 10; day < 25; day++) single(`meeting-${day}`, `2026-03-${day}`);
    const { deltaLink } = await readRound(get, delta);
    const open = await get(delta);
    const other = simulator.addCalendar(ADELE, { name: 'Other' });
    const elsewhere = deltaLink.replace(encodeURI(calendarId), encodeURI(other));
    simulator.expireDeltaTokens(ADELE);
    const unknown = `/me/calendarView/delta?$deltatoken=unknown`;
    for (const link of [deltaLink, elsewhere, open.body['@odata.nextLink'] ?? '', unknown]) {
      const { status, body } = await get(link);
      expect([status, body.error?.code]).toEqual([410, 'SyncStateNotFound']);
    }
    expect((await readRound(get, delta)).items).toHaveLength(15);
  });

  it('may be spelt otherwise', async () => {
    simulator.setDeltaBehaviour({ expiredCode: 'resyncRequired' });
    expect((await get('/me/calendarView/delta?$deltatoken=x')).body.error?.code).toBe('resyncRequired');
  });
});

describe('harsher behaviour', () => {
  it('leaves masters out, so that a client must fetch them', async () => {
    standUp();
    simulator.setDeltaBehaviour({ masters: 'omitted' });
    const { items, deltaLink } = await readRound(get, delta);
    expect(new Set(typesOf(items))).toEqual(new Set(['occurrence']));
    expect((await get(`/me/events/${String(items[0]?.['seriesMasterId'])}`)).body['subject']).toBe(
      'Stand-up',
    );
    simulator.cancelOccurrence(ADELE, calendarId, 'stand-up', '2026-03-09');
    expect(typesOf((await readRound(get, deltaLink)).items)).toEqual([
      'occurrence',
      'occurrence',
      'occurrence',
    ]);
  });

  it('repeats entries, sends masters last, and empty pages with a nextLink', async () => {
    standUp();
    simulator.setDeltaBehaviour({ repeats: true, masters: 'last', emptyPages: true });
    const first = await get(delta);
    expect(first.body.value).toEqual([]);
    expect(first.body['@odata.nextLink']).toBeDefined();
    const { items, pages } = await readRound(get, delta, 'odata.maxpagesize=4');
    expect(typesOf(items).indexOf('seriesMaster')).toBe(4);
    expect(items.length).toBeGreaterThan(new Set(items.map(({ id }) => id)).size);
    expect(pages).toBe(4);
  });

  describe('in any order', () => {
    const prefer = 'odata.maxpagesize=100';
    const idsOf = async (address: string, shuffleSeed: number | null, paging = prefer) => {
      simulator.setDeltaBehaviour({ shuffleSeed });
      const { items, pages, deltaLink } = await readRound(get, address, paging);
      return { ids: items.map(({ id }) => id), pages, deltaLink };
    };

    it('speaks of all the same things over all pages, the same way for the same seed', async () => {
      standUp();
      for (let day = 10; day < 25; day++) single(`meeting-${day}`, `2026-03-${day}`);
      const plain = await idsOf(delta, null);
      const shuffled = await idsOf(delta, 7, 'odata.maxpagesize=3');
      expect(shuffled.pages).toBe(7);
      expect(shuffled.ids).not.toEqual(plain.ids);
      expect(shuffled.ids.toSorted()).toEqual(plain.ids.toSorted());
      expect((await idsOf(delta, 7)).ids).toEqual(shuffled.ids);
      expect((await idsOf(delta, 8)).ids).not.toEqual(shuffled.ids);
    });

    it('repeats anywhere, and orders each round anew', async () => {
      const names = Array.from({ length: 12 }, (_, index) => `meeting-${index + 10}`);
      const touch = () => names.map((name) => single(name, `2026-03-${name.slice(-2)}`).id);
      const all = touch();
      simulator.setDeltaBehaviour({ repeats: true });
      let round = await idsOf(delta, 7);
      const orders = new Set([round.ids.join()]);
      for (let times = 0; times < 3; times++) {
        expect(new Set(round.ids)).toEqual(new Set(all));
        expect(round.ids).toHaveLength(16);
        expect(new Set(round.ids.slice(0, 12)).size).toBeLessThan(12);
        touch();
        round = await idsOf(round.deltaLink, 7);
        orders.add(round.ids.join());
      }
      expect(orders.size).toBe(4);
    });

    it('may come in pages that are smaller than asked for', async () => {
      for (let day = 10; day < 15; day++) single(`meeting-${day}`, `2026-03-${day}`);
      simulator.setDeltaBehaviour({ pageSizeLimit: 2 });
      expect((await idsOf(delta, 7)).pages).toBe(3);
    });
  });
});
