import { field } from '../form/fields.js';
import { labelOfConfig, textOf } from '../labels.js';
import { text } from '../texts.js';
import { configNodesOf } from './config-nodes.js';

const DIRECTORY = 'terminal-directory';

/**
 * Lets a setting that chooses a terminal choose a whole terminal-directory too. The editor fills the list with config nodes of
 * one type; it keeps, exports and imports whichever is chosen by its id.
 */
export function offerDirectories(node: EditorNode, property: string): void {
  const select = field(node, property);
  const list = select[0];
  if (!list || configNodesOf(DIRECTORY, node['z']).length === 0) return;
  const offer = (): void => {
    if (select.find('optgroup').length > 0) return;
    const group = $('<optgroup>', { label: text(DIRECTORY, 'chosen.all') }).appendTo(select);
    for (const directory of configNodesOf(DIRECTORY, node['z'])) {
      $('<option>', { value: directory.id }).text(labelOfConfig(directory)).appendTo(group);
    }
  };
  offer();
  const chosen = textOf(node[property]);
  if (isDirectory(chosen)) select.val(chosen).trigger('change');
  // The editor writes the list anew when a config node has been added or edited from here, which is then the one chosen.
  new MutationObserver(offer).observe(list, { childList: true });
  // Else its pencil would open the directory as if it were a terminal. Before the editor's own listener:
  list.parentElement?.addEventListener(
    'click',
    (event) => {
      const onPencil = $(event.target as Element).closest(`#node-input-btn-${property}-edit`).length > 0;
      if (!onPencil || !isDirectory(textOf(select.val()))) return;
      event.stopPropagation();
      event.preventDefault();
      RED.editor.editConfig('', DIRECTORY, textOf(select.val()));
    },
    true,
  );
}

function isDirectory(id: string): boolean {
  return RED.nodes.node(id)?.type === DIRECTORY;
}
