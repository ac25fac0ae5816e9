import { ProviderError } from '../../../../src/domain/failure.ts';
import type { Graph } from '../../../../src/providers/microsoft/client.ts';
import { malformedAnswer } from '../../../../src/providers/microsoft/failures.ts';
import type { GraphEvent } from '../../../../src/providers/microsoft/graph-event.ts';

export const graphUrl = 'https://graph.example/v1.0';

type Answers = Readonly<Record<string, GraphEvent | ProviderError>>;

/** Graph as a table of answers, by the address without its query where that is not in the table; others are 404. */
export function fakeGraph(answers: Answers): Graph & { readonly asked: string[] } {
  const asked: string[] = [];
  const isOwn = (link: string): boolean => link.startsWith('https://graph.example/');
  return {
    asked,
    isOwn,
    send: () => Promise.reject(new Error('reading writes nothing')),
    get: (operation, address) => {
      asked.push(address);
      if (!address.startsWith('/') && !isOwn(address)) {
        return Promise.reject(malformedAnswer(operation, 'a link to another host'));
      }
      const found =
        answers[address] ?? answers[address.split('?')[0] ?? ''] ?? refusal(404, 'ErrorItemNotFound');
      return found instanceof ProviderError ? Promise.reject(found) : Promise.resolve(found);
    },
  };
}

export function refusal(status: number, vendorCode: string): ProviderError {
  return new ProviderError('refused', `${status}`, {
    provider: 'microsoft',
    operation: 'events.get',
    code: 'provider_refused',
    status,
    vendorCode,
  });
}

const time = (dateTime: string) => ({ dateTime: `${dateTime}.0000000`, timeZone: 'UTC' });
const at = (day: number) => ({
  start: time(`2026-03-${day}T09:00:00`),
  end: time(`2026-03-${day}T10:00:00`),
});

export const single = (id: string, more: GraphEvent = {}): GraphEvent => ({
  id,
  type: 'singleInstance',
  subject: id,
  showAs: 'busy',
  ...at(10),
  ...more,
});

export const master = (id: string, version: string, more: GraphEvent = {}): GraphEvent =>
  single(id, { type: 'seriesMaster', '@odata.etag': version, ...more });

export const thin = (id: string, seriesMasterId: string, day = 11): GraphEvent => ({
  id,
  seriesMasterId,
  type: 'occurrence',
  ...at(day),
});

export const exception = (id: string, seriesMasterId: string): GraphEvent =>
  single(id, { type: 'exception', seriesMasterId });

export const full = (id: string, seriesMasterId: string, more: GraphEvent = {}): GraphEvent =>
  single(id, { type: 'occurrence', seriesMasterId, subject: seriesMasterId, ...more });

export const removed = (id: string): GraphEvent => ({ id, '@removed': { reason: 'deleted' } });
