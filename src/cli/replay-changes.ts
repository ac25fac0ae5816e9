import { deliveryStates, type DeliveryState } from '../domain/delivery.ts';
import { exitStatus, parse, printable, UsageError, type Command } from './command.ts';

export const replayChanges: Command = {
  usage: `--since <time> [--states ${deliveryStates.join(',')}] [--connection <id>]`,
  summary:
    'has changes posted to WEBHOOK_URL again: those that were given up, unless --states says otherwise',
  async run({ live, args, print }) {
    const { values } = parse(args, {
      since: { type: 'string' },
      states: { type: 'string', default: 'failed' },
      connection: { type: 'string' },
    });
    const replay = {
      since: timeOf(values.since),
      states: values.states.split(',').map(stateOf),
      connectionId: values.connection === undefined ? undefined : idOf(values.connection),
    };
    if (live.config.webhook === undefined) throw new Error('WEBHOOK_URL is not set: there is nobody to tell');
    const count = await live.store.facts.replayDeliveries(replay, live.now());
    print(
      `${count} ${count === 1 ? 'change' : 'changes'} to be delivered again, from the scheduler’s next tick on`,
    );
    return exitStatus.done;
  },
};

function timeOf(text: string | undefined): Date {
  // Date.parse reads far more than RFC 3339, and reads it differently from one machine to another.
  const isTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)$/.test(text ?? '');
  const time = new Date(isTime ? (text ?? '') : Number.NaN);
  if (Number.isNaN(time.getTime())) throw new UsageError('--since wants a time like 2026-11-23T09:00:00Z');
  return time;
}

function stateOf(text: string): DeliveryState {
  const state = deliveryStates.find((known) => known === text);
  if (state !== undefined) return state;
  throw new UsageError(`--states knows ${deliveryStates.join(', ')}, and not "${printable(text)}"`);
}

function idOf(text: string): string {
  if (/^[0-9a-f]{24}$/.test(text)) return text;
  throw new UsageError('--connection wants an id: 24 lower-case hexadecimal digits');
}
