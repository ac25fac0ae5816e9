/**
 * Resolves with the first SIGINT or SIGTERM; later ones are ignored while the caller cleans up. They do come: a Ctrl-C
 * reaches the whole terminal group and is passed on by npm and by the bootstrap as well.
 */
export function stopSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    process.on('SIGINT', resolve);
    process.on('SIGTERM', resolve);
  });
}
