import { addStyles } from './form/styles.js';
import { translateNumberedStatuses } from './statuses.js';

/** What happens once in an editor, however many nodes there are. */
export function start(): void {
  addStyles();
  translateNumberedStatuses();
}
