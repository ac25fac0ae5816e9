import { describe, expect, it } from 'vitest';
import { exampleAnswers, exampleRequests } from '../../../src/intake/availability-example.ts';
import { availabilityRequest } from '../../../src/intake/availability-fields.ts';
import { availabilitySchema } from '../../../src/intake/availability-views.ts';
import { fakeIntake } from './fake-intake.ts';

const intake = fakeIntake();
const usual = {
  groups: [{ members: [{ userId: 'ada' }, { userId: 'bob' }] }],
  from: '2026-11-23T09:00:00Z',
  to: '2026-11-28T09:00:00Z',
};
const withSlots = { ...usual, durationMinutes: 30 };
const people = (count: number, prefix = 'user') =>
  Array.from({ length: count }, (_, n) => ({ userId: `${prefix}-${n}` }));

async function refusalOf(body: unknown): Promise<Record<string, string>> {
  const answer = await intake.send('POST', '/v1/availability', body);
  const { errors = [] } = (await answer.json()) as { errors?: { field: string; message: string }[] };
  return Object.fromEntries(errors.map(({ field, message }) => [field, message]));
}

const hours = (workingHours: unknown) => ({ ...usual, workingHours });

describe('a question about people’s time', () => {
  it.each(Object.entries(exampleRequests))('in the documentation is one: %s', async (_, { value }) => {
    expect(availabilityRequest.safeParse(value).error).toBeUndefined();
    expect(await refusalOf(value)).toEqual({});
  });

  it.each(Object.entries(exampleAnswers))('is answered as in the documentation: %s', (_, { value }) => {
    expect(availabilitySchema.strict().safeParse(value).error).toBeUndefined();
  });

  it.each([
    ['no group', { ...usual, groups: [] }, 'groups', 'at least one group'],
    [
      'too many groups',
      { ...usual, groups: Array.from({ length: 21 }, () => usual.groups[0]) },
      'groups',
      'at most 20 groups',
    ],
    ['an empty group', { ...usual, groups: [{ members: [] }] }, 'groups.0.members', 'at least one member'],
    [
      'somebody twice in one group',
      { ...usual, groups: [{ members: [{ userId: 'ada' }, { userId: 'ada' }] }] },
      'groups.0.members',
      'nobody twice',
    ],
    [
      'too many members in one',
      { ...usual, groups: [{ members: people(101) }] },
      'groups.0.members',
      'at most 100 people',
    ],
    [
      'too many members in all',
      { ...usual, groups: [{ members: people(60) }, { members: people(41, 'other') }] },
      'groups',
      'at most 100 members in all groups together',
    ],
    ['too many optional ones', { ...usual, optional: people(101) }, 'optional', 'at most 100 people'],
    [
      'an optional one twice',
      { ...usual, optional: [{ userId: 'eve' }, { userId: 'eve' }] },
      'optional',
      'nobody twice',
    ],
    [
      'more seats than members',
      { ...usual, groups: [{ ...usual.groups[0], required: 3 }] },
      'groups.0.required',
      '"all", or a whole number from 1 to the number of members',
    ],
    [
      'no seat',
      { ...usual, groups: [{ ...usual.groups[0], required: 0 }] },
      'groups.0.required',
      '"all", or a whole number from 1',
    ],
    [
      'most of them',
      { ...usual, groups: [{ ...usual.groups[0], required: 'most' }] },
      'groups.0.required',
      '"all", or a whole number from 1',
    ],
    [
      'an offset for a zone',
      { ...usual, groups: [{ members: [{ userId: 'ada', timeZone: '+02:00' }] }] },
      'groups.0.members.0.timeZone',
      'must be an IANA time zone',
    ],
    ['a range of 93 days', { ...usual, to: '2027-02-24T09:00:01Z' }, 'to', 'at most 92 days'],
    ['a range that ends as it begins', { ...usual, to: usual.from }, 'to', 'later than `from`'],
    ['four minutes', { ...usual, durationMinutes: 4 }, 'durationMinutes', 'from 5 to 1440'],
    ['half a step', { ...withSlots, stepMinutes: 0.5 }, 'stepMinutes', 'whole number from 1 to 1440'],
    ['a negative buffer', { ...withSlots, bufferAfterMinutes: -1 }, 'bufferAfterMinutes', 'from 0 to 1440'],
    ['another alignment', { ...withSlots, align: 'quarter' }, 'align', 'must be one of: hour, from'],
    ['another order', { ...withSlots, order: 'best' }, 'order', 'must be one of: start, optional'],
    ['too long a page', { ...withSlots, limit: 1001 }, 'limit', 'from 1 to 1000'],
    ['a line that there is not', { ...usual, policy: { maybe: 'busy' } }, 'policy.maybe', 'is not a field'],
    ['half busy', { ...usual, policy: { allDay: 'half' } }, 'policy.allDay', 'must be one of: busy, free'],
    [
      'one thing and the other of tentative entries',
      { ...usual, policy: { tentative: 'busy' }, tentativeIsBusy: false },
      'tentativeIsBusy',
      'something else than `policy.tentative`',
    ],
    ['another freshness', { ...withSlots, accept: 'old' }, 'accept', 'must be one of: fresh, stale, unknown'],
    [
      'a live wait of a minute',
      { ...usual, live: { withinSeconds: 60 } },
      'live.withinSeconds',
      'from 1 to 10',
    ],
    ['a live word', { ...usual, live: 'yes' }, 'live', 'must be true, false'],
    ['a broken id', { ...usual, excludeInterviewIds: ['~'] }, 'excludeInterviewIds.0', 'must be 1 to 128 of'],
    [
      'a span that is too long',
      { ...withSlots, roundRobin: { from: '2025-01-01T00:00:00Z', to: '2026-11-01T00:00:00Z' } },
      'roundRobin.to',
      'at most 400 days',
    ],
    [
      'how slots are to be, and no duration',
      { ...usual, stepMinutes: 30, order: 'start' },
      'durationMinutes',
      'is required with `stepMinutes`, `order`',
    ],
    [
      'a cursor that is none',
      { ...withSlots, cursor: 'MS4x' },
      'cursor',
      '`nextCursor` of an earlier answer',
    ],
    ['hours of no day', hours({}), 'workingHours', 'the hours of one day at least'],
    ['hours of another day', hours({ monday: [], caturday: [] }), 'workingHours.caturday', 'is not a field'],
    [
      'hours over midnight',
      hours({ friday: [{ start: '22:00', end: '06:00' }] }),
      'workingHours.friday.0.end',
      'after midnight belongs to the next day',
    ],
    [
      'an hour that there is not',
      hours({ friday: [{ start: '24:00', end: '24:00' }] }),
      'workingHours.friday.0.start',
      'from 00:00 to 23:59',
    ],
    [
      'a day that there is not',
      hours({ monday: [], holidays: ['2026-02-30'] }),
      'workingHours.holidays.0',
      'must be a date like',
    ],
    [
      'a date twice',
      hours({ exceptions: [{ date: '2026-12-24', hours: [] }], holidays: ['2026-12-24'] }),
      'workingHours.holidays.0',
      'for the second time',
    ],
  ])('with %s is refused by name', async (_, body, field, message) => {
    const refused = await refusalOf(body);
    expect(Object.keys(refused)).toEqual([field]);
    expect(refused[field]).toContain(message);
  });

  it('takes the end of a day, days without hours and both ways to speak of tentative entries', async () => {
    const body = {
      ...hours({ sunday: [{ start: '00:00', end: '24:00' }], monday: [] }),
      policy: { tentative: 'free' },
      tentativeIsBusy: false,
    };
    expect(await refusalOf(body)).toEqual({});
  });

  it('to the providers is refused where none can be asked, and never taken for another one', async () => {
    const alone = fakeIntake({ askLive: undefined });
    const answer = await alone.send('POST', '/v1/availability', { ...usual, live: true });
    expect(await answer.json()).toMatchObject({ status: 400, errors: [{ field: 'live' }] });
    const query = `from=${usual.from}&to=${usual.to}&live=true`;
    const single = await alone.send('GET', `/v1/users/ada/free-busy?${query}`);
    expect(await single.json()).toMatchObject({ status: 400, errors: [{ field: 'live' }] });
  });

  it('of a hundred people with hours of their own is not too large', async () => {
    const week = { start: '09:00', end: '12:00' };
    const days = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday'];
    const workingHours = Object.fromEntries(
      days.map((day) => [day, [week, { start: '13:00', end: '17:30' }]]),
    );
    const members = people(100).map((one) => ({ ...one, timeZone: 'Europe/Berlin', workingHours }));
    expect(await refusalOf({ ...usual, groups: [{ members }] })).toEqual({});
  });
});
