import { Redis } from 'ioredis';
import type { Simulator } from '../simulators/simulator.ts';

/** Every secret that crossed the wire to a provider: what must be found nowhere else. */
export function secretsSeenBy(simulators: readonly Simulator[]): string[] {
  const secrets = new Set<string>();
  for (const { requests, env } of simulators) {
    for (const name of ['GOOGLE_CLIENT_SECRET', 'MICROSOFT_CLIENT_SECRET']) secrets.add(env[name] ?? '');
    for (const { body, headers, query } of requests) {
      const form = new URLSearchParams(body);
      for (const name of ['code', 'code_verifier', 'refresh_token', 'token'])
        secrets.add(form.get(name) ?? '');
      secrets.add(query['token'] ?? '');
      secrets.add(secretOfWatch(body));
      secrets.add(headers['authorization']?.replace(/^Bearer /, '') ?? '');
    }
  }
  secrets.delete('');
  return [...secrets];
}

/** What a watch is created with: Google's `token`, and what follows our id in Microsoft's `clientState`. */
function secretOfWatch(body: string): string {
  const [, token = '', secret = ''] =
    /"token":"([\w-]{20,})"|"clientState":"[\da-f]{24}\.([\w-]+)"/.exec(body) ?? [];
  return token || secret;
}

export interface SecretScan {
  readonly secrets: readonly string[];
  readonly redisUrl: string;
  /** Only keys that begin so: other tests share this Redis. */
  readonly prefix: string;
  readonly texts: readonly string[];
}

/** Where one of the secrets lies open, in Redis or in a text. Shows the beginning of the secret only. */
export async function scanForSecrets({ secrets, redisUrl, prefix, texts }: SecretScan): Promise<string[]> {
  const places = [...texts.map((text) => ['text', text] as const), ...(await dump(redisUrl, prefix))];
  const secretsIn = finderOf(secrets);
  return places.flatMap(([place, content]) =>
    secretsIn(content).map((secret) => `${secret.slice(0, 6)}… in ${place}: ${content.slice(0, 300)}`),
  );
}

const stemLength = 12;

/**
 * Goes through a text once, whatever the number of secrets: a long run has thousands of them and a hundred thousand
 * lines. Secrets are found by their beginnings; those that are shorter are looked for one by one.
 */
function finderOf(secrets: readonly string[]): (text: string) => string[] {
  const short = secrets.filter(({ length }) => length < stemLength);
  const byStem = Map.groupBy(
    secrets.filter(({ length }) => length >= stemLength),
    (secret) => secret.slice(0, stemLength),
  );
  return (text) => {
    const found = new Set(short.filter((secret) => text.includes(secret)));
    for (let at = 0; at + stemLength <= text.length; at += 1) {
      for (const secret of byStem.get(text.slice(at, at + stemLength)) ?? []) {
        if (text.startsWith(secret, at)) found.add(secret);
      }
    }
    return [...found];
  };
}

async function dump(redisUrl: string, prefix: string): Promise<[string, string][]> {
  const redis = new Redis(redisUrl);
  try {
    const found: [string, string][] = [];
    for await (const keys of redis.scanStream({ match: `${prefix}*`, count: 500 })) {
      for (const key of keys as string[]) found.push([key, `${key} ${await contentOf(redis, key)}`]);
    }
    return found;
  } finally {
    redis.disconnect();
  }
}

async function contentOf(redis: Redis, key: string): Promise<string> {
  switch (await redis.type(key)) {
    case 'hash':
      return JSON.stringify(await redis.hgetall(key));
    case 'list':
      return JSON.stringify(await redis.lrange(key, 0, -1));
    case 'zset':
      return JSON.stringify(await redis.zrange(key, '0', '-1'));
    case 'set':
      return JSON.stringify(await redis.smembers(key));
    case 'stream':
      return JSON.stringify(await redis.xrange(key, '-', '+'));
    default:
      return String(await redis.get(key));
  }
}
