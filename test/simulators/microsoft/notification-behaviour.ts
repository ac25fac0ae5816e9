/** How change notifications are delivered, within what the documentation allows. Times are real milliseconds. */
export interface NotificationBehaviour {
  /** Plain http for notification URLs on loopback; the service wants https. */
  allowHttpLoopback: boolean;
  /** For each handshake, within the call that subscribes. */
  handshakeMs: number;
  /** For the answer to a notification, and to one that is sent again. */
  answerMs: number;
  retriedAnswerMs: number;
  /** An endpoint whose answers are slow is made to wait, and at worst loses its notifications. */
  judgesEndpoints: boolean;
  /** A create is told as `created` and again as `updated` (fact sheet, trap 21). */
  createdPlusUpdated: boolean;
  /** One POST carries what is due for that URL, of several subscriptions; otherwise each notification goes alone. */
  mixed: boolean;
  /** Notifications vanish; nobody is told. */
  lost: boolean;
  /** Offset of `expirationDateTime` in answers and notifications; 0 is Z. */
  expirationOffsetHours: number;
}

export const defaultNotificationBehaviour: NotificationBehaviour = {
  allowHttpLoopback: false,
  handshakeMs: 10_000,
  answerMs: 3_000,
  retriedAnswerMs: 10_000,
  judgesEndpoints: true,
  createdPlusUpdated: false,
  mixed: false,
  lost: false,
  expirationOffsetHours: 0,
};
