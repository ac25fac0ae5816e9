import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { type GoogleSimulator, startGoogleSimulator } from '../simulators/google/index.ts';
import type { GoogleEvent } from '../simulators/google/wire.ts';
import { type GoogleClient, googleClient, refusal } from '../support/google-client.ts';
import { ADA, meeting, names } from '../support/google-events.ts';
import { calendarReader, closeFaultless } from '../support/simulated-google.ts';
import { startWebhookReceiver, type WebhookReceiver } from '../support/webhook-receiver.ts';

// Traps of docs/traps.md, shown at the simulator: whoever walks into one is caught. They say nothing about our adapter,
// whose own tests stand beside them on that page, or come with the feature that it names.

const BOB = 'bob@example.com';
const EVE = 'eve@else.example';
const HOLIDAYS = 'en.german#holiday@group.v.calendar.google.com';
const DAY = { timeMin: '2026-03-10T00:00:00Z', timeMax: '2026-03-11T00:00:00Z' };
/** By which an interview of ours is found again. */
const OURS = { extendedProperties: { private: { interviewId: '7' } } };

let google: GoogleSimulator;
let ada: GoogleClient;
let receiver: WebhookReceiver;
let now: Date;

beforeEach(async () => {
  now = new Date('2026-03-02T09:00:00Z');
  receiver = await startWebhookReceiver();
  google = await startGoogleSimulator({ now: () => now, push: { allowHttpLoopback: true } });
  for (const email of [ADA, BOB]) google.addUser({ email });
  ada = await googleClient(google, ADA);
});

afterEach(async () => {
  await closeFaultless(google);
  await receiver.close();
});

const living = () => google.truth(ADA, 'primary', new Date(DAY.timeMin), new Date(DAY.timeMax));
const mailTo = (address: string) => google.mail.filter(({ to }) => to === address).map(({ kind }) => kind);
const guests = (...addresses: string[]) => ({ attendees: addresses.map((email) => ({ email })) });
/** The request is carried out and its answer never arrives. */
const withoutAnswer = async (method: string, path: string, call: () => Promise<unknown>) => {
  google.fault({ match: { method, path }, action: { type: 'cut-after' } });
  await expect(call()).rejects.toThrow('fetch failed');
};

describe('watching calendars of Google', () => {
  const watch = (id: string, more: object = {}, calendarId = 'primary') =>
    ada.call('POST', `calendars/${encodeURIComponent(calendarId)}/events/watch`, {
      id,
      type: 'web_hook',
      address: receiver.url,
      ...more,
    });
  const change = async (times = 1) => {
    for (let done = 0; done < times; done += 1) google.putEvent(ADA, 'primary', meeting());
    await google.pushesSettled();
  };
  const told = (header: string) =>
    receiver.calls
      .filter(({ headers }) => headers['x-goog-resource-state'] === 'exists')
      .map(({ headers }) => headers[header]);

  test('google trap 16: a channel id that was used before is refused, also on renewal', async () => {
    const { resourceId } = await watch('one');
    expect(refusal(await watch('one'))).toBe('400 channelIdNotUnique');
    await ada.call('POST', 'channels/stop', { id: 'one', resourceId });
    expect(refusal(await watch('one'))).toBe('400 channelIdNotUnique');
    await watch('two', { params: { ttl: '60' } });
    now = new Date(now.getTime() + 61_000);
    expect(refusal(await watch('two'))).toBe('400 channelIdNotUnique');
    expect(google.channels()).toEqual([]);
    await change();
    expect(told('x-goog-channel-id')).toEqual([]);
  });

  test('google trap 16: a new channel beside the old one misses nothing, and tells it twice meanwhile', async () => {
    await watch('old');
    expect((await watch('new')).httpStatus).toBe(200);
    await change();
    expect(told('x-goog-channel-id').toSorted()).toEqual(['new', 'old']);
  });

  test('google trap 17: a message that anybody could send differs from a real one by its token alone', async () => {
    await watch('known', { token: 'secret' });
    await change();
    const [real] = receiver.calls.slice(-1);
    const { 'x-goog-channel-id': channel, 'x-goog-resource-id': resource } = real?.headers ?? {};
    const headers = {
      'x-goog-channel-id': String(channel),
      'x-goog-resource-id': String(resource),
      'x-goog-resource-state': 'exists',
      'x-goog-message-number': '7',
    };
    expect((await fetch(receiver.url, { method: 'POST', headers })).status).toBe(204);
    expect(google.pushes.filter(({ state }) => state === 'exists')).toHaveLength(1);
    expect(told('x-goog-resource-id')).toEqual([resource, resource]);
    expect(told('x-goog-channel-token')).toEqual(['secret', undefined]);
  });

  test('google trap 17: a channel whose opening got no answer sends messages too', async () => {
    await withoutAnswer('POST', '/events/watch$', () => watch('unknown'));
    await change();
    expect(told('x-goog-channel-id')).toEqual(['unknown']);
    expect(told('x-goog-resource-id')).toEqual(google.channels().map(({ resourceId }) => resourceId));
  });

  test('google trap 17: gaps between message numbers are there without a loss, and tell of none', async () => {
    await watch('known');
    await change(4);
    const numbers = google.pushes.map(({ number }) => number);
    expect(google.pushes.map(({ outcome }) => outcome)).toEqual(Array(5).fill('delivered'));
    expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
    expect(numbers).not.toEqual(numbers.map((_, index) => index + 1));
  });

  test('google trap 18: a calendar that cannot be watched refuses each attempt alike, and can be read', async () => {
    google.addCalendar(ADA, { id: HOLIDAYS, summary: 'Holidays' });
    for (const id of ['first', 'second', 'third']) {
      expect(refusal(await watch(id, {}, HOLIDAYS))).toBe('400 pushNotSupportedForRequestedResource');
      now = new Date(now.getTime() + 600_000);
    }
    const { id } = google.putEvent(ADA, HOLIDAYS, meeting());
    const { page } = calendarReader(google, ada.accessToken);
    expect(names((await page({}, HOLIDAYS)).items)).toEqual([id]);
    expect((await watch('fourth')).httpStatus).toBe(200);
  });
});

describe('inserting at Google', () => {
  const LINK = { createRequest: { requestId: 'one', conferenceSolutionKey: { type: 'hangoutsMeet' } } };
  const insert = (more: Partial<GoogleEvent>) =>
    ada.insert(meeting({ ...OURS, ...guests(EVE), ...more }), 'sendUpdates=all');

  test('google trap 19: an insertion that is repeated because its answer got lost stands twice', async () => {
    await withoutAnswer('POST', '/events$', () => insert({}));
    await insert({});
    expect(living()).toHaveLength(2);
    expect(mailTo(EVE)).toEqual(['invitation', 'invitation']);
  });

  test('google trap 19: under an id of the client its repetition is a 409, and the event stands once', async () => {
    await withoutAnswer('POST', '/events$', () => insert({ id: 'abc07' }));
    expect(refusal(await insert({ id: 'abc07' }))).toBe('409 duplicate');
    expect(names(living())).toEqual(['abc07']);
    expect(mailTo(EVE)).toEqual(['invitation']);
  });

  test('google trap 25: an id that is taken can be taken again unnoticed, and only our property finds both', async () => {
    google.behaviour.missedCollisions = 1;
    await withoutAnswer('POST', '/events$', () => insert({ id: 'abc07' }));
    const repeated = await insert({ id: 'abc07' });
    expect([repeated.httpStatus, repeated.id === 'abc07']).toEqual([200, false]);
    const { page } = calendarReader(google, ada.accessToken);
    const { items } = await page({ privateExtendedProperty: 'interviewId=7' });
    expect(names(items).toSorted()).toEqual(['abc07', repeated.id].toSorted());
    expect(mailTo(EVE)).toEqual(['invitation', 'invitation']);
  });

  test('google trap 28: an id made of words is refused for its letters after v, its code in hex is not', async () => {
    for (const id of ['interview7', 'week1', 'xenon', 'yield', 'azure', 'Upper', '7f1d2c3a-0b1e']) {
      expect(refusal(await insert({ id }))).toBe('400 invalid');
    }
    expect((await insert({ id: 'abcdefghijklmnopqrstuv0123456789' })).httpStatus).toBe(200);
    expect((await insert({ id: Buffer.from('interview7').toString('hex') })).httpStatus).toBe(200);
  });

  test('google trap 21: the answer to an insertion has no Meet link; only a later reading has it', async () => {
    google.behaviour.meetPendingReads = 1;
    const status = (event: GoogleEvent) =>
      (event['conferenceData'] as typeof LINK & { createRequest: { status: object } }).createRequest.status;
    const inserted = await ada.insert(meeting({ conferenceData: LINK }), 'conferenceDataVersion=1');
    const { id = '' } = inserted;
    for (const event of [inserted, await ada.get(id)]) {
      expect([status(event), event['hangoutLink']]).toEqual([{ statusCode: 'pending' }, undefined]);
    }
    const settled = await ada.get(id);
    expect(status(settled)).toEqual({ statusCode: 'success' });
    expect(settled['hangoutLink']).toMatch(/^https:\/\/meet\.google\.com\//);
  });
});

describe('changing and removing at Google', () => {
  test('google trap 20: patching attendees with only the new guest removes the others', async () => {
    const { id = '' } = await ada.insert(meeting(guests(BOB)), 'sendUpdates=all');
    const bob = await googleClient(google, BOB);
    const { attendees } = await ada.patch(id, guests(EVE), 'sendUpdates=all');
    expect(attendees?.map(({ email }) => email)).toEqual([EVE]);
    expect((await bob.get(id)).status).toBe('cancelled');
    expect([mailTo(BOB), mailTo(EVE)]).toEqual([['invitation', 'cancellation'], ['invitation']]);
  });

  test('google trap 20: the list as it was read and the new guest, under its ETag, keep everybody', async () => {
    const { id = '' } = await ada.insert(meeting(guests(BOB)), 'sendUpdates=all');
    google.respond(BOB, id, { responseStatus: 'accepted' });
    const { attendees = [], etag = '' } = await ada.get(id);
    const whole = { attendees: [...attendees, { email: EVE }] };
    const patched = await ada.patch(id, whole, 'sendUpdates=all', { 'if-match': etag });
    expect(patched.attendees).toMatchObject([{ email: BOB, responseStatus: 'accepted' }, { email: EVE }]);
    expect(mailTo(BOB)).not.toContain('cancellation');
  });

  test('google trap 22: a removal that is repeated is answered 410, and the event is as gone as was asked', async () => {
    const { id = '' } = await ada.insert(meeting(guests(EVE)), 'sendUpdates=all');
    await withoutAnswer('DELETE', `/events/${id}$`, () => ada.remove(id, 'sendUpdates=all'));
    expect(refusal(await ada.remove(id, 'sendUpdates=all'))).toBe('410 deleted');
    expect(living()).toEqual([]);
    expect(mailTo(EVE)).toEqual(['invitation', 'cancellation']);
  });

  test('google trap 24: what is written upon each change comes back as a change, again and again', async () => {
    const { all } = calendarReader(google, ada.accessToken);
    let { nextSyncToken: syncToken = '' } = await all({});
    const changes = async () => {
      const { items, nextSyncToken = '' } = await all({ syncToken });
      syncToken = nextSyncToken;
      return items;
    };
    let own: GoogleEvent = await ada.insert(meeting(OURS));
    for (const round of [1, 2, 3]) {
      expect(await changes()).toMatchObject([{ id: own.id, etag: own.etag, ...OURS }]);
      own = await ada.patch(own.id ?? '', { description: `seen ${round} times` });
    }
    await changes();
    expect(await changes()).toEqual([]);
    google.editEvent(ADA, 'primary', own.id ?? '', { summary: 'By hand' });
    const [foreign] = await changes();
    expect([foreign?.id, foreign?.etag === own.etag]).toEqual([own.id, false]);
  });

  test('google trap 29: a day given to a timed event is refused until its time is taken away, and the other way round', async () => {
    const { id = '' } = await ada.insert(meeting());
    const days = { start: { date: '2026-03-10' }, end: { date: '2026-03-11' } };
    const noTime = { dateTime: null, timeZone: null };
    expect(refusal(await ada.patch(id, days))).toBe('400 invalid');
    const day = { start: { ...days.start, ...noTime }, end: { ...days.end, ...noTime } };
    expect(await ada.patch(id, day)).toMatchObject({ httpStatus: 200, ...days });
    const { start, end } = meeting();
    expect(refusal(await ada.patch(id, { start, end }))).toBe('400 invalid');
    const timed = await ada.patch(id, { start: { ...start, date: null }, end: { ...end, date: null } });
    expect([timed.httpStatus, timed.start?.date]).toEqual([200, undefined]);
  });
});

describe('asking Google for free/busy', () => {
  test('google trap 23: a calendar that cannot be told stands in an HTTP 200 with errors and nothing busy', async () => {
    const team = google.addCalendar(ADA, { summary: 'Team' }).id;
    for (const calendarId of ['primary', team]) google.putEvent(ADA, calendarId, meeting());
    google.failFreeBusy(team, 'internalError');
    const items = [ADA, team, 'nobody@example.com'].map((id) => ({ id }));
    const answer = await ada.call('POST', 'freeBusy', { ...DAY, items });
    expect(answer.httpStatus).toBe(200);
    expect(answer['calendars']).toEqual({
      [ADA]: { busy: [{ start: '2026-03-10T09:00:00Z', end: '2026-03-10T10:00:00Z' }] },
      [team]: { busy: [], errors: [{ domain: 'calendar', reason: 'internalError' }] },
      'nobody@example.com': { busy: [], errors: [{ domain: 'global', reason: 'notFound' }] },
    });
    expect(google.truth(ADA, team, new Date(DAY.timeMin), new Date(DAY.timeMax))).toHaveLength(1);
  });
});
