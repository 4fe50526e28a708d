import path from 'node:path';

import type { NodeAPI } from 'node-red';

import { HeldLoginsFolder } from '../../core/isapi/login/held/held-logins-folder.js';
import { useHeldLogins } from '../../core/isapi/login/held/held-logins.js';
import { say } from './texts.js';

let inUse: { folder: string; takeAway: () => void } | undefined;

/**
 * Has rejected logins remembered in the user directory of this Node-RED, so that no restart tries them again. Called by
 * each node type that makes terminals; a runtime without a user directory, as some tests have it, forgets them when it ends.
 */
export function keepHeldLogins(RED: NodeAPI): void {
  const { userDir } = RED.settings;
  const folder = userDir ? path.join(userDir, 'hikvision', 'logins') : undefined;
  if (folder === inUse?.folder) return;
  inUse?.takeAway();
  inUse = folder === undefined ? undefined : { folder, takeAway: useHeldLogins(folderFor(RED, folder)) };
}

function folderFor(RED: NodeAPI, folder: string): HeldLoginsFolder {
  return new HeldLoginsFolder(folder, (error) => {
    const reason = error instanceof Error ? error.message : String(error);
    RED.log.warn(say(RED, 'isapi-config', 'warning.loginsNotKept', { folder, reason }));
  });
}
