import type { Provider } from '../../src/providers/provider.ts';

/** Where a run can be held: with the list of calendars, with a page, or with the whole listing in its hands. */
export const stallingPoints = ['calendars', 'page', 'end'] as const;

export interface Stall {
  readonly provider: Provider;
  /** Resolves when the run stands there. */
  readonly reached: Promise<void>;
  release(): void;
}

/** A provider whose answers reach the run late: it stands still at the point until it is released. */
export function stalling(provider: Provider, point: (typeof stallingPoints)[number]): Stall {
  const reached = Promise.withResolvers<void>();
  const released = Promise.withResolvers<void>();
  const hold = async (at: string): Promise<void> => {
    if (at !== point) return;
    reached.resolve();
    await released.promise;
  };
  return {
    reached: reached.promise,
    release: released.resolve,
    provider: {
      ...provider,
      listCalendars: async (access) => {
        const calendars = await provider.listCalendars(access);
        await hold('calendars');
        return calendars;
      },
      async *listEvents(access, query) {
        for await (const page of provider.listEvents(access, query)) {
          await hold('page');
          yield page;
        }
        await hold('end');
      },
    },
  };
}
