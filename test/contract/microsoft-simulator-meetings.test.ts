import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import {
  type GraphEvent,
  type MicrosoftSimulator,
  PERSONAL_TENANT,
  startMicrosoftSimulator,
} from '../simulators/microsoft/index.ts';
import { type Call, closeWithoutViolations, connect, graphCaller } from './microsoft-simulator-client.ts';

const ADELE = 'adele@contoso.example';
const MEGAN = 'megan@contoso.example';
const PAT = 'pat@elsewhere.example';
let simulator: MicrosoftSimulator;
let clock: Date;
let adele: Call;
let megan: Call;

beforeEach(async () => {
  clock = new Date('2026-03-02T08:00:00Z');
  simulator = await startMicrosoftSimulator({ now: () => clock });
  simulator.addUser({ email: ADELE, name: 'Adele Vance' });
  simulator.addUser({ email: MEGAN, name: 'Megan Bowen' });
  adele = graphCaller(simulator, (await connect(simulator, ADELE)).access_token);
  megan = graphCaller(simulator, (await connect(simulator, MEGAN)).access_token);
});

afterEach(() => closeWithoutViolations(simulator));

const at = (dateTime: string) => ({ dateTime, timeZone: 'UTC' });
const attendee = (address: string) => ({ type: 'required', emailAddress: { address, name: address } });
const interview = {
  subject: 'Interview',
  start: at('2026-03-03T09:00:00'),
  end: at('2026-03-03T10:00:00'),
  attendees: [attendee(MEGAN), attendee(PAT)],
};
const truth = (email: string): GraphEvent[] =>
  simulator.truth(email, 'default', new Date('2026-03-01'), new Date('2026-04-01'));
const mailKinds = (address: string) => simulator.mailTo(address).map(({ kind }) => kind);
const invite = async (changes: object = {}) =>
  (await adele('POST', '/me/events', { ...interview, ...changes })).body;

describe('a meeting', () => {
  it('invites each attendee once and lies in the calendars of those that are known', async () => {
    const { iCalUId } = await invite();
    expect(mailKinds(MEGAN)).toEqual(['invitation']);
    expect(mailKinds(PAT)).toEqual(['invitation']);
    expect(truth(MEGAN)).toMatchObject([
      {
        subject: 'Interview',
        iCalUId,
        isOrganizer: false,
        organizer: { emailAddress: { address: ADELE } },
        responseStatus: { response: 'notResponded' },
        showAs: 'tentative',
      },
    ]);
  });

  it('that is created again under its transactionId invites nobody again', async () => {
    await invite({ transactionId: 'interview-1' });
    await invite({ transactionId: 'interview-1' });
    expect(mailKinds(PAT)).toEqual(['invitation']);
    expect(truth(MEGAN)).toHaveLength(1);
  });

  it('that was made in Outlook invites when it is sent', () => {
    const { id } = simulator.putEvent(ADELE, 'default', interview);
    simulator.sendInvitations(ADELE, id);
    simulator.sendInvitations(ADELE, id);
    expect(mailKinds(PAT)).toEqual(['invitation']);
    expect(truth(MEGAN)).toMatchObject([{ responseStatus: { response: 'notResponded' } }]);
  });

  it('that was seeded tells nobody until it is written over Graph, and then only of the change', async () => {
    const { id } = simulator.putEvent(ADELE, 'default', interview);
    expect(mailKinds(PAT)).toEqual([]);
    await adele('PATCH', `/me/events/${id}`, { subject: 'Second interview' });
    expect(mailKinds(PAT)).toEqual(['update']);
  });

  it('tells attendees what they can see of a change, be it made in Outlook, and keeps the rest to itself', async () => {
    const { id } = await invite();
    await adele('PATCH', `/me/events/${id}`, { categories: ['Hiring'], showAs: 'oof' });
    expect(mailKinds(MEGAN)).toEqual(['invitation']);
    await adele('PATCH', `/me/events/${id}`, { subject: 'Interview (remote)' });
    simulator.putEvent(ADELE, 'default', { id, location: { displayName: 'Room 1' } });
    expect(mailKinds(MEGAN)).toEqual(['invitation', 'update', 'update']);
    expect(truth(MEGAN)).toMatchObject([
      { subject: 'Interview (remote)', location: { displayName: 'Room 1' }, categories: [] },
    ]);
  });

  it('cancels for those who are taken off the list and invites those who are added', async () => {
    const { id } = await invite();
    await adele('PATCH', `/me/events/${id}`, { attendees: [attendee(PAT), attendee('lee@x.example')] });
    expect(mailKinds(MEGAN)).toEqual(['invitation', 'cancellation']);
    expect(mailKinds(PAT)).toEqual(['invitation']);
    expect(mailKinds('lee@x.example')).toEqual(['invitation']);
    expect(truth(MEGAN)).toMatchObject([{ isCancelled: true, showAs: 'free' }]);
  });

  it('keeps the answers of those who stay on the list, whatever the list says of them', async () => {
    const { id } = await invite();
    const proposedNewTime = { start: at('2026-03-04T09:00:00'), end: at('2026-03-04T10:00:00') };
    simulator.respond(ADELE, id, PAT, 'tentativelyAccepted', proposedNewTime);
    const forged = { ...attendee(MEGAN), status: { response: 'accepted', time: '2026-03-01T10:00:00Z' } };
    const attendees = [forged, { ...attendee(PAT), type: 'optional' }, attendee('lee@x.example')];
    const { body } = await adele('PATCH', `/me/events/${id}`, { attendees });
    expect(body['attendees']).toMatchObject([
      { emailAddress: { address: MEGAN }, status: { response: 'none' } },
      { type: 'optional', status: { response: 'tentativelyAccepted' }, proposedNewTime },
      { status: { response: 'none' } },
    ]);
    expect(mailKinds(PAT)).toEqual(['invitation']);
  });

  it('takes moved and cancelled occurrences of a series into the copies', async () => {
    const range = { type: 'numbered', startDate: '2026-03-03', numberOfOccurrences: 3 };
    const { id } = await invite({ recurrence: { pattern: { type: 'daily', interval: 1 }, range } });
    simulator.cancelOccurrence(ADELE, 'default', id, '2026-03-04');
    const times = { start: at('2026-03-05T15:00:00'), end: at('2026-03-05T16:00:00') };
    simulator.moveOccurrence(ADELE, 'default', id, '2026-03-05', times);
    expect(truth(MEGAN).map(({ start, type }) => [(start as typeof times.start).dateTime, type])).toEqual([
      ['2026-03-03T09:00:00.0000000', 'occurrence'],
      ['2026-03-05T15:00:00.0000000', 'exception'],
    ]);
  });

  it('has at most 500 attendees', async () => {
    const many = (count: number) =>
      Array.from({ length: count }, (_, index) => attendee(`guest-${index}@x.example`));
    const { status, body } = await adele('POST', '/me/events', { ...interview, attendees: many(501) });
    expect([status, body.error?.message]).toEqual([400, expect.stringContaining('500')]);
    expect((await adele('POST', '/me/events', { ...interview, attendees: many(500) })).status).toBe(201);
  });
});

describe('a response', () => {
  it('comes back to the organizer, from inside and from outside, and changes the event', async () => {
    const { id, changeKey } = await invite();
    simulator.respond(ADELE, id, MEGAN, 'accepted');
    simulator.respond(ADELE, id, PAT, 'tentativelyAccepted');
    const { body } = await adele('GET', `/me/events/${id}`);
    expect(body['changeKey']).not.toBe(changeKey);
    expect(body['attendees']).toMatchObject([
      { emailAddress: { address: MEGAN }, status: { response: 'accepted', time: clock.toISOString() } },
      { emailAddress: { address: PAT }, status: { response: 'tentativelyAccepted' } },
    ]);
    expect(truth(MEGAN)).toMatchObject([{ responseStatus: { response: 'accepted' }, showAs: 'busy' }]);
    expect(simulator.mailTo(ADELE)).toMatchObject([
      { kind: 'response', from: MEGAN, response: 'accepted' },
      { kind: 'response', from: PAT },
    ]);
    expect(mailKinds(MEGAN)).toEqual(['invitation']);
  });

  it('that declines takes the copy away', async () => {
    const { id } = await invite();
    simulator.respond(ADELE, id, MEGAN, 'declined');
    expect(truth(MEGAN)).toEqual([]);
    expect(truth(ADELE)).toMatchObject([{ attendees: [{ status: { response: 'declined' } }, {}] }]);
  });

  it('is forgotten when the meeting moves, and only then', async () => {
    const { id } = await invite();
    simulator.respond(ADELE, id, MEGAN, 'accepted');
    await adele('PATCH', `/me/events/${id}`, { subject: 'Renamed' });
    expect(truth(MEGAN)).toMatchObject([{ subject: 'Renamed', responseStatus: { response: 'accepted' } }]);
    await adele('PATCH', `/me/events/${id}`, {
      start: at('2026-03-04T09:00:00'),
      end: at('2026-03-04T10:00:00'),
    });
    expect(truth(MEGAN)).toMatchObject([{ responseStatus: { response: 'notResponded' } }]);
    expect(truth(ADELE)).toMatchObject([{ attendees: [{ status: { response: 'none' } }, {}] }]);
  });

  it('can propose another time, which stands until they answer anew or the meeting moves', async () => {
    const { id } = await invite();
    const proposedNewTime = { start: at('2026-03-04T09:00:00'), end: at('2026-03-04T10:00:00') };
    const proposals = () =>
      truth(ADELE).flatMap(({ attendees }) =>
        (attendees as { proposedNewTime?: object }[]).map((one) => one.proposedNewTime),
      );
    simulator.respond(ADELE, id, MEGAN, 'tentativelyAccepted', proposedNewTime);
    simulator.respond(ADELE, id, PAT, 'declined', proposedNewTime);
    expect(proposals()).toEqual([proposedNewTime, proposedNewTime]);
    simulator.respond(ADELE, id, MEGAN, 'accepted');
    expect(proposals()).toEqual([undefined, proposedNewTime]);
    await adele('PATCH', `/me/events/${id}`, proposedNewTime);
    expect(proposals()).toEqual([undefined, undefined]);
  });

  it('of somebody who was not invited is an error of the test', async () => {
    const { id } = await invite();
    expect(() => simulator.respond(ADELE, id, 'nobody@x.example', 'accepted')).toThrow('was not invited');
  });
});

describe('calling a meeting off', () => {
  it('by DELETE mails a cancellation, and leaves a cancelled copy with the attendee', async () => {
    const { id } = await invite();
    expect((await adele('DELETE', `/me/events/${id}`)).status).toBe(204);
    expect(mailKinds(PAT)).toEqual(['invitation', 'cancellation']);
    expect(truth(MEGAN)).toMatchObject([{ isCancelled: true, subject: 'Canceled: Interview' }]);
  });

  it('by cancel answers 202 and says why', async () => {
    const { id } = await invite();
    expect((await adele('POST', `/me/events/${id}/cancel`, { Comment: 'Filled' })).status).toBe(202);
    expect(simulator.mailTo(PAT).at(-1)).toMatchObject({ kind: 'cancellation', comment: 'Filled' });
    expect(truth(ADELE)).toEqual([]);
    expect((await adele('GET', `/me/events/${id}`)).status).toBe(404);
  });

  it('is the organizer’s alone to do', async () => {
    await invite();
    const [copy] = truth(MEGAN);
    const { status, body } = await megan('POST', `/me/events/${copy?.id}/cancel`, {});
    expect([status, body.error?.message]).toEqual([
      400,
      "Your request can't be completed. You need to be an organizer to cancel a meeting.",
    ]);
    expect((await megan('DELETE', `/me/events/${copy?.id}`)).status).toBe(204);
    expect(truth(ADELE)).toHaveLength(1);
  });
});

describe('a Teams meeting', () => {
  const online = { isOnlineMeeting: true, onlineMeetingProvider: 'teamsForBusiness' };
  const contentOf = (event: Record<string, unknown>) => (event['body'] as { content: string }).content;

  it('has a join link and the join block under its body', async () => {
    const event = await invite({ ...online, body: { contentType: 'html', content: '<p>Welcome</p>' } });
    const { joinUrl } = event['onlineMeeting'] as { joinUrl: string };
    expect(event).toMatchObject({ ...online, onlineMeetingUrl: null });
    expect(contentOf(event)).toMatch(/^<p>Welcome<\/p>/);
    expect(contentOf(event)).toContain(joinUrl);
    expect(truth(MEGAN)).toMatchObject([{ onlineMeeting: { joinUrl } }]);
  });

  it('stays one when it is switched off, and ends when a new body drops the join block', async () => {
    const event = await invite(online);
    const path = `/me/events/${event.id}`;
    const off = { isOnlineMeeting: false };
    expect((await adele('PATCH', path, off)).body).toMatchObject(online);
    const body = { contentType: 'html', content: `<p>New</p>${contentOf(event)}` };
    expect((await adele('PATCH', path, { body })).body).toMatchObject(online);
    const dropped = { body: { contentType: 'html', content: '<p>Newer</p>' } };
    expect((await adele('PATCH', path, dropped)).body).toMatchObject({ ...off, onlineMeeting: null });
  });

  it('is passed over in silence where the calendar does not allow it, as for personal accounts', async () => {
    const alex = 'alex@outlook.example';
    simulator.addUser({ email: alex, name: 'Alex', tid: PERSONAL_TENANT });
    const call = graphCaller(simulator, (await connect(simulator, alex)).access_token);
    expect((await call('GET', '/me/calendar')).body['allowedOnlineMeetingProviders']).toEqual([]);
    const { status, body } = await call('POST', '/me/events', { ...interview, ...online });
    expect(status).toBe(201);
    expect(body).toMatchObject({ isOnlineMeeting: false, onlineMeeting: null });
  });
});
