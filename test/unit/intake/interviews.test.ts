import { describe, expect, it } from 'vitest';
import type { InterviewWish } from '../../../src/domain/interview.ts';
import type { IntakeDeps } from '../../../src/intake/app.ts';
import type { Intents, InterviewPutAnswer, InterviewRecord } from '../../../src/store/store.ts';
import { apiKey, fakeDeps, fakeIntake, now, someId } from './fake-intake.ts';
import { anInterview, aPlace, appliedOf } from './interview-records.ts';

const path = '/v1/interviews/round-2';
const body = {
  organizer: { userId: 'ada' },
  title: 'Interview: Grace Hopper',
  start: '2026-11-30T14:00:00+01:00',
  end: '2026-11-30T15:00:00+01:00',
  timeZone: 'Europe/Berlin',
  attendees: [{ email: 'grace@example.org', name: 'Grace Hopper' }],
  sendInvitations: true,
};
const wish: InterviewWish = {
  ...body,
  start: new Date('2026-11-30T13:00:00Z'),
  end: new Date('2026-11-30T14:00:00Z'),
  attendees: [{ email: 'grace@example.org', name: 'Grace Hopper', optional: false, resource: false }],
  conference: 'none',
  visibility: 'default',
  tentative: false,
  checkConflicts: false,
  policy: 'follow',
};
const stillAwaited = expect.any(Function);
const interview = (fields: Partial<InterviewRecord> = {}): InterviewRecord =>
  anInterview('round-2', wish, now, fields);

interface World {
  readonly known?: InterviewRecord;
  readonly answer?: InterviewPutAnswer;
  readonly reads?: Partial<IntakeDeps['reads']>;
  readonly enqueue?: IntakeDeps['producer']['enqueue'];
}

/** An intake whose store knows one interview at most, with what was put into it and onto its queues. */
function intakeWith({ known, answer, reads = {}, enqueue }: World = {}) {
  const puts: Parameters<Intents['putInterview']>[] = [];
  const withdrawals: Parameters<Intents['withdrawInterview']>[] = [];
  const jobs: unknown[] = [];
  const usual = fakeDeps();
  const intake = fakeIntake({
    reads: { ...usual.reads, interview: async () => known, ...reads },
    intents: {
      ...usual.intents,
      putInterview: async (...given) => {
        puts.push(given);
        return answer ?? { type: 'created', interview: anInterview(given[0], given[1], given[2]) };
      },
      withdrawInterview: async (...given) => {
        withdrawals.push(given);
        return known && { ...known, state: 'cancelling', withdrawn: { at: now }, dueAt: now };
      },
    },
    producer: {
      enqueue: enqueue ?? (async (...job) => void jobs.push(job)),
    },
  });
  return { ...intake, puts, withdrawals, jobs };
}

const put = (intake: ReturnType<typeof intakeWith>, sent: unknown, headers: Record<string, string> = {}) =>
  intake.call(path, {
    method: 'PUT',
    headers: { Authorization: `Bearer ${apiKey}`, 'Content-Type': 'application/json', ...headers },
    body: JSON.stringify(sent),
  });

describe('booking an interview', () => {
  it('records what is wanted and queues the work, behind a run that is at it', async () => {
    const intake = intakeWith();
    const answer = await put(intake, body, { 'X-Request-Id': 'request-7' });
    expect(answer.status).toBe(201);
    expect(answer.headers.get('ETag')).toBe('"1"');
    expect(await answer.json()).toMatchObject({
      id: 'round-2',
      state: 'pending',
      revision: 1,
      upToDate: false,
      requested: { title: body.title, start: '2026-11-30T13:00:00.000Z', attendees: [{ optional: false }] },
    });
    expect(intake.puts).toEqual([['round-2', wish, now, { ifRevision: undefined, stillAwaited }]]);
    expect(intake.jobs).toEqual([
      [
        'write',
        'reconcile-interview',
        { v: 1, interviewId: 'round-2', requestId: 'request-7' },
        { deduplicate: 'keep-last', urgency: 'interactive' },
      ],
    ]);
  });

  it('answers as if it had worked while Redis is away: the interview is due, and the scheduler finds it (I1)', async () => {
    const intake = intakeWith({ enqueue: async () => Promise.reject(new Error('Redis is away')) });
    expect((await put(intake, body)).status).toBe(201);
  });

  it('takes over what is said, tells empty texts from none, and writes zones as IANA does', async () => {
    const intake = intakeWith();
    await put(intake, {
      ...body,
      description: 'First\r\n\tthe compiler',
      location: '',
      timeZone: 'europe/berlin',
      conference: 'teams',
      reminders: [10, 0],
      visibility: 'private',
      sendInvitations: false,
      checkConflicts: true,
      policy: 'hold',
      holdId: 'choice-1',
    });
    expect(intake.puts[0]?.[1]).toEqual({
      ...wish,
      description: 'First\r\n\tthe compiler',
      location: undefined,
      conference: 'teams',
      reminders: [10, 0],
      visibility: 'private',
      sendInvitations: false,
      checkConflicts: true,
      policy: 'hold',
      holdId: 'choice-1',
    });
  });

  it('a body that is nothing new is answered with 200, and asks nobody', async () => {
    const known = interview({ state: 'booked', dueAt: undefined });
    const intake = intakeWith({ known, answer: { type: 'unchanged', interview: known } });
    expect((await put(intake, body)).status).toBe(200);
    expect(intake.jobs).toEqual([]);
  });

  it('one that has an interview tried again which is in conflict queues the work', async () => {
    const known = interview({ state: 'pending', dueAt: now });
    const intake = intakeWith({ known, answer: { type: 'unchanged', interview: known } });
    expect((await put(intake, body)).status).toBe(200);
    expect(intake.jobs).toHaveLength(1);
  });
});

describe('If-Match on an interview', () => {
  it.each(['"4"', 'W/"4"'])('%s says which revision the caller has seen', async (tag) => {
    const revised = interview({ revision: 5 });
    const intake = intakeWith({ known: revised, answer: { type: 'revised', interview: revised } });
    const answer = await put(intake, body, { 'If-Match': tag });
    expect(answer.status).toBe(200);
    expect(answer.headers.get('ETag')).toBe('"5"');
    expect(intake.puts[0]?.[3]).toEqual({ ifRevision: 4, stillAwaited });
  });

  it.each(['4', '"four"', '"3", "4"', '*', '""'])('%s is no revision', async (tag) => {
    const answer = await put(intakeWith(), body, { 'If-Match': tag });
    expect(await answer.json()).toMatchObject({ status: 400, errors: [{ field: 'If-Match' }] });
  });

  it('another revision is answered with the current one, and queues nothing', async () => {
    const known = interview({ revision: 5 });
    const intake = intakeWith({ known, answer: { type: 'stale', interview: known } });
    const answer = await put(intake, body, { 'If-Match': '"4"' });
    expect(answer.headers.get('ETag')).toBe('"5"');
    expect(await answer.json()).toMatchObject({ status: 412, code: 'revision_stale', revision: 5 });
    expect(intake.jobs).toEqual([]);
  });

  it('a revision of an interview that is not there is stale too', async () => {
    const answer = await put(intakeWith({ answer: { type: 'stale' } }), body, { 'If-Match': '"1"' });
    const problem = await answer.json();
    expect(problem).toMatchObject({ status: 412, code: 'revision_stale' });
    expect(problem).not.toHaveProperty('revision');
  });
});

describe('a body that cannot be meant', () => {
  const attendees = (...emails: string[]) => ({ attendees: emails.map((email) => ({ email })) });
  const until = (end: string) => ({ start: '2026-11-30T14:00:00Z', end });

  it.each([
    ['no title', { title: undefined }, 'title'],
    ['a title of blanks', { title: '  ' }, 'title'],
    ['a title longer than Outlook keeps', { title: 'x'.repeat(256) }, 'title'],
    ['a title over two lines', { title: 'a\nb' }, 'title'],
    ['a description longer than Google keeps', { description: 'x'.repeat(8193) }, 'description'],
    ['a NUL in a description', { description: 'a\0b' }, 'description'],
    ['half a surrogate pair in a place', { location: '\ud800' }, 'location'],
    ['a time without its zone', { start: '2026-11-30T14:00:00' }, 'start'],
    ['an end before the start', until('2026-11-30T13:00:00Z'), 'end'],
    ['an end at the start', until('2026-11-30T14:00:00Z'), 'end'],
    ['more than a day', until('2026-12-01T14:00:00.001Z'), 'end'],
    ['a zone that there is not', { timeZone: 'Europe/Atlantis' }, 'timeZone'],
    ['an offset for a zone', { timeZone: '+01:00' }, 'timeZone'],
    ['a zone of Windows', { timeZone: 'W. Europe Standard Time' }, 'timeZone'],
    ['no list of attendees', { attendees: undefined }, 'attendees'],
    ['somebody without an address', { attendees: [{ name: 'Grace' }] }, 'attendees.0.email'],
    ['an address that is none', attendees('grace@example.org', 'Grace'), 'attendees.1.email'],
    ['an address with a name in it', attendees('Grace <grace@example.org>'), 'attendees.0.email'],
    ['somebody twice', attendees('grace@example.org', 'GRACE@Example.org'), 'attendees.1.email'],
    ['501 attendees', attendees(...Array.from({ length: 501 }, (_, n) => `${n}@example.org`)), 'attendees'],
    ['a link that nobody makes', { conference: 'zoom' }, 'conference'],
    ['no reminder at all', { reminders: [] }, 'reminders'],
    ['six reminders', { reminders: [1, 2, 3, 4, 5, 6] }, 'reminders'],
    ['a reminder twice', { reminders: [10, 10] }, 'reminders'],
    ['a reminder before four weeks', { reminders: [40_321] }, 'reminders.0'],
    ['no word on invitations', { sendInvitations: undefined }, 'sendInvitations'],
    ['a policy that there is not', { policy: 'fight' }, 'policy'],
    ['a field that there is not', { state: 'booked' }, 'state'],
    ['an organizer without an id', { organizer: {} }, 'organizer.userId'],
    [
      'a calendar of another form',
      { organizer: { userId: 'ada', calendarId: 'primary' } },
      'organizer.calendarId',
    ],
  ])('%s is refused, naming the field', async (_, over, field) => {
    const intake = intakeWith();
    const answer = await put(intake, { ...body, ...over });
    expect(await answer.json()).toMatchObject({ status: 400, code: 'invalid_request', errors: [{ field }] });
    expect([intake.puts, intake.jobs]).toEqual([[], []]);
  });

  it('a whole day is not too long', async () => {
    expect((await put(intakeWith(), { ...body, ...until('2026-12-01T14:00:00Z') })).status).toBe(201);
  });

  it.each(['.hidden', 'a%20b', 'x'.repeat(129), '%C3%A4'])('%s is no id of an interview', async (id) => {
    const answer = await intakeWith().send('PUT', `/v1/interviews/${id}`, body);
    expect(await answer.json()).toMatchObject({ status: 400, errors: [{ field: 'interviewId' }] });
  });

  it('takes the longest texts of the most attendees, and not more than 256 kB', async () => {
    const many = Array.from({ length: 500 }, (_, n) => ({
      email: `${'a'.repeat(60)}-${n}@${'b'.repeat(120)}.example`,
      name: 'Grace Brewster Murray Hopper, Rear Admiral',
    }));
    const large = { ...body, attendees: many, description: 'x'.repeat(8192) };
    expect(JSON.stringify(large).length).toBeGreaterThan(64 * 1024);
    expect((await put(intakeWith(), large)).status).toBe(201);
    const larger = await put(intakeWith(), { ...large, note: 'x'.repeat(256 * 1024) });
    expect(await larger.json()).toMatchObject({ status: 413, code: 'payload_too_large' });
  });
});

describe('a booking that only the records can refuse', () => {
  const over = { start: '2026-11-23T08:00:00Z', end: '2026-11-23T09:00:00Z' };
  const named = { ...body, organizer: { userId: 'ada', calendarId: someId } };
  const calendar = { ...aPlace, calendarId: someId };
  const writable = { writableCalendar: async () => calendar };

  it('a time that is over is refused where the interview was never booked', async () => {
    const intake = intakeWith();
    expect(await (await put(intake, { ...body, ...over })).json()).toMatchObject({
      status: 422,
      code: 'interview_over',
      hint: expect.stringContaining('lies ahead'),
    });
    expect(intake.puts).toEqual([]);
    expect((await put(intakeWith({ known: interview() }), { ...body, ...over })).status).toBe(201);
  });

  it('an organizer without a calendar is no reason: the interview waits', async () => {
    expect((await put(intakeWith(), body)).status).toBe(201);
  });

  it('a calendar that is not the organizer’s, or cannot be written to, is refused (I10)', async () => {
    const asked: unknown[] = [];
    const writableCalendar = async (organizer: unknown) => void asked.push(organizer);
    const intake = intakeWith({
      reads: { writableCalendar: async (o) => writableCalendar(o).then(() => undefined) },
    });
    const answer = await put(intake, named);
    expect(await answer.json()).toMatchObject({ status: 422, code: 'calendar_not_writable' });
    expect(asked).toEqual([named.organizer]);
    expect(intake.puts).toEqual([]);
    expect((await put(intakeWith({ reads: writable }), named)).status).toBe(201);
  });

  it('a body that was taken once is taken again, also where its calendar is gone and its time over', async () => {
    const known = interview({ requested: { ...wish, organizer: named.organizer } });
    const intake = intakeWith({ known, answer: { type: 'unchanged', interview: known } });
    expect((await put(intake, named)).status).toBe(200);
    expect((await put(intake, { ...named, title: 'Another' })).status).toBe(422);
  });

  it.each(['ADA@example.com', 'ada@calendars.example'])('the organizer as an attendee, %s', async (email) => {
    const connection = async () =>
      ({ id: aPlace.connectionId, email: 'ada@example.com' }) as Awaited<
        ReturnType<IntakeDeps['reads']['connection']>
      >;
    const writableCalendar = async () => ({ ...calendar, providerCalendarId: 'ada@calendars.example' });
    const intake = intakeWith({ reads: { writableCalendar, connection } });
    const answer = await put(intake, { ...body, attendees: [...body.attendees, { email }] });
    expect(await answer.json()).toMatchObject({ status: 400, errors: [{ field: 'attendees.1.email' }] });
  });
});

describe('showing an interview', () => {
  const moved = { start: new Date('2026-11-30T13:30:00Z'), end: new Date('2026-11-30T14:30:00Z') };
  const applied = appliedOf(wish, 2, now);
  const proposed = { start: moved.start, end: moved.end };
  const [first] = applied.snapshot.attendees;
  if (first === undefined) throw new Error('nobody was asked');
  const record = interview({
    revision: 3,
    state: 'conflict',
    reason: { code: 'slot_taken', message: 'Somebody is busy.', hint: 'Choose another.', at: now },
    clash: { ...moved, userId: 'bob' },
    desired: { ...wish, ...moved },
    place: { ...aPlace, tries: [{ mark: '7', wish, fields: ['title'] }], tried: 7 },
    applied: { ...applied, snapshot: { ...applied.snapshot, attendees: [{ ...first, proposed }] } },
    attempts: [{ at: now, revision: 2, action: 'create', outcome: 'done' }],
  });

  it('tells what is wanted, what was written, what the calendar says and what was tried', async () => {
    const connection = async () =>
      ({ provider: 'google' }) as Awaited<ReturnType<IntakeDeps['reads']['connection']>>;
    const answer = await intakeWith({ known: record, reads: { connection } }).send('GET', path);
    expect(answer.headers.get('ETag')).toBe('"3"');
    const told = await answer.json();
    expect(told).toMatchObject({
      state: 'conflict',
      upToDate: false,
      reason: { code: 'slot_taken', hint: expect.stringContaining('checkConflicts') },
      clash: { start: '2026-11-30T13:30:00.000Z', userId: 'bob' },
      requested: { start: '2026-11-30T13:00:00.000Z' },
      desired: { start: '2026-11-30T13:30:00.000Z' },
      applied: { revision: 2, wish: { start: '2026-11-30T13:00:00.000Z' } },
      observed: {
        at: now.toISOString(),
        allDay: false,
        attendees: [
          {
            email: 'grace@example.org',
            response: 'accepted',
            proposed: { start: '2026-11-30T13:30:00.000Z', end: '2026-11-30T14:30:00.000Z' },
          },
        ],
      },
      event: {
        provider: 'google',
        calendarId: aPlace.calendarId,
        providerEventId: 'event-1',
        iCalUID: 'event-1@example.com',
        webLink: 'https://calendar.example.com/event-1',
      },
      conferenceState: 'ready',
      meetingUrl: 'https://meet.example.com/abc',
      attempts: [{ action: 'create', outcome: 'done', revision: 2 }],
    });
    // What is the service's own: neither the vendor's etag, nor the key, nor what was tried.
    expect(JSON.stringify(told)).not.toMatch(/etag|3412|tries|tried|mark|0123456789abcdef|tentative/);
  });

  it.each([
    ['is', { applied: appliedOf(wish, 1, now) }, true],
    ['was, before a later revision', { revision: 2, applied: appliedOf(wish, 1, now) }, false],
    [
      'is still, though it was withdrawn',
      { withdrawn: { at: now }, applied: appliedOf(wish, 1, now) },
      false,
    ],
    ['is not any more, as wanted', { state: 'cancelled', withdrawn: { at: now } } as const, true],
  ])('says whether the calendar is as wanted: it %s', async (_, fields, upToDate) => {
    const answer = await intakeWith({ known: interview(fields) }).send('GET', path);
    expect(await answer.json()).toMatchObject({ upToDate });
  });

  it('what it shows as requested is a body that may be sent again', async () => {
    const shown = (await (await intakeWith({ known: record }).send('GET', path)).json()) as {
      requested: unknown;
    };
    const intake = intakeWith();
    expect((await put(intake, shown.requested)).status).toBe(201);
    expect(intake.puts[0]?.[1]).toEqual(wish);
  });
});

describe('cancelling an interview', () => {
  it('records it with the message for the attendees, and queues the work', async () => {
    const intake = intakeWith({ known: interview() });
    const answer = await intake.send('DELETE', path, { message: 'The position\nhas been filled.' });
    expect(answer.status).toBe(202);
    expect(await answer.json()).toMatchObject({ state: 'cancelling', withdrawn: { at: now.toISOString() } });
    expect(intake.withdrawals).toEqual([
      ['round-2', now, 'The position\nhas been filled.', { stillAwaited }],
    ]);
    expect(intake.jobs).toMatchObject([['write', 'reconcile-interview', { interviewId: 'round-2' }, {}]]);
  });

  it.each([undefined, {}, { message: '' }])('needs no body: %j', async (sent) => {
    const intake = intakeWith({ known: interview() });
    expect((await intake.send('DELETE', path, sent)).status).toBe(202);
    expect(intake.withdrawals).toEqual([['round-2', now, undefined, { stillAwaited }]]);
  });

  it('needs none where it is declared as JSON either, as many clients declare whatever they send', async () => {
    const headers = { Authorization: `Bearer ${apiKey}`, 'Content-Type': 'application/json' };
    const intake = intakeWith({ known: interview() });
    expect((await intake.call(path, { method: 'DELETE', headers })).status).toBe(202);
    const broken = await intake.call(path, { method: 'DELETE', headers, body: '{' });
    expect(await broken.json()).toMatchObject({ status: 400, code: 'malformed_json' });
  });

  it('takes no message that is not declared as JSON, rather than lose it', async () => {
    const headers = { Authorization: `Bearer ${apiKey}`, 'Content-Type': 'text/plain' };
    const intake = intakeWith({ known: interview() });
    const answer = await intake.call(path, { method: 'DELETE', headers, body: 'Sorry' });
    expect(await answer.json()).toMatchObject({ status: 415, code: 'unsupported_media_type' });
    expect(intake.withdrawals).toEqual([]);
  });

  it('one that is not there is not known', async () => {
    const answer = await intakeWith().send('DELETE', path);
    expect(await answer.json()).toMatchObject({ status: 404, code: 'unknown_record' });
  });
});

describe('an interview of another user (I10)', () => {
  it.each([
    ['GET', undefined],
    ['DELETE', undefined],
    ['PUT', body],
  ])('%s with a userId answers as if there were none, and changes nothing', async (method, sent) => {
    const intake = intakeWith({ known: interview() });
    const answer = await intake.send(method, `${path}?userId=bob`, sent);
    expect(await answer.json()).toMatchObject({ status: 404, code: 'unknown_record' });
    expect([intake.puts, intake.withdrawals, intake.jobs]).toEqual([[], [], []]);
    expect((await intake.send(method, `${path}?userId=ada`, sent)).status).toBeLessThan(300);
  });
});

it('the log holds no title, no address and no message, whatever goes wrong (I9)', async () => {
  const away = async () => Promise.reject(new Error('Redis is away'));
  const intake = intakeWith({ known: interview(), enqueue: away });
  await put(intake, body);
  await put(intake, {
    ...body,
    end: body.start,
    attendees: [{ email: 'no-address of Grace' }],
    note: 'Grace',
  });
  await put(intake, { ...body, organizer: { userId: 'ada', calendarId: someId } });
  await intake.send('GET', path);
  await intake.send('DELETE', path, { message: 'Sorry, Grace' });
  expect(intake.logged.join('')).toContain('"route":"/v1/interviews/:interviewId"');
  expect(intake.logged.join('')).not.toMatch(/grace|hopper|sorry/i);
});
