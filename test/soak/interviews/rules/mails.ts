import { candidateOf } from '../body.ts';
import { deletionsIn, violation, type Case, type Violation } from '../case.ts';
import type { SeenMail } from '../mail-log.ts';

/** Nobody is written to twice for one change. */
export function judgeMails(one: Case): Violation[] {
  const puts = one.booking.asks.filter((ask) => ask.kind === 'put');
  const isLoud = puts.every(({ body }) => body.sendInvitations);
  const isSilent = puts.every(({ body }) => !body.sendInvitations);
  const toGuests = one.mails.filter(({ kind }) => kind !== 'response');
  return [
    ...judgeInvitations(one, toGuests, isLoud),
    ...judgeCandidate(one, toGuests),
    ...(isSilent ? judgeSilence(one, toGuests) : []),
  ];
}

/** Each address and event: invited once until it is taken out, and that once until it is invited again. */
function judgeInvitations(one: Case, mails: readonly SeenMail[], isLoud: boolean): Violation[] {
  const letters = [...Map.groupBy(mails, ({ to, iCalUID }) => `${to} ${iCalUID}`).values()];
  return letters.flatMap((own) => {
    const kinds = own.map(({ kind }) => kind).filter((kind) => kind !== 'update');
    // Where some are sent without a word, what is between them is missing.
    const isTwice = (kind: string, index: number): boolean =>
      kind === kinds[index - 1] || (kind === 'cancellation' && index === 0);
    return isLoud && kinds.some(isTwice) ? [violation(one, 'the same mail twice', 'in turn', own)] : [];
  });
}

/** The candidate, whom nobody takes out: invited once for each event, and told once of each change. */
function judgeCandidate(one: Case, mails: readonly SeenMail[]): Violation[] {
  const { standing, booking, told } = one;
  const own = mails.filter(({ to, byPeople }) => to === candidateOf(booking.id) && !byPeople);
  const count = (kind: SeenMail['kind']): number => own.filter((mail) => mail.kind === kind).length;
  const putBack = told.filter(({ data }) => data.handling === 'put_back').length;
  const limits = {
    invitation: standing.placements + one.unseenClashes + deletionsUnheardOf(one),
    update: Math.max(0, standing.revisions.length - 1) + putBack,
    cancellation: standing.placements,
  };
  return (['invitation', 'update', 'cancellation'] as const)
    .filter((kind) => count(kind) > limits[kind])
    .map((kind) => violation(one, `more mails than changes: ${kind}`, limits[kind], own));
}

/** Microsoft does not tell of an event that is gone: one whose creation was not heard of by then may be made once more. */
function deletionsUnheardOf(one: Case): number {
  const heardAt = one.told.flatMap(({ type, at }) => (type === 'interview.booked' ? at : []));
  return deletionsIn(one).filter(
    ({ event, at }) => event.provider === 'microsoft' && !heardAt.some((booked) => booked <= at),
  ).length;
}

/** Microsoft tells those whom people have asked when the event is taken out. */
function judgeSilence(one: Case, mails: readonly SeenMail[]): Violation[] {
  const isUnavoidable = ({ provider, kind }: SeenMail): boolean =>
    provider === 'microsoft' && kind === 'cancellation';
  const sent = mails.filter((mail) => !mail.byPeople && !isUnavoidable(mail));
  return sent.length === 0 ? [] : [violation(one, 'mails that the main app did not want', 0, sent)];
}
