import { Problem } from './problem.ts';

/**
 * The record, where there is one and it belongs to the user that the caller named (I10). A stranger's record is
 * answered like one that does not exist, so that ids cannot be tried out.
 */
export function owned<R extends { readonly userId: string }>(
  kind: 'attempt' | 'connection' | 'calendar' | 'interview' | 'hold',
  id: string,
  record: R | undefined,
  userId: string | undefined,
): R {
  if (record === undefined || (userId !== undefined && record.userId !== userId)) {
    throw new Problem('unknown_record', { detail: `There is no ${kind} ${id}.` });
  }
  return record;
}
