import { describe, expect, it } from 'vitest';
import { spread } from '../../../scripts/test-order.ts';

const files = (project: string, count: number): string[] =>
  Array.from({ length: count }, (_, index) => `${project} ${index}`);
const projectOf = (file: string): string => file.split(' ')[0]!;

describe('the order of the test files', () => {
  it('is that of each project, and has all of them', () => {
    const given = [...files('contract', 7), ...files('journey', 3), ...files('unit', 10)];
    const order = spread(given, projectOf);
    expect(order.toSorted()).toEqual(given.toSorted());
    for (const project of ['contract', 'journey', 'unit'])
      expect(order.filter((file) => projectOf(file) === project)).toEqual(
        given.filter((file) => projectOf(file) === project),
      );
  });

  it('has what waits beside what works, and not at the end', () => {
    const order = spread([...files('integration', 60), ...files('journey', 12)], projectOf);
    const places = order.flatMap((file, index) => (projectOf(file) === 'journey' ? [index] : []));
    const gaps = places.slice(1).map((place, index) => place - places[index]!);
    expect(Math.max(...gaps)).toBeLessThanOrEqual(5);
    expect(order.slice(-20).map(projectOf)).not.toContain('journey');
  });
});
