import { createCipher, CipherError, type Cipher } from '../cipher.ts';
import type { Sealed } from '../domain/sealed.ts';
import type { Facts, StoredTokens } from '../store/store.ts';
import { exitStatus, parse, type Command } from './command.ts';

export const reseal: Command = {
  usage: '',
  summary:
    'seals every stored token with the first key of CREDENTIAL_KEYS, so that the others can be taken out',
  async run({ live, args, print }) {
    parse(args, {});
    const [first] = live.config.credentialKeys;
    const counts = await resealAll({
      facts: live.store.facts,
      cipher: live.cipher,
      firstKey: createCipher(first === undefined ? [] : [first], live.now),
      onUnreadable: (connectionId) => print(`${connectionId}: no key in CREDENTIAL_KEYS opens its tokens`),
    });
    print(
      `${counts.connections} connections: ${counts.resealed} sealed anew, ${counts.already} were so already, ` +
        `${counts.unreadable} cannot be opened`,
    );
    if (counts.unreadable > 0) return exitStatus.attention;
    print('Every token is sealed with the first key.');
    return exitStatus.done;
  },
};

export interface ResealDependencies {
  readonly facts: Pick<Facts, 'storedTokens' | 'resealTokens'>;
  /** Opens with any key, seals with the first. */
  readonly cipher: Cipher;
  /** Opens with the first key only. */
  readonly firstKey: Pick<Cipher, 'open'>;
  readonly onUnreadable: (connectionId: string) => void;
}

export interface ResealCounts {
  connections: number;
  resealed: number;
  already: number;
  unreadable: number;
}

const batch = 200;

/**
 * A refresh that comes in between wins: its tokens are newer. It may have been made by a process that still seals with
 * another key, so a connection that was changed meanwhile is looked at again, in another round over all of them, until
 * a round changes nothing.
 */
export async function resealAll(dependencies: ResealDependencies): Promise<ResealCounts> {
  let resealed = 0;
  for (;;) {
    const counts = await resealRound(dependencies);
    resealed += counts.resealed;
    if (counts.resealed === 0 && counts.changed === 0) {
      const { connections, already, unreadable } = counts;
      return { connections, resealed, already: already - resealed, unreadable };
    }
  }
}

async function resealRound({ facts, cipher, firstKey, onUnreadable }: ResealDependencies) {
  const counts = { connections: 0, resealed: 0, already: 0, unreadable: 0, changed: 0 };
  let after: string | undefined;
  for (;;) {
    const found = await facts.storedTokens(after, batch);
    for (const tokens of found) {
      counts.connections += 1;
      counts[await resealOne(tokens)] += 1;
    }
    after = found.at(-1)?.connectionId;
    if (after === undefined) return counts;
  }

  async function resealOne(stored: StoredTokens) {
    if (opens(firstKey, stored.accessToken) && opens(firstKey, stored.refreshToken)) return 'already';
    if (!opens(cipher, stored.accessToken) || !opens(cipher, stored.refreshToken)) {
      onUnreadable(stored.connectionId);
      return 'unreadable';
    }
    const anew = (sealed: Sealed): Sealed => cipher.seal(cipher.open(sealed));
    const tokens = { accessToken: anew(stored.accessToken), refreshToken: anew(stored.refreshToken) };
    return (await facts.resealTokens(stored, tokens)) ? 'resealed' : 'changed';
  }
}

function opens(cipher: Pick<Cipher, 'open'>, sealed: Sealed): boolean {
  try {
    cipher.open(sealed);
    return true;
  } catch (error) {
    if (error instanceof CipherError) return false;
    throw error;
  }
}
