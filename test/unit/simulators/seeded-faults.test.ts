import { describe, expect, it } from 'vitest';

import { createFaultQueue } from '../../simulators/faults.ts';
import { createFaultStream, type SeededFaults } from '../../simulators/seeded-faults.ts';

const plan: SeededFaults = { seed: 1, rate: 0.3, kinds: ['cut', 'throttled', { type: 'delay', ms: 5 }] };

function streamed(changes: Partial<SeededFaults>, requests: readonly string[]): (string | undefined)[] {
  const stream = createFaultStream({ ...plan, ...changes });
  return requests.map((path) => stream.take('GET', path)?.type);
}

const same = Array.from({ length: 1000 }, () => '/events');

describe('a seeded stream of faults', () => {
  it('is the same for the same seed and another for another', () => {
    expect(streamed({}, same)).toEqual(streamed({}, same));
    expect(streamed({}, same)).not.toEqual(streamed({ seed: 2 }, same));
  });

  it('hits the share that was asked for, each kind about as often', () => {
    const hits = streamed({}, same).filter((type) => type !== undefined);
    expect(hits.length).toBeGreaterThan(240);
    expect(hits.length).toBeLessThan(360);
    for (const type of ['cut', 'throttle', 'delay'])
      expect(hits.filter((hit) => hit === type).length).toBeGreaterThan(60);
    expect(streamed({ rate: 0 }, same).every((type) => type === undefined)).toBe(true);
    expect(streamed({ rate: 1 }, same).every((type) => type !== undefined)).toBe(true);
  });

  it('does the same to each path, however the paths’ requests interleave', () => {
    const [first, second] = [Array<string>(50).fill('/a'), Array<string>(50).fill('/b')];
    const inTurn = streamed({}, [...first, ...second]);
    const mixed = streamed(
      {},
      first.flatMap((path, index) => [path, second[index] ?? '']),
    );
    expect(mixed.filter((_, index) => index % 2 === 0)).toEqual(inTurn.slice(0, 50));
    expect(mixed.filter((_, index) => index % 2 === 1)).toEqual(inTurn.slice(50));
  });

  it('leaves other requests alone and ends at its limit', () => {
    const stream = createFaultStream({
      ...plan,
      rate: 1,
      limit: 2,
      match: { method: 'post', path: '^/token$' },
    });
    const taken = [
      stream.take('GET', '/token'),
      stream.take('POST', '/events'),
      stream.take('POST', '/token'),
      stream.take('POST', '/token'),
      stream.take('POST', '/token'),
    ];
    expect(taken.map((action) => action !== undefined)).toEqual([false, false, true, true, false]);
  });

  it.each([[{ rate: 2 }], [{ rate: Number.NaN }], [{ kinds: [] }]])('refuses %j', (changes) => {
    expect(() => createFaultStream({ ...plan, ...changes })).toThrow(RangeError);
  });

  it('comes after scripted faults, is counted with them, and is cleared with them', () => {
    const faults = createFaultQueue();
    faults.addStream({ ...plan, rate: 1, kinds: ['cut'] });
    faults.add({ match: { path: '/' }, action: { type: 'status', status: 503 } });
    expect([faults.take('GET', '/')?.type, faults.take('GET', '/')?.type]).toEqual(['status', 'cut']);
    faults.clear();
    expect(faults.take('GET', '/')).toBeUndefined();
    expect(faults.counts()).toEqual({ 'status 503': 1, cut: 1 });
  });
});
