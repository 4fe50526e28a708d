import { onDevicesChanged, validateAgain } from './devices/config-nodes.js';
import { addStyles } from './form/styles.js';
import { showWholeErrors } from './debug-messages.js';
import { showPlaces, showStatuses } from './statuses.js';

/** What happens once in an editor, however many nodes there are. */
export function start(): void {
  addStyles();
  showStatuses();
  showWholeErrors();
  onDevicesChanged((nodes) => {
    showPlaces(nodes);
    validateAgain(nodes);
  });
}
