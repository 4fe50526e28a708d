import { isOurs } from './texts.js';

/**
 * The sidebar shows an error that no Catch node takes as an object, with its texts cut off after thirty characters, and names a
 * node that has no name by its id. Errors of our nodes get their whole sentence above that, and what stands on the node.
 */
export function showWholeErrors(): void {
  RED.hooks.add('debugPreProcessMessage.hikvision', ({ message }) => {
    if (message.type === undefined || !isOurs(message.type)) return;
    const node = RED.nodes.node(message._alias ?? message.id ?? '');
    message.name ||= node ? RED.utils.getNodeLabel(node, message.type) : message.type;
  });
  RED.hooks.add('debugPostProcessMessage.hikvision', ({ message, element }) => {
    if (message.type === undefined || !isOurs(message.type)) return;
    const isError = message.format === 'error';
    const sentence = isError ? sentenceIn(message.msg) : message.msg;
    if (typeof sentence !== 'string') return;
    const shown = element.find('.red-ui-debug-msg-payload');
    $('<div>').addClass('hikvision-sentence').text(sentence).insertBefore(shown);
    // An error has its code and cause there; of a text it is the beginning only.
    shown.toggle(isError);
  });
}

/** The message of an error as the runtime encodes it for the sidebar. */
function sentenceIn(encoded: unknown): string | undefined {
  try {
    const { data } = JSON.parse(String(encoded)) as { data?: { message?: unknown } };
    return typeof data?.message === 'string' && data.message !== '' ? data.message : undefined;
  } catch {
    return undefined;
  }
}
