/**
 * Whether MongoDB or Redis is away, told from the names and labels of the drivers' errors: the packages themselves
 * have their home elsewhere. Everything else that a driver throws is a defect of ours.
 */
export function isOutage(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (outageNames.has(error.name) || networkCodes.has(codeOf(error))) return true;
  const labels: unknown = 'errorLabels' in error ? error.errorLabels : undefined;
  if (Array.isArray(labels) && labels.some((label) => outageLabels.has(String(label)))) return true;
  if (isMongodbServers(error) && noPrimaryCodes.has(error.code)) return true;
  if (redisIsAway.test(error.message)) return true;
  return error.cause !== undefined && isOutage(error.cause);
}

const outageNames = new Set([
  'MongoServerSelectionError',
  'MongooseServerSelectionError',
  'MongoNetworkError',
  'MongoNetworkTimeoutError',
  'MongoNotConnectedError',
  'MongoTopologyClosedError',
  'MongoExpiredSessionError',
  'MongoPoolClearedError',
  'PoolClearedOnNetworkError',
  'MongoWaitQueueTimeoutError',
  'MongoOperationTimeoutError',
  'MaxRetriesPerRequestError',
  'LateError',
]);
const outageLabels = new Set(['RetryableWriteError', 'TransientTransactionError', 'NetworkError']);
const networkCodes = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ENOTFOUND', 'EAI_AGAIN']);
/**
 * What a server says that is about to stop being the primary, or is none: a reading carries no label for it. Shutdown in
 * progress, primary stepped down, not writable primary, interrupted at shutdown, interrupted by a change of the replica
 * set's state, not primary and no secondary either, not primary or secondary (mongo/src/mongo/base/error_codes.yml).
 */
const noPrimaryCodes = new Set<unknown>([91, 189, 10107, 11600, 11602, 13435, 13436]);
const redisIsAway = /^(Connection is closed|Stream isn't writeable|Command timed out|LOADING )/;

function codeOf(error: Error): string {
  return 'code' in error && typeof error.code === 'string' ? error.code : '';
}

function isMongodbServers(error: Error): error is Error & { readonly code: unknown } {
  return error.name === 'MongoServerError' && 'code' in error;
}
