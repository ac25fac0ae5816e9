const bits = 2 ** 20;
const probes = 4;

/** What has been named so far, in memory that does not grow (128 KiB). */
export interface NamedIds {
  add(id: string): void;
  /** Never wrong when it says no. Among a hundred thousand ids, wrong once in a hundred times when it says yes. */
  mayHave(id: string): boolean;
}

/** A Bloom filter. A wrong yes costs the caller a needless word, nothing else. */
export function createNamedIds(): NamedIds {
  const field = new Uint8Array(bits / 8);
  return {
    add: (id) => {
      for (const bit of bitsOf(id)) field[bit >> 3] = (field[bit >> 3] ?? 0) | (1 << (bit & 7));
    },
    mayHave: (id) => bitsOf(id).every((bit) => ((field[bit >> 3] ?? 0) & (1 << (bit & 7))) !== 0),
  };
}

/** Kirsch and Mitzenmacher: two hashes make as many as wanted. */
function bitsOf(id: string): number[] {
  const first = fnv1a(id, 0x811c9dc5);
  const second = fnv1a(id, 0x01234567) | 1;
  return Array.from({ length: probes }, (_, probe) => (first + Math.imul(probe, second)) & (bits - 1));
}

function fnv1a(text: string, seed: number): number {
  let hash = seed;
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  return hash ^ (hash >>> 15);
}
