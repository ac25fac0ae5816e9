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
  let answers: { at: number; durationMs: number }[] = [];
  let slowUntil = 0;
  let dropUntil = 0;
  const exceeds = ({ beyondMs, share }: typeof SLOW) =>
    answers.filter(({ durationMs }) => durationMs >= beyondMs).length > answers.length * share;
  return {
    record: (durationMs) => {
      const at = now().getTime();
      answers = [...answers.filter((answer) => answer.at > at - WINDOW_MS), { at, durationMs }];
      if (exceeds(DROP)) dropUntil = at + WINDOW_MS;
      else if (exceeds(SLOW)) slowUntil = at + WINDOW_MS;
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
