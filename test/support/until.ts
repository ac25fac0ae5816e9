import { setTimeout as sleep } from 'node:timers/promises';

const pollMs = 25;

/**
 * Resolves to the first answer that is neither undefined nor false; rejects after 80 seconds, unless told otherwise,
 * with what `describe` says. What `probe` throws goes through at once.
 */
export async function until<T>(
  probe: () => T | undefined | false | Promise<T | undefined | false>,
  describe: () => unknown = () => '',
  deadlineMs = 80_000,
): Promise<T> {
  const deadline = Date.now() + deadlineMs;
  while (Date.now() < deadline) {
    const answer = await probe();
    if (answer !== undefined && answer !== false) return answer;
    await sleep(pollMs);
  }
  throw new Error(
    `did not come true within ${deadlineMs / 1000} s: ${probe.toString()}\n${String(describe())}`,
  );
}
