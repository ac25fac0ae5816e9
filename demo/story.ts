import { randomUUID } from 'node:crypto';
import { Temporal } from 'temporal-polyfill';
import type { Consent } from '../test/support/api-client.ts';
import { until } from '../test/support/until.ts';
import { ada, grace } from './people.ts';
import type { Stage as WholeStage } from './stage.ts';
import { visit } from './visitor.ts';

type Stage = Pick<WholeStage, 'api' | 'google' | 'microsoft' | 'week' | 'settingsUrl' | 'say'>;
type Person = typeof ada;

/** The story that the demo tells. Every step checks what it says and throws where it is not so. */
export async function tell(stage: Stage): Promise<void> {
  const { google, microsoft } = stage;
  await step(stage, `${ada.name} connects her Google Calendar`, () =>
    connect(stage, ada, 'google', (url) => google.authorize(url, { email: ada.email })),
  );
  await step(stage, `${grace.name} connects her Outlook calendar`, () =>
    connect(stage, grace, 'microsoft', (url) => microsoft.authorize(url, { email: grace.email })),
  );
  await step(stage, 'Their calendars are synced', () => calendars(stage));
  await step(stage, 'Who is busy when, next Tuesday', () => busyTimes(stage));
  await step(stage, 'Both change something at their provider', () => changes(stage));
  await step(stage, `${ada.name} finds a time with ${grace.name} and books an interview`, () =>
    interview(stage),
  );
  await step(stage, `${ada.name} withdraws the permission at Google`, () => withdrawal(stage));
}

let number = 0;
async function step({ say }: Stage, title: string, run: () => Promise<string[]>): Promise<void> {
  number += 1;
  say(`\n${number}. ${title}`);
  const startedAt = performance.now();
  const lines = await run();
  for (const line of lines) say(`   ${line}`);
  say(`   ✓ ${((performance.now() - startedAt) / 1000).toFixed(1)} s`);
}

function check(holds: boolean, what: string): void {
  if (!holds) throw new Error(`not so: ${what}`);
}

async function connect(stage: Stage, person: Person, provider: string, consent: Consent): Promise<string[]> {
  const visitor = await visit(stage.settingsUrl, person.userId);
  const attempt = await visitor.connect(provider, consent);
  check(
    attempt['status'] === 'connected',
    `the attempt ends as connected (it is ${JSON.stringify(attempt)})`,
  );
  return [
    'On the settings page, whose server plays the main app:',
    `POST /v1/connect/${provider} → consent page → POST /v1/callback/${provider} → attempt ${String(attempt['id'])}: connected`,
  ];
}

async function connectionOf(
  { api }: Stage,
  { userId }: Person,
): Promise<{ id: string; lastSyncedAt?: string; status: string }> {
  const { body } = await api.get(`/v1/users/${userId}/connections`);
  return body.connections[0];
}

/** The weekdays of four weeks. */
function range({ week }: Stage): { from: string; to: string } {
  return { from: `${week.date(0)}T00:00:00Z`, to: `${week.date(28)}T00:00:00Z` };
}

async function calendars(stage: Stage): Promise<string[]> {
  const lines: string[] = [];
  for (const person of [ada, grace]) {
    await until(async () => (await connectionOf(stage, person)).lastSyncedAt !== undefined);
    const { id } = await connectionOf(stage, person);
    const { body } = await stage.api.get(`/v1/connections/${id}/calendars`);
    const { from, to } = range(stage);
    const events = await stage.api.events(person.userId, from, to);
    check(events.length > 0, `${person.name} has events`);
    check(!JSON.stringify(events).includes('Dentist'), 'the title of a private event is not stored');
    const names = body.calendars.map(({ name, selected }: { name: string; selected: boolean }) =>
      selected ? name : `(${name})`,
    );
    lines.push(`${person.name}: ${events.length} events in four weeks; calendars ${names.join(', ')}`);
  }
  return [...lines, 'In brackets: shared calendars, which do not count unless they are selected.'];
}

interface Participant {
  readonly userId: string;
  readonly busy: readonly { start: string; end: string }[];
  readonly freshness: { state: string; reason?: string };
}

async function availability(stage: Stage, day: number, people: readonly Person[]): Promise<Participant[]> {
  const members = people.map(({ userId }) => ({ userId }));
  const { status, body } = await stage.api.post('/v1/availability', {
    groups: [{ members, required: 'all' }],
    from: `${stage.week.date(day)}T00:00:00Z`,
    to: `${stage.week.date(day + 1)}T00:00:00Z`,
  });
  check(status === 200, `availability answers 200 (it is ${status})`);
  return body.participants;
}

async function busyTimes(stage: Stage): Promise<string[]> {
  const participants = await availability(stage, 1, [ada, grace]);
  return participants.map(({ userId, busy, freshness }) => {
    const person = userId === ada.userId ? ada : grace;
    check(freshness.state === 'fresh', `what is known of ${person.name} is fresh`);
    check(busy.length > 0, `${person.name} is busy at some time`);
    return `${person.name} (${person.zone}): ${busy.map((span) => shown(span, person.zone)).join(', ')}`;
  });
}

function shown({ start, end }: { start: string; end: string }, zone: string): string {
  const clock = (at: string): string =>
    Temporal.Instant.from(at).toZonedDateTimeISO(zone).toPlainTime().toString({ smallestUnit: 'minute' });
  return `${clock(start)}–${clock(end)}`;
}

async function changes(stage: Stage): Promise<string[]> {
  const { google, microsoft, week, api } = stage;
  const at = (person: Person, from: string, to: string, timeZone = person.zone) => ({
    start: { dateTime: week.at(1, from), timeZone },
    end: { dateTime: week.at(1, to), timeZone },
  });
  google.putEvent(ada.email, ada.email, {
    summary: 'Interview: backend engineer',
    ...at(ada, '14:00', '15:00'),
  });
  microsoft.putEvent(grace.email, 'default', {
    subject: 'Interview: compiler engineer',
    ...at(grace, '15:00', '16:00', 'Eastern Standard Time'),
  });
  for (const person of [ada, grace]) await api.sync((await connectionOf(stage, person)).id);
  const { from, to } = range(stage);
  for (const person of [ada, grace]) {
    const titles = (await api.events(person.userId, from, to)).map(({ title }) => String(title));
    check(
      titles.some((title) => title.startsWith('Interview')),
      `${person.name}'s new event arrived`,
    );
  }
  return [
    'A new event at Google and one at Microsoft; POST /v1/connections/{id}/sync; both arrived:',
    ...(await busyTimes(stage)),
  ];
}

async function interview(stage: Stage): Promise<string[]> {
  const visitor = await visit(stage.settingsUrl, ada.userId);
  const people = [ada.userId, grace.userId];
  const { from, to } = range(stage);
  const { slots } = await visitor.call('POST', '/availability', { people, from, to, durationMinutes: 60 });
  const [slot, ...others] = slots as { start: string; end: string }[];
  if (slot === undefined) throw new Error('not so: there is a time when both are free');
  const path = `/interviews/${randomUUID()}`;
  await visitor.call('PUT', path, {
    title: 'Interview: analytical engines',
    candidate: { name: 'Mary Somerville', email: 'mary@candidates.example' },
    organizer: ada.userId,
    panel: people,
    start: slot.start,
    end: slot.end,
    timeZone: ada.zone,
    meetingLink: true,
  });
  await until(async () => (await visitor.call('GET', path))['state'] === 'booked');
  const after = await visitor.call('POST', '/availability', { people, from, to, durationMinutes: 60 });
  const isOffered = (after['slots'] as { start: string }[]).some(({ start }) => start === slot.start);
  check(!isOffered, 'a time that is booked is not offered again');
  return [
    `${others.length + 1} times in four weeks when both are free and at work; the first is ${shown(slot, ada.zone)} (${ada.zone}) on ${slot.start.slice(0, 10)}.`,
    'PUT /v1/interviews/{id} → booked in her Google calendar, and not offered any more.',
  ];
}

async function withdrawal(stage: Stage): Promise<string[]> {
  const { api, google } = stage;
  google.revokeGrant(ada.email);
  const { id } = await connectionOf(stage, ada);
  await api.post(`/v1/connections/${id}/sync`, {});
  await until(async () => (await connectionOf(stage, ada)).status === 'reauth_required');
  const [unknown] = await availability(stage, 1, [ada]);
  check(unknown?.freshness.state === 'unknown', 'nobody takes her for free');
  const visitor = await visit(stage.settingsUrl, ada.userId);
  const again = await visitor.connect('google', (url) => google.authorize(url, { email: ada.email }), id);
  check(again['status'] === 'connected', 'reconnecting mends it');
  await until(async () => (await availability(stage, 1, [ada]))[0]?.freshness.state === 'fresh');
  return [
    `The connection says reauth_required; availability says "${unknown?.freshness.state}: ${unknown?.freshness.reason}", never "free".`,
    'She connects again: the same connection is active, and what is known of her is fresh.',
  ];
}
