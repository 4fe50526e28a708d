import type { NodeAPI } from 'node-red';

import type { GuardPlugin } from '../../../core/isapi/terminal/guard.js';
import { endChanges, guardInForce } from '../common/fleets.js';

/** What the published types of the runtime lack. */
interface Plugins {
  registerPlugin: (id: string, definition: GuardPlugin) => void;
}

export = (RED: NodeAPI & { plugins: Plugins }): void => {
  RED.plugins.registerPlugin('hikvision-fleet-guard', { type: 'hikvision-terminal-guard', guard: guardInForce });
  RED.events.on('flows:started', endChanges);
};
