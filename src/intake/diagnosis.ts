import { z } from '@hono/zod-openapi';
import type { Diagnose } from '../diagnosis.ts';
import { connectionStatuses } from '../domain/connection.ts';
import { severities } from '../domain/diagnosis-findings.ts';
import { credentialStates } from '../domain/diagnosis-reports.ts';
import { verdicts, type Diagnosis } from '../domain/diagnosis.ts';
import { pushStates } from '../domain/push-report.ts';
import type { Reads } from '../store/store.ts';
import { diagnosisExample } from './diagnosis-example.ts';
import { ownerQuery, provider, reasonView, recordId, time, userId } from './fields.ts';
import { createRoutes, json, operation, type Routes } from './operation.ts';
import { owned } from './ownership.ts';

export interface DiagnosisDeps {
  readonly reads: Pick<Reads, 'connection'>;
  readonly diagnose: Diagnose;
}

export function diagnosisRoutes({ reads, diagnose }: DiagnosisDeps): Routes {
  return createRoutes().openapi(diagnoseConnection, async (c) => {
    const { id } = c.req.valid('param');
    const user = c.req.valid('query').userId;
    owned('connection', id, await reads.connection(id), user);
    return c.json(serialized(owned('connection', id, await diagnose(id), user)), 200);
  });
}

const findingSchema = z
  .object({
    code: z.string().openapi({ description: 'Stable: branch on this.', example: 'grant_revoked' }),
    severity: z.enum(severities).openapi({
      description:
        '`error`: because of it the data is not up to date. `warning`: it is about to be, or a part of it is. `info`: explains.',
    }),
    mendedBy: z.enum(['user', 'operator', 'itself']).openapi({ description: 'Who has to act.' }),
    message: z.string().openapi({ description: 'What is so.' }),
    hint: z.string().openapi({ description: 'What to do about it.' }),
    calendarId: recordId('the calendar').optional(),
    since: time.optional(),
  })
  .openapi('Finding');

const credentialSchema = z.object({
  state: z.enum(credentialStates).openapi({
    description: '`to_be_refreshed`: the access token has run out, which the next sync mends by itself.',
  }),
  expiresAt: time.openapi({ description: 'Of the access token.' }),
  refreshExpiresAt: time.optional().openapi({
    description: 'When the permission itself ends, where the provider said so.',
  }),
  authorizedAt: time.optional().openapi({ description: 'When the user last authorized it.' }),
  version: z.int().openapi({ description: 'Grows with each refresh.' }),
  scopes: z.array(z.string()).openapi({ description: 'As granted.' }),
  missingScopes: z.array(z.string()),
});

const syncSchema = z.object({
  lastSyncedAt: time.optional(),
  nextAttemptAt: time.optional(),
  runningUntil: time.optional().openapi({ description: 'A run holds the turn until then, or prolongs it.' }),
  pending: z
    .union([z.literal('everything'), z.array(z.string())])
    .optional()
    .openapi({ description: 'What came in that no run has read yet: everything, or calendars (`*`: all).' }),
  consecutiveFailures: z.int(),
  lastFailure: reasonView.optional(),
  job: z
    .object({ id: z.string(), state: z.string(), attempts: z.int(), reason: z.string().optional() })
    .optional()
    .openapi({ description: 'The job that stands for it on the queue `sync`.' }),
  queueAnswers: z.boolean().openapi({ description: 'Whether the queue could be asked.' }),
});

const pushSchema = z.object({
  state: z.enum(pushStates).openapi({
    description:
      '`silent`: changes were found of which the provider had not told. `off`: PUBLIC_URL is not set.',
  }),
  expiresAt: time.optional(),
  lastNotifiedAt: time.optional(),
  lastNotificationAgeSeconds: z.int().optional(),
  lastFailure: reasonView.optional(),
});

const calendarSchema = z.object({
  id: recordId('the calendar'),
  name: z.string(),
  primary: z.boolean(),
  selected: z.boolean().openapi({ description: 'Counts for availability; the others are not read.' }),
  lastSyncedAt: time.optional(),
  fullSyncAt: time.optional(),
  cursorAgeSeconds: z.int().optional().openapi({ description: 'Absent: the next reading is a full one.' }),
  window: z.object({ start: time, end: time }).optional(),
  lastFailure: reasonView.optional(),
  unreadable: z.array(z.object({ providerEventId: z.string(), reason: z.string() })).openapi({
    description: 'Entries that could not be understood, by id and reason, at most twenty.',
  }),
  unreadableCount: z.int().openapi({ description: 'How many of those there are in all.' }),
  hold: z.object({ since: time, stored: z.int(), removals: z.int() }).optional(),
  missingSince: time.optional(),
  push: pushSchema,
});

const diagnosisSchema = z
  .object({
    connectionId: recordId('the connection'),
    userId,
    provider,
    email: z.string(),
    at: time,
    status: z.enum(connectionStatuses),
    verdict: z.enum(verdicts).openapi({ description: '`behind`: not up to date, and it mends itself.' }),
    summary: z.string().openapi({ description: 'The verdict in a sentence.' }),
    findings: z.array(findingSchema).openapi({ description: 'The most important first.' }),
    credential: credentialSchema,
    sync: syncSchema,
    calendars: z.array(calendarSchema),
  })
  .openapi('Diagnosis', { example: diagnosisExample });

const diagnoseConnection = operation(
  {
    tags: ['Connections'],
    method: 'get',
    path: '/v1/connections/{id}/diagnosis',
    operationId: 'diagnoseConnection',
    summary: 'Why is this person in sync, or not?',
    description:
      'One verdict, what is wrong in plain words with what to do about it, and the facts behind it: the credential, the next ' +
      'attempt, and for each calendar its last sync, cursor, push and what could not be read. Never a secret, never an ' +
      'event’s content. Answers from what is stored; no provider is asked.',
    request: { params: z.object({ id: recordId('the connection') }), query: ownerQuery },
    responses: { 200: json(diagnosisSchema, 'The diagnosis.') },
  },
  'unknown_record',
);

/** As JSON has it. */
type Serialized<T> = T extends Date
  ? string
  : T extends readonly (infer E)[]
    ? Serialized<E>[]
    : T extends object
      ? { -readonly [K in keyof T]: Serialized<T[K]> }
      : T;

/** The diagnosis is made of what may be told and nothing else, so that the answer is the diagnosis itself. */
function serialized(diagnosis: Diagnosis): Serialized<Diagnosis> {
  return JSON.parse(JSON.stringify(diagnosis)) as Serialized<Diagnosis>;
}
