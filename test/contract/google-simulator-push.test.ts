import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { type GoogleSimulator, startGoogleSimulator } from '../simulators/google/index.ts';
import { type GoogleClient, googleClient, refusal } from '../support/google-client.ts';
import { ADA, meeting } from '../support/google-events.ts';
import { closeFaultless } from '../support/simulated-google.ts';
import { startWebhookReceiver, type WebhookReceiver } from '../support/webhook-receiver.ts';

const NOW = '2026-03-02T09:00:00Z';
const HOLIDAYS = 'en.german#holiday@group.v.calendar.google.com';

describe('watch channels of the Google simulator', () => {
  let google: GoogleSimulator;
  let ada: GoogleClient;
  let receiver: WebhookReceiver;
  let now: Date;

  beforeEach(async () => {
    now = new Date(NOW);
    receiver = await startWebhookReceiver();
    google = await startGoogleSimulator({
      now: () => now,
      push: { allowHttpLoopback: true, retryDelaysMs: [1, 1] },
    });
    google.addUser({ email: ADA });
    ada = await googleClient(google, ADA);
  });

  afterEach(async () => {
    await closeFaultless(google);
    await receiver.close();
  });

  const watch = (more: object = {}, path = 'calendars/primary/events/watch') =>
    ada.call('POST', path, { id: 'channel-1', type: 'web_hook', address: receiver.url, ...more });
  const change = async (times = 1) => {
    for (let done = 0; done < times; done += 1) google.putEvent(ADA, 'primary', meeting());
    await google.pushesSettled();
  };
  const states = () => receiver.calls.map(({ headers }) => headers['x-goog-resource-state']);

  it('say sync first, then tell each change with all headers and no body', async () => {
    const channel = await watch({ token: 'secret token' });
    expect(channel).toMatchObject({
      httpStatus: 200,
      kind: 'api#channel',
      id: 'channel-1',
      resourceUri: `https://www.googleapis.com/calendar/v3/calendars/${encodeURIComponent(ADA)}/events?alt=json`,
      token: 'secret token',
      expiration: String(Date.parse(NOW) + 604_800_000),
    });
    await change();
    expect(receiver.calls).toHaveLength(2);
    expect(receiver.calls[0]).toMatchObject({
      method: 'POST',
      body: '',
      headers: {
        'content-length': '0',
        'user-agent': expect.stringContaining('APIs-Google') as string,
        'x-goog-channel-id': 'channel-1',
        'x-goog-channel-token': 'secret token',
        'x-goog-channel-expiration': 'Mon, 09 Mar 2026 09:00:00 GMT',
        'x-goog-message-number': '1',
        'x-goog-resource-id': channel['resourceId'],
        'x-goog-resource-state': 'sync',
        'x-goog-resource-uri': channel['resourceUri'],
      },
    });
    expect(receiver.calls[1]?.headers['x-goog-resource-state']).toBe('exists');
  });

  it('number their messages upwards, not one by one', async () => {
    await watch();
    await change(4);
    const numbers = receiver.calls.map(({ headers }) => Number(headers['x-goog-message-number']));
    expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
    expect((numbers.at(-1) ?? 0) - (numbers[1] ?? 0)).toBeGreaterThan(3);
  });

  it('can say sync before the watch call is answered', async () => {
    google.push.sync = 'before';
    await watch();
    expect(states()).toEqual(['sync']);
  });

  it('want another id each time, even after they were stopped', async () => {
    const { resourceId } = await watch();
    expect(refusal(await watch())).toBe('400 channelIdNotUnique');
    const stop = (body: object) => ada.call('POST', 'channels/stop', body);
    expect(refusal(await stop({ id: 'channel-1', resourceId: 'other' }))).toBe('404 notFound');
    expect((await stop({ id: 'channel-1', resourceId })).httpStatus).toBe(204);
    expect(refusal(await stop({ id: 'channel-1', resourceId }))).toBe('404 notFound');
    expect(refusal(await watch())).toBe('400 channelIdNotUnique');
    await google.pushesSettled();
    receiver.calls.length = 0;
    await change();
    expect(receiver.calls).toEqual([]);
  });

  it('are stopped by their own user only', async () => {
    const { resourceId } = await watch();
    google.addUser({ email: 'bob@example.com' });
    const bob = await googleClient(google, 'bob@example.com');
    expect(refusal(await bob.call('POST', 'channels/stop', { id: 'channel-1', resourceId }))).toBe(
      '404 notFound',
    );
    expect(google.channels()).toMatchObject([{ id: 'channel-1' }]);
  });

  it('end at the tighter of wish and limit, and are silent from then on', async () => {
    const expiration = async (id: string, more: object) => {
      const channel = await watch({ id, ...more });
      return (Number(channel['expiration']) - now.getTime()) / 1000;
    };
    expect(await expiration('short', { params: { ttl: '60' } })).toBe(60);
    expect(
      await expiration('both', { params: { ttl: '60' }, expiration: String(now.getTime() + 30_000) }),
    ).toBe(30);
    expect(await expiration('long', { params: { ttl: '99999999' } })).toBe(2_592_000);
    now = new Date(now.getTime() + 61_000);
    expect(google.channels().map(({ id }) => id)).toEqual(['long']);
  });

  it.each([
    [{ address: 'http://calendar.example.com/webhook' }, '400 push.webhookUrlNotHttps'],
    [{ id: 'x'.repeat(65) }, '400 invalid'],
    [{ type: 'carrier-pigeon' }, '400 invalid'],
    [{ token: 'x'.repeat(257) }, '400 invalid'],
  ])('refuse %j', async (more, reason) => {
    expect(refusal(await watch(more))).toBe(reason);
  });

  it('take an address of this machine only where that is allowed', async () => {
    google.push.allowHttpLoopback = false;
    expect(refusal(await watch())).toBe('400 push.webhookUrlNotHttps');
  });

  it('are not to be had for holidays', async () => {
    google.addCalendar(ADA, { id: HOLIDAYS, summary: 'Holidays' });
    const path = `calendars/${encodeURIComponent(HOLIDAYS)}/events/watch`;
    expect(refusal(await watch({}, path))).toBe('400 pushNotSupportedForRequestedResource');
  });

  it('try again after 500, 502, 503 and 504 only', async () => {
    await watch();
    await google.pushesSettled();
    receiver.calls.length = 0;
    receiver.answerWith(503, 500, 204);
    await change();
    expect(receiver.calls).toHaveLength(3);
    expect(new Set(receiver.calls.map(({ headers }) => headers['x-goog-message-number'])).size).toBe(1);
    receiver.answerWith(404);
    await change();
    receiver.answerWith(502, 502, 502);
    await change();
    expect(google.pushes.map(({ outcome, attempts }) => `${outcome} ${attempts}`)).toEqual([
      'delivered 1',
      'delivered 3',
      'failed 1',
      'failed 3',
    ]);
  });

  it('lose messages as they are told, the same ones for the same seed', async () => {
    await watch();
    google.push.loseNext = 2;
    await change(3);
    expect(states()).toEqual(['sync', 'exists']);
    google.push.lossRate = 1;
    await change(5);
    expect(google.pushes.filter(({ outcome }) => outcome === 'lost')).toHaveLength(7);
  });

  it('can gather changes into one message', async () => {
    await watch();
    google.push.coalesceMs = 20;
    await change(10);
    await expect.poll(states).toEqual(['sync', 'exists']);
  });

  it('watch the list of calendars too, and one calendar nothing of another', async () => {
    const other = google.addCalendar(ADA, { summary: 'Other' }).id;
    await watch({ id: 'list' }, 'users/me/calendarList/watch');
    await watch({ id: 'events' });
    await google.pushesSettled();
    receiver.calls.length = 0;
    google.putEvent(ADA, other, meeting());
    google.addCalendar(ADA, { summary: 'Third' });
    await google.pushesSettled();
    expect(receiver.calls.map(({ headers }) => headers['x-goog-channel-id'])).toEqual(['list']);
  });

  it('tell a guest’s calendar of what its organizer writes', async () => {
    google.addUser({ email: 'bob@example.com' });
    await watch();
    await google.pushesSettled();
    google.createEvent('bob@example.com', 'primary', meeting({ attendees: [{ email: ADA }] }));
    await google.pushesSettled();
    expect(states()).toEqual(['sync', 'exists']);
  });
});
