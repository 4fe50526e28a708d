import assert from 'node:assert/strict';

import { API_TOKEN, eventually, type System } from './system.js';

export interface Answer {
  status: number;
  headers: Headers;
  body: Record<string, unknown>;
}

export interface User {
  id: number;
  hikvision_id: string;
  full_name: string;
  photo_path: string | null;
  synced_to_device: boolean;
  face_on_device: boolean;
}

export interface DeviceState {
  device_id: string;
  state: string;
  face_on_device: boolean;
  code: string | null;
}

export interface Job {
  job_id: string;
  state: string;
  status: number | null;
  result: Record<string, unknown> | null;
}

/** What a call sends beside its method and path. */
export interface Request {
  /** A Buffer goes as it is, anything else as JSON. */
  body?: unknown;
  headers?: Record<string, string>;
  /** Aborted: the client hangs up. */
  signal?: AbortSignal;
}

/** A program that uses the registration API of a system. */
export class ApiClient {
  private created = 0;

  constructor(private readonly system: System) {}

  /** Waits until the API answers: after a start it says 503 for a moment. */
  async ready(): Promise<void> {
    await eventually(async () => (await this.call('GET', '/users/')).status === 200, 'the API answers');
  }

  /** One call with the token; an answer that is no JSON is a failure. */
  async call(method: string, to: string, { body, headers, signal }: Request = {}): Promise<Answer> {
    const reply = await this.system.red.fetch(`api${to}`, {
      method,
      headers: { Authorization: `Bearer ${API_TOKEN}`, 'Content-Type': 'application/json', ...headers },
      ...(body === undefined ? {} : { body: Buffer.isBuffer(body) ? new Uint8Array(body) : JSON.stringify(body) }),
      ...(signal ? { signal } : {}),
    });
    const text = await reply.text();
    return { status: reply.status, headers: reply.headers, body: (text === '' ? {} : JSON.parse(text)) as Answer['body'] };
  }

  async newUser(more: object = {}): Promise<User> {
    this.created += 1;
    const person = { hikvision_id: `E${this.created}`, full_name: `Person ${this.created}`, ...more };
    const { status, body } = await this.call('POST', '/users/', { body: person });
    assert.equal(status, 201, JSON.stringify(body));
    return body as unknown as User;
  }

  async user({ id }: User): Promise<User> {
    return (await this.call('GET', `/users/${id}`)).body as unknown as User;
  }

  photo({ id }: User, jpeg: Buffer): Promise<Answer> {
    return this.call('POST', `/users/${id}/photo`, { body: jpeg, headers: { 'Content-Type': 'image/jpeg' } });
  }

  capture({ id }: User, more: Request = {}, fields: object = {}): Promise<Answer> {
    return this.call('POST', '/devices/Lobby/start-face-capture', { ...more, body: { user_id: id, ...fields } });
  }

  sync({ id }: User, body: object = {}): Promise<Answer> {
    return this.call('POST', `/users/${id}/sync-to-device`, { body });
  }

  async states({ id }: User): Promise<DeviceState[]> {
    return (await this.call('GET', `/users/${id}/devices`)).body as unknown as DeviceState[];
  }

  async job(id: string): Promise<Job> {
    return (await this.call('GET', `/jobs/${id}`)).body as unknown as Job;
  }

  /** The job of that id once it runs no more. */
  async ended(id: string): Promise<Job> {
    await eventually(async () => (await this.job(id)).state !== 'running', `job ${id} has ended`);
    return this.job(id);
  }
}
