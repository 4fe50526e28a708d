import type { Reply } from '../../server/reply.js';
import { wallText } from '../events/wall-clock.js';
import { ISAPI_NAMESPACE, refuse, xmlReply, xmlText } from '../protocol/replies.js';
import { readXml } from '../protocol/request-documents.js';
import type { TerminalState } from '../state/terminal-state.js';
import { ok, type TerminalRequest } from './endpoint.js';

/** What stands before the number of a door. */
export const DOOR = '/ISAPI/AccessControl/RemoteControl/door/';

export function accessCapabilities(): Reply {
  return xmlReply('AccessControl', {
    isSupportUserInfo: true,
    isSupportFDLib: true,
    isSupportCaptureFace: true,
    isSupportRemoteControlDoor: true,
  });
}

/** DeviceCap has some hundred children on real terminals; none was recorded for a particular model, so only its frame is here. */
export function systemCapabilities(): Reply {
  const root = `<DeviceCap version="2.0" xmlns="${ISAPI_NAMESPACE}">\n<SysCap>\n</SysCap>\n</DeviceCap>`;
  return { status: 200, contentType: 'application/xml', body: Buffer.from(xmlText(root)) };
}

export function deviceInfo({ modelName, serialNumber, macAddress, firmware }: TerminalState): Reply {
  return xmlReply('DeviceInfo', {
    deviceName: 'Simulated terminal',
    deviceID: '00000000-0000-0000-0000-000000000000',
    model: modelName,
    serialNumber,
    macAddress,
    firmwareVersion: firmware,
    deviceType: 'ACS',
  });
}

/** The zone is UTC+5 unless another is set, which the terminal writes with the sign of POSIX. */
export function time({ wallClock }: TerminalState): Reply {
  const localTime = wallText(wallClock.now()) + wallClock.zone;
  return xmlReply('Time', { timeMode: 'manual', localTime, timeZone: wallClock.timeZone });
}

export function door(terminal: TerminalState, { target, path, body }: TerminalRequest): Reply {
  if (path !== `${DOOR}1`) throw refuse(6, 'badParameters', 'doorID');
  const { cmd = '' } = readXml(body, 'RemoteControlDoor', false);
  if (!['open', 'close', 'alwaysOpen', 'alwaysClose', 'resume'].includes(cmd)) throw refuse(6, 'badParameters', 'cmd');
  terminal.events.remoteDoor(cmd);
  terminal.emit({ event: 'door', door: 1, cmd });
  return ok(terminal, 'xml', target);
}
