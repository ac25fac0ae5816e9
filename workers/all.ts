import { connect } from './connect.ts';
import { maintenance } from './maintenance.ts';
import { notify } from './notify.ts';
import { runWorkers } from './runtime/entry.ts';
import { sync } from './sync.ts';
import { watch } from './watch.ts';
import { write } from './write.ts';

/** Every queue in one process, for small installations. */
if (import.meta.main) await runWorkers('workers', [connect, sync, write, watch, notify, maintenance]);
