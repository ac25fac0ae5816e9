import { expect, it } from 'vitest';
import { withoutSecrets } from '../../../scripts/services/given.ts';

it.each([
  ['mongodb://user:p%40ss@a:1,b:2/db?authSource=admin', 'mongodb://a:1,b:2/db'],
  ['rediss://:secret@cache.example:6380/2', 'rediss://cache.example:6380/2'],
  ['redis://127.0.0.1:6379', 'redis://127.0.0.1:6379'],
])('what is shown of %s holds no secret', (address, shown) => {
  expect(withoutSecrets(address)).toBe(shown);
});
