import { Redis } from 'ioredis';
import { expect, it, onTestFinished } from 'vitest';
import { scanForSecrets } from '../support/secret-scan.ts';
import { testServices } from '../support/services.ts';

it('I9: the scan that ends every journey finds a secret wherever it lies open, and only there', async () => {
  const { redisUrl, queuePrefix: prefix } = testServices();
  const redis = new Redis(redisUrl);
  onTestFinished(() => redis.disconnect());
  const secret = 'ya29.a-token-in-the-clear';
  await redis.set(`${prefix}:string`, `x ${secret}`);
  await redis.hset(`${prefix}:hash`, 'data', `{"token":"${secret}"}`);
  await redis.rpush(`${prefix}:list`, secret);
  await redis.sadd(`${prefix}:set`, secret);
  await redis.zadd(`${prefix}:zset`, 1, secret);
  await redis.xadd(`${prefix}:stream`, '*', 'field', secret);
  await redis.set(`${prefix}:${secret}`, 'in the key');
  await redis.set(`${prefix}:clean`, 'nothing');
  const texts = [`a log line with ${secret}`, 'a clean one'];
  const found = await scanForSecrets({ secrets: [secret], redisUrl, prefix, texts });
  expect(found).toHaveLength(8);
  expect(await scanForSecrets({ secrets: ['another secret'], redisUrl, prefix, texts })).toEqual([]);
});
