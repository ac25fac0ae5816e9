import pino, { type DestinationStream, type Logger } from 'pino';

export type { Logger };

/** Field names whose values are never written, wherever in a line's first three levels they stand. */
const secretFields = [
  'accessToken',
  'refreshToken',
  'access_token',
  'refresh_token',
  'id_token',
  'code',
  'codeVerifier',
  'code_verifier',
  'client_secret',
  'clientSecret',
  'state',
  'authorization',
  'Authorization',
  'password',
  'cookie',
];

export interface LogOptions {
  readonly level: string;
  /** Which kind of process speaks: `intake`, `workers`, `scheduler`. */
  readonly role: string;
  /** Standard output unless given. */
  readonly destination?: DestinationStream | undefined;
}

/** JSON lines. Two guards stand behind the rule that nobody logs a secret: field names, and what looks like a token. */
export function createLog({ level, role, destination }: LogOptions): Logger {
  const options = {
    level,
    base: { service: 'calendar-sync', role },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    redact: {
      paths: secretFields.flatMap((field) => [field, `*.${field}`, `*.*.${field}`]),
      censor: '[redacted]',
    },
    serializers: { err: describeError },
  };
  return destination === undefined ? pino(options) : pino(options, destination);
}

/** An error and its causes as plain data, without what only looks like a message: configs, requests, bodies. */
export function describeError(error: unknown): Record<string, unknown> {
  if (!(error instanceof Error)) return { message: scrub(String(error)) };
  return {
    type: error.name,
    message: scrub(error.message),
    ...('kind' in error && typeof error.kind === 'string' ? { kind: error.kind } : {}),
    stack: scrub(error.stack ?? ''),
    ...(error.cause === undefined ? {} : { cause: describeError(error.cause) }),
  };
}

/** Takes out of a text whatever is long enough to be a token. Ids (24 digits) and messages pass. */
export function scrub(text: string): string {
  return text
    .replace(/[\w\-.~+=]{40,}/g, (run) => (/^[\w.-]*node_modules|\.ts$|\.js$/.test(run) ? run : '[scrubbed]'))
    .replace(/:\/\/[^\s/@]+@/g, '://[scrubbed]@');
}
