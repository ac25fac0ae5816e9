import { z } from 'zod';
import { isCipherKey } from './cipher.ts';
import {
  httpUrl,
  isWebhookSecret,
  issueText,
  list,
  rootUrl,
  secretList,
  webhookUrlProblems,
  wholeNumber,
} from './config-values.ts';

/**
 * All configuration, parsed once. The schema below is the list of variables; `.env.example` documents the same ones
 * in the same order, and a test compares the two.
 */
export type Config = Readonly<ReturnType<typeof shape>>;

/** Every problem at once, each with the variable's name and what it wants. Never shows a value. */
export class ConfigError extends Error {
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(
      `the configuration has ${problems.length} problem(s):\n${problems.map((p) => `  - ${p}`).join('\n')}`,
    );
    this.name = 'ConfigError';
    this.problems = problems;
  }
}

/**
 * Pure. Takes the environment, gives the frozen configuration. An empty value counts as absent; an unreadable one is a
 * problem and never silently the default. Throws `ConfigError`.
 */
export function readConfig(env: Readonly<Record<string, string | undefined>>): Config {
  const present = Object.fromEntries(Object.entries(env).filter(([, value]) => value?.trim() !== ''));
  const parsed = schema.safeParse(present);
  const problems = parsed.success ? problemsOf(parsed.data) : parsed.error.issues.map(issueText);
  if (!parsed.success || problems.length > 0) throw new ConfigError(problems);
  return Object.freeze(shape(parsed.data));
}

const schema = z.object({
  NODE_ENV: z.enum(['development', 'test', 'production']).default('development'),
  LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']).default('info'),
  HOST: z.string().default('127.0.0.1'),
  PORT: wholeNumber(0, 65_535).default(4000),
  METRICS_PORT: wholeNumber(0, 65_535).optional(),
  PUBLIC_URL: rootUrl.optional(),
  INTAKE_API_KEYS: secretList(16),
  RATE_LIMIT_PER_MINUTE: wholeNumber(1, 1_000_000).default(1200),
  ADMIN_USER: z.string().default('admin'),
  ADMIN_PASSWORD: z.string().min(12, 'must be at least 12 characters long').optional(),
  MONGODB_URI: z
    .string('is required')
    .regex(/^mongodb(\+srv)?:\/\//, 'must start with mongodb:// or mongodb+srv://'),
  REDIS_URL: z.string('is required').regex(/^rediss?:\/\//, 'must start with redis:// or rediss://'),
  QUEUE_PREFIX: z
    .string()
    .regex(/^[\w-]+$/, 'may hold letters, digits, _ and -')
    .default('calendar-sync'),
  CREDENTIAL_KEYS: z
    .string('is required')
    .transform(list)
    .refine((keys) => keys.length > 0, 'must hold at least one Fernet key')
    .refine(
      (keys) => keys.every(isCipherKey),
      'must be Fernet keys separated by commas, each 32 random bytes in base64url (43 characters and one "=")',
    ),
  OAUTH_REDIRECT_URIS: z
    .string()
    .default('http://localhost:3000/settings')
    .transform(list)
    .refine((uris) => uris.length > 0 && uris.every((uri) => httpUrl.safeParse(uri).success), {
      error: 'must be http or https URLs separated by commas',
    }),
  GOOGLE_CLIENT_ID: z.string().optional(),
  GOOGLE_CLIENT_SECRET: z.string().optional(),
  GOOGLE_AUTHORIZE_URL: httpUrl.default('https://accounts.google.com/o/oauth2/v2/auth'),
  GOOGLE_TOKEN_URL: httpUrl.default('https://oauth2.googleapis.com/token'),
  GOOGLE_REVOKE_URL: httpUrl.default('https://oauth2.googleapis.com/revoke'),
  GOOGLE_USERINFO_URL: httpUrl.default('https://www.googleapis.com/oauth2/v2/userinfo'),
  GOOGLE_CALENDAR_URL: rootUrl.default('https://www.googleapis.com/calendar/v3'),
  MICROSOFT_CLIENT_ID: z.string().optional(),
  MICROSOFT_CLIENT_SECRET: z.string().optional(),
  MICROSOFT_TENANT_ID: z
    .string()
    .regex(/^[\w.-]+$/, 'must be a tenant id, a domain or "common"')
    .default('common'),
  MICROSOFT_AUTHORITY_URL: rootUrl.default('https://login.microsoftonline.com'),
  MICROSOFT_GRAPH_URL: rootUrl.default('https://graph.microsoft.com/v1.0'),
  GOOGLE_REQUESTS_PER_MINUTE: wholeNumber(1, 10_000_000).default(10_000),
  GOOGLE_USER_REQUESTS_PER_MINUTE: wholeNumber(1, 1_000_000).default(600),
  MICROSOFT_REQUESTS_PER_TEN_SECONDS: wholeNumber(1, 10_000_000).default(130_000),
  MICROSOFT_MAILBOX_REQUESTS_PER_TEN_MINUTES: wholeNumber(1, 1_000_000).default(10_000),
  MICROSOFT_MAILBOX_CONCURRENCY: wholeNumber(1, 1000).default(4),
  INTERACTIVE_RESERVE_PERCENT: wholeNumber(0, 90).default(8),
  PROVIDER_TIMEOUT_SECONDS: wholeNumber(1, 600).default(30),
  ATTEMPT_TTL_MINUTES: wholeNumber(1, 1440).default(10),
  SYNC_PAST_DAYS: wholeNumber(0, 730).default(30),
  SYNC_FUTURE_DAYS: wholeNumber(1, 730).default(180),
  SYNC_INTERVAL_MINUTES: wholeNumber(1, 1440).default(5),
  SYNC_SWEEP_MINUTES: wholeNumber(1, 1440).default(10),
  SYNC_LEASE_SECONDS: wholeNumber(1, 3600).default(60),
  SYNC_CONFIRM_SECONDS: wholeNumber(1, 3600).default(60),
  AUDIT_SAMPLE_PERCENT: wholeNumber(0, 100).default(5),
  AUDIT_START_HOUR: wholeNumber(0, 23).default(1),
  AUDIT_SPREAD_HOURS: wholeNumber(1, 24).default(4),
  EVENT_DETAIL: z.enum(['full', 'busy']).default('full'),
  AVAILABILITY_MAX_AGE_SECONDS: wholeNumber(1, 604_800).default(900),
  WEBHOOK_URL: httpUrl.optional(),
  WEBHOOK_SECRETS: z
    .string()
    .transform(list)
    .refine((secrets) => secrets.length > 0 && secrets.every(isWebhookSecret), {
      error: 'must be secrets separated by commas, each "whsec_" and 24 to 64 random bytes in base64',
    })
    .optional(),
  WEBHOOK_ALLOW_PRIVATE_ADDRESSES: z.enum(['true', 'false']).default('false'),
  CHANGES_RETENTION_DAYS: wholeNumber(1, 365).default(30),
  CONNECT_CONCURRENCY: wholeNumber(1, 1000).default(10),
  SYNC_CONCURRENCY: wholeNumber(1, 1000).default(10),
  WRITE_CONCURRENCY: wholeNumber(1, 1000).default(10),
  WATCH_CONCURRENCY: wholeNumber(1, 1000).default(5),
  NOTIFY_CONCURRENCY: wholeNumber(1, 1000).default(10),
  MAINTENANCE_CONCURRENCY: wholeNumber(1, 1000).default(5),
  JOB_LOCK_SECONDS: wholeNumber(1, 3600).default(30),
  SCHEDULER_TICK_SECONDS: wholeNumber(1, 59).default(10),
  SHUTDOWN_SECONDS: wholeNumber(1, 600).default(25),
});

type Env = z.output<typeof schema>;

/** The variables in the order of the schema: what `.env.example` has to document. */
export const configVariables: readonly string[] = Object.keys(schema.shape);

function problemsOf(env: Env): string[] {
  const { WEBHOOK_URL: url, WEBHOOK_ALLOW_PRIVATE_ADDRESSES: allow } = env;
  return [...pairProblems(env), ...(url === undefined ? [] : webhookUrlProblems(url, allow === 'true'))];
}

/** A client id without its secret is a mistake, not a provider that is off. */
function pairProblems(env: Env): string[] {
  const halves: [string, string | undefined, string, string | undefined][] = [
    ['GOOGLE_CLIENT_ID', env.GOOGLE_CLIENT_ID, 'GOOGLE_CLIENT_SECRET', env.GOOGLE_CLIENT_SECRET],
    ['MICROSOFT_CLIENT_ID', env.MICROSOFT_CLIENT_ID, 'MICROSOFT_CLIENT_SECRET', env.MICROSOFT_CLIENT_SECRET],
    ['WEBHOOK_URL', env.WEBHOOK_URL, 'WEBHOOK_SECRETS', env.WEBHOOK_SECRETS?.join()],
  ];
  return halves.flatMap(([idName, id, secretName, secret]) => {
    if ((id === undefined) === (secret === undefined)) return [];
    return id === undefined
      ? [`${idName} is required beside ${secretName}`]
      : [`${secretName} is required beside ${idName}`];
  });
}

const second = 1000;
const minute = 60 * second;

/** Durations in milliseconds from here on; a provider without credentials is undefined, which means off. */
function shape(env: Env) {
  return {
    nodeEnv: env.NODE_ENV,
    logLevel: env.LOG_LEVEL,
    http: {
      host: env.HOST,
      port: env.PORT,
      apiKeys: env.INTAKE_API_KEYS,
      rateLimitPerMinute: env.RATE_LIMIT_PER_MINUTE,
    },
    /** Where workers and the scheduler serve health and metrics; undefined: nowhere. */
    metricsPort: env.METRICS_PORT,
    /** Where the providers reach this service, without a slash at its end. Undefined: no push. */
    publicUrl: env.PUBLIC_URL,
    /** Undefined: Bull Board is off. */
    admin:
      env.ADMIN_PASSWORD === undefined ? undefined : { user: env.ADMIN_USER, password: env.ADMIN_PASSWORD },
    mongodbUri: env.MONGODB_URI,
    redisUrl: env.REDIS_URL,
    queuePrefix: env.QUEUE_PREFIX,
    credentialKeys: env.CREDENTIAL_KEYS,
    /** The first is the default; a request may name any of them. */
    redirectUris: env.OAUTH_REDIRECT_URIS,
    google: googleConfig(env),
    microsoft: microsoftConfig(env),
    budgets: {
      google: {
        app: { requests: env.GOOGLE_REQUESTS_PER_MINUTE, windowMs: minute },
        account: { requests: env.GOOGLE_USER_REQUESTS_PER_MINUTE, windowMs: minute },
      },
      microsoft: {
        app: { requests: env.MICROSOFT_REQUESTS_PER_TEN_SECONDS, windowMs: 10 * second },
        account: { requests: env.MICROSOFT_MAILBOX_REQUESTS_PER_TEN_MINUTES, windowMs: 10 * minute },
        accountConcurrency: env.MICROSOFT_MAILBOX_CONCURRENCY,
      },
    },
    interactiveReserve: env.INTERACTIVE_RESERVE_PERCENT / 100,
    attemptTtlMs: env.ATTEMPT_TTL_MINUTES * minute,
    sync: {
      window: { pastDays: env.SYNC_PAST_DAYS, futureDays: env.SYNC_FUTURE_DAYS },
      intervalMs: env.SYNC_INTERVAL_MINUTES * minute,
      /** The interval beside push that works. */
      sweepMs: env.SYNC_SWEEP_MINUTES * minute,
      leaseMs: env.SYNC_LEASE_SECONDS * second,
      confirmAfterMs: env.SYNC_CONFIRM_SECONDS * second,
      detail: env.EVENT_DETAIL,
    },
    /** Undefined: audits are off. */
    audit:
      env.AUDIT_SAMPLE_PERCENT === 0
        ? undefined
        : {
            samplePercent: env.AUDIT_SAMPLE_PERCENT,
            startHour: env.AUDIT_START_HOUR,
            spreadHours: env.AUDIT_SPREAD_HOURS,
          },
    availabilityMaxAgeMs: env.AVAILABILITY_MAX_AGE_SECONDS * second,
    /** Undefined: the main app is told nothing and reads the change feed. */
    webhook:
      env.WEBHOOK_URL === undefined || env.WEBHOOK_SECRETS === undefined
        ? undefined
        : {
            url: env.WEBHOOK_URL,
            /** Each signs: receivers accept any of them while secrets rotate. */
            secrets: env.WEBHOOK_SECRETS,
            allowPrivateAddresses: env.WEBHOOK_ALLOW_PRIVATE_ADDRESSES === 'true',
          },
    changesRetentionDays: env.CHANGES_RETENTION_DAYS,
    workers: {
      concurrency: {
        connect: env.CONNECT_CONCURRENCY,
        sync: env.SYNC_CONCURRENCY,
        write: env.WRITE_CONCURRENCY,
        watch: env.WATCH_CONCURRENCY,
        notify: env.NOTIFY_CONCURRENCY,
        maintenance: env.MAINTENANCE_CONCURRENCY,
      },
      lockMs: env.JOB_LOCK_SECONDS * second,
    },
    schedulerTickSeconds: env.SCHEDULER_TICK_SECONDS,
    shutdownMs: env.SHUTDOWN_SECONDS * second,
  };
}

export interface GoogleConfig {
  readonly clientId: string;
  readonly clientSecret: string;
  readonly authorizeUrl: string;
  readonly tokenUrl: string;
  readonly revokeUrl: string;
  readonly userinfoUrl: string;
  /** Without a slash at its end. */
  readonly calendarUrl: string;
  readonly timeoutMs: number;
}

function googleConfig(env: Env): GoogleConfig | undefined {
  if (env.GOOGLE_CLIENT_ID === undefined || env.GOOGLE_CLIENT_SECRET === undefined) return undefined;
  return {
    clientId: env.GOOGLE_CLIENT_ID,
    clientSecret: env.GOOGLE_CLIENT_SECRET,
    authorizeUrl: env.GOOGLE_AUTHORIZE_URL,
    tokenUrl: env.GOOGLE_TOKEN_URL,
    revokeUrl: env.GOOGLE_REVOKE_URL,
    userinfoUrl: env.GOOGLE_USERINFO_URL,
    calendarUrl: env.GOOGLE_CALENDAR_URL,
    timeoutMs: env.PROVIDER_TIMEOUT_SECONDS * second,
  };
}

export interface MicrosoftConfig {
  readonly clientId: string;
  readonly clientSecret: string;
  readonly tenantId: string;
  /** Without a slash at its end, like `graphUrl`. */
  readonly authorityUrl: string;
  readonly graphUrl: string;
  readonly timeoutMs: number;
}

function microsoftConfig(env: Env): MicrosoftConfig | undefined {
  if (env.MICROSOFT_CLIENT_ID === undefined || env.MICROSOFT_CLIENT_SECRET === undefined) return undefined;
  return {
    clientId: env.MICROSOFT_CLIENT_ID,
    clientSecret: env.MICROSOFT_CLIENT_SECRET,
    tenantId: env.MICROSOFT_TENANT_ID,
    authorityUrl: env.MICROSOFT_AUTHORITY_URL,
    graphUrl: env.MICROSOFT_GRAPH_URL,
    timeoutMs: env.PROVIDER_TIMEOUT_SECONDS * second,
  };
}

/** The configuration of this process: the one place where `process.env` is read. */
export function configFromEnvironment(): Config {
  return readConfig(process.env);
}
