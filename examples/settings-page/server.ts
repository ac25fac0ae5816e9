/** The settings page alone, beside a Calendar Sync that runs somewhere: `node examples/settings-page/server.ts`. */
import { readPeople } from './people.ts';
import { startSettingsPage } from './start.ts';

function required(name: string): string {
  const value = process.env[name];
  if (value === undefined || value.trim() === '') throw new Error(`${name} is not set (see README.md here)`);
  return value.trim();
}

const settingsUrl = process.env['SETTINGS_URL'];
const page = await startSettingsPage({
  calendarSyncUrl: required('CALENDAR_SYNC_URL').replace(/\/$/, ''),
  apiKey: required('CALENDAR_SYNC_API_KEY'),
  people: readPeople(process.env['PEOPLE_FILE'] ?? new URL('people.json', import.meta.url)),
  port: Number(process.env['PORT'] ?? 3000),
  ...(settingsUrl !== undefined && { settingsUrl }),
});
console.log(`The settings page is at ${page.settingsUrl}. Ctrl-C stops it.`);

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void page.close());
