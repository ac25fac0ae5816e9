import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import {
  type MicrosoftSimulator,
  PERSONAL_TENANT,
  startMicrosoftSimulator,
} from '../simulators/microsoft/index.ts';
import { type Call, closeWithoutViolations, connect, graphCaller } from './microsoft-simulator-client.ts';

const ADELE = 'adele@contoso.example';
const MEGAN = 'megan@contoso.example';
const BERLIN = 'W. Europe Standard Time';
let simulator: MicrosoftSimulator;
let call: Call;

beforeEach(async () => {
  simulator = await startMicrosoftSimulator({ now: () => new Date('2026-03-02T08:00:00Z') });
  simulator.addUser({ email: ADELE, name: 'Adele Vance' });
  simulator.addUser({ email: MEGAN, name: 'Megan Bowen', timeZone: BERLIN });
  call = graphCaller(simulator, (await connect(simulator, ADELE)).access_token);
});

afterEach(() => closeWithoutViolations(simulator));

const at = (dateTime: string, timeZone = 'UTC') => ({ dateTime, timeZone });
const day = { StartTime: at('2026-03-03T08:00:00'), EndTime: at('2026-03-03T12:00:00') };
const put = (from: string, to: string, more: object = {}) =>
  simulator.putEvent(MEGAN, 'default', {
    subject: 'Secret',
    start: at(`2026-03-03T${from}:00`),
    end: at(`2026-03-03T${to}:00`),
    ...more,
  });
const ask = async (changes: object = {}, headers: Record<string, string> = {}) => {
  const body = { Schedules: [MEGAN], ...day, ...changes };
  return call('POST', '/me/calendar/getSchedule', body, headers);
};

describe('getSchedule', () => {
  it('draws the day in digits, the weightiest for each interval', async () => {
    put('08:00', '08:30', { showAs: 'tentative' });
    put('09:00', '10:00', { showAs: 'busy' });
    put('09:30', '10:10', { showAs: 'oof' });
    put('11:00', '11:30', { showAs: 'workingElsewhere' });
    put('11:30', '12:00', { showAs: 'free' });
    expect((await ask()).body.value).toMatchObject([{ scheduleId: MEGAN, availabilityView: '10233040' }]);
    expect((await ask({ AvailabilityViewInterval: 120 })).body.value).toMatchObject([
      { availabilityView: '33' },
    ]);
    simulator.setBehaviour({ schedule: { workingElsewhereDigit: '0' } });
    expect((await ask()).body.value).toMatchObject([{ availabilityView: '10233000' }]);
  });

  it('lists what is not free, in the zone preferred, with the hours of the person', async () => {
    put('09:00', '10:00', { location: { displayName: 'Room 1' } });
    const { body, headers } = await ask({}, { prefer: `outlook.timezone="${BERLIN}"` });
    expect(body.value).toMatchObject([
      {
        scheduleItems: [
          {
            isPrivate: false,
            status: 'busy',
            subject: 'Secret',
            location: 'Room 1',
            start: { dateTime: '2026-03-03T10:00:00.0000000', timeZone: BERLIN },
          },
        ],
        workingHours: { timeZone: { name: BERLIN } },
      },
    ]);
    expect(headers.get('preference-applied')).toContain(BERLIN);
  });

  it('keeps the details of private events', async () => {
    put('09:00', '10:00', { sensitivity: 'private' });
    const { body } = await ask();
    expect(JSON.stringify(body)).not.toContain('Secret');
    expect(body.value).toMatchObject([{ scheduleItems: [{ isPrivate: true, status: 'busy' }] }]);
  });

  it('answers 200 with an error for the address it does not know, or that is of another tenant', async () => {
    simulator.addUser({ email: 'lee@fabrikam.example', name: 'Lee' });
    const { status, body } = await ask({ Schedules: ['x@contoso.example', 'lee@fabrikam.example', MEGAN] });
    expect(status).toBe(200);
    const error = { responseCode: 'ErrorMailRecipientNotFound' };
    expect(body.value).toMatchObject([{ error }, { error }, { availabilityView: '00000000' }]);
    expect(body.value?.[2]).not.toHaveProperty('error');
  });

  it.each([
    ['more than 20 addresses', { Schedules: Array.from({ length: 21 }, (_, index) => `${index}@x.example`) }],
    ['no address', { Schedules: [] }],
    ['62 days', { EndTime: at('2026-05-04T08:00:00') }],
    ['an end before the start', { EndTime: at('2026-03-03T07:00:00') }],
    ['an interval of 4 minutes', { AvailabilityViewInterval: 4 }],
    ['an interval of more than a day', { AvailabilityViewInterval: 1441 }],
    ['an unknown zone', { StartTime: at('2026-03-03T08:00:00', 'Mars') }],
  ])('refuses %s', async (_, changes) => {
    expect((await ask(changes)).status).toBe(400);
  });

  it('is not for personal accounts', async () => {
    simulator.addUser({ email: 'alex@outlook.example', name: 'Alex', tid: PERSONAL_TENANT });
    const { access_token } = await connect(simulator, 'alex@outlook.example');
    const answer = await graphCaller(simulator, access_token)('POST', '/me/calendar/getSchedule', {
      Schedules: ['alex@outlook.example'],
      ...day,
    });
    expect(answer.status).toBe(403);
  });
});
