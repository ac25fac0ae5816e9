import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { failureHints } from '../../../src/domain/failure.ts';
import { createMetrics } from '../../../src/metrics.ts';

const page = readFileSync(new URL('../../../docs/operating.md', import.meta.url), 'utf8');

describe('docs/operating.md', () => {
  it('lists every failure code with its hint, in the order of the source', () => {
    const [, table] = page.split('## Failure codes\n');
    const rows = [...(table ?? '').split('\n## ')[0]!.matchAll(/^\| `(\w+)` \| (.+) \|$/gm)];
    expect(rows.map(([, code, hint]) => [code, hint])).toEqual(Object.entries(failureHints));
  });

  it('lists the metrics that are the service’s own', async () => {
    const nothing = {
      queueDepths: async () => ({}),
      connections: async () => ({}),
      calendars: async () => ({ held: 0, audited: 0, drift: { missing: 0, extra: 0, different: 0 } }),
      onError: () => undefined,
    };
    const { body } = await createMetrics(nothing).read();
    const served = [...body.matchAll(/^# TYPE (calendar_sync_\w+)/gm)].map(([, name]) => name);
    const written = [...page.matchAll(/^\| `(calendar_sync_\w+)`/gm)].map(([, name]) => name);
    expect(written.toSorted()).toEqual(served.toSorted());
  });
});
