import { describe, expect, it } from 'vitest';
import { isAtLeast, parseVersion } from '../../../scripts/services/on-path.ts';

describe('the version of an installed server', () => {
  it.each([
    ['db version v6.0.5\nBuild Info: {', '6.0.5'],
    ['Redis server v=6.2.14 sha=40305114:0 malloc=libc bits=64', '6.2.14'],
    ['command not found', undefined],
  ])('is read from %j', (output, version) => {
    expect(parseVersion(output)).toBe(version);
  });

  it.each([
    ['6.0.5', '6.0', true],
    ['10.0.0', '6.2', true],
    ['6.10.1', '6.2', true],
    ['6.0.16', '6.2', false],
    ['5.9.9', '6.0', false],
  ])('%s against at least %s: %s', (version, minimum, expected) => {
    expect(isAtLeast(version, minimum)).toBe(expected);
  });
});
