import { createFaultStream, type FaultStream, type SeededFaults } from './seeded-faults.ts';
import type { Fault, FaultAction } from './simulator.ts';

export interface FaultQueue {
  /** @throws SyntaxError when the path is no regular expression. */
  add(fault: Fault): void;
  /** Asked after the scripted ones, and after the streams that were there before. @throws as `createFaultStream` */
  addStream(plan: SeededFaults): void;
  /** Scripted ones and streams; the counts stay. */
  clear(): void;
  /** The action for this request, counted against its fault; undefined lets the request through. */
  take(method: string, path: string): FaultAction | undefined;
  /** The scripted ones that are left. */
  waiting(): Fault[];
  /** How many requests were hit so far, by kind of action; stated ones by their status. */
  counts(): Record<string, number>;
}

interface ArmedFault {
  fault: Fault;
  path: RegExp;
  skip: number;
  times: number;
}

export function createFaultQueue(): FaultQueue {
  let armed: ArmedFault[] = [];
  let streams: FaultStream[] = [];
  const counts = new Map<string, number>();

  const takeScripted = (method: string, path: string): FaultAction | undefined => {
    const hit = armed.find((entry) => isDue(entry, method, path));
    if (!hit) return undefined;
    hit.times -= 1;
    armed = armed.filter((entry) => entry.times > 0);
    return hit.fault.action;
  };

  const takeSeeded = (method: string, path: string): FaultAction | undefined => {
    for (const stream of streams) {
      const action = stream.take(method, path);
      if (action) return action;
    }
    return undefined;
  };

  return {
    add: (fault) => {
      armed.push({
        fault,
        path: new RegExp(fault.match.path),
        skip: fault.skip ?? 0,
        times: fault.times ?? 1,
      });
    },
    addStream: (plan) => {
      streams.push(createFaultStream(plan));
    },
    clear: () => {
      armed = [];
      streams = [];
    },
    take: (method, path) => {
      const action = takeScripted(method, path) ?? takeSeeded(method, path);
      if (action) counts.set(labelOf(action), (counts.get(labelOf(action)) ?? 0) + 1);
      return action;
    },
    waiting: () => armed.map(({ fault, skip, times }) => ({ ...fault, skip, times })),
    counts: () => Object.fromEntries(counts),
  };
}

function labelOf(action: FaultAction): string {
  if (action.type === 'throttle') return `throttle ${action.status ?? 429}`;
  return action.type === 'status' ? `status ${action.status}` : action.type;
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
