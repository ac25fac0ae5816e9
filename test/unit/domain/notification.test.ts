import { describe, expect, it } from 'vitest';
import { judgeNotification, type KnownWatch, type Notification } from '../../../src/domain/notification.ts';

const google: Notification = {
  provider: 'google',
  kind: 'changed',
  watchId: '66f1a2b3c4d5e6f708192a3b',
  providerWatchId: '66f1a2b3c4d5e6f708192a3b',
  resourceId: 'resource-1',
  messageNumber: 7,
};
const channel: KnownWatch = {
  provider: 'google',
  providerWatchId: google.watchId,
  resourceId: 'resource-1',
  lastMessageNumber: 3,
};
const microsoft: Notification = {
  provider: 'microsoft',
  kind: 'changed',
  watchId: google.watchId,
  providerWatchId: 'subscription-1',
};
const subscription: KnownWatch = { provider: 'microsoft', providerWatchId: 'subscription-1' };

describe('a notification', () => {
  it('counts where secret, vendor and every recorded name agree', () => {
    expect(judgeNotification(google, channel, true)).toBe('accepted');
    expect(judgeNotification(microsoft, subscription, true)).toBe('accepted');
  });

  it('counts before the answer that made the watch is recorded', () => {
    expect(judgeNotification(google, { provider: 'google' }, true)).toBe('accepted');
    expect(judgeNotification(microsoft, { provider: 'microsoft' }, true)).toBe('accepted');
  });

  it.each<[string, Notification, KnownWatch, boolean]>([
    ['without the secret', google, channel, false],
    ['with the secret of another vendor’s watch', { ...google, provider: 'microsoft' }, channel, true],
    ['of another resource', { ...google, resourceId: 'resource-2' }, channel, true],
    ['of another channel', { ...google, providerWatchId: 'other' }, channel, true],
    ['of another subscription', { ...microsoft, providerWatchId: 'subscription-2' }, subscription, true],
  ])('is forged %s', (_, notification, watch, holdsSecret) => {
    expect(judgeNotification(notification, watch, holdsSecret)).toBe('forged');
  });

  it('is unknown where there is no such watch, whatever it holds', () => {
    expect(judgeNotification(google, undefined, true)).toBe('unknown');
  });

  it.each([
    [1, 'replayed'],
    [3, 'replayed'],
    [4, 'accepted'],
    [4000, 'accepted'],
  ])('with the number %i after 3 is %s: numbers grow, with gaps', (messageNumber, verdict) => {
    expect(judgeNotification({ ...google, messageNumber }, channel, true)).toBe(verdict);
  });

  it('that is forged is not called a replay', () => {
    expect(judgeNotification({ ...google, messageNumber: 1 }, channel, false)).toBe('forged');
  });
});
