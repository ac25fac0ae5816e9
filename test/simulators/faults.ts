import type { Fault, FaultAction } from './simulator.ts';

export interface FaultQueue {
  /** @throws SyntaxError when the path is no regular expression. */
  add(fault: Fault): void;
  clear(): void;
  /** The action for this request, counted against its fault; undefined lets the request through. */
  take(method: string, path: string): FaultAction | undefined;
  waiting(): Fault[];
}

interface ArmedFault {
  fault: Fault;
  path: RegExp;
  skip: number;
  times: number;
}

export function createFaultQueue(): FaultQueue {
  let armed: ArmedFault[] = [];
  return {
    add: (fault) => {
      armed.push({
        fault,
        path: new RegExp(fault.match.path),
        skip: fault.skip ?? 0,
        times: fault.times ?? 1,
      });
    },
    clear: () => {
      armed = [];
    },
    take: (method, path) => {
      const hit = armed.find((entry) => isDue(entry, method, path));
      if (!hit) return undefined;
      hit.times -= 1;
      armed = armed.filter((entry) => entry.times > 0);
      return hit.fault.action;
    },
    waiting: () => armed.map(({ fault, skip, times }) => ({ ...fault, skip, times })),
  };
}

/** A match within the fault's grace is counted and let through to the next fault. */
function isDue(entry: ArmedFault, method: string, path: string): boolean {
  const wanted = entry.fault.match.method;
  if (wanted && wanted.toUpperCase() !== method) return false;
  if (!entry.path.test(path)) return false;
  if (entry.skip === 0) return true;
  entry.skip -= 1;
  return false;
}
