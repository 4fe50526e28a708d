import type { Node } from 'node-red';

import { HikvisionError } from '../../../core/errors/hikvision-error.js';
import { Status } from '../../../nodes/common/status.js';
import type { KnownFleet } from './fleets.js';

/** Shows under a node that its fleet cannot be reached, and `show` where it can; again after each change, until the returned function is called. */
export function showFleet(node: Node, known: KnownFleet, show: () => void): () => void {
  const status = new Status(node, 'fleet-config');
  const update = (): void => {
    if (known.fleet instanceof HikvisionError) status.failed(known.fleet);
    else if (known.state === 'ready') show();
    else if (known.state === 'connecting') status.note('connecting');
    else if (known.state === 'closed') status.note('closed');
    else status.warn(known.state);
  };
  update();
  return known.onState(update);
}
