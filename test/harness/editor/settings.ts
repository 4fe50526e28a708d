import type { Rules } from '../../../core/settings/rule.js';
import { settings as accessEvents } from '../../../nodes/access-events/settings.js';
import { settings as artemisConfig } from '../../../nodes/artemis-config/settings.js';
import { settings as artemisEvents } from '../../../nodes/artemis-events/settings.js';
import { settings as artemisRequest } from '../../../nodes/artemis-request/settings.js';
import { settings as captureFace } from '../../../nodes/capture-face/settings.js';
import { settings as createUser } from '../../../nodes/create-user/settings.js';
import { settings as eachTerminal } from '../../../nodes/each-terminal/settings.js';
import { settings as eventAck } from '../../../nodes/event-ack/settings.js';
import { settings as fdsetupBind } from '../../../nodes/fdsetup-bind/settings.js';
import { settings as fleetConfig } from '../../../fleet/nodes/fleet-config/settings.js';
import { settings as fleetDone } from '../../../fleet/nodes/fleet-done/settings.js';
import { settings as fleetIn } from '../../../fleet/nodes/fleet-in/settings.js';
import { settings as fleetOut } from '../../../fleet/nodes/fleet-out/settings.js';
import { settings as gatewaySimulator } from '../../../nodes/gateway-simulator/settings.js';
import { settings as isapiConfig } from '../../../nodes/isapi-config/settings.js';
import { settings as isapiRequest } from '../../../nodes/isapi-request/settings.js';
import { settings as registerPerson } from '../../../nodes/register-person/settings.js';
import { settings as terminalDirectory } from '../../../nodes/terminal-directory/settings.js';
import { settings as terminalSimulator } from '../../../nodes/terminal-simulator/settings.js';
import { settings as terminalSync } from '../../../nodes/terminal-sync/settings.js';

/** The settings of every node type. */
export const SETTINGS: Readonly<Record<string, Rules>> = {
  'access-events': accessEvents,
  'artemis-config': artemisConfig,
  'artemis-events': artemisEvents,
  'artemis-request': artemisRequest,
  'capture-face': captureFace,
  'create-user': createUser,
  'each-terminal': eachTerminal,
  'event-ack': eventAck,
  'fdsetup-bind': fdsetupBind,
  'fleet-config': fleetConfig,
  'fleet-done': fleetDone,
  'fleet-in': fleetIn,
  'fleet-out': fleetOut,
  'gateway-simulator': gatewaySimulator,
  'isapi-config': isapiConfig,
  'isapi-request': isapiRequest,
  'register-person': registerPerson,
  'terminal-directory': terminalDirectory,
  'terminal-simulator': terminalSimulator,
  'terminal-sync': terminalSync,
};

export function settingsOf(type: string): Rules {
  const found = SETTINGS[type];
  if (!found) throw new Error(`${type} has no settings`);
  return found;
}
