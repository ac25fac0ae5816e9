import { queueNames, type QueueName } from '../queue/contracts.ts';
import { UsageError } from './command.ts';

/** The queue that `--queue` names, or none. Throws `UsageError` for one that does not exist. */
export function queueNamed(name: string | undefined): QueueName | undefined {
  if (name === undefined) return undefined;
  const queue = queueNames.find((known) => known === name);
  if (queue === undefined) throw new UsageError(`--queue takes one of: ${queueNames.join(', ')}`);
  return queue;
}
