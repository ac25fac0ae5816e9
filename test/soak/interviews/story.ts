import type { RecordedRequest } from '../../simulators/simulator.ts';
import type { Case } from './case.ts';
import { tagOf } from './body.ts';
import { isWrite } from './echo.ts';

/** All that happened to one interview, by time, for whoever looks for the cause of a violation. */
export function storyOf(one: Case, requests: readonly RecordedRequest[]): string[] {
  const { booking, told, own, view } = one;
  const lines = [
    ...booking.asks.map((ask) => ({
      at: ask.sentAt,
      what: { asked: { ...ask, for: ask.answeredAt - ask.sentAt } },
    })),
    ...booking.deeds.map((deed) => ({ at: deed.at, what: { done: deed } })),
    ...told.map((change) => ({ at: change.at, what: { told: change } })),
    ...one.mails.map((mail) => ({ at: mail.at, what: { mail } })),
    ...requestsOf(one, requests),
  ].toSorted((a, b) => a.at - b.at);
  return [
    `Interview ${booking.id}:`,
    ...lines.map(({ at, what }) => `  ${new Date(at).toISOString()} ${JSON.stringify(what)}`),
    `  is shown as ${JSON.stringify(view)}`,
    ...own.map((event) => `  is in the calendar as ${JSON.stringify(event)}`),
  ];
}

/** What the product wrote: with the interview's tag in it, or about one of its events. */
function requestsOf({ booking, own, copies }: Case, requests: readonly RecordedRequest[]) {
  const names = [...booking.deeds.map(({ event: { id } }) => id), ...[...own, ...copies].map(({ id }) => id)];
  const tag = JSON.stringify(tagOf(booking.id)).slice(1, -1);
  return requests
    .filter(isWrite)
    .filter(
      ({ path, body }) => body.includes(tag) || names.some((name) => decodeURIComponent(path).includes(name)),
    )
    .map(({ at, method, path, query, headers, status, body }) => ({
      at: at.getTime(),
      what: { wrote: { method, path, query, ifMatch: headers['if-match'], status, body } },
    }));
}
