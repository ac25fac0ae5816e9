import { announce, areYouSure, h, redraw } from './draw.js';
import { chosenZone } from './finding.js';
import { call } from './server-calls.js';
import { longDay, span, zoneName } from './times.js';
import { answers, interviewStates } from './words.js';
import { inWords } from './connections.js';

const place = document.getElementById('interviews');
const unsettled = new Set(['pending', 'cancelling']);
const askEveryMs = 1500;
let timer;
const states = new Map();

/** Shows what was booked, and says aloud what has become of it since. */
export async function loadInterviews() {
  clearTimeout(timer);
  const { interviews } = await call('GET', '/interviews');
  redraw(
    place,
    [chosenZone(), interviews.map(({ attempts: _attempts, updatedAt: _at, ...seen }) => seen)],
    () =>
      interviews.length === 0
        ? h('p', { class: 'empty' }, 'Nothing is booked yet. Choose a time above.')
        : interviews.map(card),
  );
  for (const interview of interviews) sayNews(interview);
  // The feed tells of connections; where the organizer has none, only asking helps.
  if (interviews.some(({ state }) => unsettled.has(state))) timer = setTimeout(loadInterviews, askEveryMs);
}

export async function interviewBooked({ id }) {
  await loadInterviews();
  const booked = document.getElementById(`interview-${id}`);
  booked?.focus();
  booked?.scrollIntoView({ block: 'nearest' });
}

function sayNews({ id, state, desired, observed }) {
  const replies = (observed?.attendees ?? []).map(
    ({ name, email, response }) => `${name ?? email}: ${answers[response]?.[0] ?? response}`,
  );
  const now = `${desired.title}: ${interviewStates[state][0]}. ${replies.join(', ')}`;
  if (states.has(id) && states.get(id) !== now) announce(now);
  states.set(id, now);
}

function card(interview) {
  const { id, state, desired, observed, meetingUrl, conferenceState, reason, clash } = interview;
  const [word, kind] = interviewStates[state];
  const zone = chosenZone();
  const time = observed ?? desired;
  return h(
    'article',
    {
      class: 'card interview',
      id: `interview-${id}`,
      tabindex: '-1',
      'aria-label': desired.title,
      'data-state': state,
    },
    h('header', {}, h('strong', {}, desired.title), h('span', { class: `pill ${kind}` }, word)),
    h(
      'p',
      { class: 'when' },
      h('strong', {}, longDay(time.start, zone)),
      h('span', {}, `${span(time, zone)}, ${zoneName(zone, new Date(time.start))}`),
    ),
    reason && h('p', { class: 'note warn inner' }, `${reason.message ?? ''} ${reason.hint ?? ''}`),
    clash &&
      h('p', { class: 'note bad inner' }, `Somebody is busy ${span(clash, zone)}. Choose another time.`),
    meetingUrl
      ? h(
          'p',
          {},
          h('a', { href: meetingUrl, 'data-key': `link-${id}`, rel: 'noreferrer' }, 'Link to the meeting'),
        )
      : conferenceState === 'pending' && h('p', { class: 'soft' }, 'The link to the meeting is being made …'),
    attendees(interview),
    h(
      'div',
      { class: 'actions leading' },
      !['cancelled', 'cancelling'].includes(state) && cancelButton(interview),
    ),
  );
}

function attendees({ desired, observed, state }) {
  const known = observed?.attendees ?? desired.attendees;
  return h(
    'ul',
    { class: 'attendees', 'aria-label': 'Who is invited' },
    known.map(({ name, email, response }) => {
      const [word, kind] = answers[response] ?? [state === 'booked' ? 'Invited' : '', 'idle'];
      return h(
        'li',
        {},
        h('span', {}, name ?? email),
        word !== '' && h('span', { class: `pill ${kind}` }, word),
      );
    }),
  );
}

function cancelButton({ id, desired }) {
  const cancel = h(
    'button',
    { class: 'quiet', 'data-key': `cancel-${id}`, 'aria-label': `Cancel ${desired.title}` },
    'Cancel interview',
  );
  cancel.addEventListener('click', () =>
    inWords(cancel, async () => {
      const text = 'It is taken out of the calendars, and the calendar tells everybody who was invited.';
      if (!(await areYouSure({ heading: `Cancel “${desired.title}”?`, text, yes: 'Cancel interview' })))
        return;
      await call('DELETE', `/interviews/${id}`);
      await loadInterviews();
    }),
  );
  return cancel;
}
