import type { Fault } from './faults.js';

type EventContent =
  | { event: 'capture started' }
  | { event: 'capture cancelled' }
  | { event: 'captured'; face: string; url?: string }
  | { event: 'person created'; employeeNo: string; name: string }
  | { event: 'person updated'; employeeNo: string; name: string }
  | { event: 'person deleted'; employeeNo: string }
  /** `face` names the face that was really bound. */
  | { event: 'face bound'; employeeNo: string; face: string; source: 'url' | 'picture' }
  | { event: 'face deleted'; employeeNo: string }
  | { event: 'card added'; employeeNo: string; cardNo: string }
  | { event: 'card changed'; employeeNo: string; cardNo: string }
  | { event: 'card deleted'; employeeNo: string; cardNo: string }
  /** Another terminal hangs there now. */
  | { event: 'replaced'; serialNumber: string }
  | { event: 'door'; door: number; cmd: string }
  /** Somebody came to the door; `code` is major and minor of the record: 5-75. */
  | { event: 'let in' | 'denied'; code: string; employeeNo?: string; name?: string }
  /** Something else happened at the door: opened, closed, leftOpen, forced, exitButton, doorbell. */
  | { event: 'at the door'; door: number; what: string }
  /** An armed fault was applied to this request. */
  | { event: 'fault'; fault: Fault; path: string }
  | { event: 'login rejected'; triesLeft: number }
  /** `unlockTime` in real seconds. */
  | { event: 'locked'; unlockTime: number };

/** What a simulated terminal emits; `at` is the ISO time. */
export type SimulatorEvent = EventContent & { at: string };

export type Emit = (content: EventContent) => void;
