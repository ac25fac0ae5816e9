import { createHmac } from 'node:crypto';
import { lookup as resolve, type LookupAddress, type LookupAllOptions, type LookupOptions } from 'node:dns';
import { Agent, request } from 'undici';
import { retryAfterMs } from './domain/retry-after.ts';
import { isLocalAddress, namesLocalHost } from './local-addresses.ts';

export interface WebhookOptions {
  readonly url: string;
  /** Each signs. */
  readonly secrets: readonly string[];
  readonly allowPrivateAddresses: boolean;
  readonly now: () => Date;
  /** For the whole of one delivery. */
  readonly timeoutMs?: number;
  /** The system's unless given. */
  readonly resolve?: Resolve;
}

export type Resolve = (
  hostname: string,
  options: LookupAllOptions,
  callback: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void;

export interface WebhookMessage {
  /** The same for every attempt: by it the receiver knows what it has seen before. */
  readonly id: string;
  /** JSON. */
  readonly body: string;
}

export type WebhookAnswer =
  | { readonly type: 'accepted'; readonly status: number }
  /** `message`: what happened, in words without address, secret or body. */
  | { readonly type: 'refused'; readonly message: string; readonly retryAfterMs?: number | undefined };

export interface Webhook {
  /** How long a delivery takes at most. */
  readonly timeoutMs: number;
  /** Never throws for what the receiver does; rejects with the signal's reason where it is aborted. */
  deliver(message: WebhookMessage, signal: AbortSignal): Promise<WebhookAnswer>;
  close(): Promise<void>;
}

/** As long as Standard Webhooks asks senders to wait. */
const usualTimeoutMs = 15_000;
/** Nothing of an answer's body is wanted; so much is read that the connection can be used again. */
const bodyLimit = 16 * 1024;

/**
 * Tells the main app: signed posts as Standard Webhooks has them (github.com/standard-webhooks/standard-webhooks). Follows
 * no redirect, uses no proxy, and connects to no address of the local network unless that is allowed.
 */
export function createWebhook(options: WebhookOptions): Webhook {
  const { secrets, now, timeoutMs = usualTimeoutMs } = options;
  const url = new URL(options.url);
  const agent = agentFor(options, timeoutMs);

  return {
    timeoutMs,
    async deliver({ id, body }, signal) {
      // A literal address is not looked up.
      if (!options.allowPrivateAddresses && namesLocalHost(url)) return refused(new LocalAddressError());
      const late = AbortSignal.timeout(timeoutMs);
      try {
        const answer = await request(url, {
          method: 'POST',
          dispatcher: agent,
          headers: { 'content-type': 'application/json', 'user-agent': 'calendar-sync', ...signed(id, body) },
          body,
          signal: AbortSignal.any([signal, late]),
        });
        // The status has said all; a body that does not come to its end changes nothing.
        await answer.body.dump({ limit: bodyLimit }).catch(() => undefined);
        const { statusCode, headers } = answer;
        if (statusCode >= 200 && statusCode < 300) return { type: 'accepted', status: statusCode };
        return {
          type: 'refused',
          message: `the receiver answered ${statusCode}`,
          retryAfterMs: retryAfterMs((name) => [headers[name]].flat()[0], now()),
        };
      } catch (error) {
        signal.throwIfAborted();
        return late.aborted
          ? { type: 'refused', message: `no answer within ${timeoutMs} ms` }
          : refused(error);
      }
    },
    close: () => agent.close(),
  };

  function signed(id: string, body: string): Record<string, string> {
    const timestamp = Math.floor(now().getTime() / 1000);
    return {
      'webhook-id': id,
      'webhook-timestamp': String(timestamp),
      'webhook-signature': signatures(secrets, { id, timestamp, body }),
    };
  }
}

export interface SignedContent extends WebhookMessage {
  /** Seconds since 1970. */
  readonly timestamp: number;
}

/** One signature for each secret, so that a receiver that knows any of them is content: that is how secrets rotate. */
export function signatures(secrets: readonly string[], { id, timestamp, body }: SignedContent): string {
  const content = `${id}.${timestamp}.${body}`;
  return secrets
    .map((secret) => {
      const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
      return `v1,${createHmac('sha256', key).update(content).digest('base64')}`;
    })
    .join(' ');
}

class LocalAddressError extends Error {
  readonly code = 'LOCAL_ADDRESS';

  constructor() {
    super('the address lies in the local network');
    this.name = 'LocalAddressError';
  }
}

/**
 * The addresses are checked where the socket is told them, so a name that is resolved once to a public address and then
 * to a local one (DNS rebinding) gains nothing.
 */
function agentFor(
  { allowPrivateAddresses, resolve: resolveName = resolve }: WebhookOptions,
  timeoutMs: number,
): Agent {
  const lookup = (
    hostname: string,
    options: LookupOptions,
    callback: (error: Error | null, address: string | LookupAddress[], family?: number) => void,
  ): void => {
    resolveName(hostname, { ...options, all: true }, (error, addresses) => {
      const [first] = addresses ?? [];
      if (error !== null || first === undefined) callback(error ?? new Error('no address'), []);
      else if (addresses.some(({ address }) => isLocalAddress(address)))
        callback(new LocalAddressError(), []);
      else if (options.all === true) callback(null, addresses);
      else callback(null, first.address, first.family);
    });
  };
  return new Agent({
    connect: { timeout: timeoutMs, ...(!allowPrivateAddresses && { lookup }) },
    headersTimeout: timeoutMs,
    bodyTimeout: timeoutMs,
  });
}

function refused(error: unknown): WebhookAnswer {
  const code = codeOf(error);
  if (code === 'LOCAL_ADDRESS') {
    return {
      type: 'refused',
      message: 'the address lies in the local network, which WEBHOOK_ALLOW_PRIVATE_ADDRESSES does not allow',
    };
  }
  return { type: 'refused', message: `the receiver cannot be reached: ${code ?? 'the connection failed'}` };
}

function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  if ('code' in error && typeof error.code === 'string') return error.code;
  return codeOf(error.cause);
}
