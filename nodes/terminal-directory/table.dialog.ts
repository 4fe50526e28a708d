import { COLUMN_NAMES, isUsed, whatIsWrong, type Cells, type Column } from '../../core/isapi/directory/columns.js';
import { readDelimited } from '../../core/isapi/directory/delimited.js';
import { readJson } from '../../core/isapi/directory/json-rows.js';
import { loginFields, LOGINS } from '../../core/settings/directory.js';
import { whyNotTested, type Refused } from '../editor/connection-test/connection-test.js';
import { findingList, isAboutCertificate, type Answer } from '../editor/connection-test/findings.js';
import { current, field, formOf } from '../editor/form/fields.js';
import { textOf } from '../editor/labels.js';
import { text } from '../editor/texts.js';

const TYPE = 'terminal-directory';
/** What the runtime takes at once. */
const AT_ONCE = 3;
/** Where somebody else tests too, the next try is so much later (milliseconds). */
const BUSY_MS = 500;

const CHOICES: Partial<Record<Column, readonly string[]>> = {
  protocol: ['https', 'http'],
  certificate: ['verify', 'pin', 'none'],
};

/** A row of the list, as its element is shown. */
interface Item {
  cells?: Partial<Record<Column, string>>;
  inputs?: Map<Column, JQuery>;
  state?: JQuery;
}

interface EditableList {
  editableList(options: object): void;
  editableList(method: 'addItems', items: Item[]): void;
  editableList(method: 'items'): JQuery;
}

/** The terminals of a directory as a table: rows are added, pasted and tested. */
export class TerminalTable {
  private readonly form: JQuery;
  private readonly list: JQuery & EditableList;
  /** Rises when the tests under way are to end. */
  private run = 0;

  constructor(private readonly node: EditorNode) {
    this.form = formOf(node);
    this.list = this.find('rows');
    this.list.editableList({
      addButton: text(TYPE, 'table.add'),
      removable: true,
      sortable: true,
      height: 'auto',
      addItem: (container: JQuery, _index: number, item: Item) => this.addRow(container, item),
    });
    const given: unknown = node['terminals'];
    this.list.editableList('addItems', (Array.isArray(given) ? given : []).map(itemOf));
    this.find('paste').on('click', () => this.find('pasting').show().find('textarea').trigger('focus'));
    this.find('leave').on('click', () => this.find('pasting').hide());
    this.find('take').on('click', () => this.takePasted());
    this.find('test-all').on('click', () => void this.testAll());
    this.find('stop').on('click', () => this.stop());
    const source = field(node, 'source');
    const show = (): void => void this.find('table').toggle(source.val() !== 'file');
    source.on('change', show);
    show();
    this.showLogins();
  }

  /** The rows as they are kept in the flow. */
  get rows(): Cells[] {
    return this.items.map(cellsIn);
  }

  private get items(): Item[] {
    return this.list
      .editableList('items')
      .toArray()
      .map((element) => $(element).data('data') as Item);
  }

  private find(name: string): JQuery {
    return this.form.find(`.hikvision-${name}`);
  }

  /** The logins that are filled in, and one more to fill in. */
  private showLogins(): void {
    const show = (): void => {
      let isBefore = true;
      for (let number = 1; number <= LOGINS; number += 1) {
        const isFilled = this.login(number).username !== '' || this.login(number).name !== '';
        this.form.find(`[data-login=${number}]`).toggle(isFilled || isBefore);
        isBefore = isFilled;
      }
    };
    this.form.find('[data-login] input').on('input change', show);
    show();
  }

  private login(number: number): { name: string; username: string; password: string } {
    const fields = loginFields(number);
    const value = (property: string): string => textOf(current(this.node, property));
    const username = value(fields.username);
    return { name: value(fields.name).trim() || username, username, password: value(fields.password) };
  }

  private addRow(container: JQuery, item: Item): void {
    const { cells: given = {} } = item;
    const cells = $('<div>').addClass('hikvision-cells').appendTo(container);
    item.inputs = new Map();
    for (const column of COLUMN_NAMES) {
      const input = inputFor(column, given[column] ?? '').appendTo(cells);
      item.inputs.set(column, input);
      input.on('change', () => {
        item.state?.empty();
        showMistakes(item);
      });
    }
    $('<button>', { type: 'button', class: 'red-ui-button red-ui-button-small hikvision-test' })
      .text(text(TYPE, 'table.test'))
      .on('click', () => void this.test(item))
      .appendTo(cells);
    item.state = $('<div>', { class: 'hikvision-state', role: 'status' }).appendTo(container);
    showMistakes(item);
  }

  private takePasted(): void {
    const pasted = this.find('pasted');
    const given = String(pasted.val());
    const { rows, problems } = /^\s*\[/.test(given) ? readJson(given) : readDelimited(given, 'optional');
    this.list.editableList(
      'addItems',
      rows.map(({ cells }) => itemOf(cells)),
    );
    pasted.val('');
    this.find('pasting').hide();
    const outcome = this.find('outcome').empty();
    say(outcome, text(TYPE, 'table.pasted', { count: rows.length }));
    for (const { line, column, reason, params } of problems.slice(0, 10)) {
      const problem = text(TYPE, `problem.${reason}`, params);
      say(outcome, text(TYPE, 'table.wrong', { line, column, problem }), true);
    }
  }

  /** Tests every row, some at once; each says its own state. */
  private async testAll(): Promise<void> {
    this.stop();
    const { run } = this;
    const waiting = this.items;
    const total = waiting.length;
    let done = 0;
    const progress = this.find('progress').attr({ max: total, value: 0 }).show();
    this.find('stop').show();
    const worker = async (): Promise<void> => {
      for (let item = waiting.shift(); item && run === this.run; item = waiting.shift()) {
        if (await this.test(item, run)) done += 1;
        else waiting.push(item);
        const words = text(TYPE, 'table.progress', { done, total });
        progress.attr({ value: done, 'aria-label': words });
        if (run === this.run) say(this.find('outcome').empty(), words);
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
    if (run === this.run) this.stop();
  }

  private stop(): void {
    this.run += 1;
    this.find('stop').hide();
    this.find('progress').hide();
  }

  /** Tests a row. False where the runtime has too much to do, in a test of all: then it is to be tried again. */
  private async test(item: Item, run?: number): Promise<boolean> {
    const { state } = item;
    const cells = cellsIn(item);
    if (!state || showMistakes(item)) return true;
    say(state.empty(), text(TYPE, 'table.running'));
    const settings = { ...cells, ...this.loginOf(cells), timeout: current(this.node, 'timeout'), retries: '', tls: '' };
    return new Promise((resolve) => {
      void $.ajax({
        url: `${TYPE}/${this.isDeployed() ? this.node.id : '_new'}/test`,
        type: 'POST',
        contentType: 'application/json',
        data: JSON.stringify(settings),
        dataType: 'json',
      })
        .done((answer: Answer) => {
          // An answer about other settings must neither be believed nor pinned.
          if (JSON.stringify(cellsIn(item)) === JSON.stringify(cells)) this.show(item, answer);
          resolve(true);
        })
        .fail(({ status, responseJSON }) => {
          if (status === 429 && run !== undefined && run === this.run) {
            setTimeout(() => resolve(false), BUSY_MS);
            return;
          }
          say(state.empty(), whyNotTested('isapi-config', status, responseJSON as Refused | undefined), true);
          resolve(true);
        });
    });
  }

  private loginOf(cells: Cells): { username: string; password: string } {
    const logins = Array.from({ length: LOGINS }, (_each, index) => this.login(index + 1));
    const filled = logins.filter(({ username }) => username !== '');
    const wanted = textOf(cells.login);
    const found = wanted === '' ? filled[0] : filled.find(({ name }) => name === wanted);
    return { username: found?.username ?? '', password: found?.password ?? '' };
  }

  private show(item: Item, answer: Answer): void {
    const state = item.state?.empty();
    if (!state) return;
    const findings = answer.findings.filter(({ state: each }) => each === 'failed' || each === 'warned');
    if (findings.length === 0) say(state, text(TYPE, 'table.passed'));
    else findingList('isapi-config', { ...answer, findings }).appendTo(state);
    const { fingerprint } = answer;
    if (fingerprint === undefined || !findings.some(isAboutCertificate)) return;
    $('<button>', { type: 'button', class: 'red-ui-button red-ui-button-small hikvision-pin' })
      .text(text(TYPE, 'table.pin'))
      .on('click', () => {
        item.inputs?.get('certificate')?.val('pin');
        item.inputs?.get('fingerprint')?.val(fingerprint);
        showMistakes(item);
        say(state.empty(), text(TYPE, 'table.pinned'));
      })
      .appendTo(state);
  }

  private isDeployed(): boolean {
    return RED.nodes.originalFlow()?.some(({ id }) => id === this.node.id) ?? false;
  }
}

function itemOf(row: unknown): Item {
  const given = (typeof row === 'object' && row !== null ? row : {}) as Cells;
  const cells = COLUMN_NAMES.map((column) => {
    const value = given[column];
    return [column, typeof value === 'string' || typeof value === 'number' ? String(value) : ''] as const;
  });
  return { cells: Object.fromEntries(cells) };
}

function cellsIn({ inputs, cells }: Item): Cells {
  if (!inputs) return cells ?? {};
  return Object.fromEntries([...inputs].map(([column, input]) => [column, String(input.val() ?? '').trim()]));
}

function inputFor(column: Column, value: string): JQuery {
  const label = text(TYPE, `column.${column}`);
  const choices = CHOICES[column];
  const attributes = { 'aria-label': label, title: label, 'data-column': column };
  if (!choices) return $('<input>', { type: 'text', placeholder: label, ...attributes }).val(value);
  // Another word stays what it is, and is shown as a mistake.
  const words = value === '' || choices.includes(value) ? choices : [...choices, value];
  const input = $('<select>', attributes);
  for (const word of words) {
    $('<option>', { value: word })
      .text(text('isapi-config', `option.${column}.${word}`) || word)
      .appendTo(input);
  }
  return input.val(value || (choices[0] ?? ''));
}

/** Marks the cells that cannot be used, and shows those that are; true where there is a mistake. */
function showMistakes(item: Item): boolean {
  const cells = cellsIn(item);
  let isWrong = false;
  for (const [column, input] of item.inputs ?? []) {
    input.toggle(isUsed(column, cells)).toggleClass('hikvision-wide', column === 'fingerprint');
    const wrong = whatIsWrong(column, cells);
    const label = text(TYPE, `column.${column}`);
    const words = wrong ? `${label}: ${text(TYPE, `problem.${wrong.reason}`, wrong.params)}` : label;
    input.toggleClass('input-error', wrong !== undefined).attr({ title: words, 'aria-invalid': String(!!wrong) });
    isWrong ||= wrong !== undefined;
  }
  return isWrong;
}

function say(place: JQuery, words: string, isRefusal = false): void {
  $('<div>')
    .addClass(isRefusal ? 'hikvision-message hikvision-refused' : 'hikvision-message')
    .text(words)
    .appendTo(place);
}
