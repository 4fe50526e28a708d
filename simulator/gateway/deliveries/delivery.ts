import { isoTime, type Happening } from '../records/door-events.js';

/** Of one event in a delivery: status 0 at once, 5 with the picture that came later, 1 of a rule. */
export interface Told {
  happening: Happening;
  picture: 'with' | 'without';
  status: number;
  linkage: boolean;
}

export type Product = 'hikcentral' | 'isecure';

/** The document that the gateway posts. @param at milliseconds since 1970 */
export function deliveryOf(told: readonly Told[], product: Product, at: number): Buffer {
  const visits = told.every(({ happening }) => happening.source.type === 'visitor');
  const ability = visits ? 'event_visitor' : 'event_acs';
  const events = told.map((each) => (each.linkage ? ruleOf(each, product, ability) : plainOf(each, product)));
  const params = { ability, events, sendTime: isoTime(at) };
  return Buffer.from(JSON.stringify({ method: 'OnEventNotify', params }));
}

function plainOf(told: Told, product: Product): object {
  const { happening, status } = told;
  const { eventId, eventType, happenedAt, source } = happening;
  return {
    eventId,
    eventType,
    happenTime: isoTime(happenedAt),
    srcIndex: source.index,
    srcName: source.name,
    srcParentIndex: source.parent,
    srcType: source.type,
    status,
    eventLvl: 0,
    timeout: 0,
    data: dataOf(told, product),
  };
}

/** As a rule tells of it: what happened stands in the details. */
function ruleOf(told: Told, product: Product, ability: string): object {
  const { eventId, eventType, happenedAt, source } = told.happening;
  const detail = {
    ability,
    data: dataOf(told, product),
    eventOriginalId: eventId,
    eventType,
    srcIndex: source.index,
    srcName: source.name,
    srcType: source.type,
  };
  return {
    eventId,
    eventName: 'Rule 1',
    eventType,
    happenTime: isoTime(happenedAt),
    eventLvl: 1,
    srcIndex: 'rule-1',
    srcName: 'Rule 1',
    srcType: 'eventRule',
    status: told.status === 0 ? 1 : told.status,
    eventDetails: [detail],
  };
}

function dataOf({ happening, picture }: Told, product: Product): object {
  const { eventType, receivedAt, source, person, reader, visit } = happening;
  const picUri = picture === 'with' ? happening.picUri : '';
  if (visit) {
    const { appointRecordId, visitorId, receptionistId, visitStartTime, visitEndTime } = visit;
    return { appointRecordId, visitorId, visitorName: person.name, receptionistId, visitStartTime, visitEndTime };
  }
  if (product === 'hikcentral') {
    const { id: personId, code: personCode, name: personName, card: cardNo } = person;
    return { personId, personCode, personName, cardNo, readerName: reader, picUri };
  }
  return {
    ExtAccessChannel: 0,
    ExtEventCode: eventType,
    ExtEventDoorID: source.index,
    ExtEventReaderID: `r${source.index}`,
    ExtEventPersonNo: person.id,
    ExtEventCardNo: person.card,
    ExtEventInOut: 1,
    ExtEventPictureURL: picUri,
    ExtEventType: 0,
    ExtReceiveTime: isoTime(receivedAt),
    Seq: 1,
    UserType: 1,
    svrIndexCode: 'acs-1',
  };
}
