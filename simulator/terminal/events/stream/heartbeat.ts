import { ISAPI_NAMESPACE, xmlText } from '../../protocol/replies.js';
import type { EventBehaviour } from '../behaviour.js';
import { wallText, type WallClock } from '../wall-clock.js';
import { envelope, type Sender } from '../written.js';
import { textPart, type Part } from './parts.js';

/** What says that the terminal is still there; undefined where it says nothing. */
export function heartbeat(
  { heartbeat: form, xml, extra }: Pick<EventBehaviour, 'heartbeat' | 'xml' | 'extra'>,
  sender: Sender,
  clock: WallClock,
): Part | undefined {
  if (form === 'none') return undefined;
  const isEmptyAlert = form.startsWith('videoloss');
  const document = {
    ...envelope(sender, wallText(clock.now()) + clock.zone, isEmptyAlert ? 1 : 0),
    ...extra,
    ...(isEmptyAlert && { channelID: 3 }),
    eventType: isEmptyAlert ? 'videoloss' : 'heartBeat',
    eventState: isEmptyAlert ? 'inactive' : 'active',
    eventDescription: isEmptyAlert ? 'videoloss alarm' : 'Heartbeat',
  };
  if (form.endsWith('JSON')) return textPart('json', JSON.stringify(document));
  const isCareless = xml === 'careless';
  const lines = Object.entries(document).map(([name, value]) =>
    isCareless && name === 'activePostCount' ? '<activePostCount/>' : `<${name}>${String(value)}</${name}>`,
  );
  if (isCareless) lines.push('<channelName>Gate A & B</channelName>');
  const root = `<EventNotificationAlert version="2.0" xmlns="${ISAPI_NAMESPACE}">`;
  return textPart('xml', xmlText(`${root}\n${lines.join('\n')}\n</EventNotificationAlert>`));
}
