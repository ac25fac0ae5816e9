/** An e-mail that this Google would have sent about an event. */
export interface Mail {
  at: Date;
  to: string;
  /** `response` goes to the organizer; the others to guests. */
  kind: 'invitation' | 'update' | 'cancellation' | 'response';
  /** The organizer's address. */
  organizer: string;
  eventId: string;
  iCalUID: string;
  sequence: number;
}

/** The parameter of every write. Nobody is told unless somebody says so (Discovery, `sendUpdates`). */
export type SendUpdates = 'all' | 'externalOnly' | 'none';

export interface MailOffice {
  /** Oldest first. */
  readonly sent: Mail[];
  send(mail: Omit<Mail, 'at'>, sendUpdates: SendUpdates): void;
}

/** @param hasCalendar whether somebody uses this Google, so that the calendar itself tells them */
export function createMailOffice(now: () => Date, hasCalendar: (email: string) => boolean): MailOffice {
  const sent: Mail[] = [];
  return {
    sent,
    send: (mail, sendUpdates) => {
      if (sendUpdates === 'none' || (sendUpdates === 'externalOnly' && hasCalendar(mail.to))) return;
      sent.push({ at: now(), ...mail });
    },
  };
}
