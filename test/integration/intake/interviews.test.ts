import { describe, expect, it } from 'vitest';
import { followed } from '../../../src/domain/interview-changes.ts';
import type { EventSnapshot } from '../../../src/domain/interview.ts';
import type { InterviewTurn } from '../../../src/store/store.ts';
import type { Answer } from '../../support/api-client.ts';
import { aCalendar, connectedAccount, minutesLater, syncTurn, testNow } from '../../support/builders.ts';
import { apiKey, ownIntake } from './own-intake.ts';

const intake = ownIntake();
const day = 24 * 60;
const at = (minutes: number) => minutesLater(day + minutes).toISOString();
const body = {
  organizer: { userId: 'nobody-connected' },
  title: 'Interview: Grace Hopper 🎓',
  description: 'First the compiler,\r\nthen lunch.',
  start: at(0),
  end: at(60),
  timeZone: 'Europe/Berlin',
  attendees: [
    { email: 'Grace@example.org', name: 'Grace Hopper' },
    { email: 'room-4@example.com', resource: true },
  ],
  location: 'Room 4',
  conference: 'provider_default',
  reminders: [30, 10],
  sendInvitations: true,
};

const put = (id: string, sent: unknown, revision?: number): Promise<Answer> =>
  intake.api.call(
    'PUT',
    `/v1/interviews/${id}`,
    sent,
    revision === undefined ? {} : { 'If-Match': `"${revision}"` },
  );
const show = async (id: string) => (await intake.api.get(`/v1/interviews/${id}`)).body;
const jobsOf = async (id: string) =>
  (await intake.jobs('write')).filter(({ data }) => data['interviewId'] === id);

let accounts = 0;

/** A connected user with a calendar of their own, and one that they may only read. */
async function connectedOrganizer(userId: string, email = `${userId}@example.com`) {
  accounts += 1;
  const grant = { accountId: `organizer-${accounts}`, email };
  const { id } = await connectedAccount(intake.store, { userId, grant });
  const turn = await syncTurn(intake.store, id);
  const listed = [
    aCalendar(email, { primary: true }),
    aCalendar(`team-of-${email}`),
    aCalendar(`holidays-of-${email}`, { canWrite: false }),
  ];
  await intake.store.facts.replaceCalendars(turn, listed, testNow);
  await intake.store.facts.finishSync(turn, { now: testNow, nextSyncAt: minutesLater(5) });
  const calendars = await intake.store.reads.calendarsOf(id);
  const idOf = (name: string) =>
    calendars.find(({ providerCalendarId }) => providerCalendarId.startsWith(name))?.id;
  return { connectionId: id, primary: idOf(email), team: idOf('team-of'), holidays: idOf('holidays-of') };
}

/** Takes the turn, as the job does. */
async function takeTurn(id: string): Promise<InterviewTurn> {
  const answer = await intake.store.facts.takeInterviewTurn(id, testNow, minutesLater(1));
  if (answer.type !== 'taken') throw new Error(`the turn of ${id} was answered ${answer.type}`);
  return answer.turn;
}

/** Writes down that the calendar holds it, as the job does. */
async function book(id: string, place: { connectionId: string; primary: string | undefined }): Promise<void> {
  const { facts } = intake.store;
  const turn = await takeTurn(id);
  const { connectionId, primary = '' } = place;
  const event = { key: id, providerCalendarId: 'main', providerEventId: `event-of-${id}` };
  await facts.placeInterview(turn, { number: 1, connectionId, calendarId: primary, ...event }, testNow);
  await facts.settleInterview(turn, {
    now: testNow,
    happening: 'applied',
    applied: {
      wish: turn.desired,
      snapshot: snapshotOf(turn),
      webLink: 'https://example.com/e',
      written: true,
    },
    attempts: [{ at: testNow, revision: turn.revision, action: 'create', outcome: 'done' }],
    news: [{ type: 'interview.booked', data: {} }],
  });
}

function snapshotOf({ desired }: InterviewTurn, over: Partial<EventSnapshot> = {}): EventSnapshot {
  const { start, end, title, description, location, visibility } = desired;
  return {
    start,
    end,
    title,
    description,
    location,
    visibility,
    allDay: false,
    attendees: desired.attendees.map((attendee) => ({ ...attendee, response: 'needs_action' })),
    conference: { state: 'ready', url: 'https://meet.example.com/abc' },
    ...over,
  };
}

/** Writes down that people have moved it, as the job does where the wish follows. */
async function moveByPeople(id: string, start: Date): Promise<void> {
  const turn = await takeTurn(id);
  const snapshot = snapshotOf(turn, { start, end: minutesLater(60, start) });
  const people = { fields: ['time'] as const, now: snapshot, takenOut: [] };
  const desired = followed(turn.desired, people);
  await intake.store.facts.settleInterview(turn, {
    now: testNow,
    happening: 'applied',
    applied: { wish: desired, snapshot, written: false },
    followed: { desired, followed: people },
    attempts: [],
    news: [],
  });
}

describe('booking over HTTP', () => {
  it('is recorded as it was said, due at once, and one job waits however often it is asked for', async () => {
    const answers = await Promise.all(Array.from({ length: 8 }, () => put('booked.once~1', body)));
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 200, 200, 200, 200, 200, 200, 201]);
    const shown = await show('booked.once~1');
    expect(shown).toMatchObject({ revision: 1, state: 'pending', upToDate: false, attempts: [] });
    expect(shown.requested).toEqual({
      ...body,
      attendees: body.attendees.map((one) => ({ optional: false, resource: false, ...one })),
      visibility: 'default',
      checkConflicts: false,
      policy: 'follow',
    });
    expect(shown.desired).toEqual(shown.requested);
    expect(await jobsOf('booked.once~1')).toMatchObject([{ name: 'reconcile-interview', data: { v: 1 } }]);
    expect(await intake.store.facts.dueInterviews(testNow, 100)).toContain('booked.once~1');
  });

  it('says the same again by any order of attendees, and the names and capitals of their addresses', async () => {
    await put('said-again', body);
    const attendees = [{ email: 'room-4@example.com', resource: true }, { email: 'grace@EXAMPLE.org' }];
    const again = await put('said-again', { ...body, attendees });
    expect([again.status, again.headers.get('ETag')]).toEqual([200, '"1"']);
    // The list by which answers are told is the one that is shown.
    expect(again.body.requested.attendees[0]).toMatchObject({ name: 'Grace Hopper' });
  });

  it('takes 500 attendees with long names and the longest description', async () => {
    const attendees = Array.from({ length: 500 }, (_, n) => ({
      email: `${'a'.repeat(60)}.${n}@${'b'.repeat(60)}.example`,
      name: 'Ç'.repeat(100),
    }));
    const description = '字'.repeat(8192);
    expect((await put('large', { ...body, attendees, description })).status).toBe(201);
    expect((await show('large')).requested.attendees).toHaveLength(500);
  });

  it('counts as busy at once: before anybody has written it', async () => {
    await connectedOrganizer('busy-at-once');
    await put('busy-1', { ...body, organizer: { userId: 'busy-at-once' } });
    const groups = [{ members: [{ userId: 'busy-at-once' }] }];
    const range = { from: at(-60), to: at(120) };
    const { body: answer } = await intake.api.post('/v1/availability', { groups, ...range });
    expect(answer.participants[0].busy).toEqual([{ start: at(0), end: at(60) }]);
  });
});

describe('what people have changed', () => {
  it('stays where the next body says what the last one said, and counts for nothing where it comes with the revision', async () => {
    const organizer = { userId: 'moved-by-people' };
    const place = await connectedOrganizer('moved-by-people');
    await put('moved', { ...body, organizer });
    await book('moved', place);
    await moveByPeople('moved', minutesLater(day + 120));
    const moved = await show('moved');
    expect(moved).toMatchObject({
      state: 'booked',
      revision: 2,
      upToDate: true,
      requested: { start: at(0) },
      desired: { start: at(120), end: at(180) },
      applied: { revision: 2 },
      observed: { start: at(120), attendees: [{ response: 'needs_action' }, { resource: true }] },
      event: { provider: 'google', calendarId: place.primary, providerEventId: 'event-of-moved' },
      meetingUrl: 'https://meet.example.com/abc',
      conferenceState: 'ready',
      attempts: [{ action: 'create', outcome: 'done' }],
    });

    const same = await put('moved', { ...body, organizer });
    expect(same.body).toMatchObject({ revision: 2, desired: { start: at(120) } });
    const retitled = await put('moved', { ...body, organizer, title: 'Second round' });
    expect(retitled.body).toMatchObject({
      revision: 3,
      state: 'pending',
      upToDate: false,
      desired: { start: at(120), title: 'Second round' },
    });

    const stale = await put('moved', { ...body, organizer }, 2);
    expect(stale.status).toBe(412);
    expect(stale.body).toMatchObject({ code: 'revision_stale', revision: 3 });
    expect((await show('moved')).desired.start).toBe(at(120));
    const whole = await put('moved', { ...body, organizer }, 3);
    expect(whole.body).toMatchObject({ revision: 4, desired: { start: at(0), title: body.title } });
  });

  it('of several that have seen the same revision one is taken', async () => {
    await put('contended', body);
    const titles = ['One', 'Two', 'Three', 'Four'];
    const answers = await Promise.all(titles.map((title) => put('contended', { ...body, title }, 1)));
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 412, 412, 412]);
    const taken = titles[answers.findIndex(({ status }) => status === 200)];
    expect(await show('contended')).toMatchObject({ revision: 2, requested: { title: taken } });
    expect((await put('never-booked', body, 1)).body).toMatchObject({ status: 412, code: 'revision_stale' });
  });
});

describe('cancelling over HTTP', () => {
  const remove = (id: string, sent?: unknown) => intake.api.call('DELETE', `/v1/interviews/${id}`, sent);

  it('may be repeated, and is taken back by a body that comes with the revision', async () => {
    await put('cancelled', body);
    const first = await remove('cancelled', { message: 'The position\nhas been filled.' });
    expect(first.status).toBe(202);
    expect(first.body).toMatchObject({
      state: 'cancelling',
      upToDate: false,
      withdrawn: { at: testNow.toISOString(), message: 'The position\nhas been filled.' },
    });
    expect((await remove('cancelled')).body).toMatchObject({
      state: 'cancelling',
      withdrawn: first.body.withdrawn,
    });
    expect(await jobsOf('cancelled')).toHaveLength(1);

    expect((await put('cancelled', body)).body).toMatchObject({ state: 'cancelling', revision: 1 });
    const anew = await put('cancelled', body, 1);
    expect(anew.body).toMatchObject({ state: 'pending', revision: 2 });
    expect(anew.body).not.toHaveProperty('withdrawn');
  });

  it('once it is out of the calendar there is nothing to be done', async () => {
    await put('cleared', body);
    await remove('cleared');
    const turn = await takeTurn('cleared');
    await intake.store.facts.settleInterview(turn, {
      now: testNow,
      happening: 'cleared',
      placeGone: true,
      attempts: [],
      news: [],
    });
    expect(await show('cleared')).toMatchObject({ state: 'cancelled', upToDate: true });
    expect((await remove('cleared')).body).toMatchObject({ state: 'cancelled' });
    expect(await intake.store.facts.dueInterviews(testNow, 100)).not.toContain('cleared');
  });

  it('needs no body where one is declared, as by clients that declare every body as JSON', async () => {
    await put('no-body', body);
    const answer = await fetch(`${intake.api.url}/v1/interviews/no-body`, {
      method: 'DELETE',
      headers: { Authorization: `Bearer ${apiKey}`, 'Content-Type': 'application/json' },
    });
    expect(answer.status).toBe(202);
  });
});

describe('whose calendar', () => {
  it('a calendar that is the organizer’s own and can be written to is taken, and no other (I10)', async () => {
    const ada = await connectedOrganizer('calendar-of-ada');
    const bob = await connectedOrganizer('calendar-of-bob');
    const named = (calendarId: string | undefined) => ({
      ...body,
      organizer: { userId: 'calendar-of-ada', calendarId },
    });
    expect((await put('named-calendar', named(ada.team))).status).toBe(201);
    for (const calendarId of [bob.primary, ada.holidays, '66f1a2b3c4d5e6f708192a3b']) {
      const answer = await put('other-calendar', named(calendarId));
      expect(answer.body).toMatchObject({ status: 422, code: 'calendar_not_writable' });
    }
    expect((await intake.api.get('/v1/interviews/other-calendar')).status).toBe(404);
  });

  it('the organizer is no attendee of their own, whatever the capitals', async () => {
    await connectedOrganizer('organizer-twice', 'ola@example.com');
    const attendees = [...body.attendees, { email: 'Ola@Example.com' }];
    const answer = await put('organizer-twice', {
      ...body,
      organizer: { userId: 'organizer-twice' },
      attendees,
    });
    expect(answer.body).toMatchObject({ status: 400, errors: [{ field: 'attendees.2.email' }] });
  });

  it('an interview moves to another organizer, and belongs to them from then on (I10)', async () => {
    await put('handed-over', { ...body, organizer: { userId: 'first-organizer' } });
    const guarded = (user: string) => intake.api.get(`/v1/interviews/handed-over?userId=${user}`);
    expect((await guarded('first-organizer')).status).toBe(200);
    const moved = await put('handed-over?userId=first-organizer', {
      ...body,
      organizer: { userId: 'second-organizer' },
    });
    expect(moved.body).toMatchObject({ userId: 'second-organizer', revision: 2 });
    expect((await guarded('first-organizer')).status).toBe(404);
    expect((await guarded('second-organizer')).status).toBe(200);
  });
});

it('the log holds no title, no address and no message of all this (I9)', () => {
  expect(intake.logged.join('')).toContain('"route":"/v1/interviews/:interviewId"');
  expect(intake.logged.join('')).not.toMatch(/grace|hopper|compiler|room-4|position/i);
});
