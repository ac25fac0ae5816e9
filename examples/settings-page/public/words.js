export const providerNames = { google: 'Google Calendar', microsoft: 'Outlook' };

/** Why somebody's time is not known; what it means is the same each time: not to be taken for free. */
const reasons = {
  not_connected: 'no calendar connected',
  reauth_required: 'has to authorize again',
  never_synced: 'not read yet',
  no_calendar_selected: 'no calendar counts',
  outside_window: 'too far ahead to be known',
  too_old: 'last read too long ago',
};

export const freshnessReason = ({ reason, state }) => reasons[reason] ?? reason ?? state;

export const interviewStates = {
  pending: ['Being booked', 'busy'],
  waiting: ['Waiting', 'warn'],
  booked: ['Booked', 'good'],
  conflict: ['Somebody is busy', 'bad'],
  failed: ['Failed', 'bad'],
  removed_by_user: ['Removed in the calendar', 'warn'],
  cancelling: ['Being cancelled', 'busy'],
  cancelled: ['Cancelled', 'idle'],
};

export const answers = {
  needs_action: ['No answer yet', 'idle'],
  accepted: ['Accepted', 'good'],
  declined: ['Declined', 'bad'],
  tentative: ['Maybe', 'warn'],
};

export const connectionStates = {
  active: ['Connected', 'good'],
  reauth_required: ['Needs you', 'bad'],
  disconnecting: ['Being removed', 'busy'],
};
