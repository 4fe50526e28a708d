/** Takes it that the flow has dealt with the event of that id; false where nobody waits for it. */
type Acknowledge = (id: string) => boolean;

/** The nodes of this process whose events wait to be acknowledged, by their ids. */
const waiting = new Map<string, Acknowledge>();

/** Makes a node that waits for acknowledgements known to event-ack, until the returned function is called. */
export function registerAcks(node: string, acknowledge: Acknowledge): () => void {
  waiting.set(node, acknowledge);
  return () => {
    if (waiting.get(node) === acknowledge) waiting.delete(node);
  };
}

/**
 * Says that an event has been dealt with.
 * @param node the id of the node that sent it; without it, every node that waits for this event is told
 * @returns false where nobody waits: it was acknowledged before, or given up, or its node was deployed anew
 */
export function acknowledgeEvent(id: string, node?: string): boolean {
  if (node !== undefined) return waiting.get(node)?.(id) ?? false;
  return [...waiting.values()].map((acknowledge) => acknowledge(id)).includes(true);
}
