import { describe, expect, it } from 'vitest';
import { minutesLater, testNow } from '../../support/builders.ts';
import { ownIntake } from './own-intake.ts';

const intake = ownIntake();
const day = 24 * 60;
const at = (minutes: number) => minutesLater(day + minutes).toISOString();
const slot = (from: number, to = from + 60) => ({ start: at(from), end: at(to) });

const body = (userId: string, more: Record<string, unknown> = {}) => ({
  organizer: { userId },
  title: 'Held: Grace Hopper 🎓',
  timeZone: 'Europe/Berlin',
  slots: [slot(0), slot(120)],
  expiresAt: minutesLater(600).toISOString(),
  ...more,
});
const interview = (userId: string, holdId: string, more: Record<string, unknown> = {}) => ({
  organizer: { userId },
  title: 'Interview: Grace Hopper',
  ...slot(120),
  timeZone: 'Europe/Berlin',
  attendees: [],
  sendInvitations: false,
  holdId,
  ...more,
});

const put = (id: string, sent: unknown) => intake.api.call('PUT', `/v1/holds/${id}`, sent);
const show = async (id: string) => (await intake.api.get(`/v1/holds/${id}`)).body;
const book = (id: string, sent: unknown) => intake.api.call('PUT', `/v1/interviews/${id}`, sent);

async function busy(userId: string, more: Record<string, unknown> = {}) {
  const groups = [{ members: [{ userId }] }];
  const range = { from: at(-60), to: at(600) };
  const { body: answer } = await intake.api.post('/v1/availability', { groups, ...range, ...more });
  return answer.participants[0].busy;
}

describe('a hold over HTTP', () => {
  it('counts as busy at once, for everybody whom it names, and until it is released', async () => {
    const held = body('hal', { participants: ['ida'] });
    expect((await put('at-once', held)).status).toBe(201);
    for (const userId of ['hal', 'ida'])
      expect(await busy(userId, { tentativeIsBusy: false })).toEqual([slot(0), slot(120)]);
    expect((await put('at-once', held)).status).toBe(200);
    expect((await intake.api.call('DELETE', '/v1/holds/at-once')).status).toBe(202);
    expect((await intake.api.call('DELETE', '/v1/holds/at-once')).status).toBe(200);
    expect(await busy('ida')).toEqual([]);
  });

  it('has what the calendar is to show of it due', async () => {
    await put('is-due', body('jan'));
    expect(await intake.store.facts.dueInterviews(testNow, 100)).toEqual(
      expect.arrayContaining(['~hold~is-due~1', '~hold~is-due~2']),
    );
    expect((await show('is-due')).slots).toMatchObject([
      { state: 'held', event: { state: 'pending' } },
      { state: 'held', event: { state: 'pending' } },
    ]);
  });

  it('of the longest texts and as many names as may be is taken whole', async () => {
    const participants = Array.from({ length: 50 }, (_, n) => `${n}${'字'.repeat(250)}`);
    const slots = Array.from({ length: 20 }, (_, n) => slot(n * 60));
    const large = body('kim', { participants, slots, description: '字'.repeat(8192), showInCalendar: false });
    expect((await put('large', large)).status).toBe(201);
    expect(await show('large')).toMatchObject({ participants, description: '字'.repeat(8192) });
  });

  it('is confirmed by an interview: its time stays busy, and that of the other slots is free', async () => {
    await put('chosen', body('lou', { participants: ['mia'] }));
    expect((await book('lous-interview', interview('lou', 'chosen'))).status).toBe(201);
    expect(await show('chosen')).toMatchObject({
      state: 'confirmed',
      confirmedBy: 'lous-interview',
      slots: [
        { state: 'released', event: { state: 'cancelling' } },
        { state: 'confirmed', event: { state: 'cancelling' } },
      ],
    });
    expect(await busy('lou')).toEqual([slot(120)]);
    expect(await busy('mia')).toEqual([]);
    expect((await book('lous-interview', interview('lou', 'chosen'))).status).toBe(200);
    const second = await book('second-interview', interview('lou', 'chosen', slot(0)));
    expect(second.body).toMatchObject({ status: 409, code: 'hold_not_available' });
    expect((await intake.api.get('/v1/interviews/second-interview')).status).toBe(404);
  });

  it('that checks is refused where another keeps the time', async () => {
    await put('first', body('noa', { participants: ['ole'] }));
    const answer = await put('second', body('pia', { participants: ['ole'], checkConflicts: true }));
    expect(answer.body).toMatchObject({
      status: 409,
      code: 'slot_taken',
      slot: slot(0),
      clash: { ...slot(0), userId: 'ole', holdId: 'first' },
    });
    expect((await intake.api.get('/v1/holds/second')).status).toBe(404);
  });

  it('the log holds no title of all this (I9)', () => {
    expect(intake.logged.join('')).toContain('"route":"/v1/holds/:holdId"');
    expect(intake.logged.join('')).not.toMatch(/grace|hopper/i);
  });
});
