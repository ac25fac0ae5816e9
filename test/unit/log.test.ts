import { describe, expect, it } from 'vitest';
import { createLog, scrub } from '../../src/log.ts';

function linesOf(write: (log: ReturnType<typeof createLog>) => void): Record<string, unknown>[] {
  const lines: string[] = [];
  const log = createLog({
    level: 'info',
    role: 'test',
    destination: { write: (line) => void lines.push(line) },
  });
  write(log);
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
}

const token = `ya29.${'a1B2c3D4'.repeat(12)}`;

describe('I9: the log', () => {
  it('redacts the fields that hold secrets, also in depth', () => {
    const [line] = linesOf((log) =>
      log.info({ accessToken: token, body: { refresh_token: token, deep: { code: '4/x' } } }, 'm'),
    );
    expect(JSON.stringify(line)).not.toContain(token);
    expect(line).toMatchObject({ accessToken: '[redacted]', body: { deep: { code: '[redacted]' } } });
  });

  it('an error is written without what hangs on it, and without what looks like a token', () => {
    const cause = Object.assign(new Error(`sent ${token}`), {
      config: { headers: { authorization: `Bearer ${token}` } },
    });
    const [line] = linesOf((log) =>
      log.error({ err: new Error(`mongodb://user:pw@host refused ${token}`, { cause }) }, 'm'),
    );
    const text = JSON.stringify(line);
    expect(text).not.toContain(token);
    expect(text).not.toContain('user:pw');
    expect(text).not.toContain('headers');
    expect(line).toMatchObject({ err: { cause: { message: 'sent [scrubbed]' } } });
  });

  it('ids and ordinary words pass', () => {
    const text = 'connection 65f0c0ffee65f0c0ffee65f0 at https://graph.microsoft.com/v1.0/me failed';
    expect(scrub(text)).toBe(text);
  });
});
