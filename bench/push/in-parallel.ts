const atATime = 8;

/** A few at a time; the answers in the order of what was given. Rejects with the first failure. */
export async function inParallel<T, R>(
  given: readonly T[],
  work: (one: T) => Promise<R>,
  width = atATime,
): Promise<R[]> {
  const answers: R[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let index = (next += 1) - 1; index < given.length; index = (next += 1) - 1) {
      answers[index] = await work(given[index] as T);
    }
  };
  await Promise.all(Array.from({ length: width }, worker));
  return answers;
}
