/**
 * The most that is read of one answer, unpacked. The largest honest page is Google's: 2,500 events with what we ask of
 * them, which makes 3 MB of ordinary ones and would let each have 13 kB; a page of Graph has 100 events, each with a
 * third of a megabyte. More than twice that would, with ten syncs at a time in a process, be more memory than one has.
 */
export const answerLimitMiB = 32;

export class OversizedAnswerError extends Error {
  constructor(limitMiB: number) {
    super(`more than ${limitMiB} MiB`);
    this.name = 'OversizedAnswerError';
  }
}

/**
 * The whole body, as UTF-8. Throws `OversizedAnswerError` as soon as there is more than the limit, and ends the
 * connection. Counts what comes out of the decompression: what a few packed kilobytes grow to, `maxResponseSize` of the
 * agent does not see.
 */
export async function readAnswer(
  response: ReadableAnswer,
  limitMiB: number = answerLimitMiB,
): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.byteLength;
    if (bytes > limitMiB * 2 ** 20) throw new OversizedAnswerError(limitMiB);
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}

interface ReadableAnswer {
  readonly body: AsyncIterable<Uint8Array> | null;
}
