/** How the answers of one notification endpoint were of late (fact sheet, section 9). Times are the simulator's. */
export interface EndpointHealth {
  /** After every attempt, however it ended. */
  record(durationMs: number): void;
  /** `slow`: notifications wait; `drop`: they are lost. */
  state(): 'well' | 'slow' | 'drop';
  /** Epoch milliseconds at which a slow endpoint is tried again. */
  readonly waitsUntil: number;
}

const WINDOW_MS = 10 * 60_000;
const SLOW = { beyondMs: 3_000, share: 0.1 };
const DROP = { beyondMs: 10_000, share: 0.15 };

export function createEndpointHealth(now: () => Date): EndpointHealth {
  const answers = createWindow();
  let slowUntil = 0;
  let dropUntil = 0;
  return {
    record: (durationMs) => {
      const at = now().getTime();
      answers.add(at, durationMs);
      if (answers.exceeds(DROP)) dropUntil = at + WINDOW_MS;
      else if (answers.exceeds(SLOW)) slowUntil = at + WINDOW_MS;
    },
    state: () => {
      const at = now().getTime();
      return at < dropUntil ? 'drop' : at < slowUntil ? 'slow' : 'well';
    },
    get waitsUntil() {
      return slowUntil;
    },
  };
}

/** The answers of the last ten minutes, counted as they come and go: a storm brings thousands of them. */
function createWindow() {
  let answers: { at: number; durationMs: number }[] = [];
  let first = 0;
  const late = new Map([SLOW, DROP].map((limit) => [limit, 0]));
  const count = (durationMs: number, change: 1 | -1): void => {
    for (const [limit, sum] of late) if (durationMs >= limit.beyondMs) late.set(limit, sum + change);
  };
  const forget = (until: number): void => {
    for (let oldest = answers[first]; oldest && oldest.at <= until; oldest = answers[first]) {
      count(oldest.durationMs, -1);
      first += 1;
    }
    if (first * 2 <= answers.length) return;
    answers = answers.slice(first);
    first = 0;
  };
  return {
    add: (at: number, durationMs: number): void => {
      forget(at - WINDOW_MS);
      answers.push({ at, durationMs });
      count(durationMs, 1);
    },
    exceeds: (limit: typeof SLOW): boolean => (late.get(limit) ?? 0) > (answers.length - first) * limit.share,
  };
}
