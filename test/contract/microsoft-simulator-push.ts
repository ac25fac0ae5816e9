import { type MicrosoftSimulator, startMicrosoftSimulator } from '../simulators/microsoft/index.ts';
import { type Call, closeWithoutViolations, connect, graphCaller } from './microsoft-simulator-client.ts';
import { type Receiver, startReceiver } from './microsoft-simulator-receiver.ts';

export const ADELE = 'adele@contoso.example';
export const TENANT = '0f1c2a3b-4d5e-4f60-8a7b-9c0d1e2f3a4b';
export const MINUTE = 60_000;

/** Adele, who connected; an endpoint for notifications; and a clock that stands still until it is told to pass. */
export interface PushWorld {
  simulator: MicrosoftSimulator;
  receiver: Receiver;
  call: Call;
  oid: string;
  now(): Date;
  pass(ms: number): void;
  /** Gives the id of a subscription to everything, with both addresses, but for the changes. */
  subscribe(changes?: object, headers?: Record<string, string>): Promise<string>;
  put(id?: string, subject?: string): { id: string };
  /** Kinds of what came, in order. */
  received(): (string | undefined)[];
  close(): Promise<void>;
}

export const nine = { dateTime: '2026-03-03T09:00:00', timeZone: 'UTC' };
export const ten = { dateTime: '2026-03-03T10:00:00', timeZone: 'UTC' };

export async function startPushWorld(): Promise<PushWorld> {
  let clock = new Date('2026-03-02T08:00:00Z');
  const now = () => clock;
  const receiver = await startReceiver();
  const simulator = await startMicrosoftSimulator({
    now,
    tokens: { accessTokenSeconds: 10 * 3600 },
    notifications: { allowHttpLoopback: true, answerMs: 500, retriedAnswerMs: 500 },
  });
  const { oid } = simulator.addUser({ email: ADELE, name: 'Adele Vance', tid: TENANT });
  const call = graphCaller(simulator, (await connect(simulator, ADELE)).access_token);
  return {
    simulator,
    receiver,
    call,
    oid,
    now,
    pass: (ms) => {
      clock = new Date(clock.getTime() + ms);
    },
    subscribe: async (changes = {}, headers = {}) => {
      const wish = {
        changeType: 'created,updated,deleted',
        notificationUrl: `${receiver.url}/hook`,
        lifecycleNotificationUrl: `${receiver.url}/lifecycle`,
        resource: '/me/events',
        expirationDateTime: new Date(clock.getTime() + 10_080 * MINUTE).toISOString(),
        clientState: 'secret',
      };
      return (await call('POST', '/subscriptions', { ...wish, ...changes }, headers)).body.id;
    },
    put: (id = 'interview', subject = 'Interview') =>
      simulator.putEvent(ADELE, 'default', { id, subject, start: nine, end: ten }),
    received: () =>
      receiver.posts.flat().map(({ changeType, lifecycleEvent }) => changeType ?? lifecycleEvent),
    close: async () => {
      await receiver[Symbol.asyncDispose]();
      await closeWithoutViolations(simulator);
    },
  };
}
