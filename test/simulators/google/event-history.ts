import type { EventState } from './event-state.ts';

/** An event through time. Versions ascend by `sequence`; the last is the current one. */
export interface EventHistory {
  id: string;
  versions: { sequence: number; state: EventState }[];
}

/** Every change of a calendar in order; the change at position n has the sequence number n + 1. */
export interface HistoryLog {
  histories: Map<string, EventHistory>;
  changes: EventHistory[];
}

export function createHistoryLog(): HistoryLog {
  return { histories: new Map(), changes: [] };
}

export function appendVersion({ histories, changes }: HistoryLog, id: string, state: EventState): void {
  const history = histories.get(id) ?? { id, versions: [] };
  histories.set(id, history);
  changes.push(history);
  history.versions.push({ sequence: changes.length, state });
}

export function currentState(history: EventHistory): EventState | undefined {
  return history.versions.at(-1)?.state;
}

/** The event as it was when the calendar's latest change was number `sequence`. */
export function stateAt(history: EventHistory, sequence: number): EventState | undefined {
  return history.versions.findLast((version) => version.sequence <= sequence)?.state;
}

/** The events that changed after that sequence number, each once. */
export function changesAfter({ changes }: HistoryLog, sequence: number): Set<EventHistory> {
  return new Set(changes.slice(sequence));
}
