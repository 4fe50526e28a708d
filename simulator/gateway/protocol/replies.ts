import type { Reply } from '../../server/reply.js';

/** What the gateway says to each code that the simulator gives; the words are its own where a guide quotes them. */
const MESSAGES = {
  '0': 'Success',
  '2': 'Bad parameter',
  '6': 'Server busy',
  '8': 'This product version is not supported',
  '17': 'No permission for OpenAPI',
  '64': 'User authentication failed',
  '65': 'The user is locked',
  '66': 'The user does not exist',
  '67': 'The user must be initialised',
  '68': 'User authentication failed, signed headers do not match',
  '69': 'The API is not authorised for the partner',
  '128': 'The resource does not exist',
  '131': 'Already exists',
  '132': 'The limit is reached',
  '0x02401000': 'AppKey is missing',
  '0x02401001': 'Invalid AppKey',
  '0x02401002': 'Signature is missing',
  '0x02401003': 'Invalid Signature!',
  '0x00072001': 'Parameter missing',
  '0x00072002': 'Parameter out of range',
  '0x00072003': 'Parameter has a wrong format',
} as const;

export type Code = keyof typeof MESSAGES;

/** A refusal: the gateway answers with this code, `data` being blank. */
export class Refusal extends Error {
  /** @param why what the simulator's own output says; what a gateway says tells less */
  constructor(
    readonly code: string,
    readonly msg: string,
    readonly httpStatus = 200,
    readonly why = msg,
  ) {
    super(msg);
  }
}

/** A refusal of what was asked for: HTTP 200. @param field what is wrong, where it is one field */
export function refuse(code: Code, field?: string): Refusal {
  return new Refusal(code, field === undefined ? MESSAGES[code] : `${MESSAGES[code]}: ${field}`);
}

/** A refusal of who asks: HTTP 401. Like a gateway, the reply does not say why. */
export function refuseCaller(code: Code, why: string, msg: string = MESSAGES[code]): Refusal {
  return new Refusal(code, msg, 401, why);
}

interface Answer {
  code: string;
  msg: string;
  data: unknown;
}

/** @param rawLineBreaks write line breaks as they are, which is no JSON; some gateways echo a string to sign so */
export function answerReply(answer: Answer, status = 200, { rawLineBreaks = false } = {}): Reply {
  const text = JSON.stringify(answer);
  const body = Buffer.from(rawLineBreaks ? text.replaceAll('\\n', '\n') : text);
  return { status, contentType: 'application/json;charset=UTF-8', body };
}

export function successReply(data: unknown): Reply {
  return answerReply({ code: '0', msg: MESSAGES['0'], data: data ?? '' });
}

export function codeReply(code: string, msg: string | undefined, status = 200): Reply {
  return answerReply(
    { code, msg: msg ?? (MESSAGES as Partial<Record<string, string>>)[code] ?? 'Failed', data: '' },
    status,
  );
}
