import type { Anchor } from '../dates.ts';
import type { Vendors } from '../faults.ts';
import { reachOf, type Account } from '../model.ts';
import { seenAtGoogle, seenAtMicrosoft, type SeenEvent } from './seen-event.ts';

/** Every event of an interview in every calendar of everybody, as the providers have them: the guests' copies, too. */
export function interviewEvents(vendors: Vendors, accounts: readonly Account[], anchor: Anchor): SeenEvent[] {
  const { from, to } = reachOf(anchor);
  return accounts.flatMap(({ provider, email, calendars }) =>
    [...calendars.keys()].flatMap((calendarId) => {
      const where = { email, calendarId };
      const seen =
        provider === 'google'
          ? vendors.google.truth(email, calendarId, from, to).map((item) => seenAtGoogle(item, where))
          : vendors.microsoft.truth(email, calendarId, from, to).map((item) => seenAtMicrosoft(item, where));
      return seen.filter((event) => event !== undefined);
    }),
  );
}
