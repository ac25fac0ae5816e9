import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { holdStates } from '../../../src/domain/hold.ts';
import {
  conferenceWishes,
  interviewHappenings,
  interviewPolicies,
  interviewStates,
} from '../../../src/domain/interview.ts';
import { holdLimits } from '../../../src/intake/hold-fields.ts';
import { wishLimits } from '../../../src/intake/interview-fields.ts';
import { stateChart } from '../../support/state-chart.ts';

const page = readFileSync(new URL('../../../docs/interviews.md', import.meta.url), 'utf8');

function section(heading: string): string {
  const [, after] = page.split(`## ${heading}\n`);
  if (after === undefined) throw new Error(`the page has no "${heading}"`);
  return after.split(/^## /m)[0] ?? '';
}

/** What stands first in the rows of the tables of a section. */
function namesIn(heading: string): string[] {
  return [...section(heading).matchAll(/^\| `(\w+)` \|/gm)].map(([, name = '']) => name);
}

describe('docs/interviews.md', () => {
  it('draws the states as the code has them', () => {
    expect(/```mermaid\n([^]*?)\n```/.exec(page)?.[1]).toBe(stateChart());
  });

  it('says of every state what it means, and of everything on the arrows', () => {
    expect(namesIn('States')).toEqual([...interviewStates, ...interviewHappenings]);
  });

  it('names every policy and every kind of link', () => {
    expect(namesIn('Policies')).toEqual([...interviewPolicies]);
    expect(namesIn('Links to meetings')).toEqual([...conferenceWishes]);
  });

  it('says of every state of a hold what it means', () => {
    expect(namesIn('Holds')).toEqual([...holdStates]);
  });

  it('names the limits that a request has', () => {
    const written = section('Limits').replaceAll(',', '');
    for (const limit of [...Object.values(wishLimits), ...Object.values(holdLimits)])
      expect(written).toMatch(new RegExp(`\\b${limit}\\b`));
  });
});
