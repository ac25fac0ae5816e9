import { timeout } from 'hono/timeout';
import type { Middleware } from './environment.ts';
import { retrySoon } from './failures.ts';
import { Problem } from './problem.ts';

/**
 * Answers `timeout` after so long; the work goes on, because nothing can call it back. What it would still record it must
 * not: by then the sender may have said something else. Hence `stillAwaited`, which throws once the answer was given, or
 * the sender has hung up. It looks at the clock, too: where the process itself has stood still, what it was waiting for
 * can be there before the timer is.
 */
export function answerWithin(limitMs: number, now: () => Date): Middleware {
  const limit = timeout(limitMs);
  return async (c, next) => {
    const until = now().getTime() + limitMs;
    const { signal } = c.req.raw;
    let answered = false;
    c.set('stillAwaited', () => {
      if (answered || signal.aborted || now().getTime() >= until) throw tooLate();
    });
    try {
      return await limit(c, next);
    } finally {
      answered = true;
    }
  };
}

function tooLate(): Problem {
  return new Problem('timeout', {
    detail: 'Nothing of this request was recorded: it was given up before that.',
    headers: retrySoon,
  });
}
