import type { Node, NodeAPI, NodeDef } from 'node-red';

import { HikvisionError } from '../../core/errors/hikvision-error.js';
import { invalid } from '../../core/errors/invalid.js';
import { printable } from '../../core/errors/printable.js';
import type { Directory } from '../../core/isapi/directory/directory.js';
import type { Entry } from '../../core/isapi/directory/entries.js';
import { take } from '../../core/settings/take.js';
import { onMessages } from '../common/message-loop.js';
import { directoryFor } from '../common/terminals.js';
import { evaluate, typedInput } from '../common/typed-input.js';
import { settings as rules } from './settings.js';

export = (RED: NodeAPI): void => {
  function EachTerminal(this: Node, config: NodeDef & { directory?: string }): void {
    RED.nodes.createNode(this, config);

    const loop = onMessages(RED, this, 'each-terminal', {
      work: async (msg, send) => {
        const { directory, refresh } = directoryFor(config.directory);
        const given = await evaluate(RED, this, msg, 'site', typedInput(rules, config, 'site'));
        const site = take('site', rules.site, given).trim();
        await refresh();
        loop.signal.throwIfAborted();
        const chosen = entriesOf(directory, site);
        // As the core node split does: join puts them together again, and what was split before stays so.
        const outer = msg['parts'] === undefined ? {} : { parts: msg['parts'] };
        const id = RED.util.generateId();
        for (const [index, entry] of chosen.entries()) {
          const parts = { ...outer, id, type: 'array', index, count: chosen.length };
          send({ ...RED.util.cloneMessage(msg), terminal: entry.name, site: entry.site, parts });
        }
        loop.status.done('sent', chosen.length);
      },
    });
  }

  RED.nodes.registerType('each-terminal', EachTerminal);
};

/** Those of a site, or all; those with a mistake too: they fail where they are used, by their names, and nobody is missed. */
function entriesOf(directory: Directory, site: string): readonly Entry[] {
  const { list, name } = directory;
  if (list.length === 0) throw HikvisionError.of('directoryEmpty', { delivery: 'unsent', params: { directory: name } });
  if (site === '') return list;
  const found = list.filter((entry) => entry.site === site);
  if (found.length > 0) return found;
  const known = [...new Set(list.map((entry) => entry.site).filter(Boolean))].sort().join(', ');
  throw invalid('site', 'site', { site: printable(site, 60), known: printable(known) || '–' });
}
