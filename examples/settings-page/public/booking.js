import { announce, h } from './draw.js';
import { chosenZone, loadWeek, panel } from './finding.js';
import { interviewBooked } from './interviews.js';
import { call } from './server-calls.js';
import { longDay, span, zoneName } from './times.js';

const dialog = document.getElementById('booking');
const form = document.getElementById('booking-form');
const problem = document.getElementById('booking-problem');
let booking;

/** Opens the form for a slot. The id is drawn here, so that a form that is sent twice books once. */
export function openBooking(slot) {
  const zone = chosenZone();
  booking = { id: crypto.randomUUID(), slot, zone };
  form.reset();
  problem.hidden = true;
  form.elements.title.value = 'Interview';
  form.elements.organizer.replaceChildren(
    ...panel().map(({ userId, name }) => h('option', { value: userId }, name)),
  );
  document
    .getElementById('booking-when')
    .replaceChildren(
      h('strong', {}, longDay(slot.start, zone)),
      h('span', {}, `${span(slot, zone)}, ${zoneName(zone, new Date(slot.start))}`),
    );
  dialog.showModal();
  form.elements.name.focus();
}

document.getElementById('booking-close').addEventListener('click', () => dialog.close());

form.addEventListener('submit', async (event) => {
  event.preventDefault();
  const button = form.querySelector('button.main');
  button.disabled = true;
  problem.hidden = true;
  try {
    const interview = await call('PUT', `/interviews/${booking.id}`, wish());
    dialog.close();
    announce('The interview is being booked.');
    await interviewBooked(interview);
    void loadWeek();
  } catch (error) {
    problem.textContent = error.message;
    problem.hidden = false;
  } finally {
    button.disabled = false;
  }
});

function wish() {
  const { title, name, email, organizer, link } = form.elements;
  return {
    title: title.value,
    candidate: { name: name.value, email: email.value },
    organizer: organizer.value,
    panel: panel().map(({ userId }) => userId),
    start: booking.slot.start,
    end: booking.slot.end,
    timeZone: booking.zone,
    meetingLink: link.checked,
  };
}
