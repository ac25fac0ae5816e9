import { afterEach, beforeEach, expect, it } from 'vitest';

import { type MicrosoftSimulator, startMicrosoftSimulator } from '../simulators/microsoft/index.ts';
import {
  authorizationUrl,
  closeWithoutViolations,
  connect,
  graphCaller,
  graphClient,
  readRound,
  REDIRECT_URI,
  requestToken,
} from './microsoft-simulator-client.ts';
import { startReceiver } from './microsoft-simulator-receiver.ts';

const ADELE = 'adele@contoso.example';
const PAT = 'pat@elsewhere.example';
let simulator: MicrosoftSimulator;

beforeEach(async () => {
  simulator = await startMicrosoftSimulator();
  await control('POST', '/users', { email: ADELE, name: 'Adele Vance' });
});

afterEach(() => closeWithoutViolations(simulator));

async function control(method: string, path: string, body?: unknown) {
  const response = await fetch(`${simulator.url}/_control${path}`, {
    method,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, body: (text === '' ? undefined : JSON.parse(text)) as never };
}

it('another process can hold a meeting, answer it, move it and read the mail', async () => {
  const call = graphCaller(simulator, (await connect(simulator, ADELE)).access_token);
  const { id } = (
    await call('POST', '/me/events', {
      start: { dateTime: '2026-03-03T09:00:00', timeZone: 'UTC' },
      end: { dateTime: '2026-03-03T10:00:00', timeZone: 'UTC' },
      attendees: [{ type: 'required', emailAddress: { address: PAT } }],
    })
  ).body;
  expect((await control('GET', `/users/${PAT}/mail`)).body).toMatchObject([{ kind: 'invitation' }]);
  const answer = { attendee: PAT, response: 'accepted' };
  expect((await control('POST', `/users/${ADELE}/events/${id}/respond`, answer)).status).toBe(204);
  expect((await control('GET', `/users/${ADELE}/mail`)).body).toMatchObject(
    [answer].map(({ attendee: from, response }) => ({ kind: 'response', from, response })),
  );
  const time = (dateTime: string) => ({ dateTime, timeZone: 'UTC' });
  const proposedNewTime = { start: time('2026-03-25T15:00:00'), end: time('2026-03-25T15:45:00') };
  const proposal = { ...answer, response: 'tentativelyAccepted', proposedNewTime };
  expect((await control('POST', `/users/${ADELE}/events/${id}/respond`, proposal)).status).toBe(204);
  const team = await control('POST', `/users/${ADELE}/calendars`, { name: 'Team' });
  const target = { calendarId: (team.body as { id: string }).id };
  const path = `/users/${ADELE}/calendars/default/events/${id}/move-to`;
  expect((await control('POST', path, target)).body).toMatchObject({ id, attendees: [{ proposedNewTime }] });
});

it('another process can watch subscriptions, have them delivered and end them', async () => {
  await using receiver = await startReceiver();
  const allow = { notifications: { allowHttpLoopback: true } };
  expect((await control('PATCH', '/behaviour', allow)).status).toBe(204);
  const call = graphCaller(simulator, (await connect(simulator, ADELE)).access_token);
  const { id } = (
    await call('POST', '/subscriptions', {
      changeType: 'updated',
      notificationUrl: `${receiver.url}/hook`,
      lifecycleNotificationUrl: `${receiver.url}/lifecycle`,
      resource: '/me/events',
      expirationDateTime: new Date(Date.now() + 3_600_000).toISOString(),
    })
  ).body;
  expect((await control('GET', `/users/${ADELE}/subscriptions`)).body).toMatchObject([{ id }]);
  await control('POST', `/subscriptions/${id}/lifecycle`, { event: 'subscriptionRemoved' });
  expect((await control('POST', '/notifications/deliver')).body).toEqual({ waiting: 0 });
  expect(receiver.posts).toMatchObject([[{ subscriptionId: id, lifecycleEvent: 'subscriptionRemoved' }]]);
});

it('another process can change the mailbox and how the service behaves', async () => {
  const call = graphCaller(simulator, (await connect(simulator, ADELE)).access_token);
  await control('PATCH', '/behaviour', { limits: { requestsInTenMinutes: 1 }, writes: { lostRaces: 1 } });
  expect((await call('GET', '/me/calendar')).status).toBe(200);
  expect((await call('GET', '/me/calendar')).status).toBe(429);
  await control('PATCH', '/behaviour', { limits: { requestsInTenMinutes: null } });
  await control('PUT', `/users/${ADELE}/mailbox`, { enabled: false });
  expect((await call('GET', '/me/calendar')).status).toBe(404);
  await control('PUT', `/users/${ADELE}/mailbox`, { enabled: true });
  const scope = 'openid User.Read MailboxSettings.Read';
  const reader = graphCaller(simulator, (await connect(simulator, ADELE, { scope })).access_token);
  await control('POST', `/users/${ADELE}/time-zone`, { timeZone: 'Tokyo Standard Time' });
  expect((await reader('GET', '/me/mailboxSettings')).body['timeZone']).toBe('Tokyo Standard Time');
});

it('another process can consent: to everything, to a part, and to nothing', async () => {
  const url = authorizationUrl(simulator);
  const decide = async (decision: object) => {
    const { body } = await control('POST', '/authorize', { url, email: ADELE, ...decision });
    return new URL((body as { redirect: string }).redirect).searchParams;
  };
  const scopeOf = async (code: string | null) => {
    const form = { grant_type: 'authorization_code', code: code ?? '', redirect_uri: REDIRECT_URI };
    return (await requestToken(simulator, form)).body.scope.split(' ');
  };
  expect(await scopeOf((await decide({})).get('code'))).toContain('Calendars.ReadWrite');
  const part = (await decide({ grant: ['openid', 'User.Read'] })).get('code');
  expect(await scopeOf(part)).toEqual(['User.Read', 'openid', 'profile']);
  expect((await decide({ deny: true })).get('error')).toBe('access_denied');
});

it('another process can say how long tokens live, and how they name their scopes', async () => {
  await control('PATCH', '/behaviour', { tokens: { accessTokenSeconds: 60, scopeStyle: 'long' } });
  const tokens = await connect(simulator, ADELE);
  expect(tokens.expires_in).toBe(60);
  expect(tokens.scope).toContain('https://graph.microsoft.com/Calendars.ReadWrite');
});

it('another process can remove a calendar, but not the default one', async () => {
  const { id } = (await control('POST', `/users/${ADELE}/calendars`, { name: 'Team' })).body as {
    id: string;
  };
  const call = graphCaller(simulator, (await connect(simulator, ADELE)).access_token);
  const names = async () => (await call('GET', '/me/calendars')).body.value?.map(({ name }) => name);
  expect(await names()).toContain('Team');
  expect((await control('DELETE', `/users/${ADELE}/calendars/${id}`)).status).toBe(204);
  expect(await names()).not.toContain('Team');
  expect((await control('DELETE', `/users/${ADELE}/calendars/default`)).status).toBe(400);
});

it('another process can have a round in any order, in small pages', async () => {
  for (let day = 10; day < 19; day++) {
    const time = (hour: number) => ({ dateTime: `2026-03-${day}T${hour}:00:00`, timeZone: 'UTC' });
    await control('PUT', `/users/${ADELE}/calendars/default/events`, { start: time(10), end: time(11) });
  }
  const get = graphClient(simulator, (await connect(simulator, ADELE)).access_token);
  const window = 'startDateTime=2026-03-01T00:00:00Z&endDateTime=2026-04-01T00:00:00Z';
  const round = () => readRound(get, `/me/calendarView/delta?${window}`);
  const plain = await round();
  await control('PATCH', '/delta', { shuffleSeed: 1, pageSizeLimit: 2 });
  const shuffled = await round();
  expect(shuffled.pages).toBe(5);
  expect(shuffled.items).not.toEqual(plain.items);
  await control('PATCH', '/delta', { shuffleSeed: null });
  expect((await round()).items).toEqual(plain.items);
});

it.each([
  ['POST', '/authorize', { url: 'https://x.example', email: ADELE, deny: 1 }, 'deny'],
  ['PATCH', '/behaviour', { limits: { concurrency: 0 } }, 'concurrency'],
  ['PATCH', '/behaviour', { limit: {} }, 'limit'],
  ['POST', `/users/${ADELE}/time-zone`, { timeZone: 'Mars' }, 'Mars'],
  ['POST', `/users/${ADELE}/events/x/respond`, { attendee: PAT, response: 'accepted' }, 'no event x'],
  ['POST', '/subscriptions/x/lifecycle', { event: 'missed' }, 'no subscription x'],
  ['GET', '/users/nobody@x.example/subscriptions', undefined, 'nobody@x.example'],
])('%s %s with %j is refused with a sentence', async (method, path, body, mentioned) => {
  const answer = await control(method, path, body);
  expect([answer.status, (answer.body as { error: string }).error]).toEqual([
    400,
    expect.stringContaining(mentioned),
  ]);
});
