import { missingScopes } from '../../domain/credential.ts';
import { ProviderError } from '../../domain/failure.ts';
import { ianaZoneOf } from '../../domain/zone.ts';
import type { Access, ProviderCalendar } from '../provider.ts';
import { pagesOf, type Graph } from './client.ts';
import { malformedAnswer } from './failures.ts';
import { objectAt, textAt, type JsonObject } from './json.ts';

const fields = 'id,name,hexColor,isDefaultCalendar,canEdit,owner';

export async function listCalendars(graph: Graph, access: Access): Promise<ProviderCalendar[]> {
  const found: JsonObject[] = [];
  for await (const page of pagesOf(graph, 'calendars.list', `/me/calendars?$select=${fields}&$top=100`)) {
    found.push(...page.items);
  }
  const timeZone = await mailboxTimeZone(graph, access);
  return found.map((calendar) => toCalendar(calendar, access.email, timeZone));
}

/** Graph's calendars have no zone of their own; the mailbox has one, and tells it to those who may ask. */
async function mailboxTimeZone(graph: Graph, access: Access): Promise<string | undefined> {
  const wider = { 'MailboxSettings.Read': ['MailboxSettings.ReadWrite'] };
  if (missingScopes(access.scopes, ['MailboxSettings.Read'], wider).length > 0) return undefined;
  try {
    const settings = await graph.get('mailbox.settings', '/me/mailboxSettings?$select=timeZone');
    const name = textAt(settings.timeZone);
    return name === undefined ? undefined : ianaZoneOf(name);
  } catch (error) {
    // Some policies refuse this call in spite of the scope, and the calendars are worth more than their zone.
    if (error instanceof ProviderError && error.kind === 'refused') return undefined;
    throw error;
  }
}

function toCalendar(calendar: JsonObject, email: string, timeZone: string | undefined): ProviderCalendar {
  const providerCalendarId = textAt(calendar.id);
  if (providerCalendarId === undefined) throw malformedAnswer('calendars.list', 'a calendar without an id');
  const primary = calendar.isDefaultCalendar === true;
  const canWrite = calendar.canEdit === true;
  const owner = textAt(objectAt(calendar.owner).address)?.toLowerCase();
  // A subscribed or holiday calendar bears the user's name as owner too, but cannot be edited.
  const owned = primary || (canWrite && owner === email.toLowerCase());
  return {
    providerCalendarId,
    name: textAt(calendar.name) ?? '',
    // The zone of this mailbox says nothing about the calendars of others.
    timeZone: owned ? timeZone : undefined,
    primary,
    canWrite,
    color: colorOf(calendar.hexColor),
    owned,
  };
}

/** Empty unless the user chose a colour. */
function colorOf(hexColor: unknown): string | undefined {
  const digits = /^#?([0-9a-f]{6})$/i.exec(textAt(hexColor) ?? '')?.[1];
  return digits === undefined ? undefined : `#${digits.toLowerCase()}`;
}
