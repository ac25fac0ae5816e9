import { announce, h, redraw } from './draw.js';
import { call } from './server-calls.js';
import { providerNames } from './words.js';

const place = document.getElementById('attempt');
const askEveryMs = 700;

/** Sends the browser to the provider; with a connection, to authorize that one again. Rejects where that is refused. */
export async function goToProvider(provider, connectionId) {
  announce(`Going to ${providerNames[provider]} …`);
  const { authorizationUrl } = await call('POST', `/connect/${provider}`, { connectionId });
  location.assign(authorizationUrl);
}

/** Shows how the last round trip to a provider goes, until its end. Resolves then. */
export async function watchAttempt() {
  for (;;) {
    const attempt = await call('GET', '/attempt');
    redraw(place, attempt, drawAttempt);
    if (attempt.status !== 'exchanging') return;
    await new Promise((resolve) => setTimeout(resolve, askEveryMs));
  }
}

function drawAttempt({ status, provider, failure }) {
  const name = providerNames[provider] ?? 'The provider';
  switch (status) {
    case 'pending':
      return note('warn', 'status', [
        h('strong', {}, `${name} has not answered yet.`),
        ` You were sent there and came back without an answer. Did ${name} say that the redirect address is wrong, or `,
        'that the app is not allowed? Then whoever runs this has to mend it. Otherwise start again below.',
      ]);
    case 'exchanging':
      return note('busy', 'status', [h('strong', {}, `Connecting ${name} …`), ' This takes a few seconds.']);
    case 'connected':
      return note('good', 'status', [
        h('strong', {}, `${name} is connected.`),
        ' Its events are being read; nobody takes you for free before that is done.',
      ]);
    case 'failed':
      return note('bad', 'alert', [
        h('strong', {}, `${name} was not connected. `),
        `${failure.message} ${failure.hint} `,
        h('code', {}, failure.code),
      ]);
    default:
      return [];
  }
}

function note(kind, role, content) {
  const dismiss = async () => {
    await call('DELETE', '/attempt');
    place.replaceChildren();
    document.querySelector('h1').focus();
  };
  return h(
    'div',
    { class: `note ${kind}`, role },
    h('p', {}, ...content),
    kind !== 'busy' && h('button', { class: 'quiet', 'data-key': 'dismiss', onclick: dismiss }, 'Dismiss'),
  );
}
