import fc from 'fast-check';
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
  readAll,
  readRound,
} from './microsoft-simulator-client.ts';

const ADELE = 'adele@contoso.example';
const BERLIN = 'W. Europe Standard Time';
const WINDOW = 'startDateTime=2026-03-01T00:00:00Z&endDateTime=2026-04-01T00:00:00Z';
const [FROM, TO] = [new Date('2026-03-01T00:00:00Z'), new Date('2026-04-01T00:00:00Z')];
let simulator: MicrosoftSimulator;
let get: Get;

beforeEach(async () => {
  simulator = await startMicrosoftSimulator({ now: () => new Date('2026-03-02T08:00:00Z') });
  simulator.addUser({ email: ADELE, name: 'Adele Vance', timeZone: BERLIN });
  get = graphClient(simulator, (await connect(simulator, ADELE)).access_token);
});

afterEach(() => closeWithoutViolations(simulator));

const timed = (start: string, end: string, timeZone = 'UTC') => ({
  start: { dateTime: start, timeZone },
  end: { dateTime: end, timeZone },
});

describe('whatever happens in a calendar', () => {
  it('the rounds, folded as the fact sheet says, end in the calendar view', async () => {
    await fc.assert(
      fc.asyncProperty(histories, behaviours, async (history, behaviour) => {
        simulator.setDeltaBehaviour(behaviour);
        const calendarId = simulator.addCalendar(ADELE, { name: 'Random' });
        const fold = createFold(get);
        let link = `/me/calendars/${calendarId}/calendarView/delta?${WINDOW}`;
        for (const edits of history) {
          for (const edit of edits) perform(edit, calendarId);
          const round = await readRound(get, link, 'odata.maxpagesize=3');
          await fold.apply(round.items);
          link = round.deltaLink;
          expect(fold.seen()).toEqual(timesById(simulator.truth(ADELE, calendarId, FROM, TO)));
        }
      }),
      { numRuns: 40 },
    );
  });
});

/** The least that a client has to do: ids and times only. */
function createFold(fetchPath: Get) {
  const events = new Map<string, GraphEvent>();
  const reconcile = async (masterId: string) => {
    for (const [id, event] of events) if (event['seriesMasterId'] === masterId) events.delete(id);
    for (const instance of await readAll(fetchPath, `/me/events/${masterId}/instances?${WINDOW}&$top=50`))
      events.set(instance.id, instance);
  };
  return {
    apply: async (items: GraphEvent[]) => {
      const touched = new Set<string>();
      for (const item of items) {
        if (item['@removed']) forget(events, item.id);
        else if (item['type'] === 'singleInstance') events.set(item.id, item);
        else touched.add(String(item['seriesMasterId'] ?? item.id));
      }
      for (const masterId of touched) await reconcile(masterId);
    },
    seen: () => timesById([...events.values()]),
  };
}

function forget(events: Map<string, GraphEvent>, id: string): void {
  events.delete(id);
  for (const [other, event] of events) if (event['seriesMasterId'] === id) events.delete(other);
}

function timesById(events: GraphEvent[]): [string, unknown, unknown][] {
  return events
    .map((event): [string, unknown, unknown] => [event.id, event['start'], event['end']])
    .toSorted(([left], [right]) => (left < right ? -1 : 1));
}

interface Edit {
  kind: 'single' | 'series' | 'rename' | 'delete' | 'cancel' | 'move';
  name: number;
  day: number;
}

const edits = fc.record<Edit>({
  kind: fc.constantFrom('single', 'series', 'rename', 'delete', 'cancel', 'move'),
  name: fc.integer({ min: 0, max: 3 }),
  day: fc.integer({ min: 0, max: 45 }),
});
const histories = fc.array(fc.array(edits, { maxLength: 8 }), { minLength: 1, maxLength: 4 });
const behaviours = fc.record({
  masters: fc.constantFrom('first' as const, 'last' as const, 'omitted' as const),
  repeats: fc.boolean(),
  emptyPages: fc.boolean(),
  occurrenceTombstones: fc.boolean(),
});

/** An edit that makes no sense (no such event, no such occurrence) changes nothing. */
function perform({ kind, name, day }: Edit, calendar: string): void {
  const at = new Date(FROM.getTime() + (day - 7) * 86_400_000).toISOString().slice(0, 10);
  const isSeries = ['series', 'cancel', 'move'].includes(kind) || (kind !== 'single' && day % 2 === 0);
  const id = `${calendar.slice(-24)}-${isSeries ? 'series' : 'single'}-${name}`;
  const times = timed(`${at}T09:00:00`, `${at}T10:00:00`, BERLIN);
  const pattern = { type: 'daily' as const, interval: 2 + name };
  const range = {
    type: 'numbered' as const,
    numberOfOccurrences: 6,
    startDate: at,
    recurrenceTimeZone: BERLIN,
  };
  const edit = {
    single: () => simulator.putEvent(ADELE, calendar, { id, ...times }),
    series: () => simulator.putEvent(ADELE, calendar, { id, ...times, recurrence: { pattern, range } }),
    rename: () => simulator.putEvent(ADELE, calendar, { id, subject: `renamed on ${at}` }),
    delete: () => simulator.deleteEvent(ADELE, calendar, id),
    cancel: () => simulator.cancelOccurrence(ADELE, calendar, id, at),
    move: () => simulator.moveOccurrence(ADELE, calendar, id, at, timed(`${at}T20:00:00`, `${at}T21:00:00`)),
  }[kind];
  try {
    edit();
  } catch (error) {
    if (!/no event|has no occurrence|needs start and end/.test(String(error))) throw error;
  }
}
