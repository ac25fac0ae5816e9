import { type IsMeant, requestMatcher } from './request-match.ts';
import { createFaultStream, type FaultStream, type SeededFaults } from './seeded-faults.ts';
import type { Fault, FaultAction } from './simulator.ts';

export interface FaultQueue {
  /** @throws SyntaxError when path or query is no regular expression. */
  add(fault: Fault): void;
  /** Asked after the scripted ones, and after the streams that were there before. @throws as `createFaultStream` */
  addStream(plan: SeededFaults): void;
  /** Scripted ones and streams; the counts stay. */
  clear(): void;
  /** The action for this request, counted against its fault; undefined lets the request through. */
  take(method: string, path: string, query?: URLSearchParams): FaultAction | undefined;
  /** The scripted ones that are left. */
  waiting(): Fault[];
  /** How many requests were hit so far, by kind of action; stated ones by their status. */
  counts(): Record<string, number>;
}

interface ArmedFault {
  fault: Fault;
  isMeant: IsMeant;
  skip: number;
  times: number;
}

export function createFaultQueue(): FaultQueue {
  let armed: ArmedFault[] = [];
  let streams: FaultStream[] = [];
  const counts = new Map<string, number>();

  const takeScripted = (...request: Parameters<IsMeant>): FaultAction | undefined => {
    const hit = armed.find((entry) => isDue(entry, request));
    if (!hit) return undefined;
    hit.times -= 1;
    armed = armed.filter((entry) => entry.times > 0);
    return hit.fault.action;
  };

  const takeSeeded = (...request: Parameters<IsMeant>): FaultAction | undefined => {
    for (const stream of streams) {
      const action = stream.take(...request);
      if (action) return action;
    }
    return undefined;
  };

  return {
    add: (fault) => {
      armed.push({
        fault,
        isMeant: requestMatcher(fault.match),
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
    take: (method, path, query = new URLSearchParams()) => {
      const action = takeScripted(method, path, query) ?? takeSeeded(method, path, query);
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
function isDue(entry: ArmedFault, request: Parameters<IsMeant>): boolean {
  if (!entry.isMeant(...request)) return false;
  if (entry.skip === 0) return true;
  entry.skip -= 1;
  return false;
}
