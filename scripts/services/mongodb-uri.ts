/**
 * The same servers and options with another database. Where the credentials were looked up stays as it was: without
 * an authSource the database in the path decides that
 * (https://www.mongodb.com/docs/manual/reference/connection-string/).
 */
export function withDatabase(uri: string, database: string): string {
  const parts = /^(?<servers>mongodb(?:\+srv)?:\/\/[^/?]+)(?:\/(?<named>[^?]*))?(?:\?(?<query>.*))?$/.exec(
    uri,
  )?.groups;
  if (parts === undefined) throw new Error('this is no MongoDB connection string');
  const { servers = '', named = '', query = '' } = parts;
  const options = query === '' ? [] : query.split('&');
  const needsSource = servers.includes('@') && !options.some((option) => option.startsWith('authSource='));
  // A DNS seed list may carry the authSource in its TXT record; only a path overrides that.
  const source = named !== '' ? named : servers.startsWith('mongodb+srv:') ? undefined : 'admin';
  if (needsSource && source !== undefined) options.push(`authSource=${source}`);
  return `${servers}/${database}${options.length === 0 ? '' : `?${options.join('&')}`}`;
}
