import type { Answer } from '../support/api-client.ts';
import type { Account, SoakCalendar } from './model.ts';
import type { World } from './world.ts';

/** What the main app asks of the product for one account. All of it throws where intake does not answer. */
export interface MainApp {
  /** Undefined where there is none. */
  connection(account: Account): Promise<Connection | undefined>;
  /** The stored calendars by the provider's ids. */
  calendars(connectionId: string): Promise<Map<string, StoredCalendar>>;
  /** Goes through the provider's consent and calls back; the exchange is queued then. Gives the attempt's id. */
  connect(account: Account): Promise<string>;
  attempt(id: string): Promise<{ status: string; failure?: { code: string } }>;
  sync(connectionId: string): Promise<number>;
  disconnect(connectionId: string): Promise<number>;
  /** False where the calendar is not stored. */
  select(account: Account, calendar: SoakCalendar, selected: boolean): Promise<boolean>;
}

export interface Connection {
  readonly id: string;
  readonly status: 'active' | 'reauth_required' | 'disconnecting';
  readonly email: string;
  readonly provider: string;
  readonly lastSyncedAt?: string;
  readonly lastFailure?: { readonly code: string; readonly message: string };
}

export interface StoredCalendar {
  readonly id: string;
  readonly providerCalendarId: string;
  readonly timeZone?: string;
  readonly selected: boolean;
  readonly window?: { readonly start: string; readonly end: string };
  readonly unreadable: readonly unknown[];
  /** Removals that wait for a second reading (I11), as does the calendar's own absence from the list. */
  readonly hold?: unknown;
  readonly missingSince?: string;
}

export function createMainApp({ product }: World): MainApp {
  const { api } = product;
  const expect = (answer: Answer, ...statuses: number[]): Answer => {
    if (statuses.includes(answer.status)) return answer;
    throw new Error(`intake answered ${answer.status}: ${JSON.stringify(answer.body)}`);
  };

  const connection: MainApp['connection'] = async ({ userId, provider, email, connectionIds }) => {
    const { body } = expect(await api.get(`/v1/users/${userId}/connections`), 200);
    const own = (body.connections as Connection[]).filter(
      (one) => one.provider === provider && one.email === email,
    );
    own.forEach(({ id }) => connectionIds.add(id));
    return own.find(({ status }) => status !== 'disconnecting') ?? own[0];
  };

  const calendars: MainApp['calendars'] = async (connectionId) => {
    const { body } = expect(await api.get(`/v1/connections/${connectionId}/calendars`), 200);
    const stored = body.calendars as StoredCalendar[];
    return new Map(stored.map((calendar) => [calendar.providerCalendarId, calendar]));
  };

  return {
    connection,
    calendars,
    connect: async (account) => {
      const { provider, userId, email } = account;
      const { body } = expect(await api.post(`/v1/connect/${provider}`, { userId }), 200);
      const landed = await product[provider].authorize(body.authorizationUrl, { email });
      const { state, code } = Object.fromEntries(landed.searchParams);
      account.attemptIds.push(body.attemptId);
      expect(await api.post(`/v1/callback/${provider}`, { userId, state, code }), 202);
      return body.attemptId;
    },
    attempt: async (id) => expect(await api.get(`/v1/attempts/${id}`), 200).body,
    sync: async (id) => expect(await api.post(`/v1/connections/${id}/sync`, {}), 202, 404, 409).status,
    disconnect: async (id) => expect(await api.call('DELETE', `/v1/connections/${id}`), 202, 404).status,
    select: async (account, calendar, selected) => {
      const own = await connection(account);
      if (own === undefined || own.status === 'disconnecting') return false;
      const stored = (await calendars(own.id)).get(calendar.id);
      if (stored === undefined) return false;
      // Lost until the answer is there.
      calendar.selected = 'unknown';
      const answer = await api.call('PATCH', `/v1/calendars/${stored.id}`, { selected });
      if (expect(answer, 200, 404).status === 404) return false;
      calendar.selected = selected;
      return true;
    },
  };
}
