/** Which servers `npm start` uses. */

export interface StartPlan {
  mongodbUri?: string;
  redisUrl?: string;
  /** The variables without a value, for which embedded servers stand in. */
  embedded: readonly string[];
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Pure. An empty value counts as absent. Throws in production when one is absent: embedded servers are not for that. */
export function planStart(env: Environment): StartPlan {
  const mongodbUri = valueOf(env, 'MONGODB_URI');
  const redisUrl = valueOf(env, 'REDIS_URL');
  const embedded = [
    ...(mongodbUri === undefined ? ['MONGODB_URI'] : []),
    ...(redisUrl === undefined ? ['REDIS_URL'] : []),
  ];
  if (embedded.length > 0 && valueOf(env, 'NODE_ENV') === 'production') {
    throw new Error(
      `NODE_ENV is production and ${embedded.join(' and ')} not set. Embedded servers are for trying things out: ` +
        'they run on this machine alone and nobody backs them up. Set the variable, or unset NODE_ENV.',
    );
  }
  return {
    ...(mongodbUri !== undefined && { mongodbUri }),
    ...(redisUrl !== undefined && { redisUrl }),
    embedded,
  };
}

function valueOf(env: Environment, name: string): string | undefined {
  const value = env[name]?.trim();
  return value === '' ? undefined : value;
}
