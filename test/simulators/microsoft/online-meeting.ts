import { randomBytes } from 'node:crypto';

import type { ItemBody } from './body-types.ts';
import type { EventInput } from './calendar-item.ts';
import type { DirectoryUser } from './directory.ts';
import { type OutlookCalendar, onlineMeetingProviders } from './mailbox.ts';

/**
 * What a write makes of `isOnlineMeeting`: a Teams meeting with its join block under the body, where the calendar
 * allows that provider; elsewhere the wish is passed over in silence. Once there it stays (fact sheet, section 7): it
 * can neither be switched off nor given to another provider, but a new body without the join block disables it.
 *
 * @param before what the event was; undefined for a new one.
 */
export function withOnlineMeeting(
  user: DirectoryUser,
  calendar: OutlookCalendar,
  changes: EventInput,
  before?: EventInput,
): EventInput {
  const { isOnlineMeeting: wanted, onlineMeetingProvider: provider = 'teamsForBusiness', ...rest } = changes;
  const joinUrl = joinUrlOf(before);
  if (joinUrl !== undefined) {
    const body = rest['body'] as ItemBody | undefined;
    return !body || body.content?.includes(joinUrl) ? rest : { ...rest, ...noMeeting };
  }
  const allowed = onlineMeetingProviders(user, calendar);
  if (wanted !== true || provider !== 'teamsForBusiness' || !allowed.includes(provider)) return rest;
  const meeting = randomBytes(16).toString('hex');
  const url = `https://teams.microsoft.com/l/meetup-join/19%3ameeting_${meeting}%40thread.v2/0`;
  return {
    ...rest,
    isOnlineMeeting: true,
    onlineMeetingProvider: provider,
    onlineMeeting: { joinUrl: url },
    body: withJoinBlock((rest['body'] ?? before?.['body'] ?? {}) as ItemBody, url),
  };
}

const noMeeting = { isOnlineMeeting: false, onlineMeetingProvider: 'unknown', onlineMeeting: null };

function joinUrlOf(source: EventInput | undefined): string | undefined {
  const meeting = source?.['onlineMeeting'] as { joinUrl?: string } | null | undefined;
  return meeting?.joinUrl;
}

function withJoinBlock({ contentType = 'html', content = '' }: ItemBody, url: string): ItemBody {
  const line = '_'.repeat(80);
  const block =
    contentType === 'text'
      ? `\r\n${line}\r\nMicrosoft Teams meeting\r\nJoin: ${url}\r\n${line}\r\n`
      : `<div>${line}<br><span>Microsoft Teams meeting</span><br><a href="${url}">Join: ${url}</a><br>${line}</div>`;
  return { contentType, content: content + block };
}
