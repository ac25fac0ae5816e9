import { z } from 'zod';
import { providerIds } from '../domain/provider-id.ts';
import { isInterviewOrSlotId } from '../domain/hold.ts';
import { interviewIdForm } from '../domain/interview.ts';
import { isSealed } from '../domain/sealed.ts';

/**
 * The public, versioned contract of the queues: what may be put on them, by us and by the main app in any language.
 * docs/job-contract.md speaks of this table. A payload holds ids and sealed values, never a plain secret.
 */

const id = z.string().regex(/^[0-9a-f]{24}$/, 'must be 24 lower-case hexadecimal digits');
const sealed = z
  .string()
  .max(8192)
  .refine(isSealed, 'must be a Fernet token sealed with a key of CREDENTIAL_KEYS');

const payload = <Shape extends z.ZodRawShape>(shape: Shape) =>
  z.strictObject({
    v: z.literal(1),
    ...shape,
    /** Follows the work through the logs of every process. */
    requestId: z.string().max(128).optional(),
  });

/** How a queue treats its failures. Held by the worker, because a Python producer sends none of our options. */
export interface RetryPolicy {
  readonly attempts: number;
  readonly baseMs: number;
  readonly maxMs: number;
}

export const queueContracts = {
  connect: {
    retry: { attempts: 6, baseMs: 1_000, maxMs: 60_000 },
    jobs: {
      /** What the browser brought back, from a producer that does not call POST /v1/callback. */
      'accept-callback': payload({
        provider: z.enum(providerIds),
        userId: z.string().min(1).max(256),
        state: sealed,
        code: sealed,
      }),
      /** Exchange the code that an attempt holds. */
      'exchange-code': payload({ attemptId: id }),
    },
  },
  sync: {
    retry: { attempts: 5, baseMs: 2_000, maxMs: 120_000 },
    jobs: {
      /** Bring the stored events of one connection up to date. */
      'sync-connection': payload({
        connectionId: id,
        /** Read only what is due or was named by notifications, and nothing where nothing was. */
        onlyDue: z.literal(true).optional(),
      }),
    },
  },
  write: {
    retry: { attempts: 8, baseMs: 1_000, maxMs: 120_000 },
    jobs: {
      /** Bring what the calendar holds of one interview to what is wanted, and see what people did to it. */
      'reconcile-interview': payload({
        interviewId: z.string().refine(isInterviewOrSlotId, interviewIdForm),
      }),
    },
  },
  watch: {
    retry: { attempts: 5, baseMs: 5_000, maxMs: 300_000 },
    jobs: {
      /** Create, renew and stop what makes the provider notify us of one connection's changes. */
      'keep-watches': payload({ connectionId: id }),
    },
  },
  notify: {
    // Of the job itself, where our own stores fail it; how often a change is delivered is a matter of the change.
    retry: { attempts: 5, baseMs: 1_000, maxMs: 60_000 },
    jobs: {
      /** Tell the main app what changed at one connection. */
      'deliver-changes': payload({ connectionId: id }),
    },
  },
  maintenance: {
    retry: { attempts: 10, baseMs: 5_000, maxMs: 600_000 },
    jobs: {
      /** Revoke at the provider and remove everything that is stored of a connection. */
      'disconnect-connection': payload({ connectionId: id }),
      /** Compare what is stored of a connection with its calendars, and repair what differs. */
      'audit-connection': payload({ connectionId: id }),
    },
  },
} as const satisfies Record<string, { retry: RetryPolicy; jobs: Record<string, z.ZodType> }>;

export type QueueName = keyof typeof queueContracts;
export const queueNames = Object.keys(queueContracts) as QueueName[];

export type JobName<Q extends QueueName> = keyof (typeof queueContracts)[Q]['jobs'] & string;

/** The payload of one job of one queue. */
export type Payload<Q extends QueueName, J extends JobName<Q>> =
  (typeof queueContracts)[Q]['jobs'][J] extends z.ZodType<infer P> ? P : never;
