import { describe, expect, it } from 'vitest';
import { floorRequest, type FloorSubject, type Template } from '../../../bench/booking/floor-requests.ts';
import { vendorWrite } from '../../../bench/booking/vendor-writes.ts';
import { minuteOf, titleOf, wishMaker } from '../../../bench/booking/wishes.ts';

const nextWish = wishMaker(Date.parse('2026-11-26T03:00:00Z'));
const said = nextWish('ours-1', 'ada@company.example');
const wish = nextWish('floor-7', 'floor1@company.example');
const key = 'a'.repeat(40);

const google = { vendor: 'google', email: 'floor1@company.example', accessToken: 'token' } as const;
const microsoft = { ...google, vendor: 'microsoft' } as const;

function subject(account: typeof google | typeof microsoft, eventId?: string): FloorSubject {
  return { account: { ...account, origin: 'http://vendor' }, interviewId: 'floor-7', wish, eventId };
}

function template(more: Partial<Template['request']>): Template {
  const headers = { host: 'vendor', authorization: 'Bearer ours', 'if-match': '"1"', prefer: 'a', te: 'b' };
  return {
    wish: said,
    request: { method: 'POST', path: '/events', query: {}, headers, body: '{}', ...more },
  };
}

describe('the request that the floor makes', () => {
  it('is that of our adapter, of another event at another time', () => {
    const body = {
      id: key,
      summary: said.title,
      start: { dateTime: said.start, timeZone: 'UTC' },
      end: { dateTime: said.end, timeZone: 'UTC', date: null },
      reminders: { useDefault: false, overrides: [{ method: 'popup', minutes: 15 }] },
      extendedProperties: { private: { mark: key } },
    };
    const { body: text, ...request } = floorRequest(
      template({
        path: '/calendar/v3/calendars/ada%40company.example/events',
        query: { sendUpdates: 'all' },
        body: JSON.stringify(body),
      }),
      subject(google),
    );
    expect(request).toEqual({
      url: 'http://vendor/calendar/v3/calendars/floor1%40company.example/events?sendUpdates=all',
      method: 'POST',
      headers: { authorization: 'Bearer token', prefer: 'a', te: 'b' },
    });
    const sent = JSON.parse(text) as typeof body;
    expect(sent).toMatchObject({
      summary: titleOf('floor-7'),
      start: { dateTime: wish.start, timeZone: 'UTC' },
      end: { dateTime: wish.end, timeZone: 'UTC', date: null },
      reminders: body.reminders,
    });
    expect(sent.id).toMatch(/^[0-9a-f]{40}$/);
    expect(sent.id).not.toBe(key);
    expect(sent.extendedProperties.private.mark).toBe(sent.id);
    expect(text.length).toBe(JSON.stringify(body).length + titleOf('floor-7').length - said.title.length);
  });

  it('goes to the default calendar at Microsoft, and under another transaction', () => {
    const { url, body } = floorRequest(
      template({
        path: '/v1.0/me/calendars/AAMk=/events',
        body: JSON.stringify({ transactionId: 'ours', start: { dateTime: '2026-11-29T00:00:00.0000000' } }),
      }),
      subject(microsoft),
    );
    expect(url).toBe('http://vendor/v1.0/me/events');
    const sent = JSON.parse(body) as { transactionId: string; start: { dateTime: string } };
    expect(sent.transactionId).not.toBe('ours');
    expect(sent.start.dateTime).toBe('2026-11-29T00:01:00.0000000');
  });

  it('changes the event that the floor has made', () => {
    const path = '/calendar/v3/calendars/ada/events/our-event';
    const { url, headers } = floorRequest(
      template({ method: 'PATCH', path }),
      subject(google, 'an event=of+its own'),
    );
    expect(url).toBe(
      'http://vendor/calendar/v3/calendars/floor1%40company.example/events/an%20event%3Dof%2Bits%20own',
    );
    expect(headers).not.toHaveProperty('if-match');
  });
});

describe('a write at a vendor', () => {
  const body = JSON.stringify({ start: { dateTime: '2026-11-29T00:00:00', timeZone: 'UTC' } });

  it('is known by the minute at which the event begins', () => {
    const write = { vendor: 'microsoft', begins: minuteOf(said.start), atMs: 5 };
    const at = (method: string, path: string) => vendorWrite('microsoft', { method, path, body }, 5);
    expect(at('POST', '/v1.0/me/calendars/AAMk=/events')).toEqual({ ...write, method: 'POST' });
    expect(at('PATCH', '/v1.0/me/events/AAMk=')).toEqual({ ...write, method: 'PATCH' });
  });

  it.each([
    ['GET', '/v1.0/me/events/AAMk='],
    ['POST', '/calendar/v3/calendars/primary/events/watch/more'],
    ['POST', '/token'],
  ])('is not %s %s', (method, path) => {
    expect(vendorWrite('google', { method, path, body: 'no JSON' }, 5)).toBeUndefined();
  });

  it('is nothing that leaves the time as it is', () => {
    const request = {
      method: 'POST',
      path: '/calendar/v3/calendars/primary/events/watch',
      body: '{"id":"a"}',
    };
    expect(vendorWrite('google', request, 5)).toBeUndefined();
  });
});
