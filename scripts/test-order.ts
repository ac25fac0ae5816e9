import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Of files that mostly wait, so much of the run is left for what needs the processors when the last of them begins. */
const restAfterWaiting = 0.4;
const waiting: ReadonlySet<string> = new Set(['journey', 'browser']);

/**
 * The order of the test files. Vitest's own takes one project after the other, those that want the processors and then
 * those that wait for leases and outages; side by side they take less time together.
 */
export class MixedOrder extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    // oxlint-disable-next-line unicorn/no-array-sort -- it is no array's
    return spread(await super.sort(files), ({ project }) => project.name);
  }
}

/** Spreads each project's files evenly over the run, in the order in which they come; those that wait over its beginning. */
export function spread<File>(files: readonly File[], projectOf: (file: File) => string): File[] {
  const projects = Map.groupBy(files, projectOf);
  const placed = [...projects].flatMap(([project, own]) => {
    const share = waiting.has(project) ? 1 - restAfterWaiting : 1;
    return own.map((file, index) => ({ file, place: (share * index) / own.length }));
  });
  return placed.toSorted((one, other) => one.place - other.place).map(({ file }) => file);
}
