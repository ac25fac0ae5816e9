import { expect, it, onTestFinished } from 'vitest';
import { compose } from '../../src/compose.ts';
import { readConfig } from '../../src/config.ts';
import { failure } from '../../src/domain/failure.ts';
import { newCipherKey } from '../support/own-workers.ts';
import { connectedAccount, minutesLater, testNow } from '../support/builders.ts';
import { testServices } from '../support/services.ts';
import { until } from '../support/until.ts';
import { aWish } from './store/interviews-world.ts';

it('interviews that the store has made due are queued at once, and no job is added to one that waits', async () => {
  const { mongodbUri, redisUrl, queuePrefix } = testServices();
  const config = readConfig({
    MONGODB_URI: mongodbUri,
    REDIS_URL: redisUrl,
    QUEUE_PREFIX: queuePrefix,
    INTAKE_API_KEYS: 'not-used-by-workers',
    CREDENTIAL_KEYS: newCipherKey(),
    LOG_LEVEL: 'silent',
  });
  const live = await compose(config, 'test');
  onTestFinished(() => live.close());
  const { facts, intents } = live.store;
  const queue = live.producer.queues.find(({ name }) => name === 'write')!;
  for (const interviewId of ['one', 'two']) {
    await intents.putInterview(interviewId, aWish('ola'), testNow);
    const answer = await facts.takeInterviewTurn(interviewId, testNow, minutesLater(1));
    if (answer.type !== 'taken') throw new Error(answer.type);
    const reason = failure('organizer_not_connected', 'There is no calendar.');
    const waits = { happening: 'obstructed', reason, dueAt: minutesLater(600) } as const;
    await facts.settleInterview(answer.turn, { now: testNow, attempts: [], news: [], ...waits });
  }
  expect(await queue.getJobs()).toEqual([]);
  await connectedAccount(live.store, { userId: 'ola' });
  await connectedAccount(live.store, { userId: 'ola', grant: { accountId: 'another' } });
  await until(async () => (await queue.getJobCounts('prioritized'))['prioritized'] === 2);
  const jobs = await queue.getJobs();
  expect(jobs.map(({ name, data }) => [name, data.interviewId]).toSorted()).toEqual([
    ['reconcile-interview', 'one'],
    ['reconcile-interview', 'two'],
  ]);
});
