import { describe, expect, test, vi } from 'vitest';
import type { CalendarEvent } from '../../../src/domain/event.ts';
import { LostTurnError } from '../../../src/domain/sync.ts';
import { interviewsQuery } from '../../../src/store/interview-touches.ts';
import { storeOver } from '../../../src/store/index.ts';
import type { PageWrite, SyncTurn } from '../../../src/store/store.ts';
import {
  aCalendar,
  anEvent,
  connectedAccount,
  fingerprinted,
  minutesLater,
  syncTurn,
  testNow,
} from '../../support/builders.ts';
import { aPlace, anHour, bookedInterview, type InterviewFields } from './booked-interviews.ts';
import { aPlace as aPlaceRecord, asWanted, aWish, interviewTurn, triedWith } from './interviews-world.ts';
import { newUser, ownStore } from './own-store.ts';

const own = ownStore('monitorCommands=true');
const now = minutesLater(5);

interface Listing {
  readonly userId: string;
  readonly connectionId: string;
  readonly turn: SyncTurn;
  readonly calendarId: string;
  /** Of the same account. */
  readonly secondId: string;
}

async function listing(email = 'me@example.com'): Promise<Listing> {
  const account = { userId: newUser(), grant: { email } };
  const { id: connectionId, userId } = await connectedAccount(own.store, account);
  const turn = await syncTurn(own.store, connectionId);
  const listed = [aCalendar('a', { primary: true }), aCalendar('b')];
  const [first, second] = await own.store.facts.replaceCalendars(turn, listed, testNow);
  return { userId, connectionId, turn, calendarId: first!.id, secondId: second!.id };
}

interface Page {
  readonly upserts?: readonly CalendarEvent[];
  readonly deletes?: readonly string[];
  readonly unkept?: PageWrite['unkept'];
}

function apply(
  { turn, calendarId }: Pick<Listing, 'turn' | 'calendarId'>,
  { upserts = [], deletes = [], unkept }: Page,
  store = own.store,
): Promise<void> {
  const page = { upserts: upserts.map(fingerprinted), deletes, unkept };
  return store.facts.applyPage(turn, calendarId, page, now, minutesLater(60));
}

let interviews = 0;

/** An organizer's calendar with an interview in it that no page has told of yet. */
async function booked(fields: InterviewFields = {}) {
  interviews += 1;
  const id = `i-${interviews}`;
  const organizer = await listing();
  const interview = await bookedInterview(own.database, id, organizer, fields);
  const of = { etag: '"1"', iCalUID: `${id}@ical`, ...anHour };
  const event = (over: Partial<CalendarEvent> = {}) => anEvent(`event 1 of ${id}`, { ...of, ...over });
  return { id, organizer, interview, event };
}

async function eventIn({ calendarId }: Pick<Listing, 'calendarId'>, providerEventId: string) {
  return own.database.events.findOne({ calendarId, providerEventId }).lean();
}

/** What was made due of it: nothing, unless a page or something else said so. */
async function markOf(id: string) {
  const found = await own.database.interviews.findById(id).lean();
  return found === null ? undefined : { dueAt: found.dueAt, dirty: found.turn.dirty };
}
const unmarked = { dueAt: undefined, dirty: false };
const marked = { dueAt: now, dirty: true };

async function toldOf({ connectionId }: Pick<Listing, 'connectionId'>) {
  const found = await own.database.changes.find({ connectionId }).sort({ seq: 1 }).lean();
  return found.filter(({ type }) => type === 'events.changed').map(({ seq, data }) => ({ seq, ...data }));
}

describe('the event of an interview in a page', () => {
  test('is stored with its interview, which is shown, and is told by nobody here', async () => {
    const { id, organizer, event } = await booked();
    await apply(organizer, { upserts: [event(), anEvent('another')] });
    const range = { start: testNow, end: minutesLater(600) };
    const shown = await own.store.reads.events({ userId: organizer.userId, range, limit: 10 });
    expect(shown.map(({ providerEventId, interviewId }) => [providerEventId, interviewId])).toEqual([
      [`event 1 of ${id}`, id],
      ['another', undefined],
    ]);
    expect(await toldOf(organizer)).toMatchObject([{ seq: 2, eventIds: ['another'], count: 1 }]);
    expect(await eventIn(organizer, `event 1 of ${id}`)).not.toHaveProperty('interviewApart');
  });

  test('marks nothing and is told by nobody where it is of the version that we wrote', async () => {
    const { id, organizer, event } = await booked();
    await apply(organizer, { upserts: [event()] });
    await apply(organizer, { upserts: [event({ title: 'the same version, told otherwise' })] });
    expect(await markOf(id)).toEqual(unmarked);
    expect(await toldOf(organizer)).toEqual([]);
  });

  test('of another version makes the interview due, wherever people have put it', async () => {
    const { id, organizer, event } = await booked();
    await apply(organizer, { upserts: [event()] });
    await apply(organizer, { upserts: [event({ etag: '"2"', start: minutesLater(600) })] });
    expect(await markOf(id)).toEqual(marked);
    expect(await toldOf(organizer)).toEqual([]);
    expect(await eventIn(organizer, `event 1 of ${id}`)).toMatchObject({ interviewId: id, etag: '"2"' });
  });

  test('keeps an interview due that has been due for longer', async () => {
    const { id, organizer, event } = await booked({ dueAt: testNow });
    await apply(organizer, { upserts: [event({ etag: '"2"' })] });
    expect(await markOf(id)).toEqual({ dueAt: testNow, dirty: true });
  });

  test('that is gone makes it due, whether it was ever stored or not', async () => {
    const stored = await booked();
    await apply(stored.organizer, { upserts: [stored.event()] });
    await apply(stored.organizer, { deletes: [`event 1 of ${stored.id}`] });
    expect(await markOf(stored.id)).toEqual(marked);
    expect(await toldOf(stored.organizer)).toEqual([]);
    expect(await eventIn(stored.organizer, `event 1 of ${stored.id}`)).toBeNull();
    const never = await booked();
    await apply(never.organizer, { unkept: [{ providerEventId: `event 1 of ${never.id}` }] });
    expect(await markOf(never.id)).toEqual(marked);
  });

  test('beyond what is kept makes it due in another version only', async () => {
    const { id, organizer } = await booked();
    await apply(organizer, { unkept: [{ providerEventId: `event 1 of ${id}`, etag: '"1"' }] });
    expect(await markOf(id)).toEqual(unmarked);
    await apply(organizer, { unkept: [{ providerEventId: `event 1 of ${id}`, etag: '"2"' }] });
    expect(await markOf(id)).toEqual(marked);
  });

  test('is known by our own name as long as its id is not, and is missed by it as well', async () => {
    const { id, organizer } = await booked({ applied: undefined });
    const { key } = aPlace(id, organizer);
    await own.database.interviews.updateOne({ _id: id }, { $unset: { 'place.providerEventId': 1 } });
    await apply(organizer, { upserts: [anEvent('the vendor’s', { clientKey: key, etag: '"1"' })] });
    expect(await eventIn(organizer, 'the vendor’s')).toMatchObject({ interviewId: id });
    expect(await eventIn(organizer, 'the vendor’s')).not.toHaveProperty('clientKey');
    expect(await markOf(id)).toEqual(marked);
    await own.database.interviews.updateOne(
      { _id: id },
      { $set: { 'turn.dirty': false }, $unset: { dueAt: 1 } },
    );
    await apply(organizer, { deletes: ['the vendor’s'] });
    expect(await markOf(id)).toEqual(marked);
    expect(await toldOf(organizer)).toEqual([]);
  });

  test('counts where it is still to be taken out, and not where it has been', async () => {
    const { id, organizer } = await booked();
    const former = aPlace(id, { ...organizer, calendarId: organizer.secondId }, 2);
    await own.database.interviews.updateOne({ _id: id }, { $set: { formerPlaces: [former] } });
    const second = { ...organizer, calendarId: organizer.secondId };
    await apply(second, { upserts: [anEvent(`event 2 of ${id}`, { etag: '"7"' })] });
    expect(await markOf(id)).toEqual(marked);
    await own.database.interviews.updateOne(
      { _id: id },
      { $set: { 'turn.dirty': false, formerPlaces: [] }, $unset: { dueAt: 1 } },
    );
    await apply(second, { deletes: [`event 2 of ${id}`] });
    expect(await markOf(id)).toEqual(unmarked);
    expect(await toldOf(second)).toEqual([]);
  });

  test('that was stored before it was known is stamped when it is, and told a last time', async () => {
    const { id, organizer, event, interview } = await booked();
    const { place, applied } = interview;
    await own.database.interviews.updateOne({ _id: id }, { $unset: { place: 1, applied: 1 } });
    await apply(organizer, { upserts: [event()] });
    const before = await eventIn(organizer, `event 1 of ${id}`);
    expect(before).not.toHaveProperty('interviewId');
    await own.database.interviews.updateOne({ _id: id }, { $set: { place, applied } });
    await apply(organizer, { upserts: [event()] });
    const after = await eventIn(organizer, `event 1 of ${id}`);
    expect(after).toMatchObject({ _id: before?._id, fingerprint: before?.fingerprint, interviewId: id });
    await apply(organizer, { upserts: [event({ etag: '"2"' })] });
    expect(await toldOf(organizer)).toHaveLength(2);
    expect(await markOf(id)).toEqual(marked);
  });
});

describe('a copy at somebody who is asked', () => {
  const copyOf = ({ id, event }: Awaited<ReturnType<typeof booked>>, over: Partial<CalendarEvent> = {}) =>
    event({ providerEventId: `copy of ${id}`, etag: '"9"', ...over });

  test('is stored with the interview, is no change of it, and is told by nobody where it is', async () => {
    const interview = await booked();
    const guest = await listing();
    await apply(guest, { upserts: [copyOf(interview)] });
    await apply(guest, { upserts: [copyOf(interview, { etag: '"10"', response: 'accepted' })] });
    expect(await eventIn(guest, `copy of ${interview.id}`)).toMatchObject({ interviewId: interview.id });
    await apply(guest, { deletes: [`copy of ${interview.id}`] });
    expect(await toldOf(guest)).toEqual([]);
    expect(await markOf(interview.id)).toEqual(unmarked);
  });

  test('is known by the id of the event as well, before any other is known (google trap 30)', async () => {
    const { id, event } = await booked({ applied: undefined });
    const guest = await listing();
    await apply(guest, { upserts: [event({ iCalUID: undefined })] });
    expect(await eventIn(guest, `event 1 of ${id}`)).toMatchObject({ interviewId: id });
    expect(await toldOf(guest)).toEqual([]);
    expect(await markOf(id)).toEqual(unmarked);
  });

  test('that follows to a time which is wanted and not written down yet is told by nobody', async () => {
    const interview = await booked();
    const guest = await listing();
    await apply(guest, { upserts: [copyOf(interview)] });
    const later = { start: minutesLater(600), end: minutesLater(660) };
    await own.database.interviews.updateOne(
      { _id: interview.id },
      { $set: { desired: aWish('anybody', later) } },
    );
    await apply(guest, { upserts: [copyOf(interview, { ...later, etag: '"10"' })] });
    expect(await toldOf(guest)).toEqual([]);
  });

  test('is told where it lies elsewhere, and where it comes back or goes from there', async () => {
    const interview = await booked();
    const guest = await listing();
    const elsewhere = { start: minutesLater(600), end: minutesLater(660) };
    await apply(guest, { upserts: [copyOf(interview)] });
    await apply(guest, { upserts: [copyOf(interview, { ...elsewhere, etag: '"10"' })] });
    expect(await eventIn(guest, `copy of ${interview.id}`)).toMatchObject({ interviewId: interview.id });
    await apply(guest, { upserts: [copyOf(interview, { etag: '"11"' })] });
    await apply(guest, { upserts: [copyOf(interview, { etag: '"12"', response: 'accepted' })] });
    await apply(guest, { upserts: [copyOf(interview, { ...elsewhere, etag: '"13"' })] });
    await apply(guest, { deletes: [`copy of ${interview.id}`] });
    const told = await toldOf(guest);
    expect(told.map(({ seq }) => seq)).toEqual([2, 3, 4, 5]);
    expect(told[0]).toMatchObject({ range: { start: minutesLater(60), end: minutesLater(660) } });
    expect(told[3]).toMatchObject({ removedIds: [`copy of ${interview.id}`] });
  });

  test('is told in another calendar of the same account, into which somebody has put it', async () => {
    const interview = await booked();
    const second = { ...interview.organizer, calendarId: interview.organizer.secondId };
    await apply(second, { upserts: [copyOf(interview)] });
    expect(await toldOf(second)).toHaveLength(1);
    expect(await markOf(interview.id)).toEqual(unmarked);
  });

  test('of an interview that is over is told where somebody moves it, and not where it goes', async () => {
    const [left, right] = [await booked(), await booked()];
    const guest = await listing();
    await apply(guest, { upserts: [copyOf(left), copyOf(right)] });
    const over = { $unset: { place: 1, applied: 1 }, $set: { state: 'cancelled' } } as const;
    await own.database.interviews.updateMany({ _id: { $in: [left.id, right.id] } }, over);
    await apply(guest, { upserts: [copyOf(left, { title: 'Canceled', etag: '"10"' })] });
    await apply(guest, { deletes: [`copy of ${right.id}`] });
    expect(await toldOf(guest)).toEqual([]);
    await apply(guest, { upserts: [copyOf(left, { start: minutesLater(90), etag: '"11"' })] });
    expect(await toldOf(guest)).toHaveLength(1);
  });
});

describe('what a page has stored before the vendor’s answer came', () => {
  /** A run that has placed it, and learns the ids only by what it settles with. */
  async function beingBooked(guest?: string) {
    const organizer = await listing();
    interviews += 1;
    const id = `i-${interviews}`;
    const attendees = guest === undefined ? [] : [{ email: guest, optional: false, resource: false }];
    const wish = aWish(organizer.userId, { ...anHour, attendees });
    await own.store.intents.putInterview(id, wish, testNow);
    const { turn } = await interviewTurn(own.store, id);
    await own.store.facts.placeInterview(turn, aPlaceRecord(id, organizer, triedWith(wish)), testNow);
    const answer = asWanted(wish, { now });
    const ids = { providerEventId: `vendor’s of ${id}`, iCalUID: `uid of ${id}` };
    const settle = () =>
      own.store.facts.settleInterview(turn, { ...answer, applied: { ...answer.applied!, ...ids } });
    return {
      id,
      organizer,
      settle,
      event: anEvent(ids.providerEventId, { ...anHour, iCalUID: ids.iCalUID }),
    };
  }

  test('is stamped by that answer where the vendor does not tell our name of it, and told once more', async () => {
    const { id, organizer, settle, event } = await beingBooked();
    await apply(organizer, { upserts: [event] });
    await settle();
    expect(await eventIn(organizer, event.providerEventId)).toMatchObject({ interviewId: id });
    await apply(organizer, { upserts: [{ ...event, etag: '"2"' }] });
    await apply(organizer, { upserts: [{ ...event, etag: '"3"' }] });
    expect(await toldOf(organizer)).toHaveLength(2);
  });

  test('is stamped at those who are asked, by their address, and nowhere else', async () => {
    const address = `Guest-${interviews}@Example.com`;
    const { id, settle, event } = await beingBooked(address.toLowerCase());
    const [guest, stranger] = [await listing(address), await listing()];
    const copy = { ...event, providerEventId: 'copy' };
    const another = { ...copy, providerEventId: 'another', iCalUID: 'another' };
    for (const one of [guest, stranger]) await apply(one, { upserts: [copy, another] });
    await settle();
    expect(await eventIn(guest, 'copy')).toMatchObject({ interviewId: id, interviewApart: true });
    expect(await eventIn(guest, 'another')).not.toHaveProperty('interviewId');
    expect(await eventIn(stranger, 'copy')).not.toHaveProperty('interviewId');
    await apply(guest, { upserts: [{ ...copy, response: 'accepted' }] });
    await apply(guest, { upserts: [{ ...copy, response: 'declined' }] });
    expect(await toldOf(guest)).toHaveLength(2);
  });
});

describe('the mark of a page', () => {
  test('I5: is not set by a run that lost its turn', async () => {
    const { id, organizer, event } = await booked();
    await syncTurn(own.store, organizer.connectionId, minutesLater(2));
    const page = { upserts: [event({ etag: '"2"' })], unkept: [{ providerEventId: `event 1 of ${id}` }] };
    await expect(apply(organizer, page)).rejects.toThrow(LostTurnError);
    await expect(apply(organizer, { unkept: page.unkept })).rejects.toThrow(LostTurnError);
    expect(await markOf(id)).toEqual(unmarked);
  });

  test('is told once it is committed, and numbers of changes have no gap because of it', async () => {
    const [one, other] = [await booked(), await booked()];
    const { interviews: model } = own.database;
    await model.updateOne({ _id: other.id }, { $set: { place: aPlace(other.id, one.organizer) } });
    const onInterviewsDue = vi.fn<(ids: readonly string[]) => void>();
    const onRecorded = vi.fn<(id: string) => void>();
    const recording = { ...own.database.recording, onInterviewsDue, onRecorded };
    const store = storeOver({ ...own.database, recording });
    const upserts = [one.event({ etag: '"2"' }), other.event({ etag: '"2"' })];
    await apply(one.organizer, { upserts }, store);
    expect(onInterviewsDue.mock.calls).toEqual([[[one.id, other.id]]]);
    expect(onRecorded).not.toHaveBeenCalled();
    await apply(one.organizer, { upserts: [anEvent('plain')] }, store);
    expect(onInterviewsDue).toHaveBeenCalledTimes(1);
    expect(onRecorded.mock.calls).toEqual([[one.organizer.connectionId]]);
    expect(await toldOf(one.organizer)).toMatchObject([{ seq: 2, eventIds: ['plain'] }]);
  });
});

describe('what a page costs', () => {
  /** The commands that reached the server, by name and collection. */
  async function commandsDuring(doing: () => Promise<unknown>): Promise<string[]> {
    const client = own.database.connection.getClient();
    const seen: string[] = [];
    const onStarted = ({
      commandName,
      command,
    }: {
      commandName: string;
      command: Record<string, unknown>;
    }) => {
      seen.push(`${commandName} ${String(command[commandName])}`);
    };
    client.on('commandStarted', onStarted);
    await doing();
    client.off('commandStarted', onStarted);
    return seen;
  }

  test('is one question about interviews, and no write where none is concerned', async () => {
    const organizer = await listing();
    const upserts = Array.from({ length: 50 }, (_, n) =>
      anEvent(`e ${n}`, { iCalUID: `uid ${n}`, clientKey: `k ${n}` }),
    );
    const commands = await commandsDuring(() =>
      apply(organizer, { upserts, unkept: [{ providerEventId: 'x' }] }),
    );
    expect(commands.filter((command) => command.endsWith(' interviews'))).toEqual(['find interviews']);
    expect(commands).toEqual([
      'findAndModify connections',
      'find events',
      'find interviews',
      'update calendars',
      'insert events',
      'insert changes',
      'commitTransaction 1',
    ]);
    const second = await commandsDuring(() => apply(organizer, { unkept: [{ providerEventId: 'x' }] }));
    expect(second).toEqual(['find interviews', 'update connections']);
    expect(await commandsDuring(() => apply(organizer, {}))).toEqual(['update connections']);
  });

  test('is next to nothing of a large page where there are no interviews at all', async () => {
    await own.database.interviews.deleteMany({});
    const organizer = await listing();
    const many = Array.from({ length: 501 }, (_, n) => anEvent(`e ${n}`, { iCalUID: `uid ${n}` }));
    const questions: Record<string, unknown>[] = [];
    const client = own.database.connection.getClient();
    const onStarted = ({ command }: { command: Record<string, unknown> }): void => {
      if (command['find'] === 'interviews') questions.push(command['filter'] as Record<string, unknown>);
    };
    client.on('commandStarted', onStarted);
    await apply(organizer, { upserts: many });
    expect(questions).toEqual([{}]);
    const { id, organizer: other, event } = await booked();
    await apply(other, { upserts: [...many, event({ etag: '"2"' })] });
    client.off('commandStarted', onStarted);
    expect(await markOf(id)).toEqual(marked);
  });

  test('is answered from indexes', async () => {
    const entries = {
      living: [anEvent('a', { iCalUID: 'u', clientKey: 'k' }), anEvent('b', { iCalUID: 'v' })],
      gone: [{ providerEventId: 'c' }],
      interviewIds: ['i'],
    };
    const plan = JSON.stringify(
      await interviewsQuery(own.database.interviews, entries)?.explain('queryPlanner'),
    );
    expect(plan).not.toContain('COLLSCAN');
    const indexes = [...plan.matchAll(/"indexName":"([^"]+)"/g)].map(([, name]) => name);
    expect(new Set(indexes)).toEqual(
      new Set([
        'place.providerEventId_1',
        'formerPlaces.providerEventId_1',
        'place.key_1',
        'formerPlaces.key_1',
        'applied.iCalUID_1',
        '_id_',
      ]),
    );
  });
});
