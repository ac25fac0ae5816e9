/** Work of this process that is done one at a time for each key, in the order in which it came. */
export interface Lines {
  inLine<T>(key: string, work: () => Promise<T>): Promise<T>;
}

export function createLines(): Lines {
  const ends = new Map<string, Promise<void>>();
  return {
    inLine: async (key, work) => {
      const before = ends.get(key);
      const { promise: end, resolve: leave } = Promise.withResolvers<void>();
      ends.set(key, end);
      await before;
      try {
        return await work();
      } finally {
        if (ends.get(key) === end) ends.delete(key);
        leave();
      }
    },
  };
}
