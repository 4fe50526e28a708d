import type { LoopbackSettings } from '../../server/loopback-server.js';
import type { Model, ModelName } from '../behaviour/models.js';
import type { EventBehaviour } from '../events/behaviour.js';
import type { EventModelName } from '../events/models.js';
import type { LoginSettings } from '../login/login.js';

export interface SimulatorSettings extends LoopbackSettings, LoginSettings {
  model: ModelName;
  /** Replaces parts of the model's behaviour. */
  behaviour?: Partial<Model>;
  /** Events, name and firmware are those of this model, captures and persons those of `model`; default: of `model` where they are known. */
  eventModel?: EventModelName;
  /** How it keeps its log and sends its events, where it is not as its model does. */
  eventTroubles?: Partial<EventBehaviour>;
  /** Simulated seconds from the start of an attempt to capture until a face appears by itself if none was presented. */
  faceAfter?: number;
  /** What the counter in the picture's URL goes on from; default 0. A terminal's own counter survives its restart. */
  urlCounter?: number;
  /** Default: the model's name and `-SIMULATED`. */
  serialNumber?: string;
  macAddress?: string;
  /** Requests that it remembers; default 10,000. */
  records?: number;
  /** How many real seconds a simulated second lasts; default 1. */
  timeScale?: number;
}
