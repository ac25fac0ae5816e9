export const watchStates = ['creating', 'active', 'retiring'] as const;

export type WatchState = (typeof watchStates)[number];
