import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { readConfig } from '../../../src/config.ts';
import { queueContracts, queueNames } from '../../../src/queue/contracts.ts';

const page = readFileSync(new URL('../../../docs/job-contract.md', import.meta.url), 'utf8');

/** The cells of the rows of all tables in a piece of the page, without heads and rules. */
function rowsOf(markdown: string): string[][] {
  const lines = markdown.split('\n');
  return lines.flatMap((line, index) => {
    const isRow = line.startsWith('|') && !line.startsWith('|---') && !lines[index + 1]?.startsWith('|---');
    return isRow
      ? [
          line
            .split('|')
            .slice(1, -1)
            .map((cell) => cell.trim()),
        ]
      : [];
  });
}

const unquoted = (cell: string | undefined): string => (cell ?? '').replaceAll('`', '');

function section(heading: string): string {
  const [, after] = page.split(`${heading}\n`);
  if (after === undefined) throw new Error(`the page has no "${heading}"`);
  return after.split(/^#{2,3} /m)[0] ?? '';
}

const jobs = queueNames.flatMap((queue) =>
  Object.entries(queueContracts[queue].jobs).map(
    ([job, schema]) => [queue, job, schema as z.ZodType] as const,
  ),
);

interface ObjectSchema {
  readonly properties: Record<string, unknown>;
  readonly required: readonly string[];
}

/** Field → whether it is required, as the schema has it. */
function fieldsOf(schema: z.ZodType): Map<string, boolean> {
  const { properties, required } = z.toJSONSchema(schema, { io: 'input' }) as unknown as ObjectSchema;
  return new Map(Object.keys(properties).map((name) => [name, required.includes(name)]));
}

function fieldsIn(markdown: string): Map<string, boolean> {
  return new Map(rowsOf(markdown).map(([name, required]) => [unquoted(name), required === 'yes']));
}

describe('docs/job-contract.md', () => {
  it('names every queue with its retry policy, and no other', () => {
    const written = rowsOf(section('## Where')).map(([queue, , ...policy]) => [unquoted(queue), ...policy]);
    const held = queueNames.map((queue) => {
      const { attempts, baseMs, maxMs } = queueContracts[queue].retry;
      return [queue, String(attempts), `${baseMs / 1000} s`, `${maxMs / 1000} s`];
    });
    expect(written).toEqual(held);
  });

  it('names every job, and no other', () => {
    const written = [...page.matchAll(/^### `([\w-]+)` \/ `([\w-]+)`$/gm)].map(([, queue, job]) => [
      queue,
      job,
    ]);
    expect(written).toEqual(jobs.map(([queue, job]) => [queue, job]));
  });

  it.each(jobs)('%s / %s: names exactly the fields of the schema', (queue, job, schema) => {
    const written = new Map([
      ...fieldsIn(section('## Payloads')),
      ...fieldsIn(section(`### \`${queue}\` / \`${job}\``)),
    ]);
    const sorted = (fields: Map<string, boolean>) =>
      [...fields].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([name, required]) => ({ name, required }));
    expect(sorted(written)).toEqual(sorted(fieldsOf(schema)));
  });

  it.each(jobs)('%s / %s: its example is a payload that fits', (queue, job, schema) => {
    const example = /```json\n([^`]+)```/.exec(section(`### \`${queue}\` / \`${job}\``))?.[1];
    expect(schema.safeParse(JSON.parse(example ?? 'null')).error?.issues).toBeUndefined();
  });

  it('names the default prefix', () => {
    const required = {
      INTAKE_API_KEYS: 'k'.repeat(16),
      MONGODB_URI: 'mongodb://h',
      REDIS_URL: 'redis://h',
      CREDENTIAL_KEYS: `${'A'.repeat(43)}=`,
    };
    expect(section('## Where')).toContain(`which is \`${readConfig(required).queuePrefix}\` unless`);
  });
});
