import type { Rules } from '../../../core/settings/rule.js';
import { current, field, formOf } from '../form/fields.js';
import { errorText, labelOf, text, textKey } from '../texts.js';
import { findingList, isAboutCertificate, type Answer, type Explanation } from './findings.js';

/** Why the runtime did not test. */
export interface Refused {
  error?: string;
  params?: Record<string, unknown>;
  failure?: Explanation;
}

/** Settings that make no difference to a test. */
const IRRELEVANT = ['name', 'retries', 'queueLimit', 'debugSigning'];

/**
 * The test of a config node: asks the runtime with the fields as they stand in the dialog and lists what it found.
 * @param action the last part of the address of the runtime's endpoint
 */
export function offerConnectionTest(node: EditorNode, rules: Rules, action: string): void {
  const test = new ConnectionTest(node, rules, action);
  showUsualPort(node);
  test.buttons.run.on('click', () => test.run());
  test.buttons.pin.on('click', () => test.pin());
  test.buttons.copy.on('click', () => test.copy());
  // An answer about other settings must neither be believed nor pinned.
  for (const property of test.properties.filter((each) => each !== 'certificate' && each !== 'fingerprint')) {
    field(node, property).on('change input', () => test.forget());
  }
}

function showUsualPort(node: EditorNode): void {
  const protocol = field(node, 'protocol');
  if (protocol.length === 0) return;
  const show = (): void => void field(node, 'port').attr('placeholder', protocol.val() === 'https' ? '443' : '80');
  protocol.on('change', show);
  show();
}

class ConnectionTest {
  readonly buttons: Record<'run' | 'pin' | 'copy', JQuery>;
  /** The settings that are sent along; a stored secret travels as the editor's placeholder. */
  readonly properties: string[];

  private readonly outcome: JQuery;
  /** The number of the test whose answer is still wanted. */
  private wanted = 0;
  private answer: Answer | undefined;

  constructor(
    private readonly node: EditorNode,
    rules: Rules,
    private readonly action: string,
  ) {
    const form = formOf(node);
    const button = (name: string): JQuery => form.find(`.hikvision-${name}`);
    this.buttons = { run: button('run'), pin: button('pin'), copy: button('copy') };
    this.outcome = form.find('.hikvision-outcome');
    this.properties = Object.keys(rules).filter((property) => !IRRELEVANT.includes(property));
  }

  run(): void {
    this.forget();
    const refused = this.whatIsWrong();
    if (refused !== undefined) {
      this.refuse(refused);
      return;
    }
    const { type } = this.node;
    const settings = JSON.stringify(this.settings());
    const asked = this.wanted;
    this.buttons.run.prop('disabled', true);
    this.say(text(type, 'connectionTest.running'));
    void $.ajax({
      url: `${type}/${this.isDeployed() ? this.node.id : '_new'}/${this.action}`,
      type: 'POST',
      contentType: 'application/json',
      data: settings,
      dataType: 'json',
    })
      .done((reply: Answer) => {
        if (asked === this.wanted) this.show(reply);
      })
      .fail(({ status, responseJSON }) => {
        if (asked !== this.wanted) return;
        this.forget();
        this.refuse(whyNotTested(type, status, responseJSON as Refused | undefined));
      });
  }

  pin(): void {
    if (this.answer?.fingerprint === undefined) return;
    field(this.node, 'certificate').val('pin').trigger('change');
    field(this.node, 'fingerprint').val(this.answer.fingerprint).trigger('change');
    this.say(text(this.node.type, 'connectionTest.pinned'));
  }

  copy(): void {
    const copied = textKey(this.node.type, 'connectionTest.copied');
    RED.clipboard.copyText(JSON.stringify(this.answer?.report, null, 2), this.buttons.copy, copied);
  }

  forget(): void {
    this.wanted += 1;
    this.answer = undefined;
    this.outcome.empty();
    this.buttons.pin.hide();
    this.buttons.copy.hide();
    this.buttons.run.prop('disabled', false);
  }

  private show(answer: Answer): void {
    this.forget();
    this.answer = answer;
    findingList(this.node.type, answer).appendTo(this.outcome);
    const isAccepted = answer.findings.some((finding) => isAboutCertificate(finding) && finding.state === 'passed');
    this.buttons.pin.toggle(answer.fingerprint !== undefined && !isAccepted);
    this.buttons.copy.show();
    this.bringIntoView();
  }

  /** On a low screen the findings begin below its edge: the buttons go to the top, with the findings after them. */
  private bringIntoView(): void {
    const scrolled = this.outcome
      .parents()
      .filter((_index, each) => each.scrollHeight > each.clientHeight && /auto|scroll/.test($(each).css('overflow-y')))
      .first();
    const [body, row, outcome] = [scrolled, this.buttons.run.closest('.form-row'), this.outcome].map((each) =>
      each[0]?.getBoundingClientRect(),
    );
    if (!body || !row || !outcome || outcome.bottom <= body.bottom) return;
    scrolled.scrollTop((scrolled.scrollTop() ?? 0) + Math.min(row.top - body.top, outcome.bottom - body.bottom));
  }

  private settings(): Record<string, unknown> {
    const values = this.properties.map((property) => {
      const value = current(this.node, property);
      // The editor's own value for "no config node chosen".
      return [property, value === '_ADD_' ? '' : value] as const;
    });
    return Object.fromEntries(values);
  }

  private whatIsWrong(): string | undefined {
    const { defaults, credentials } = this.node._def;
    const all = { ...defaults, ...credentials };
    return this.properties
      .map((property) => all[property]?.validate?.call(this.node, current(this.node, property), {}))
      .find((verdict): verdict is string => typeof verdict === 'string');
  }

  private isDeployed(): boolean {
    return RED.nodes.originalFlow()?.some(({ id }) => id === this.node.id) ?? false;
  }

  private say(message: string, className = 'hikvision-message'): void {
    $('<div>').addClass(className).text(message).appendTo(this.outcome);
  }

  private refuse(message: string): void {
    this.say(message, 'hikvision-message hikvision-refused');
  }
}

/** The words for a test that the runtime did not make. */
export function whyNotTested(type: string, status: number, reply: Refused = {}): string {
  if (status === 401 || status === 403) return text(type, 'connectionTest.forbidden');
  if (status !== 400 && status !== 429) return text(type, 'connectionTest.unavailable', { status });
  const { error, params = {}, failure } = reply;
  // The field by the name that it has in the dialog.
  const field = labelOf(type, String(params['field']));
  if (failure) {
    return [failure.what, failure.hint]
      .map((sentence) => errorText({ ...sentence, params: { ...sentence.params, field } }))
      .join(' ');
  }
  return text(type, `refused.${error ?? 'other'}`, { ...params, field }) || text(type, 'refused.other', { error });
}
