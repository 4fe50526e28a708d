import { asFailure, HikvisionError } from '../../../errors/hikvision-error.js';
import type { Gateway } from '../../gateway/gateway.js';
import { codeOf, isNotPermitted } from '../../operations/standing.js';
import { isTree } from '../tree.js';

const SERVICE = '/api/eventService/v1';

/** What is asked of the gateway. */
export interface Wanted {
  /** Where it is to send events; a URL with a secret. */
  destination: string;
  types: readonly number[];
  /** Where we told it to send them before. */
  former: readonly string[];
}

interface Destination {
  url: string;
  types: number[];
}

/**
 * Makes the gateway send events to us. Other destinations are never touched: a gateway takes a subscription away by its
 * types alone, from everybody, so that a type which somebody else wants too is left as it is.
 */
export class Subscription {
  constructor(private readonly gateway: Gateway) {}

  /**
   * Makes the subscription what is wanted.
   * @returns whether it stood as a whole before; undefined where the gateway does not say
   * @throws HikvisionError what a call to the gateway throws
   */
  async ensure(wanted: Wanted, signal: AbortSignal): Promise<boolean | undefined> {
    const { destination, types } = wanted;
    const all = await this.view(signal);
    if (!all) {
      await this.subscribe(destination, types, signal);
      return undefined;
    }
    const standing = all.filter(({ url }) => isSame(url, destination)).flatMap((each) => each.types);
    const missing = types.filter((type) => !standing.includes(type));
    const dropped = this.ownAlone(all, wanted).filter(
      (type) => !types.includes(type) || this.isAtFormer(all, wanted, type),
    );
    if (dropped.length > 0) await this.unsubscribe(dropped, signal);
    const anew = types.filter((type) => missing.includes(type) || dropped.includes(type));
    if (anew.length > 0) await this.subscribe(destination, anew, signal);
    return missing.length === 0;
  }

  /**
   * Takes back what is ours alone.
   * @returns the types that are left to others, and so to us
   * @throws HikvisionError what a call to the gateway throws
   */
  async end(wanted: Wanted, signal: AbortSignal): Promise<number[]> {
    const all = await this.view(signal);
    // Who else wants what is not known: nobody is cut off.
    if (!all) return [...wanted.types];
    const own = this.ownAlone(all, wanted);
    if (own.length > 0) await this.unsubscribe(own, signal);
    return typesAt(all, wanted).filter((type) => !own.includes(type));
  }

  /** Types that go to us, now or formerly, and to nobody else. */
  private ownAlone(all: readonly Destination[], wanted: Wanted): number[] {
    const others = new Set(all.filter(({ url }) => !isOurs(url, wanted)).flatMap(({ types }) => types));
    return typesAt(all, wanted).filter((type) => !others.has(type));
  }

  private isAtFormer(all: readonly Destination[], { destination, former }: Wanted, type: number): boolean {
    return all.some(
      ({ url, types }) => types.includes(type) && !isSame(url, destination) && former.some((each) => isSame(each, url)),
    );
  }

  /** Who gets what; undefined where this gateway, or this partner, has no such call. */
  private async view(signal: AbortSignal): Promise<Destination[] | undefined> {
    try {
      const { data } = await this.call('eventSubscriptionView', {}, signal);
      const list: unknown = isTree(data) ? (data['detail'] ?? data['list'] ?? []) : (data ?? []);
      return Array.isArray(list) ? (list as unknown[]).flatMap(destinationIn) : [];
    } catch (error) {
      const failure = asFailure(error);
      // 128: there is none.
      if (codeOf(failure) === '128') return [];
      if (codeOf(failure) === '8' || isNotPermitted(failure)) return undefined;
      throw failure;
    }
  }

  private async subscribe(eventDest: string, eventTypes: readonly number[], signal: AbortSignal): Promise<void> {
    try {
      await this.call('eventSubscriptionByEventTypes', { eventTypes, eventDest }, signal);
    } catch (error) {
      // A refusal may repeat what it refuses, and the address holds a secret.
      throw withoutAddress(asFailure(error), eventDest);
    }
  }

  private async unsubscribe(eventTypes: readonly number[], signal: AbortSignal): Promise<void> {
    await this.call('eventUnSubscriptionByEventTypes', { eventTypes }, signal);
  }

  private call(name: string, body: object, signal: AbortSignal): Promise<{ data: unknown }> {
    // Each of them made twice does what it does once.
    const call = { operation: name, method: 'POST', path: `${SERVICE}/${name}`, body, idempotent: true };
    return this.gateway.call({ ...call, signal });
  }
}

function typesAt(all: readonly Destination[], wanted: Wanted): number[] {
  return [...new Set(all.filter(({ url }) => isOurs(url, wanted)).flatMap(({ types }) => types))];
}

function isOurs(url: string, { destination, former }: Wanted): boolean {
  return [destination, ...former].some((each) => isSame(each, url));
}

function isSame(one: string, other: string): boolean {
  return normal(one) === normal(other);
}

function normal(url: string): string {
  return URL.canParse(url) ? new URL(url).href : url;
}

function destinationIn(value: unknown): Destination[] {
  if (!isTree(value)) return [];
  const { eventDest, eventTypes: given } = value;
  const listed = Array.isArray(given) ? (given as unknown[]) : typeof given === 'string' ? given.split(',') : [];
  const types = listed.map(Number).filter(Number.isInteger);
  // One whose address cannot be read is somebody else's.
  return [{ url: typeof eventDest === 'string' ? eventDest : '', types }];
}

function withoutAddress(failure: HikvisionError, address: string): HikvisionError {
  const { errorMsg } = failure.cause;
  if (!errorMsg?.includes(address.split('/').at(-1) ?? address)) return failure;
  const { code, cause } = failure;
  const { httpStatus, errorCode, retryable, gateway, operation } = cause;
  return HikvisionError.of('gatewayRefused', {
    ...{ code, retryable, delivery: failure.delivery, advice: failure.advice },
    ...(httpStatus !== undefined && { httpStatus }),
    ...(errorCode !== undefined && { errorCode }),
    ...(gateway !== undefined && { gateway }),
    ...(operation !== undefined && { operation }),
    params: { code: '', meaning: '', ...failure.params, detail: '' },
  });
}
