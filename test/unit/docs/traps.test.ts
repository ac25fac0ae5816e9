import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { providerIds } from '../../../src/domain/provider-id.ts';
import { trapRows } from '../../support/traps-page.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));
/** So many the fact sheets list. */
const known = { google: 30, microsoft: 26 };

/** What they show is the trap itself, and no code of ours that avoids it. */
const atTheSimulator = (file: string): boolean => file.endsWith('-simulator-traps.test.ts');

/** `google trap 7` → the files that hold a test of that name. A title begins with it, behind its quote. */
function namedTests(): Map<string, Set<string>> {
  const found = new Map<string, Set<string>>();
  for (const file of globSync('test/**/*.test.ts', { cwd: root })) {
    const source = readFileSync(`${root}/${file}`, 'utf8');
    for (const [, name = ''] of source.matchAll(/['"`]((?:google|microsoft) trap \d+): \S/g)) {
      found.set(name, (found.get(name) ?? new Set()).add(file.replaceAll('\\', '/')));
    }
  }
  return found;
}

const tests = namedTests();

describe.each(providerIds)('docs/traps.md on %s', (provider) => {
  const rows = trapRows(provider);

  test('has a row for every trap, in order', () => {
    expect(rows.map(({ trap }) => trap)).toEqual(Array.from({ length: known[provider] }, (_, n) => n + 1));
  });

  test('claims exactly the tests that are there under the name of the trap', () => {
    const claimed = rows.map(({ trap, testedIn }) => [trap, testedIn.toSorted()]);
    const there = rows.map(({ trap }) => [
      trap,
      [...(tests.get(`${provider} trap ${trap}`) ?? [])].toSorted(),
    ]);
    expect(claimed).toEqual(there);
  });

  test('names no trap without a test', () => {
    expect(rows.filter(({ testedIn }) => testedIn.length === 0)).toEqual([]);
  });

  test('names a test of our own for each trap, beside what the simulator shows', () => {
    expect(rows.filter(({ testedIn }) => testedIn.every(atTheSimulator))).toEqual([]);
  });

  test('is named by no test that it does not know', () => {
    const names = [...tests.keys()].filter((name) => name.startsWith(provider));
    const rowNames = rows.map(({ trap }) => `${provider} trap ${trap}`);
    expect(names.filter((name) => !rowNames.includes(name))).toEqual([]);
  });
});
