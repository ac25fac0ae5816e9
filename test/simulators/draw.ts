import { createHash } from 'node:crypto';

/**
 * A number from 0 (inclusive) to 1 (exclusive) that follows from its arguments alone: chance that can be repeated, in
 * whatever order concurrent requests arrive.
 */
export function draw(...of: readonly (string | number)[]): number {
  return createHash('sha256').update(JSON.stringify(of)).digest().readUIntBE(0, 6) / 2 ** 48;
}
