import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { badRequests, operationsOf, verdictOn, type Document } from './bad-input.ts';
import { apiKey, fakeIntake } from './fake-intake.ts';

const intake = fakeIntake();
const headers = { Authorization: `Bearer ${apiKey}`, 'Content-Type': 'application/json' };

describe('bad input', async () => {
  const operations = operationsOf((await (await intake.call('/openapi.json')).json()) as Document);

  it('knows the operations to throw it at', () => {
    expect(operations.length).toBeGreaterThan(14);
  });

  it.each(operations)('$method $path never answers it with a 5xx', async (operation) => {
    await fc.assert(
      fc.asyncProperty(badRequests(operation), async ({ path, init }) => {
        expect(await verdictOn(await intake.call(path, { ...init, headers }))).toBe('answered');
      }),
      { numRuns: 150 },
    );
  });
});
