import { startGoogleWorld } from './google-world.ts';
import { describeProvider } from './provider-suite.ts';

describeProvider({
  id: 'google',
  renewsWatches: false,
  meets: 'google_meet',
  canBeSilent: true,
  start: startGoogleWorld,
});
