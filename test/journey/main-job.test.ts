import { Temporal } from 'temporal-polyfill';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ada, grace, seedAda, seedGrace, weekFrom } from '../../demo/people.ts';
import { deploy, type Deployment } from '../support/deployment.ts';
import { googleTruth, microsoftTruth, stored } from '../support/truth.ts';
import { until } from '../support/until.ts';

const week = weekFrom(new Date());
const range = [new Date(`${week.date(0)}T00:00:00Z`), new Date(`${week.date(80)}T00:00:00Z`)] as const;
const [from, to] = range.map((date) => date.toISOString()) as [string, string];

let product: Deployment;
beforeAll(async () => {
  product = await deploy(['all', 'scheduler']);
  seedAda(product.google, week);
  seedGrace(product.microsoft, week);
});
afterAll(() => product.close());

const instantAt = (local: string, zone: string): number =>
  Temporal.PlainDateTime.from(local).toZonedDateTime(zone).epochMilliseconds;

const asAda = (url: string): Promise<URL> => product.google.authorize(url, { email: ada.email });
const asGrace = (url: string): Promise<URL> => product.microsoft.authorize(url, { email: grace.email });

async function connectionOf(userId: string): Promise<Record<string, unknown> & { id: string }> {
  const { body } = await product.api.get(`/v1/users/${userId}/connections`);
  return body.connections[0];
}

async function synced(userId: string): Promise<void> {
  await until(async () => (await connectionOf(userId))?.['lastSyncedAt'] !== undefined);
}

const primaryEvents = async (userId: string): Promise<ReturnType<typeof stored>> => {
  const { id } = await connectionOf(userId);
  const { body } = await product.api.get(`/v1/connections/${id}/calendars`);
  const primary = body.calendars.find((calendar: { primary: boolean }) => calendar.primary);
  const events = await product.api.events(userId, from, to);
  return stored(events.filter((event) => event['calendarId'] === primary.id));
};

const availability = async (userIds: readonly string[], more: Record<string, unknown> = {}) => {
  const members = userIds.map((userId) => ({ userId }));
  const answer = await product.api.post('/v1/availability', {
    groups: [{ members, required: 'all' }],
    from,
    to,
    ...more,
  });
  expect(answer.status).toBe(200);
  return answer.body.participants as {
    userId: string;
    busy: { start: string; end: string }[];
    freshness: Record<string, string>;
  }[];
};

describe('the main job', () => {
  it('I7: before anybody connected, nobody is free', async () => {
    const [person] = await availability([ada.userId]);
    expect(person?.freshness).toMatchObject({ state: 'unknown', reason: 'not_connected' });
  });

  it('a Google and a Microsoft user connect, and the store equals their calendars', async () => {
    const [atGoogle, atMicrosoft] = await Promise.all([
      product.api.connect('google', ada.userId, asAda),
      product.api.connect('microsoft', grace.userId, asGrace),
    ]);
    expect(atGoogle.body).toMatchObject({ status: 'connected' });
    expect(atMicrosoft.body).toMatchObject({ status: 'connected' });
    await Promise.all([synced(ada.userId), synced(grace.userId)]);
    expect(await primaryEvents(ada.userId)).toEqual(googleTruth(product.google, ada.email, range));
    expect(await primaryEvents(grace.userId)).toEqual(microsoftTruth(product.microsoft, grace.email, range));
  });

  it('no private title is stored, and no answer shows a credential', async () => {
    const events = JSON.stringify(await product.api.events(ada.userId, from, to));
    expect(events).not.toContain('Dentist');
    const connection = await connectionOf(ada.userId);
    expect(JSON.stringify(connection)).not.toMatch(/token|gAAAA/i);
    expect(connection).toMatchObject({ provider: 'google', email: ada.email, status: 'active' });
  });

  it('busy time is what blocks: not what is free, declined or in a calendar that does not count', async () => {
    const [person] = await availability([ada.userId]);
    expect(person?.freshness['state']).toBe('fresh');
    const busyAt = (local: string): boolean => {
      const at = instantAt(local, ada.zone);
      return person?.busy.some(({ start, end }) => Date.parse(start) <= at && at < Date.parse(end)) === true;
    };
    expect(busyAt(week.at(0, '13:30'))).toBe(true);
    expect(busyAt(week.at(1, '16:30'))).toBe(true);
    expect(busyAt(week.at(1, '11:05'))).toBe(true);
    expect(busyAt(week.at(1, '09:35'))).toBe(false);
    expect(busyAt(week.at(1, '07:30'))).toBe(false);
    expect(busyAt(week.at(2, '09:35'))).toBe(false);
    expect(busyAt(week.at(2, '10:30'))).toBe(false);
    expect(busyAt(week.at(2, '12:30'))).toBe(true);
    expect(busyAt(week.at(3, '10:30'))).toBe(true);
    expect(busyAt(week.at(4, '23:00'))).toBe(true);
    expect(busyAt(week.at(0, '20:00'))).toBe(false);
    const [strict] = await availability([ada.userId], { tentativeIsBusy: false });
    const maybe = instantAt(week.at(2, '12:30'), ada.zone);
    expect(strict?.busy.some(({ start, end }) => Date.parse(start) <= maybe && maybe < Date.parse(end))).toBe(
      false,
    );
  });

  it('I7: asked live, the providers tell what no sync has read yet', async () => {
    const { google, microsoft } = product;
    const [start, end] = [week.at(9, '21:00'), week.at(9, '22:00')];
    const made = google.putEvent(ada.email, 'primary', {
      summary: 'Just now',
      start: { dateTime: start, timeZone: ada.zone },
      end: { dateTime: end, timeZone: ada.zone },
    });
    const before = microsoft.requests.length;
    const people = await until(async () => {
      const found = await availability([ada.userId, grace.userId], { live: true, maxAgeSeconds: 1 });
      return found.every(({ freshness }) => freshness['live'] !== undefined) ? found : undefined;
    });
    expect(people.map(({ freshness }) => freshness['state'])).toEqual(['fresh', 'fresh']);
    const at = instantAt(week.at(9, '21:30'), ada.zone);
    expect(people[0]?.busy.some((busy) => Date.parse(busy.start) <= at && at < Date.parse(busy.end))).toBe(
      true,
    );
    expect(microsoft.requests.slice(before).map(({ path }) => path.split('/').at(-1))).toContain(
      'getSchedule',
    );
    google.deleteEvent(ada.email, 'primary', made.id ?? '');
  });

  it('changes at both providers arrive: new, moved, cancelled, a changed series', async () => {
    const { google, microsoft, api } = product;
    const zone = { timeZone: ada.zone };
    google.putEvent(ada.email, ada.email, {
      summary: 'Added later',
      start: { dateTime: week.at(1, '18:00'), ...zone },
      end: { dateTime: week.at(1, '19:00'), ...zone },
    });
    google.deleteEvent(ada.email, ada.email, 'standup');
    const outlook = { timeZone: 'Eastern Standard Time' };
    const added = microsoft.putEvent(grace.email, 'default', {
      subject: 'Added later',
      start: { dateTime: week.at(1, '18:00'), ...outlook },
      end: { dateTime: week.at(1, '19:00'), ...outlook },
    });
    const series = microsoft
      .truth(grace.email, 'default', ...range)
      .find(({ subject }) => subject === 'Team sync');
    microsoft.cancelOccurrence(grace.email, 'default', String(series?.seriesMasterId), week.date(7));
    await Promise.all([ada, grace].map(async ({ userId }) => api.sync((await connectionOf(userId)).id)));
    expect(await primaryEvents(grace.userId)).toEqual(microsoftTruth(microsoft, grace.email, range));
    // I11: most of Ada's calendar was that series, so its end is held until a second reading says the same.
    const truth = googleTruth(google, ada.email, range);
    await until(async () => (await primaryEvents(ada.userId)).length === truth.length);
    expect(await primaryEvents(ada.userId)).toEqual(truth);
    microsoft.deleteEvent(grace.email, 'default', String(added.id));
    await api.sync((await connectionOf(grace.userId)).id);
    expect(await primaryEvents(grace.userId)).toEqual(microsoftTruth(microsoft, grace.email, range));
  });

  it('an expired cursor heals in the sync that meets it', async () => {
    const { google, microsoft } = product;
    google.expireSyncTokens(ada.email);
    microsoft.expireDeltaTokens(grace.email);
    google.putEvent(ada.email, ada.email, {
      summary: 'After 410',
      start: { date: week.date(2) },
      end: { date: week.date(3) },
    });
    await Promise.all(
      [ada, grace].map(async ({ userId }) => product.api.sync((await connectionOf(userId)).id)),
    );
    expect(await primaryEvents(ada.userId)).toEqual(googleTruth(google, ada.email, range));
    expect(await primaryEvents(grace.userId)).toEqual(microsoftTruth(microsoft, grace.email, range));
  });

  it('a calendar counts where it is selected: its events appear, and go again', async () => {
    const { api } = product;
    const { id } = await connectionOf(ada.userId);
    const { body } = await api.get(`/v1/connections/${id}/calendars`);
    const named = (name: string) =>
      body.calendars.find((calendar: { name: string }) => calendar.name === name);
    expect(named('Family')).toMatchObject({ selected: true });
    const holidays = named('Holidays in the United Kingdom');
    expect(holidays).toMatchObject({ selected: false, canWrite: false });
    const titles = async (): Promise<unknown[]> =>
      (await api.events(ada.userId, from, to)).map(({ title }) => title);
    expect(await titles()).not.toContain('Bank holiday');
    expect((await api.call('PATCH', `/v1/calendars/${holidays.id}`, { selected: true })).status).toBe(200);
    await until(async () => (await titles()).includes('Bank holiday'));
    await api.call('PATCH', `/v1/calendars/${holidays.id}`, { selected: false });
    expect(await titles()).not.toContain('Bank holiday');
  });

  it('one user has several connections, and reconnecting one makes no second', async () => {
    const { api } = product;
    expect((await api.connect('microsoft', ada.userId, asGrace)).body.status).toBe('connected');
    expect((await api.connect('google', ada.userId, asAda)).body.status).toBe('connected');
    const { body } = await api.get(`/v1/users/${ada.userId}/connections`);
    expect(body.connections.map(({ provider }: { provider: string }) => provider)).toEqual([
      'google',
      'microsoft',
    ]);
  });

  it('an access token that ran out is refreshed once, unseen', async () => {
    const { google, api } = product;
    const { id } = await connectionOf(ada.userId);
    const refreshes = (): number =>
      google.requests.filter(({ body }) => body.includes('grant_type=refresh_token')).length;
    const before = refreshes();
    google.expireAccessTokens(ada.email);
    await api.sync(id);
    // What ended may be a sync that had its token before; it is followed by the one that was asked for.
    await until(() => refreshes() > before);
    await api.sync(id);
    expect(refreshes()).toBe(before + 1);
  });

  it('a withdrawn grant is told, makes nobody free, and heals by reconnecting the same account', async () => {
    const { api, google } = product;
    const { id } = await connectionOf(ada.userId);
    google.revokeGrant(ada.email);
    await api.post(`/v1/connections/${id}/sync`, {});
    const dead = await until(async () => {
      const answer = await api.get(`/v1/connections/${id}`);
      return answer.body.status === 'reauth_required' && answer;
    });
    expect(dead.body.statusReason).toMatchObject({ code: 'grant_revoked' });
    const [person] = await availability([ada.userId]);
    expect(person?.freshness).toMatchObject({
      state: 'unknown',
      reason: 'reauth_required',
      connectionId: id,
    });
    google.addUser({ email: 'another@analytical.example' });
    const other = await api.connect(
      'google',
      ada.userId,
      (url) => google.authorize(url, { email: 'another@analytical.example' }),
      { connectionId: id },
    );
    expect(other.body).toMatchObject({ status: 'failed', failure: { code: 'account_mismatch' } });
    expect((await api.get(`/v1/connections/${id}`)).body.status).toBe('reauth_required');
    const mended = await api.connect('google', ada.userId, asAda, { connectionId: id });
    expect(mended.body).toMatchObject({ status: 'connected' });
    await until(async () => (await availability([ada.userId]))[0]?.freshness['state'] === 'fresh');
  });

  it('I10: disconnecting revokes the grant and removes everything', async () => {
    const { api, google } = product;
    const { id } = await connectionOf(ada.userId);
    expect((await api.call('DELETE', `/v1/connections/${id}?userId=somebody-else`)).status).toBe(404);
    expect((await api.call('DELETE', `/v1/connections/${id}`)).status).toBe(202);
    await until(async () => (await api.get(`/v1/connections/${id}`)).status === 404);
    expect(google.requests.some(({ path, status }) => path === '/revoke' && status === 200)).toBe(true);
    const left = await api.events(ada.userId, from, to);
    expect(left.filter((event) => event['connectionId'] === id)).toEqual([]);
  });

  it('a request id follows the work from the request into the job', async () => {
    const { api } = product;
    const { id } = await connectionOf(grace.userId);
    const requestId = `journey-${Date.now()}`;
    await api.call('POST', `/v1/connections/${id}/sync`, {}, { 'x-request-id': requestId });
    const workers = product.instances('all')[0];
    const line = await workers?.logged((one) => one['requestId'] === requestId && one['msg'] === 'job ended');
    expect(line).toMatchObject({ job: 'sync-connection', connectionId: id, outcome: 'done' });
  });
});
