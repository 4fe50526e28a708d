import { HikvisionError } from '../../../errors/hikvision-error.js';
import { namingRight } from '../../operations/missing-right.js';
import type { IsapiCall, RequestLine, Terminal } from '../../terminal/terminal.js';
import { holderOf } from '../reading/cards.js';
import type { SyncLimits } from '../reading/limits.js';
import { MOST_CARDS } from '../wanted/cards.js';
import { patiently } from './patience.js';

export interface CardChange {
  employeeNo: string;
  add: readonly string[];
  remove: readonly string[];
  /** How many the person has now. */
  held: number;
}

export interface CardWriting {
  terminal: Terminal;
  limits: SyncLimits;
  signal: AbortSignal;
  /** Called at the moment of sending; what it throws is the outcome. */
  beforeSending?: () => void;
  /** Whether the list takes this card from that person; then it is. */
  mayTake: (holder: string, cardNo: string) => boolean;
  onAdded: () => void;
  onRemoved: () => void;
}

/** How a card is given, and how one is taken. */
export const CARD_LINE: RequestLine = { method: 'POST', target: '/ISAPI/AccessControl/CardInfo/Record?format=json' };
const REMOVE_LINE: RequestLine = { method: 'PUT', target: '/ISAPI/AccessControl/CardInfo/Delete?format=json' };

/**
 * Gives and takes cards: the new one before the old one goes, so that nobody stands before a closed door, unless there is no
 * room. @throws HikvisionError; `cardElsewhere` names who has the card
 */
export async function writeCards({ employeeNo, add, remove, held }: CardChange, writing: CardWriting): Promise<void> {
  const toRemove = [...remove];
  let count = held;
  const removeOne = async (): Promise<void> => {
    const cardNo = toRemove.shift();
    if (cardNo === undefined) return;
    await removeCard(cardNo, writing);
    count -= 1;
  };
  for (const cardNo of add) {
    if (count >= MOST_CARDS) await removeOne();
    await addCard(employeeNo, cardNo, writing);
    count += 1;
  }
  while (toRemove.length > 0) await removeOne();
}

async function addCard(employeeNo: string, cardNo: string, writing: CardWriting): Promise<void> {
  const { terminal, limits, signal, mayTake, onAdded } = writing;
  const content = { CardInfo: { employeeNo, cardNo, cardType: 'normalCard' } };
  for (let attempt = 0; ; attempt += 1) {
    try {
      await patiently(() => send(writing, CARD_LINE, content), signal);
      break;
    } catch (error) {
      if (!(error instanceof HikvisionError) || error.code === 'CANCELLED' || error.delivery === 'unsent') throw error;
      // The reply may be lost, or the card may be somebody's: whose it is now tells.
      const holder = await holderOf(terminal, limits, cardNo, signal);
      if (holder === employeeNo) break;
      if (holder !== undefined && !mayTake(holder, cardNo)) throw elsewhere(error, holder);
      if (holder !== undefined) await removeCard(cardNo, writing);
      else if (error.delivery === 'answered' || attempt >= terminal.settings.retries) throw error;
    }
  }
  onAdded();
}

async function removeCard(cardNo: string, writing: CardWriting): Promise<void> {
  await patiently(() => send(writing, REMOVE_LINE, { CardInfoDelCond: { CardNoList: [{ cardNo }] } }), writing.signal);
  writing.onRemoved();
}

function elsewhere(error: HikvisionError, holder: string): HikvisionError {
  const { code, cause } = error;
  const { httpStatus, statusCode, subStatusCode, errorCode } = cause;
  const facts = { httpStatus, statusCode, subStatusCode, errorCode };
  const known = Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== undefined));
  return HikvisionError.of('cardElsewhere', { code, ...known, delivery: 'answered', params: { holder } });
}

function send({ terminal, signal, beforeSending }: CardWriting, line: RequestLine, content: object): Promise<unknown> {
  const call: IsapiCall = {
    operation: line === CARD_LINE ? 'add card' : 'remove card',
    method: line.method,
    path: line.target,
    contentType: 'application/json',
    body: Buffer.from(JSON.stringify(content)),
    policy: line === CARD_LINE ? 'notTwice' : 'repeatable',
    signal,
    ...(beforeSending ? { beforeSending } : {}),
  };
  return terminal.call(call).catch(namingRight('right.persons'));
}
