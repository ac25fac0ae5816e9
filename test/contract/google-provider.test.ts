import { startGoogleWorld } from './google-world.ts';
import { describeProvider } from './provider-suite.ts';

describeProvider({ id: 'google', renewsWatches: false, start: startGoogleWorld });
