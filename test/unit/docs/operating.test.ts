import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { findingHints } from '../../../src/domain/diagnosis-findings.ts';
import { failureHints } from '../../../src/domain/failure.ts';
import { createMetrics } from '../../../src/metrics.ts';
import { createWorkMetrics } from '../../../src/work-metrics.ts';

const rules = readFileSync(new URL('../../../docs/alerts.yml', import.meta.url), 'utf8');
const page = readFileSync(new URL('../../../docs/operating.md', import.meta.url), 'utf8');

describe('docs/operating.md', () => {
  it('lists every failure code with its hint, in the order of the source', () => {
    expect(rowsOf('Failure codes')).toEqual(Object.entries(failureHints));
  });

  it('lists every further code of a diagnosis with its hint', () => {
    expect(rowsOf('Diagnosis')).toEqual(Object.entries(findingHints));
  });

  it('has every heading once, so that links lead to all of it', () => {
    const headings = [...page.matchAll(/^#+ (.+)$/gm)].map(([, heading]) => heading);
    expect(headings.filter((heading, index) => headings.indexOf(heading) !== index)).toEqual([]);
  });

  const rowsOf = (heading: string) => {
    const [, section] = page.split(`## ${heading}\n`);
    const rows = [...(section ?? '').split('\n## ')[0]!.matchAll(/^\| `(\w+)` \| (.+) \|$/gm)];
    return rows.map(([, code, hint]) => [code, hint]);
  };

  it('lists the metrics that are the service’s own', async () => {
    const nothing = {
      queueDepths: async () => ({}),
      connections: async () => ({}),
      misconfigured: async () => [],
      calendars: async () => ({
        held: 0,
        unreadable: 0,
        audited: 0,
        drift: { missing: 0, extra: 0, different: 0 },
      }),
      onError: () => undefined,
    };
    const bodies = await Promise.all([createMetrics(nothing), createWorkMetrics()].map((of) => of.read()));
    // An increase over a series that has only just appeared misses its first one, which is what the rule waits for.
    expect(bodies[0]?.body).toContain('lifecycle_notifications_total{provider="microsoft",kind="missed"} 0');
    const served = bodies.flatMap(({ body }) =>
      [...body.matchAll(/^# TYPE (calendar_sync_\w+)/gm)].map(([, name]) => name),
    );
    const written = [...page.matchAll(/^\| `(calendar_sync_\w+)`/gm)].map(([, name]) => name);
    expect(written.toSorted()).toEqual(served.toSorted());
    const alarming = [...rules.matchAll(/calendar_sync_\w+?(?=(?:_bucket|_count)?\W)/g)].map(
      ([name]) => name,
    );
    expect(alarming.length).toBeGreaterThan(5);
    expect(alarming.filter((name) => !served.includes(name))).toEqual([]);
  });
});
