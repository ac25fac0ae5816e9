import { watchAttempt } from './attempt.js';
import { openBooking } from './booking.js';
import { loadConnections, showConnections } from './connections.js';
import { loadWeek, showFinding, shows } from './finding.js';
import { loadInterviews } from './interviews.js';
import { call, listen } from './server-calls.js';

const { user, people: everybody } = await call('GET', '/me');
const people = [{ ...user, name: 'You' }, ...everybody.filter(({ userId }) => userId !== user.userId)];
document.getElementById('user-name').textContent = user.name;
document.querySelector('h1').tabIndex = -1;

/** Several things that happen at once lead to one reading. */
const soon = (act) => {
  let timer;
  return () => {
    clearTimeout(timer);
    timer = setTimeout(() => void act(), 150);
  };
};
const [connectionsSoon, weekSoon, interviewsSoon] = [loadConnections, loadWeek, loadInterviews].map(soon);

listen(({ type, userId }) => {
  const isEverything = type === 'everything';
  if (isEverything || (userId === user.userId && !type.startsWith('interview.'))) connectionsSoon();
  if (isEverything || shows(userId)) weekSoon();
  if (isEverything || type.startsWith('interview.')) interviewsSoon();
});

// How old what is known is, and what becomes too old, no change tells of.
setInterval(() => {
  if (document.visibilityState !== 'visible') return;
  connectionsSoon();
  weekSoon();
}, 10_000);

document.getElementById('zone').addEventListener('change', interviewsSoon);

await Promise.all([
  watchAttempt().then(connectionsSoon),
  showConnections(weekSoon),
  showFinding(people, openBooking),
  loadInterviews(),
]);
