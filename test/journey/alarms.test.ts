import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { deploy, type Deployment, type Instance } from '../support/deployment.ts';
import { until } from '../support/until.ts';

const email = 'grace@harbor.example';
const reason = 'accessNotConfigured';

let product: Deployment;
let connectionId: string;
beforeAll(async () => {
  product = await deploy(['connect']);
  product.google.addUser({ email, name: 'Grace' });
  const { body } = await product.api.connect('google', 'user-grace', (url) =>
    product.google.authorize(url, { email }),
  );
  connectionId = body.connectionId;
});
afterAll(() => product.close());

const alarmsOf = ({ lines }: Instance) => lines.filter((line) => line['alarm'] === true);
const askToSync = () => product.api.post(`/v1/connections/${connectionId}/sync`, {});
const diagnosis = async () => (await product.api.get(`/v1/connections/${connectionId}/diagnosis`)).body;
const failsWith = (code: string) =>
  until(async () => {
    const { body } = await product.api.get(`/v1/connections/${connectionId}`);
    return body.lastFailure?.code === code;
  });

describe('operators are alarmed, and the diagnosis says that it is theirs,', () => {
  it('where the Calendar API of the Google project is switched off', async () => {
    const error = { errors: [{ domain: 'usageLimits', reason }], code: 403, message: 'Some words.' };
    product.google.fault({
      match: { path: '/calendarList' },
      action: { type: 'status', status: 403, body: { error } },
    });
    const worker = await product.start('sync');
    await askToSync();
    await failsWith('api_disabled');
    expect(alarmsOf(worker)).toMatchObject([
      { level: 'error', provider: 'google', failureCode: 'api_disabled' },
    ]);
    expect(await diagnosis()).toMatchObject({ verdict: 'needs_operator' });
    expect((await product.api.get('/metrics')).body).toContain(
      'misconfigured_connections{provider="google",code="api_disabled"} 1',
    );
    await product.api.sync(connectionId);
    await worker.logged(
      ({ msg, failureCode }) => msg === 'the alarm is over' && failureCode === 'api_disabled',
    );
    await worker.end('SIGTERM');
  });

  it('where no key opens the stored tokens', async () => {
    const CREDENTIAL_KEYS = `${randomBytes(32).toString('base64url')}=`;
    const worker = await product.start('sync', { CREDENTIAL_KEYS });
    await askToSync();
    await failsWith('unreadable_credentials');
    await askToSync();
    await until(async () => (await diagnosis()).sync.consecutiveFailures >= 2);
    expect(alarmsOf(worker)).toMatchObject([{ level: 'error', failureCode: 'unreadable_credentials' }]);
    expect(await diagnosis()).toMatchObject({ verdict: 'needs_operator' });
  });
});
