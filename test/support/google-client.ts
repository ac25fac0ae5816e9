import type { GoogleSimulator } from '../simulators/google/index.ts';
import type { GoogleEvent } from '../simulators/google/wire.ts';
import { connect } from './simulated-google.ts';

export interface ApiFailure {
  code: number;
  message: string;
  errors: { domain: string; reason: string; location?: string }[];
}

/** What the Calendar API answered; an event's members, or `error`. */
export type ApiAnswer = GoogleEvent & { httpStatus: number; error?: ApiFailure };

/** Calls the Calendar API as one user, as a program that reads no fact sheet would. */
export async function googleClient(google: GoogleSimulator, email: string) {
  const tokens = await connect(google, { email });
  const accessToken = tokens['access_token'] ?? '';

  const call = async (
    method: string,
    path: string,
    body?: object,
    headers: Record<string, string> = {},
  ): Promise<ApiAnswer> => {
    const response = await fetch(new URL(path, google.env['GOOGLE_CALENDAR_URL']), {
      method,
      headers: {
        authorization: `Bearer ${accessToken}`,
        ...(body ? { 'content-type': 'application/json' } : {}),
        ...headers,
      },
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
    const text = await response.text();
    return { ...(text === '' ? {} : (JSON.parse(text) as object)), httpStatus: response.status };
  };

  const events = (calendarId = 'primary') => `calendars/${encodeURIComponent(calendarId)}/events`;
  return {
    accessToken,
    call,
    insert: (event: GoogleEvent, query = '', calendarId?: string) =>
      call('POST', `${events(calendarId)}?${query}`, event),
    update: (id: string, event: GoogleEvent, query = '', headers?: Record<string, string>) =>
      call('PUT', `${events()}/${id}?${query}`, event, headers),
    patch: (id: string, event: object, query = '', headers?: Record<string, string>) =>
      call('PATCH', `${events()}/${id}?${query}`, event, headers),
    remove: (id: string, query = '', headers?: Record<string, string>) =>
      call('DELETE', `${events()}/${id}?${query}`, undefined, headers),
    get: (id: string) => call('GET', `${events()}/${id}`),
  };
}

export type GoogleClient = Awaited<ReturnType<typeof googleClient>>;

/** Status and reason of a refusal: `403 forbiddenForNonOrganizer`. */
export function refusal({ httpStatus, error }: ApiAnswer): string {
  return `${httpStatus} ${error?.errors[0]?.reason}`;
}
