import { createHash } from 'node:crypto';

import { draw } from '../draw.ts';
import type { Account } from './accounts.ts';
import { channelIdNotUnique, channelNotFound, invalid, required, webhookUrlNotHttps } from './errors.ts';
import type { AccessToken } from './grants.ts';
import type { PushBehaviour } from './push.ts';

/** A `Channel` of the Calendar API, as it is asked for and answered. */
export interface ChannelBody {
  kind?: string;
  id?: string;
  type?: string;
  address?: string;
  token?: string;
  /** Milliseconds since the epoch; a string by the Discovery document. */
  expiration?: string | number;
  params?: { ttl?: string };
  resourceId?: string;
  resourceUri?: string;
}

export interface Channel {
  id: string;
  /** Which list it watches: `eventsOf` or `calendarListOf`. */
  watched: string;
  resourceId: string;
  resourceUri: string;
  address: string;
  token: string | undefined;
  expiresAt: number;
  /** Only the same user and the same OAuth client can stop it. */
  sub: string;
  email: string;
  clientId: string;
  messageNumber: number;
}

export interface Watched {
  key: string;
  uri: string;
}

const ROOT = 'https://www.googleapis.com/calendar/v3';
const DEFAULT_TTL_S = 604_800;

export function eventsOf(email: string, calendarId: string): Watched {
  const uri = `${ROOT}/calendars/${encodeURIComponent(calendarId)}/events?alt=json`;
  return { key: `${email} events ${calendarId}`, uri };
}

export function calendarListOf(email: string): Watched {
  return { key: `${email} calendarList`, uri: `${ROOT}/users/me/calendarList?alt=json` };
}

export interface ChannelRegistryOptions {
  behaviour: PushBehaviour;
  now: () => Date;
}

export type ChannelRegistry = ReturnType<typeof createChannelRegistry>;

/** The open channels (fact sheet, section 8). There is no renewal, and no id is ever taken twice. */
export function createChannelRegistry({ behaviour, now }: ChannelRegistryOptions) {
  const channels = new Map<string, Channel>();
  /** The same by what they watch, since every change asks for it. */
  const watchers = new Map<string, Set<Channel>>();
  const taken = new Set<string>();

  /** @throws ApiError 400 */
  const open = (account: Account, token: AccessToken, watched: Watched, body: ChannelBody): Channel => {
    const { id, address } = readBody(body, behaviour.allowHttpLoopback);
    if (taken.has(id)) throw channelIdNotUnique(id);
    taken.add(id);
    const channel: Channel = {
      id,
      address,
      watched: watched.key,
      resourceId: createHash('sha256').update(watched.key).digest('base64url').slice(0, 27),
      resourceUri: watched.uri,
      token: body.token,
      expiresAt: expiryOf(body),
      sub: account.sub,
      email: account.email,
      clientId: token.grant.clientId,
      messageNumber: 0,
    };
    channels.set(id, channel);
    watchers.set(watched.key, (watchers.get(watched.key) ?? new Set()).add(channel));
    return channel;
  };

  const end = (channel: Channel): void => {
    channels.delete(channel.id);
    watchers.get(channel.watched)?.delete(channel);
  };

  /** Those of them that have not expired, which ends the others. */
  const unexpired = (some: Iterable<Channel>): Channel[] => {
    const at = now().getTime();
    const all = [...some];
    all.filter(({ expiresAt }) => expiresAt <= at).forEach(end);
    return all.filter(({ expiresAt }) => expiresAt > at);
  };

  /** The tighter of the wish and the server's own limit. */
  const expiryOf = ({ expiration, params }: ChannelBody): number => {
    const at = now().getTime();
    const ttl = params?.ttl === undefined ? undefined : Number(params.ttl) * 1000;
    const wishes = [
      expiration === undefined ? undefined : Number(expiration),
      ttl === undefined ? undefined : at + ttl,
    ];
    const given = wishes.filter((wish) => wish !== undefined);
    if (given.some((wish) => !(wish > at))) throw invalid('Invalid expiration time.');
    const wished = given.length > 0 ? Math.min(...given) : at + DEFAULT_TTL_S * 1000;
    return Math.min(wished, at + behaviour.maxTtlSeconds * 1000);
  };

  return {
    open,
    /** @throws ApiError 404 for one that is unknown, over or somebody else's. */
    stop: ({ sub }: Account, { grant }: AccessToken, { id = '', resourceId }: ChannelBody): void => {
      const channel = channels.get(id);
      const isTheirs = channel?.sub === sub && channel.clientId === grant.clientId;
      if (!channel || !isTheirs || channel.resourceId !== resourceId) throw channelNotFound(id);
      end(channel);
    },
    /** Those that have neither been stopped nor expired. */
    living: (): Channel[] => unexpired(channels.values()),
    /** Those of them that watch what `key` names. */
    watching: (key: string): Channel[] => unexpired(watchers.get(key) ?? []),
  };
}

/** Growing, not consecutive; the first is 1. */
export function nextMessageNumber(channel: Channel): number {
  const { id, messageNumber } = channel;
  channel.messageNumber += messageNumber === 0 ? 1 : 1 + Math.floor(draw(id, messageNumber) * 1000);
  return channel.messageNumber;
}

export function renderChannel(channel: Channel): ChannelBody {
  return {
    kind: 'api#channel',
    id: channel.id,
    resourceId: channel.resourceId,
    resourceUri: channel.resourceUri,
    ...(channel.token === undefined ? {} : { token: channel.token }),
    expiration: String(channel.expiresAt),
  };
}

function readBody({ id, type, address, token }: ChannelBody, allowHttpLoopback: boolean) {
  if (!id) throw required('Missing channel id.');
  if (!/^[A-Za-z0-9\-_+/=]{1,64}$/.test(id)) throw invalid('Invalid channel id.');
  if (type !== 'web_hook' && type !== 'webhook') throw invalid('Unknown channel type.');
  if (!address) throw required('Missing address.');
  if ((token?.length ?? 0) > 256) throw invalid('Channel token is too long.');
  if (!isAcceptable(address, allowHttpLoopback)) throw webhookUrlNotHttps(address);
  return { id, address };
}

function isAcceptable(address: string, allowHttpLoopback: boolean): boolean {
  const url = URL.parse(address);
  if (url?.protocol === 'https:') return true;
  const isLoopback = ['127.0.0.1', 'localhost', '[::1]'].includes(url?.hostname ?? '');
  return allowHttpLoopback && url?.protocol === 'http:' && isLoopback;
}
