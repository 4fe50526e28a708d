import { errorText, text, type ErrorText } from '../texts.js';

/** What went wrong and what to do about it. */
export interface Explanation {
  what: ErrorText;
  hint: ErrorText;
}

/** One line of the answer to a test of a terminal or gateway. */
export interface Finding {
  id: string;
  state: 'passed' | 'warned' | 'failed' | 'unknown';
  /** The sentence of the finding to say where it is not the one named after its state. */
  text?: string;
  params?: Record<string, unknown>;
  /** The finding's usual advice, or the name of another. */
  advice?: boolean | string;
  failure?: Explanation;
}

/** The answer to a test of a connection. */
export interface Answer {
  findings: Finding[];
  fingerprint?: string;
  certificate?: { subject: string; issuer: string; validFrom: string; validTo: string };
  report: unknown;
}

const ICONS = {
  passed: 'fa-check-circle',
  warned: 'fa-exclamation-triangle',
  failed: 'fa-times-circle',
  unknown: 'fa-question-circle',
};

/** The findings of an answer as a list, each with what belongs to it. */
export function findingList(type: string, answer: Answer): JQuery {
  const list = $('<ul>').addClass('hikvision-findings');
  for (const finding of answer.findings) list.append(listItem(type, finding, answer));
  return list;
}

export function isAboutCertificate({ id }: Finding): boolean {
  return id === 'certificate' || id === 'tls';
}

function listItem(type: string, finding: Finding, answer: Answer): JQuery {
  const { id, state, text: sentence = state, failure } = finding;
  const values = valuesOf(type, finding);
  const body = $('<div>').append($('<div>').text(text(type, `finding.${id}.${sentence}`, values) || id));
  const say = (className: string, what: string): void => {
    if (what !== '') $('<div>').addClass(className).text(what).appendTo(body);
  };
  if (isAboutCertificate(finding)) say('hikvision-details', certificateOf(type, answer));
  if (failure) say('hikvision-details', errorText(failure.what));
  say('hikvision-advice', adviceOf(type, finding, values));
  const stateInWords = text(type, `connectionTest.${state}`);
  return $('<li>')
    .addClass(`hikvision-${state}`)
    .append(
      $('<i>', { class: `fa ${ICONS[state]}`, 'aria-hidden': 'true', title: stateInWords }),
      $('<span>').addClass('hikvision-unseen').text(`${stateInWords}: `),
      body,
    );
}

/** What the sentences of a finding may name; `supported` lists what the terminal has. */
function valuesOf(type: string, { id, params = {} }: Finding): Record<string, unknown> {
  const supported = Object.keys(params)
    .filter((name) => params[name] === true)
    .map((name) => text(type, `finding.${id}.param.${name}`) || name);
  return { ...params, supported: supported.join(', ') };
}

function certificateOf(type: string, { certificate, fingerprint }: Answer): string {
  if (certificate === undefined) return '';
  const { subject, issuer, validFrom, validTo } = certificate;
  const days = { validFrom: validFrom.slice(0, 10), validTo: validTo.slice(0, 10) };
  return text(type, 'connectionTest.certificate', { subject, issuer, ...days, fingerprint });
}

function adviceOf(type: string, { id, advice, failure }: Finding, values: Record<string, unknown>): string {
  const name = advice === true ? 'advice' : advice;
  const sentences = [failure ? errorText(failure.hint) : '', name ? text(type, `finding.${id}.${name}`, values) : ''];
  return sentences.filter(Boolean).join('\n');
}
