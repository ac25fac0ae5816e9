import type { EventInput } from './calendar-item.ts';
import type { DirectoryUser } from './directory.ts';

/** What Outlook answers for properties that nobody set. */
export function eventDefaults(user: DirectoryUser, source: EventInput) {
  const organizer = { emailAddress: { name: user.name, address: user.email } };
  const isOrganizer = isOrganizedBy(user, source);
  const body = (source['body'] ?? { contentType: 'html', content: '' }) as {
    contentType?: string;
    content?: string;
  };
  const location = source['location'] ?? emptyLocation;
  const onlineMeeting = source['onlineMeeting'] ?? null;
  return {
    categories: [],
    reminderMinutesBeforeStart: 15,
    isReminderOn: true,
    hasAttachments: false,
    hideAttendees: false,
    subject: '',
    body,
    bodyPreview: (body.content ?? '').replaceAll(/<[^>]*>/g, '').slice(0, 255),
    importance: 'normal',
    sensitivity: 'normal',
    isAllDay: false,
    isCancelled: false,
    isDraft: false,
    isOrganizer,
    organizer,
    responseRequested: true,
    responseStatus: { response: isOrganizer ? 'organizer' : 'notResponded', time: '0001-01-01T00:00:00Z' },
    showAs: 'busy',
    allowNewTimeProposals: true,
    attendees: [],
    location,
    locations: source['location'] ? [source['location']] : [],
    isOnlineMeeting: onlineMeeting !== null,
    onlineMeetingProvider: onlineMeeting === null ? 'unknown' : 'teamsForBusiness',
    onlineMeeting,
    // Null for Teams meetings too (fact sheet, section 5).
    onlineMeetingUrl: null,
  };
}

const emptyLocation = {
  displayName: '',
  locationType: 'default',
  uniqueIdType: 'unknown',
  address: {},
  coordinates: {},
};

function isOrganizedBy(user: DirectoryUser, source: EventInput): boolean {
  const organizer = source['organizer'] as { emailAddress?: { address?: string } } | undefined;
  const address = organizer?.emailAddress?.address;
  return address === undefined || address.toLowerCase() === user.email.toLowerCase();
}
