import { describe, expect, it } from 'vitest';
import { connectedAccount, minutesLater, testNow } from '../../support/builders.ts';
import { ownIntake } from './own-intake.ts';

const intake = ownIntake();

const start = async (userId: string, more: Record<string, unknown> = {}) => {
  const { status, body } = await intake.api.post('/v1/connect/google', { userId, ...more });
  expect(status).toBe(200);
  return body as { state: string; attemptId: string; expiresAt: string };
};
const callBack = (body: Record<string, unknown>, provider = 'google') =>
  intake.api.post(`/v1/callback/${provider}`, body);

describe('an authorization', () => {
  it('goes from the start over the callback to a job that names the attempt and nothing else', async () => {
    const { state, attemptId, expiresAt } = await start('ada');
    expect(expiresAt).toBe(minutesLater(10).toISOString());
    expect((await intake.api.get(`/v1/attempts/${attemptId}`)).body).toMatchObject({
      status: 'pending',
      userId: 'ada',
    });
    const answer = await callBack({ userId: 'ada', state, code: 'the-secret-code' });
    expect(answer).toMatchObject({ status: 202, body: { attemptId, status: 'exchanging' } });
    const job = (await intake.jobs('connect')).find(({ data }) => data['attemptId'] === attemptId);
    expect(job).toEqual({
      name: 'exchange-code',
      data: { v: 1, attemptId, requestId: answer.headers.get('X-Request-Id') },
    });
    expect(intake.logged.join('')).not.toMatch(new RegExp(`the-secret-code|${state}`));
  });

  it('takes the same code twice with one job, and another code not at all', async () => {
    const { state, attemptId } = await start('bea');
    const first = await callBack({ userId: 'bea', state, code: 'one' });
    const again = await callBack({ userId: 'bea', state, code: 'one' });
    const other = await callBack({ userId: 'bea', state, code: 'two' });
    expect([first.status, again.status, other.status]).toEqual([202, 202, 409]);
    expect(other.body).toMatchObject({ code: 'state_used', attemptId });
    const jobs = (await intake.jobs('connect')).filter(({ data }) => data['attemptId'] === attemptId);
    expect(jobs).toHaveLength(1);
  });

  it('of another user is refused with 403 and stays open for its own (I10)', async () => {
    const { state } = await start('cleo');
    expect(await callBack({ userId: 'mallory', state, code: 'c' })).toMatchObject({
      status: 403,
      body: { code: 'state_foreign' },
    });
    expect((await callBack({ userId: 'cleo', state, code: 'c' })).status).toBe(202);
  });

  it('with a state that nobody gave out, or of another provider, is unknown', async () => {
    const { state } = await start('dora');
    expect((await callBack({ userId: 'dora', state: 'made-up', code: 'c' })).body.code).toBe('state_unknown');
    expect((await callBack({ userId: 'dora', state, code: 'c' }, 'microsoft')).body.code).toBe(
      'state_unknown',
    );
  });

  it('that came too late is told so, and its attempt has failed', async () => {
    const { state, attemptId } = await start('eve');
    intake.clock = minutesLater(11);
    const attempt = await intake.api.get(`/v1/attempts/${attemptId}`);
    const late = await callBack({ userId: 'eve', state, code: 'c' });
    intake.clock = testNow;
    expect(late).toMatchObject({ status: 410, body: { code: 'state_expired' } });
    expect(attempt.body).toMatchObject({ status: 'failed', failure: { code: 'attempt_expired' } });
  });

  it('that the user declined is answered with 202, and its attempt says why and what to do', async () => {
    const { state, attemptId } = await start('fay');
    const answer = await callBack({ userId: 'fay', state, error: 'access_denied' });
    expect(answer).toMatchObject({ status: 202, body: { status: 'failed' } });
    expect((await intake.api.get(`/v1/attempts/${attemptId}`)).body).toMatchObject({
      status: 'failed',
      failure: { code: 'consent_denied', message: expect.any(String), hint: expect.any(String) },
    });
  });

  it('renews a connection of that user only (I10)', async () => {
    const { id } = await connectedAccount(intake.store, { userId: 'gil' });
    await start('gil', { connectionId: id });
    const stranger = await intake.api.post('/v1/connect/google', { userId: 'mallory', connectionId: id });
    expect(stranger).toMatchObject({ status: 404, body: { code: 'unknown_record' } });
  });

  it('is shown to its own user only, where the caller names one (I10)', async () => {
    const { attemptId } = await start('hal');
    expect((await intake.api.get(`/v1/attempts/${attemptId}?userId=hal`)).status).toBe(200);
    expect((await intake.api.get(`/v1/attempts/${attemptId}?userId=mallory`)).status).toBe(404);
  });
});
