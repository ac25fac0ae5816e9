import type { ProviderId } from '../../src/domain/provider-id.ts';
import type { VendorWrite, WriteRequest } from '../booking/vendor-writes.ts';

/** Somebody with one calendar at one vendor. */
export interface Person {
  readonly vendor: ProviderId;
  readonly email: string;
}

/** What an event is compared by. */
export interface PlainEvent {
  readonly id: string;
  readonly title: string;
  /** Milliseconds since the epoch. */
  readonly start: number;
}

/** Where and how a vendor would notify about one calendar. */
export interface Destination {
  readonly person: Person;
  readonly url: string;
  /** Google's channel id, Microsoft's subscription id. */
  readonly watchId: string;
  /** What the subscriber gave along: Google's token, Microsoft's clientState. */
  readonly secret: string;
  /** Google's. */
  readonly resourceId: string;
  readonly resourceUri: string;
}

export interface GoogleAnswers {
  readonly requests: number;
  /** Of access tokens, which count for no quota and are not among the requests. */
  readonly refreshes: number;
  /** Because of the quota. */
  readonly refused: number;
  /** Milliseconds since the epoch. */
  readonly firstAt: number;
  readonly lastAt: number;
}

/** What the process with the simulators can be told to do; all of it between two events of its loop. */
export interface VendorOrders {
  /** Makes them up, with so many events in the coming weeks. */
  addPeople(people: readonly Person[], eventsEach: number): void;
  /** Gives one of the person's events another title. Answers when, by the machine's clock: just before it. */
  change(person: Person, title: string): number;
  /** From now on the simulators send no notifications. */
  loseNotifications(): void;
  /** As after an hour. */
  expireAccessTokens(people: readonly Person[]): void;
  /** For each living channel and subscription of these people. */
  destinations(people: readonly Person[]): Destination[];
  /** How many API requests came since the last time, by vendor. */
  takeRequestCounts(): Record<ProviderId, number>;
  /** From now on Google allows so many requests a minute. */
  limitGoogle(quota: { readonly perMinutePerProject: number; readonly perMinutePerUser: number }): void;
  /** What Google's Calendar API was asked since the last time. */
  takeGoogleAnswers(): GoogleAnswers;
  /** Which events were made or moved since the last time, oldest first. */
  takeWrites(): VendorWrite[];
  /** The same requests of the vendor in full, as far as nobody has taken the counts since. */
  writeRequests(vendor: ProviderId): WriteRequest[];
  /** All that is in the calendar. */
  events(person: Person): PlainEvent[];
}

/** The same from another process. */
export type RemoteOrders = {
  readonly [Name in keyof VendorOrders]: (
    ...args: Parameters<VendorOrders[Name]>
  ) => Promise<ReturnType<VendorOrders[Name]>>;
};

export interface OrderMessage {
  readonly id: number;
  readonly name: keyof VendorOrders;
  readonly args: readonly unknown[];
}

export interface OrderAnswer {
  readonly id: number;
  readonly answer?: unknown;
  readonly error?: string | undefined;
}
