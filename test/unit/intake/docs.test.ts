import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { exampleHold, exampleHoldRequest } from '../../../src/intake/hold-example.ts';
import { holdRequest } from '../../../src/intake/hold-fields.ts';
import { holdSchema } from '../../../src/intake/hold-views.ts';
import { exampleInterview, exampleRequest } from '../../../src/intake/interview-example.ts';
import { interviewRequest } from '../../../src/intake/interview-fields.ts';
import { interviewSchema } from '../../../src/intake/interview-views.ts';
import { problemTable } from '../../../src/intake/problem.ts';
import { fakeIntake } from './fake-intake.ts';

interface Operation {
  operationId: string;
  summary?: string;
  description?: string;
  responses: Record<string, unknown>;
}

const intake = fakeIntake();
const readDocument = async () =>
  (await (await intake.call('/openapi.json')).json()) as {
    openapi: string;
    paths: Record<string, Record<string, Operation>>;
  };

function errorsOf(path: string): string[] {
  // The providers have no key and no rate of their own.
  if (path.startsWith('/v1/webhooks/')) return ['413', '500', '503'];
  return path.startsWith('/v1/') ? ['401', '429', '500', '503'] : [];
}

function isComplete(path: string, { summary, description, responses }: Operation): boolean {
  const errors = errorsOf(path);
  return Boolean(summary) && Boolean(description) && errors.every((status) => status in responses);
}

describe('the OpenAPI document', () => {
  it('describes every operation with a summary, a description and its error answers', async () => {
    const document = await readDocument();
    expect(document.openapi).toBe('3.1.0');
    const incomplete = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.entries(methods)
        .filter(([, operation]) => !isComplete(path, operation))
        .map(([method]) => `${method} ${path}`),
    );
    expect(incomplete).toEqual([]);
  });

  it('names every operation once', async () => {
    const ids = Object.values((await readDocument()).paths).flatMap((methods) =>
      Object.values(methods).map(({ operationId }) => operationId),
    );
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids).toContain('readAvailability');
  });
});

describe('the page for readers', () => {
  it('shows every operation and every problem code, and fetches nothing from elsewhere', async () => {
    const answer = await intake.call('/docs');
    const page = await answer.text();
    for (const methods of Object.values((await readDocument()).paths)) {
      for (const { operationId } of Object.values(methods))
        expect(page).toContain(`<article id="${operationId}">`);
    }
    for (const code of Object.keys(problemTable)) expect(page).toContain(`id="problem-${code}"`);
    expect(page).not.toMatch(/<script|<link|<img|@import|url\(/);
    const style = /<style>([^]*)<\/style>/.exec(page)?.[1] ?? '';
    const hash = createHash('sha256').update(style).digest('base64');
    expect(answer.headers.get('Content-Security-Policy')).toContain(
      `default-src 'none'; style-src 'sha256-${hash}'`,
    );
  });
});

describe('the examples of interviews', () => {
  it('fit what they are examples of', () => {
    const request = interviewRequest.safeParse(exampleRequest);
    expect(request.error?.issues).toBeUndefined();
    // Nothing in it that the answers do not have.
    expect(interviewSchema.parse(exampleInterview)).toEqual(exampleInterview);
  });
});

describe('the examples of holds', () => {
  it('fit what they are examples of', () => {
    const request = holdRequest.safeParse(exampleHoldRequest);
    expect(request.error?.issues).toBeUndefined();
    expect(holdSchema.parse(exampleHold)).toEqual(exampleHold);
  });
});
