import { expect, test } from 'vitest';

import { readAnswer, OversizedAnswerError } from '../../../src/providers/read-answer.ts';

const encoder = new TextEncoder();

/** A body in these pieces; tells how many were taken, and whether the rest was called off. */
function bodyOf(pieces: readonly Uint8Array[]) {
  const told = { taken: 0, cancelled: false };
  const body = new ReadableStream<Uint8Array>(
    {
      pull: (controller) => {
        const piece = pieces[told.taken];
        if (piece === undefined) return controller.close();
        told.taken += 1;
        controller.enqueue(piece);
      },
      cancel: () => void (told.cancelled = true),
    },
    { highWaterMark: 0 },
  );
  return { told, answer: { body } };
}

test('an answer is read as a whole, characters that lie across its pieces included', async () => {
  const bytes = encoder.encode('{"summary": "Grüße 👋"}');
  const { answer } = bodyOf([...bytes].map((byte) => Uint8Array.of(byte)));
  expect(await readAnswer(answer)).toBe('{"summary": "Grüße 👋"}');
});

test('an answer begins after its byte order mark', async () => {
  expect(await readAnswer(bodyOf([encoder.encode('\ufeff{}')]).answer)).toBe('{}');
});

test('an answer without a body is empty', async () => {
  expect(await readAnswer({ body: null })).toBe('');
});

test('an answer is read up to the limit and not a byte further, and the rest is called off', async () => {
  const half = new Uint8Array(2 ** 19);
  expect(await readAnswer(bodyOf([half, half]).answer, 1)).toHaveLength(2 ** 20);
  const { answer, told } = bodyOf([half, half, Uint8Array.of(0x20), half, half]);
  await expect(readAnswer(answer, 1)).rejects.toEqual(new OversizedAnswerError(1));
  expect(told).toEqual({ taken: 3, cancelled: true });
});
