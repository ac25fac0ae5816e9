import type { EventInput, GraphEvent, MicrosoftSimulator } from '../../simulators/microsoft/index.ts';
import type { EventChange, Hand } from './hand.ts';
import type { SeenEvent } from './seen-event.ts';

/** In Outlook. */
export function microsoftHand(microsoft: MicrosoftSimulator): Hand {
  const edit = ({ email, calendarId, id }: SeenEvent, changes: EventInput): void => {
    microsoft.putEvent(email, calendarId, { id, ...changes });
  };
  return {
    change: (event, change) => edit(event, changesOf(event, change)),
    invite: (event, email) => {
      const attendee = {
        type: 'required',
        status: unanswered,
        emailAddress: { address: email, name: email },
      };
      edit(event, { attendees: [...attendeesOf(event), attendee] });
      microsoft.sendInvitations(event.email, event.id);
    },
    uninvite: (event, email) =>
      edit(event, {
        attendees: attendeesOf(event).filter(({ emailAddress: { address } }) => address !== email),
      }),
    answer: (event, email, answer) =>
      microsoft.respond(
        event.email,
        event.id,
        email,
        answer === 'tentative' ? 'tentativelyAccepted' : answer,
      ),
    remove: ({ email, calendarId, id }) => microsoft.deleteEvent(email, calendarId, id),
  };
}

const unanswered = { response: 'none', time: '0001-01-01T00:00:00Z' };

interface Attendee {
  readonly emailAddress: { readonly address: string };
}

function attendeesOf({ native }: SeenEvent): readonly Attendee[] {
  return (native as GraphEvent)['attendees'] as readonly Attendee[];
}

function changesOf({ native }: SeenEvent, change: EventChange): EventInput {
  if ('title' in change) return { subject: change.title };
  if ('location' in change) {
    const location = { displayName: change.location, locationType: 'default' };
    return { location, locations: [location] };
  }
  if ('note' in change) return { body: withNote((native as GraphEvent)['body'] as Body, change.note) };
  if ('visibility' in change) return { sensitivity: change.visibility === 'private' ? 'private' : 'normal' };
  const at = (instant: number) => ({
    dateTime: new Date(instant).toISOString().slice(0, -1),
    timeZone: 'UTC',
  });
  return { start: at(change.start), end: at(change.end) };
}

interface Body {
  readonly contentType: string;
  readonly content: string;
}

/** On top, where the cursor is; the block of Teams stays below. */
function withNote({ contentType, content }: Body, note: string): Body {
  if (contentType !== 'html') return { contentType, content: `${note}\r\n${content}` };
  const [head = ''] = /^\s*(<html[^>]*>)?\s*(<head>[\s\S]*<\/head>)?\s*(<body[^>]*>)?/i.exec(content) ?? [];
  return { contentType, content: `${head}<div>${note}</div>${content.slice(head.length)}` };
}
