import type { DeviceState } from '../behaviour/commands.js';
import { refuse } from '../protocol/replies.js';

interface Organisation {
  orgIndexCode: string;
  orgName: string;
  parentOrgIndexCode: string;
}

export interface Device {
  acsDevIndexCode: string;
  acsDevName: string;
  state: DeviceState;
}

export interface Door {
  doorIndexCode: string;
  doorName: string;
  acsDevIndexCode: string;
}

/** What one door made of an order; anything but 0 means that it was not carried out. */
export interface DoorResult {
  doorIndexCode: string;
  controlResultCode: number;
  controlResultDesc: string;
}

/** As the table of codes says it: offline. */
export const OFFLINE = 129;
/** The device takes no more: limit reached. */
export const FULL = 132;
const NO_SUCH_DOOR = 128;

/** The organisations, access control devices and doors of the simulated site. None of them can be added or deleted. */
export class Site {
  readonly organisations: readonly Organisation[] = [
    { orgIndexCode: '1', orgName: 'All departments', parentOrgIndexCode: '' },
    { orgIndexCode: '2', orgName: 'Reception', parentOrgIndexCode: '1' },
  ];
  readonly devices: readonly Device[] = [
    { acsDevIndexCode: '1', acsDevName: 'Lobby', state: 'online' },
    { acsDevIndexCode: '2', acsDevName: 'Gate', state: 'online' },
  ];
  readonly doors: readonly Door[] = [
    { doorIndexCode: '1', doorName: 'Lobby door', acsDevIndexCode: '1' },
    { doorIndexCode: '2', doorName: 'Gate', acsDevIndexCode: '2' },
  ];

  /** @throws Refusal 128 */
  requireOrganisation(orgIndexCode: string): void {
    if (!this.organisations.some((each) => each.orgIndexCode === orgIndexCode)) throw refuse('128', 'orgIndexCode');
  }

  /** @param device name or index code @throws Error that names the devices there are */
  setDevice(device: string, state: DeviceState): void {
    const found = this.devices.find((each) => each.acsDevName === device || each.acsDevIndexCode === device);
    if (!found) throw new Error(`device is one of ${this.devices.map(({ acsDevName }) => acsDevName).join(', ')}`);
    found.state = state;
  }

  /** @param door name or index code; the first where absent @throws Error that names the doors there are */
  findDoor(door?: string): Door {
    const found = this.doors.find(
      (each) => door === undefined || each.doorIndexCode === door || each.doorName === door,
    );
    if (!found) throw new Error(`door is one of ${this.doors.map(({ doorName }) => doorName).join(', ')}`);
    return found;
  }

  controlDoor(doorIndexCode: string): DoorResult {
    const door = this.doors.find((each) => each.doorIndexCode === doorIndexCode);
    if (!door) return { doorIndexCode, controlResultCode: NO_SUCH_DOOR, controlResultDesc: 'no such door' };
    const device = this.devices.find(({ acsDevIndexCode }) => acsDevIndexCode === door.acsDevIndexCode);
    return device?.state === 'offline'
      ? { doorIndexCode, controlResultCode: OFFLINE, controlResultDesc: 'offline' }
      : { doorIndexCode, controlResultCode: 0, controlResultDesc: 'success' };
  }

  reset(): void {
    for (const device of this.devices) device.state = 'online';
  }
}
