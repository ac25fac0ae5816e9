import { describe, expect, it } from 'vitest';
import { createClosers } from '../../src/closers.ts';

describe('closing', () => {
  it('goes in reverse, once, and past what fails', async () => {
    const closed: string[] = [];
    const closers = createClosers();
    closers.add('store', async () => void closed.push('store'));
    closers.add('queue', async () => {
      closed.push('queue');
      throw new Error('is gone');
    });
    closers.add('server', async () => void closed.push('server'));
    await expect(closers.closeAll()).rejects.toThrow('queue: is gone');
    await expect(closers.closeAll()).rejects.toThrow('queue: is gone');
    expect(closed).toEqual(['server', 'queue', 'store']);
  });

  it('waits for none longer than its limit, and names what hung', async () => {
    const closed: string[] = [];
    const closers = createClosers();
    closers.add('store', async () => void closed.push('store'));
    closers.add('queue', () => new Promise<void>(() => undefined), 5);
    await expect(closers.closeAll()).rejects.toThrow('queue: no answer within 5 ms');
    expect(closed).toEqual(['store']);
  });
});
