import { describe, expect, it } from 'vitest';
import { createLines } from '../../../src/store/lines.ts';

/** Work that ends when it is told to, and says when it begins and ends. */
function slowWork(said: string[]) {
  const gates = new Map<string, PromiseWithResolvers<void>>();
  return {
    work: (name: string) => async () => {
      const gate = Promise.withResolvers<void>();
      gates.set(name, gate);
      said.push(`${name} begins`);
      await gate.promise;
      said.push(`${name} ends`);
      return name;
    },
    end: (name: string) => gates.get(name)?.resolve(),
    fail: (name: string) => gates.get(name)?.reject(new Error(`${name} failed`)),
  };
}

async function turnOfTheLoop(): Promise<void> {
  await new Promise((resolve) => void setImmediate(resolve));
}

describe('work in line', () => {
  it('waits for what came before it under the same key, and for nothing else', async () => {
    const said: string[] = [];
    const { inLine } = createLines();
    const { work, end } = slowWork(said);
    const first = inLine('one', work('first'));
    const second = inLine('one', work('second'));
    const other = inLine('other', work('other'));
    await turnOfTheLoop();
    expect(said).toEqual(['first begins', 'other begins']);
    end('first');
    expect(await first).toBe('first');
    await turnOfTheLoop();
    expect(said).toEqual(['first begins', 'other begins', 'first ends', 'second begins']);
    end('second');
    end('other');
    expect(await Promise.all([second, other])).toEqual(['second', 'other']);
  });

  it('goes on after work that failed, and tells of that only whoever asked for it', async () => {
    const said: string[] = [];
    const { inLine } = createLines();
    const { work, end, fail } = slowWork(said);
    const first = inLine('one', work('first'));
    const second = inLine('one', work('second'));
    await turnOfTheLoop();
    fail('first');
    await expect(first).rejects.toThrow('first failed');
    await turnOfTheLoop();
    end('second');
    expect(await second).toBe('second');
  });

  it('begins anew where everybody has gone', async () => {
    const said: string[] = [];
    const { inLine } = createLines();
    const { work, end } = slowWork(said);
    for (const name of ['first', 'second']) {
      const done = inLine('one', work(name));
      await turnOfTheLoop();
      end(name);
      expect(await done).toBe(name);
    }
  });
});
