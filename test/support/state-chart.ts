import {
  interviewTransitions,
  type InterviewHappening,
  type InterviewState,
} from '../../src/domain/interview.ts';

/** The states of interviews and what leads from one to another, as mermaid draws it: docs/interviews.md holds just this. */
export function stateChart(): string {
  const states = Object.entries(interviewTransitions) as [InterviewState, Ways][];
  const lines = ['stateDiagram-v2', '[*] --> pending: requested', ...states.flatMap(arrowsFrom)];
  return lines.join('\n    ');
}

type Ways = Readonly<Partial<Record<InterviewHappening, InterviewState>>>;

/** One arrow for each state that it can lead to, with all that leads there. */
function arrowsFrom([state, ways]: [InterviewState, Ways]): string[] {
  const byTarget = Map.groupBy(Object.entries(ways), ([, target]) => target);
  return [...byTarget].map(
    ([target, steps]) => `${state} --> ${target}: ${steps.map(([happening]) => happening).join(', ')}`,
  );
}
