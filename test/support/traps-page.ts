/** docs/traps.md as data: what it says of each trap, to be held against the tests in the tree. */
import { readFileSync } from 'node:fs';
import type { ProviderId } from '../../src/domain/provider-id.ts';

export interface TrapRow {
  readonly trap: number;
  readonly sentence: string;
  /** Paths from the root of the repository. */
  readonly testedIn: readonly string[];
}

const page = new URL('../../docs/traps.md', import.meta.url);
const headings: Readonly<Record<ProviderId, string>> = { google: '## Google', microsoft: '## Microsoft' };

/** The rows of one provider's table, in its order. Throws where the page has no such section. */
export function trapRows(provider: ProviderId): TrapRow[] {
  const [, after] = readFileSync(page, 'utf8').split(`${headings[provider]}\n`);
  if (after === undefined) throw new Error(`docs/traps.md has no "${headings[provider]}"`);
  const lines = (after.split(/^## /m)[0] ?? '').split('\n');
  return lines.flatMap((line) => {
    const [, trap, sentence = '', where = ''] = /^\| (\d+) \| (.+) \| (.+) \|$/.exec(line) ?? [];
    if (trap === undefined) return [];
    const testedIn = [...where.matchAll(/`([^`]+)`/g)].map(([, path = '']) => path);
    return [{ trap: Number(trap), sentence, testedIn }];
  });
}
