import { configDefinition } from '../editor/definition.js';
import { TerminalTable } from './table.dialog.js';
import { settings } from './settings.js';

/** The table of the dialog that is open. */
let table: TerminalTable | undefined;

RED.nodes.registerType('terminal-directory', {
  category: 'config',
  // Flows name its terminals in msg.terminal: one that no node has chosen is not unused.
  hasUsers: false,
  ...configDefinition('terminal-directory', settings, {
    prepare: (node) => {
      table = new TerminalTable(node);
    },
    save: (node) => {
      if (table) node['terminals'] = table.rows;
    },
  }),
});
