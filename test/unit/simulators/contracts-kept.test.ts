import { expect, it } from 'vitest';
import { assertContractsKept, watchContracts } from '../../support/contracts-kept.ts';

it('a violation is told once, and one that comes later is told then', () => {
  const seen = ['GET /a: unknown'];
  const simulator = { violations: () => [...seen] };
  watchContracts([simulator]);
  expect(() => assertContractsKept()).toThrow('contract violations:\nGET /a: unknown');
  expect(() => assertContractsKept()).not.toThrow();
  seen.push('GET /b: unknown');
  expect(() => assertContractsKept([simulator])).toThrow(/^contract violations:\nGET \/b: unknown$/);
  expect(() => assertContractsKept([simulator])).not.toThrow();
});
