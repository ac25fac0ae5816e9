import type { EventDraft } from '../../src/domain/interview.ts';
import type { GraphEvent, MicrosoftSimulatorOptions } from '../simulators/microsoft/index.ts';
import type { RecordedRequest } from '../simulators/simulator.ts';
import { bookingOf, type Booking } from './interview-booking.ts';
import { email, inMicrosoftWorld, type MicrosoftWorld } from './microsoft-world.ts';
import { march } from './provider-harness.ts';

/** Written out here, for events bear it: another name would lose them. */
export const keyProperty = 'String {91fb8ed2-ffdf-401d-b6c2-91b797fec8d1} Name CalendarSyncInterview';
export const markProperty = 'String {91fb8ed2-ffdf-401d-b6c2-91b797fec8d1} Name CalendarSyncWrite';
export const stale = { kind: 'stale', detail: { code: 'event_changed' } };
export const silent = { notify: false };
export const unavoidable = { kind: 'refused', detail: { code: 'invitations_unavoidable' } };

export const booking = (
  run: (booking: Booking, world: MicrosoftWorld) => Promise<void>,
  { changes, ...options }: MicrosoftSimulatorOptions & { changes?: Partial<EventDraft> } = {},
) => inMicrosoftWorld(options, async (world) => run(await bookingOf(world, changes), world));

export const toGraph = ({ simulator }: MicrosoftWorld): RecordedRequest[] =>
  simulator.requests.filter(({ path }) => path.startsWith('/v1.0/'));
export const written = (world: MicrosoftWorld, ...methods: string[]): RecordedRequest[] =>
  toGraph(world).filter(({ method }) => methods.includes(method));
export const bodyOf = (request: RecordedRequest | undefined) =>
  JSON.parse(request?.body ?? '{}') as Record<string, unknown>;
export const held = ({ simulator }: MicrosoftWorld, calendarId = 'default'): GraphEvent[] =>
  simulator.truth(email, calendarId, march.start, march.end);

/** Of what was done nevertheless. */
export const lose = ({ simulator }: MicrosoftWorld, method: string) =>
  simulator.fault({ match: { method, path: '/events' }, action: { type: 'cut-after' } });
export const refuse = (
  { simulator }: MicrosoftWorld,
  match: { method: string; path: string },
  status: number,
  code: string,
) => simulator.fault({ match, action: { type: 'status', status, body: { error: { code, message: 'x' } } } });
/** What `doing` asks of Graph. */
export const asked = async (world: MicrosoftWorld, doing: () => Promise<unknown>): Promise<string[]> => {
  const before = toGraph(world).length;
  await doing().catch(() => undefined);
  return toGraph(world)
    .slice(before)
    .map(
      ({ method, path }) =>
        `${method} ${path.replace(/^\/v1\.0/, '').replace(/(s)\/[A-Za-z0-9%_=-]{20,}/g, '$1/…')}`,
    );
};
