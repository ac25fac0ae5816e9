import { currentState, type EventHistory, stateAt } from './event-history.ts';
import type { EventState } from './event-state.ts';
import type { EventStore } from './event-store.ts';
import { exceptionItem, expand, isInside, type Item, itemOf, type Window } from './items.ts';
import type { ListQuery } from './list-query.ts';

/** How far an endless series is expanded where nothing bounds it; about what is observed of Google. */
const ENDLESS_DAYS = 730;
const DAY_MS = 86_400_000;

/** What Google is reported to do to incremental answers; see traps 26 and 27 of the fact sheet. */
export interface IncrementalBehaviour {
  /** Changes outside the window of the full listing come too, of a series up to two years of coming instances. */
  ignoreWindow: boolean;
  /** Cancelled instances that lie further ahead than this many days are never told. */
  forgetCancelledBeyondDays: number;
}

type Scope = Pick<ListQuery, 'singleEvents' | 'showDeleted'> & { window: Window };

/** A full listing: everything in the window, in a stable order. */
export function collectAll(store: EventStore, query: ListQuery, now: Date): Item[] {
  const scope = { ...query, window: bounded(query.window, now) };
  const items: Item[] = [];
  for (const history of store.histories()) {
    const state = currentState(history);
    if (state) items.push(...listed(state, scope, store.zone));
  }
  const { updatedMin = -Infinity } = query;
  const chosen = items.filter(
    (item) => query.matches(item) && Date.parse(item.wire.updated ?? '') >= updatedMin,
  );
  if (query.orderBy === 'startTime') return chosen.toSorted((a, b) => a.startMs - b.startMs);
  if (query.orderBy === 'updated')
    return chosen.toSorted((a, b) => (a.wire.updated ?? '').localeCompare(b.wire.updated ?? ''));
  return chosen;
}

/** What an event adds to a listing; deleted items only where they are asked for. */
function listed(state: EventState, scope: Scope, zone: string): Item[] {
  const isShown = (item: Item) => !item.cancelled || scope.showDeleted;
  if (!state.series) return isInside(state, scope.window) ? [itemOf(state)].filter(isShown) : [];
  const instances = expand(state, scope.window, zone);
  if (scope.singleEvents) return instances.filter(isShown);
  // The series as such; cancelled exceptions of a living one always come with it.
  const exceptions = instances.filter(
    (item) => item.instance?.changed && (scope.showDeleted || !state.cancelled),
  );
  const master = instances.length > 0 ? [itemOf(state)].filter(isShown) : [];
  return [...master, ...exceptions];
}

export interface Since {
  sequence: number;
  /** Of the full listing that the token goes back to. */
  window: Window;
}

/** An incremental listing: what a client that was in step at `since` has to write, and what it has to remove. */
export function collectChanges(
  store: EventStore,
  query: ListQuery,
  since: Since,
  behaviour: IncrementalBehaviour,
  now: Date,
): Item[] {
  const window = behaviour.ignoreWindow ? widened(since.window, now) : bounded(since.window, now);
  const forgottenFrom = now.getTime() + behaviour.forgetCancelledBeyondDays * DAY_MS;
  const { zone } = store;
  const items: Item[] = [];
  for (const history of store.changedSince(since.sequence))
    for (const item of changesOf(history, since.sequence, { ...query, window }, zone))
      if (query.matches(item) && !(item.cancelled && item.instance && item.startMs > forgottenFrom))
        items.push(item);
  return items;
}

function changesOf(history: EventHistory, since: number, scope: Scope, zone: string): Item[] {
  const before = stateAt(history, since);
  const after = currentState(history);
  if (!after) return [];
  const inclusive = { ...scope, showDeleted: true };
  const known = new Map(before ? listed(before, inclusive, zone).map((item) => [item.id, item]) : []);
  const present = new Map(listed(after, inclusive, zone).map((item) => [item.id, item]));
  const changed = [...present.values()].filter((item) => !isSame(item, known.get(item.id)));
  const departed = [...known.values()].filter((item) => !item.cancelled && !present.has(item.id));
  return [...changed, ...departed.map((item) => whereabouts(item, after, scope, zone))];
}

function isSame(item: Item, known: Item | undefined): boolean {
  return known !== undefined && known.stamp === item.stamp && known.cancelled === item.cancelled;
}

/** What became of an item that the window no longer shows: it lives elsewhere, or it is gone. */
function whereabouts(item: Item, after: EventState, scope: Scope, zone: string): Item {
  const gone = { ...item, cancelled: true, stamp: after.stamp };
  // A single event that became a series is told as its instances.
  if (!item.instance) return after.series && scope.singleEvents ? gone : itemOf(after);
  const exception = after.series?.exceptions.get(item.instance.originalStart);
  return exception ? exceptionItem(after, exception, zone) : gone;
}

function bounded(window: Window, now: Date): Window {
  return {
    from: window.from,
    to: window.to === Infinity ? now.getTime() + ENDLESS_DAYS * DAY_MS : window.to,
  };
}

function widened(window: Window, now: Date): Window {
  return { from: -Infinity, to: Math.max(bounded(window, now).to, now.getTime() + ENDLESS_DAYS * DAY_MS) };
}
