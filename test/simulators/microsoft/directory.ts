import { createHash } from 'node:crypto';

import { requireZone } from './wall-clock.ts';

/** The tenant that all personal accounts share (fact sheet, section 3). */
export const PERSONAL_TENANT = '9188040d-6c67-4c5b-b112-36a304b66dad';

export interface UserInput {
  email: string;
  name: string;
  /** Windows name of the mailbox's zone, for example `W. Europe Standard Time`. */
  timeZone?: string;
  oid?: string;
  /** `PERSONAL_TENANT` makes it a personal account; one tenant for each mail domain unless given. */
  tid?: string;
  /** False: `/me` answers `mail: null`, as it does for accounts without a mail attribute. */
  mail?: boolean;
}

export interface DirectoryUser {
  readonly oid: string;
  readonly tid: string;
  readonly email: string;
  readonly name: string;
  timeZone: string;
  readonly mail: string | null;
}

export interface Directory {
  /** @throws Error when the address is taken. */
  add(input: UserInput): DirectoryUser;
  /** By address, without regard to case. @throws Error for an unknown one. */
  get(email: string): DirectoryUser;
  /** @throws Error for an unknown address, RangeError for an unknown zone. */
  setTimeZone(email: string, timeZone: string): void;
  find(email: string): DirectoryUser | undefined;
  all(): DirectoryUser[];
  /** Whether `/{tenant}/…` names a tenant: an id or a domain of some user, or one of the three shared names. */
  isTenant(tenant: string): boolean;
  /** Whether that user can sign in through `/{tenant}/…`. */
  admits(tenant: string, user: DirectoryUser): boolean;
}

const SHARED_TENANTS = ['common', 'organizations', 'consumers'];

export function createDirectory(): Directory {
  const users = new Map<string, DirectoryUser>();
  const find = (email: string) => users.get(email.toLowerCase());
  const get = (email: string) => {
    const user = find(email);
    if (!user) throw new Error(`no user ${email}`);
    return user;
  };
  return {
    find,
    add: (input) => {
      if (find(input.email)) throw new Error(`user ${input.email} exists already`);
      const user: DirectoryUser = {
        oid: input.oid ?? stableGuid(`user:${input.email.toLowerCase()}`),
        tid: input.tid ?? stableGuid(`tenant:${domainOf(input.email)}`),
        email: input.email,
        name: input.name,
        timeZone: input.timeZone ?? 'UTC',
        mail: input.mail === false ? null : input.email,
      };
      users.set(user.email.toLowerCase(), user);
      return user;
    },
    get,
    setTimeZone: (email, timeZone) => {
      requireZone(timeZone);
      get(email).timeZone = timeZone;
    },
    all: () => [...users.values()],
    isTenant: (tenant) =>
      SHARED_TENANTS.includes(tenant) || [...users.values()].some((user) => isOwnTenant(tenant, user)),
    admits: (tenant, user) => {
      if (tenant === 'common') return true;
      if (tenant === 'consumers') return user.tid === PERSONAL_TENANT;
      if (tenant === 'organizations') return user.tid !== PERSONAL_TENANT;
      return isOwnTenant(tenant, user);
    },
  };
}

function isOwnTenant(tenant: string, user: DirectoryUser): boolean {
  const wanted = tenant.toLowerCase();
  return wanted === user.tid || (user.tid !== PERSONAL_TENANT && wanted === domainOf(user.email));
}

function domainOf(email: string): string {
  return email.slice(email.lastIndexOf('@') + 1).toLowerCase();
}

/** The same name gives the same id in every run. */
export function stableGuid(name: string): string {
  const hex = createHash('sha256').update(name).digest('hex');
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `4${hex.slice(13, 16)}`,
    `a${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ].join('-');
}
