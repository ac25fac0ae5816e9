import type { Alarms } from './alarms.ts';
import { CipherError, type Cipher } from './cipher.ts';

/**
 * The same cipher; what is stored and cannot be opened raises the operators' alarm, whichever job runs into it. What is
 * opened within a limit of age comes from a producer, whose mistake it is. Keys are read when a process starts, so the
 * alarm has no end but that of the process: another token that opens says nothing of the key that is missing.
 */
export function observedCipher(cipher: Cipher, alarms: Pick<Alarms, 'raise'>): Cipher {
  return {
    ...cipher,
    open: (sealed, limits) => {
      try {
        return cipher.open(sealed, limits);
      } catch (error) {
        if (error instanceof CipherError && limits === undefined) {
          alarms.raise({ code: 'unreadable_credentials', message: error.message });
        }
        throw error;
      }
    },
  };
}
