import { setTimeout as sleep } from 'node:timers/promises';

const [shortestPauseMs, longestPauseMs] = [25, 250];

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
  for (let asked = Date.now(); asked < deadline; asked = Date.now()) {
    const answer = await probe();
    if (answer !== undefined && answer !== false) return answer;
    await sleep(pauseMs(Date.now() - asked));
  }
  throw new Error(
    `did not come true within ${deadlineMs / 1000} s: ${probe.toString()}\n${String(describe())}`,
  );
}

/** A probe that works hard would keep whom it waits for from working, so it rests four times as long as it took. */
const pauseMs = (tookMs: number): number => Math.min(Math.max(shortestPauseMs, 4 * tookMs), longestPauseMs);
