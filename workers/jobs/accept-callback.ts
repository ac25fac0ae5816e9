import { createHash } from 'node:crypto';
import { CipherError, type Cipher } from '../../src/cipher.ts';
import { failure } from '../../src/domain/failure.ts';
import { done, giveUp, type Outcome } from '../../src/domain/outcome.ts';
import type { Payload } from '../../src/queue/contracts.ts';
import type { Producer } from '../../src/queue/producer.ts';
import type { Intents } from '../../src/store/store.ts';
import type { JobContext } from '../runtime/executor.ts';

export interface AcceptCallbackDependencies {
  readonly intents: Pick<Intents, 'acceptCallback'>;
  readonly producer: Pick<Producer, 'enqueue'>;
  readonly cipher: Cipher;
  readonly now: () => Date;
}

/** A sealed code is worth as little as a code after this time: a job that is replayed later opens nothing. */
const maxAgeSeconds = 600;

/**
 * What POST /v1/callback does, for a producer that puts the job on the queue itself: takes the code for the attempt
 * that the state belongs to, and queues its exchange. May run twice.
 */
export function acceptCallback({ intents, producer, cipher, now }: AcceptCallbackDependencies) {
  return async ({ payload }: JobContext<Payload<'connect', 'accept-callback'>>): Promise<Outcome> => {
    const opened = open(payload);
    if (opened instanceof CipherError)
      return giveUp(failure('invalid_payload', `code or state: ${opened.message}`));
    const verdict = await intents.acceptCallback({
      provider: payload.provider,
      userId: payload.userId,
      stateHash: sha256(opened.state),
      result: { code: cipher.seal(opened.code), codeHash: sha256(opened.code) },
      now: now(),
    });
    switch (verdict.type) {
      case 'accepted': {
        const { id, status } = verdict.attempt;
        if (status === 'exchanging') await queueExchange(id, payload.requestId);
        return done({ attemptId: id });
      }
      case 'unknown':
        return giveUp(
          failure('unknown_record', `state: belongs to no authorization with ${payload.provider}`),
        );
      case 'foreign':
        return giveUp(failure('unknown_record', 'state: belongs to another user than the one in userId'));
      case 'used':
        return giveUp(failure('code_expired', 'state: was already used with another code'));
      case 'expired':
        return giveUp(failure('attempt_expired', 'state: its authorization has expired'));
    }
  };

  function open({ state, code }: Payload<'connect', 'accept-callback'>) {
    try {
      return { state: cipher.open(state, { maxAgeSeconds }), code: cipher.open(code, { maxAgeSeconds }) };
    } catch (error) {
      if (error instanceof CipherError) return error;
      throw error;
    }
  }

  async function queueExchange(attemptId: string, requestId: string | undefined): Promise<void> {
    await producer.enqueue(
      'connect',
      'exchange-code',
      { v: 1, attemptId, requestId },
      { deduplicate: 'while-queued' },
    );
  }
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
