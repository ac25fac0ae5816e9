/** `h('p', { class: 'soft' }, 'text')`: an element. Text is text, never markup, so nothing can be injected by a name. */
export function h(tag, given = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(given)) {
    if (value === undefined || value === false) continue;
    if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
    else if (name in element && typeof value === 'boolean') element[name] = value;
    else element.setAttribute(name, value);
  }
  element.append(...children.flat().filter((child) => child !== undefined && child !== false));
  return element;
}

const drawn = new WeakMap();

/**
 * Draws anew where the data differ from those that were drawn, and puts the focus back to the element with the same
 * `data-key`, so that nobody is thrown out of what they are doing because something has arrived.
 */
export function redraw(place, data, draw) {
  const now = JSON.stringify(data);
  if (drawn.get(place) === now) return;
  drawn.set(place, now);
  const focused = place.contains(document.activeElement) ? document.activeElement.dataset.key : undefined;
  place.replaceChildren(...[draw(data)].flat());
  place.removeAttribute('aria-busy');
  if (focused !== undefined) place.querySelector(`[data-key="${CSS.escape(focused)}"]`)?.focus();
}

/** Says it to screen readers when they have finished what they are saying. */
export function announce(text) {
  document.getElementById('polite').textContent = text;
}

/** Resolves to whether the user is sure. */
export function areYouSure({ heading, text, yes }) {
  const dialog = document.getElementById('sure');
  document.getElementById('sure-heading').textContent = heading;
  document.getElementById('sure-text').textContent = text;
  document.getElementById('sure-yes').textContent = yes;
  dialog.returnValue = 'no';
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener('close', () => resolve(dialog.returnValue === 'yes'), { once: true });
  });
}
