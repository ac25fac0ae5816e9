import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { policyLines, usualPolicy } from '../../../src/domain/blocking.ts';

const page = readFileSync(new URL('../../../docs/availability.md', import.meta.url), 'utf8');

it('docs/availability.md has every line of the policy, in order, with what it usually is', () => {
  const rows = [...page.matchAll(/^\| `(\w+)` \|.*\| (busy|free) \|$/gm)].map(([, line, usually]) => [
    line,
    usually,
  ]);
  expect(rows).toEqual(policyLines.map((line) => [line, usualPolicy[line]]));
});
