import { setTimeout as delay } from 'node:timers/promises';
import { Hono } from 'hono';
import { streamSSE } from 'hono/streaming';
import type { PageEnv } from './app.ts';
import { Refused, type CalendarSync, type Fields } from './calendar-sync.ts';

/** What happened, as browsers hear of it: enough to know what to read anew. */
export interface Told {
  readonly type: string;
  readonly userId?: unknown;
  readonly interviewId?: unknown;
}

/** Carries what Calendar Sync tells to every page that is open. */
export interface Live {
  listen(hear: (told: Told) => void): () => void;
  /** Resolves when the feed is followed no more, and every page has been hung up on. */
  close(): Promise<void>;
  readonly closed: AbortSignal;
}

const everyMs = 1000;
const afterTroubleMs = 5000;

/**
 * Follows the change feed from now on. A main app with a public address would rather be posted to (WEBHOOK_URL), and
 * one with several servers keeps its cursor in its database; the page would hear the same.
 */
export function followChanges(calendarSync: CalendarSync): Live {
  const listeners = new Set<(told: Told) => void>();
  const stop = new AbortController();
  const tell = (told: Told): void => listeners.forEach((hear) => hear(told));
  const following = follow(calendarSync, tell, stop.signal);
  return {
    listen(hear) {
      listeners.add(hear);
      return () => listeners.delete(hear);
    },
    closed: stop.signal,
    async close() {
      stop.abort();
      await following;
    },
  };
}

async function follow(
  calendarSync: CalendarSync,
  tell: (told: Told) => void,
  signal: AbortSignal,
): Promise<void> {
  let cursor: string | undefined;
  // What was told before this server ran is in what the pages read first.
  let caughtUp = false;
  while (!signal.aborted) {
    try {
      const after = cursor === undefined ? '' : `&after=${encodeURIComponent(cursor)}`;
      const { changes, more, nextCursor } = await calendarSync.call('GET', `/v1/changes?limit=500${after}`);
      if (caughtUp) for (const change of changes as Fields[]) tell(toldOf(change));
      cursor = (nextCursor as string | undefined) ?? cursor;
      if (more === true) continue;
      caughtUp = true;
    } catch (error) {
      if (error instanceof Refused && error.problem.code === 'changes_lost') {
        cursor = undefined;
        caughtUp = false;
        tell({ type: 'everything' });
      } else if (!(error instanceof Refused)) console.error(error);
      await delay(afterTroubleMs, undefined, { signal }).catch(() => {});
    }
    await delay(everyMs, undefined, { signal }).catch(() => {});
  }
}

function toldOf({ type, userId, data }: Fields): Told {
  return { type: String(type), userId, interviewId: (data as Fields | undefined)?.['interviewId'] };
}

const heartbeatMs = 20_000;

/** Server-sent events. A page that was cut off reads everything anew when it is back, so nothing is numbered here. */
export function liveRoutes(live: Live): Hono<PageEnv> {
  return new Hono<PageEnv>().get('/live', (c) =>
    streamSSE(c, async (stream) => {
      const silence = live.listen((told) => void stream.writeSSE({ data: JSON.stringify(told) }));
      stream.onAbort(silence);
      await stream.writeSSE({ data: JSON.stringify({ type: 'hello' }) });
      while (!stream.aborted && !live.closed.aborted) {
        await delay(heartbeatMs, undefined, { signal: live.closed }).catch(() => {});
        await stream.write(': still here\n\n');
      }
      silence();
    }),
  );
}
