import { setTimeout as delay } from 'node:timers/promises';

import { draw } from '../draw.ts';
import { type Channel, type ChannelRegistry, nextMessageNumber } from './channels.ts';

/** How messages travel; may be changed at any time. Durations are real time. */
export interface PushBehaviour {
  /** Takes `http://` addresses of this machine too; Google never does. */
  allowHttpLoopback: boolean;
  /** When the `sync` message comes: before the watch call answers, about then, or not at all. */
  sync: 'before' | 'after' | 'never';
  /** The next so many messages get lost; after them the share that `lossRate` says, by `lossSeed`. */
  loseNext: number;
  lossRate: number;
  lossSeed: number;
  /** Changes within so long are told as one; 0 tells each. */
  coalesceMs: number;
  /** Pauses before the second and later attempts at a receiver that answers 500, 502, 503 or 504. */
  retryDelaysMs: number[];
  /** Google's own limit for the life of a channel; not published. */
  maxTtlSeconds: number;
}

export const PLAIN_PUSH: PushBehaviour = {
  allowHttpLoopback: false,
  sync: 'after',
  loseNext: 0,
  lossRate: 0,
  lossSeed: 0,
  coalesceMs: 0,
  retryDelaysMs: [100, 400, 1600],
  maxTtlSeconds: 2_592_000,
};

export interface PushMessage {
  at: Date;
  channelId: string;
  number: number;
  state: 'sync' | 'exists' | 'not_exists';
  outcome: 'waiting' | 'delivered' | 'lost' | 'failed';
  attempts: number;
}

export interface PushServiceOptions {
  behaviour: PushBehaviour;
  channels: ChannelRegistry;
  now: () => Date;
}

export type PushService = ReturnType<typeof createPushService>;

const RECEIVED = new Set([200, 201, 202, 204]);
const RETRIED = new Set([500, 502, 503, 504]);
const RECEIVER_TIMEOUT_MS = 10_000;

/** Tells the channels' receivers that something changed; of one channel a message after the other. */
export function createPushService({ behaviour, channels, now }: PushServiceOptions) {
  const closing = new AbortController();
  const messages: PushMessage[] = [];
  const queues = new Map<string, Promise<void>>();
  const gathering = new Map<string, NodeJS.Timeout>();

  const enqueue = (channel: Channel, state: PushMessage['state']): Promise<void> => {
    const { id: channelId } = channel;
    const message: PushMessage = {
      at: now(),
      channelId,
      number: nextMessageNumber(channel),
      state,
      outcome: 'waiting',
      attempts: 0,
    };
    messages.push(message);
    if (isLost(message)) message.outcome = 'lost';
    const before = queues.get(channelId) ?? Promise.resolve();
    const after = message.outcome === 'lost' ? before : before.then(() => deliver(channel, message));
    queues.set(channelId, after);
    return after;
  };

  const isLost = ({ channelId, number, state }: PushMessage): boolean => {
    if (state === 'sync') return false;
    if (behaviour.loseNext > 0) {
      behaviour.loseNext -= 1;
      return true;
    }
    return draw(behaviour.lossSeed, channelId, number) < behaviour.lossRate;
  };

  const deliver = async (channel: Channel, message: PushMessage): Promise<void> => {
    for (const pauseMs of [0, ...behaviour.retryDelaysMs]) {
      if (pauseMs > 0) await delay(pauseMs, undefined, { signal: closing.signal }).catch(() => undefined);
      if (closing.signal.aborted) return;
      message.attempts += 1;
      const status = await post(channel, message);
      message.outcome = RECEIVED.has(status) ? 'delivered' : 'failed';
      if (!RETRIED.has(status)) return;
    }
  };

  /** The receiver's status; 0 for one that cannot be reached, which is not tried again either. */
  const post = async (channel: Channel, message: PushMessage): Promise<number> => {
    const signal = AbortSignal.any([closing.signal, AbortSignal.timeout(RECEIVER_TIMEOUT_MS)]);
    try {
      const headers = headersOf(channel, message);
      const answer = await fetch(channel.address, { method: 'POST', headers, redirect: 'manual', signal });
      await answer.body?.cancel();
      return answer.status;
    } catch {
      return 0;
    }
  };

  const notify = (channel: Channel, state: PushMessage['state']): void => {
    if (behaviour.coalesceMs === 0) return void enqueue(channel, state);
    if (gathering.has(channel.id)) return;
    const timer = setTimeout(() => {
      gathering.delete(channel.id);
      void enqueue(channel, state);
    }, behaviour.coalesceMs);
    gathering.set(channel.id, timer);
  };

  return {
    /** Oldest first, lost ones too. */
    messages,
    opened: async (channel: Channel): Promise<void> => {
      if (behaviour.sync === 'before') await enqueue(channel, 'sync');
      if (behaviour.sync !== 'after') return;
      // Numbered now, so that no change comes before it; sent once the answer is on its way.
      queues.set(channel.id, new Promise(setImmediate));
      void enqueue(channel, 'sync');
    },
    /** Something of what `key` names has changed, or is gone altogether. */
    changed: (key: string, state: 'exists' | 'not_exists' = 'exists'): void => {
      for (const channel of channels.watching(key)) notify(channel, state);
    },
    /** Resolves when everything that was to be sent so far has been, retries included. */
    settled: async (): Promise<void> => {
      await Promise.all(queues.values());
    },
    close: (): void => {
      closing.abort();
      for (const timer of gathering.values()) clearTimeout(timer);
    },
  };
}

function headersOf(channel: Channel, { number, state }: PushMessage): Record<string, string> {
  return {
    'User-Agent': 'APIs-Google; (+https://developers.google.com/webmasters/APIs-Google.html)',
    Accept: '*/*',
    'X-Goog-Channel-ID': channel.id,
    'X-Goog-Message-Number': String(number),
    'X-Goog-Resource-ID': channel.resourceId,
    'X-Goog-Resource-State': state,
    'X-Goog-Resource-URI': channel.resourceUri,
    'X-Goog-Channel-Expiration': new Date(channel.expiresAt).toUTCString(),
    ...(channel.token === undefined ? {} : { 'X-Goog-Channel-Token': channel.token }),
  };
}
