import { scrub } from '../log.ts';
import { createQueuedJobs, type FailedJob } from '../queue/queued-jobs.ts';
import { exitStatus, parse, printable, UsageError, type Command } from './command.ts';
import { queueNamed } from './queue-name.ts';

const usualLimit = 50;

export const failedJobs: Command = {
  usage: '[--queue <name>] [--limit <n>] [--json]',
  summary: `lists failed jobs with their reasons, the latest first, at most ${usualLimit} of each queue`,
  async run({ live, args, print }) {
    const { values } = parse(args, {
      queue: { type: 'string' },
      limit: { type: 'string', default: String(usualLimit) },
      json: { type: 'boolean', default: false },
    });
    const query = { queue: queueNamed(values.queue), limit: limitOf(values.limit) };
    const failed = (await createQueuedJobs(live.producer.queues).failed(query)).map(readable);
    if (values.json) print(JSON.stringify(failed, null, 2));
    else if (failed.length === 0) print('No job has failed.');
    else for (const job of failed) print(line(job));
    return failed.length === 0 ? exitStatus.done : exitStatus.attention;
  },
};

function limitOf(text: string): number {
  const limit = Number(text);
  if (!Number.isInteger(limit) || limit < 1 || limit > 5000) {
    throw new UsageError('--limit takes a whole number from 1 to 5000');
  }
  return limit;
}

/** Names, ids and reasons may come from another producer: they are shown, and never obeyed. */
function readable({ job, ids, reason, ...rest }: FailedJob): FailedJob {
  const shown = (text: string): string => scrub(printable(text));
  const shownIds = Object.entries(ids).map(([name, id]) => [name, shown(id)]);
  return { ...rest, job: shown(job), ids: Object.fromEntries(shownIds), reason: shown(reason) };
}

function line({ queue, id, job, ids, attempts, reason, failedAt }: FailedJob): string {
  const subject = Object.entries(ids).map(([name, value]) => `${name}=${value}`);
  const tried = `${attempts} ${attempts === 1 ? 'attempt' : 'attempts'}`;
  return [failedAt?.toISOString() ?? '', `${queue}/${job}`, `#${id}`, ...subject, `(${tried})`, reason].join(
    ' ',
  );
}
