import { queueNames } from '../queue/contracts.ts';
import { createQueuedJobs } from '../queue/queued-jobs.ts';
import { exitStatus, parse, type Command } from './command.ts';
import { queueNamed } from './queue-name.ts';

export const retryFailed: Command = {
  usage: '[--queue <name>]',
  summary: 'puts failed jobs back on their queues, or on one queue, with all their attempts',
  async run({ live, args, print }) {
    const { values } = parse(args, { queue: { type: 'string' } });
    const only = queueNamed(values.queue);
    const jobs = createQueuedJobs(live.producer.queues);
    for (const queue of only === undefined ? queueNames : [only]) {
      const retried = await jobs.retryFailed(queue);
      print(`${queue}: ${retried} ${retried === 1 ? 'job' : 'jobs'} queued again`);
    }
    return exitStatus.done;
  },
};
