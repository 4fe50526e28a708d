import type { JsonObject } from '../protocol/request-documents.js';
import type { EventBehaviour } from './behaviour.js';
import type { AccessRecord } from './record.js';
import { wallText } from './wall-clock.js';

/** What a terminal writes of itself into each message of the stream. */
export interface Sender {
  host: string;
  port: number;
  protocol: string;
  macAddress: string;
}

type Written = Pick<EventBehaviour, 'verifyMode' | 'pictures' | 'extra'>;

/** The time of a record as the terminal writes it. */
export function timeOf({ wall, zone }: AccessRecord): string {
  return wallText(wall) + zone;
}

/**
 * An item of the InfoList of AcsEvent.
 * @param zone what is written behind its time
 * @param origin the address as the beginning of a URL; undefined: no pictures are asked for
 */
export function logItem(
  record: AccessRecord,
  behaviour: Written,
  zone: string,
  origin: string | undefined,
): JsonObject {
  const { major, minor, details } = record;
  const pictured = origin !== undefined && details?.face !== undefined && behaviour.pictures.includes('URL');
  return {
    major,
    minor,
    time: wallText(record.wall) + zone,
    ...common(record, behaviour),
    picturesNumber: pictured ? 1 : 0,
    ...(pictured && { filename: picturePath(record).split('/').at(-1), pictureURL: origin + picturePath(record) }),
  };
}

/** AccessControllerEvent with its envelope, as the stream sends it. */
export function streamDocument(
  record: AccessRecord,
  behaviour: Written,
  sender: Sender,
  { current, front, pictured }: { current: boolean; front: number; pictured: boolean },
): JsonObject {
  const { major, minor } = record;
  return {
    ...envelope(sender, timeOf(record), 1),
    ...behaviour.extra,
    eventType: 'AccessControllerEvent',
    eventState: 'active',
    eventDescription: 'Access Controller Event',
    AccessControllerEvent: {
      deviceName: 'Simulated terminal',
      majorEventType: major,
      subEventType: minor,
      ...common(record, behaviour),
      currentEvent: current,
      frontSerialNo: front,
      label: '',
      statusValue: 0,
      helmet: 'unknown',
      picturesNumber: pictured ? 1 : 0,
      purePwdVerifyEnable: true,
      ...(pictured && { FaceRect: { height: 0.245, width: 0.138, x: 0.41, y: 0.33 } }),
    },
  };
}

/** What stands first in each message of the stream. */
export function envelope({ host, port, protocol, macAddress }: Sender, dateTime: string, count: number): JsonObject {
  return {
    ipAddress: host,
    ipv6Address: '',
    portNo: port,
    protocol,
    macAddress,
    channelID: 1,
    dateTime,
    activePostCount: count,
  };
}

const PICTURE = /^\/LOCALS\/pic\/acsLinkCap\/\d{6}_00\/\d\d_\d{6}_3\d{4,}_0\.jpeg@WEB(\d{12})$/;

/** Where the terminal keeps the picture of a record; it ends in the number of the record. */
export function picturePath(record: AccessRecord): string {
  const digits = wallText(record.wall).replace(/\D/g, '');
  const [month, day, time] = [digits.slice(0, 6), digits.slice(6, 8), digits.slice(8)];
  const [minor, serial] = [String(record.minor).padStart(4, '0'), String(record.serial).padStart(12, '0')];
  return `/LOCALS/pic/acsLinkCap/${month}_00/${day}_${time}_3${minor}_0.jpeg@WEB${serial}`;
}

/** The number of the record that such a path belongs to. */
export function serialOf(path: string): number | undefined {
  const digits = PICTURE.exec(path)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

/** The fields that the log and the stream call by the same names. */
function common({ serial, details = {} }: AccessRecord, { verifyMode }: Written): JsonObject {
  const { employeeNo, name, userType, cardNo, door, reader, mask, attendanceStatus, remoteHostAddr, netUser } = details;
  const isPerson = employeeNo !== undefined;
  return {
    ...(cardNo !== undefined && { cardNo, cardType: 1 }),
    ...(reader !== undefined && { cardReaderKind: 1, cardReaderNo: reader }),
    ...(door !== undefined && { doorNo: door }),
    ...(isPerson && { employeeNoString: employeeNo, name: name ?? '', userType: userType ?? 'normal' }),
    serialNo: serial,
    currentVerifyMode: isPerson || cardNo !== undefined ? verifyMode : 'invalid',
    attendanceStatus: attendanceStatus ?? 'undefined',
    mask: mask ?? (details.face === undefined ? 'unknown' : 'no'),
    ...(remoteHostAddr !== undefined && { remoteHostAddr }),
    ...(netUser !== undefined && { netUser }),
  };
}
