import type { Directory } from './directory.ts';
import type { LifecycleEvent, Notifier } from './notifications.ts';
import type { SubscriptionStore } from './subscriptions.ts';

/** A living subscription, as tests want to see it. */
export interface SubscriptionView {
  id: string;
  resource: string;
  changeTypes: string[];
  notificationUrl: string;
  clientState: string | undefined;
  expiresAt: Date;
}

export interface SubscriptionOperations {
  subscriptions(email: string): SubscriptionView[];
  /**
   * Tells the subscriber's lifecycle URL; `subscriptionRemoved` removes the subscription as well.
   * @throws Error for a subscription that there is not
   */
  sendLifecycle(subscriptionId: string, event: LifecycleEvent): void;
  /**
   * Attempts now what the clock makes due, instead of within a second, and ends when every attempt has. Gives how many
   * notifications wait for later: for their retry, for a slow endpoint, or for a subscription whose token has lapsed.
   */
  deliverNotifications(): Promise<number>;
}

export function subscriptionOperations(
  directory: Directory,
  store: SubscriptionStore,
  notifier: Notifier,
): SubscriptionOperations {
  return {
    subscriptions: (email) =>
      store
        .of(directory.get(email))
        .map(({ id, resource, changeTypes, notificationUrl, clientState, expiresAt }) => ({
          id,
          resource,
          changeTypes: [...changeTypes],
          notificationUrl,
          clientState,
          expiresAt: new Date(expiresAt),
        })),
    sendLifecycle: (subscriptionId, event) => {
      const subscription = store.find(subscriptionId);
      if (!subscription) throw new Error(`no subscription ${subscriptionId}`);
      if (event === 'subscriptionRemoved') store.remove(subscriptionId);
      notifier.lifecycle(subscription, event);
    },
    deliverNotifications: notifier.deliver,
  };
}
