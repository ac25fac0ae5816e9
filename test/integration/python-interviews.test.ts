import { describe, expect, it, onTestFinished } from 'vitest';
import { serve } from '../../src/intake/serve.ts';
import { minutesLater } from '../support/builders.ts';
import { pythonOnThisMachine } from '../support/python.ts';
import { apiKey, ownIntake } from './intake/own-intake.ts';

const machine = await pythonOnThisMachine();
const skipped = machine.missing === undefined ? '' : ` — SKIPPED: ${machine.missing}`;
if (skipped !== '') process.stderr.write(`Interviews from Python are not tested${skipped}\n`);

const body = {
  organizer: { userId: 'user-1024' },
  title: 'Interview: Grace Hopper, ünïcode',
  start: minutesLater(60).toISOString(),
  end: minutesLater(120).toISOString(),
  timeZone: 'Europe/Berlin',
  attendees: [{ email: 'grace@example.org' }],
  sendInvitations: true,
};

describe.skipIf(machine.missing !== undefined)(`interviews from Python${skipped}`, () => {
  const intake = ownIntake();

  /** examples/python/interviews.py on the command line. */
  async function python(args: string[], sent?: unknown, url = intake.api.url) {
    if (machine.python === undefined) throw new Error(machine.missing);
    const env = { CALENDAR_SYNC_URL: url, INTAKE_API_KEY: apiKey };
    const input = sent === undefined ? '' : JSON.stringify(sent);
    return JSON.parse(await machine.python.run(['interviews.py', ...args], { env, input })) as Record<
      string,
      unknown
    >;
  }

  it('are booked, shown, changed and cancelled', async () => {
    const id = 'from-python.1';
    expect(await python(['put', id], body)).toMatchObject({ id, state: 'pending', revision: 1 });
    expect(await python(['show', id])).toMatchObject({ requested: { title: body.title } });
    const later = { ...body, title: 'Second round' };
    expect(await python(['put', id, '--if-revision', '1'], later)).toMatchObject({ revision: 2 });
    expect(await python(['cancel', id])).toMatchObject({ state: 'cancelling' });
  });

  it('are refused with a code and what to do about it', async () => {
    await python(['put', 'from-python.2'], body);
    await expect(python(['put', 'from-python.2', '--if-revision', '7'], body)).rejects.toThrow(
      /revision_stale: The interview is at revision 1\. Read GET/,
    );
    await expect(python(['show', 'from-python.3'])).rejects.toThrow('unknown_record: ');
  });

  it('are asked for again where the service is away for a moment', async () => {
    let asked = 0;
    // In front of the intake, as a proxy whose upstream is being restarted.
    const proxy = await serve(
      async (request) => {
        asked += 1;
        if (asked < 3) return Response.json({}, { status: 503, headers: { 'Retry-After': '0' } });
        const { pathname } = new URL(request.url);
        const { method, headers } = request;
        return fetch(`${intake.api.url}${pathname}`, { method, headers, body: await request.text() });
      },
      { host: '127.0.0.1', port: 0, shutdownMs: 1000 },
    );
    onTestFinished(() => proxy.close());
    const booked = await python(['put', 'from-python.4'], body, `http://127.0.0.1:${proxy.port}`);
    expect([booked['state'], asked]).toEqual(['pending', 3]);
  });
});
