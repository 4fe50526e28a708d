import { field } from '../editor/form/fields.js';
import { text } from '../editor/texts.js';

/** A known operation of the OpenAPI, as the runtime's catalogue has it, with its name in the editor's language. */
interface Operation {
  id: string;
  method: string;
  path: string;
  body: unknown;
  label: string;
}

const TYPE = 'artemis-request';

/**
 * The catalogue of operations as a searchable list; choosing one fills method, path and body.
 *
 * It is not the editor's autoComplete: that one's list has no roles, so that a screen reader does not tell of it; it takes the
 * focus away from the field, and Enter always takes the first entry. This is a combobox with a list box, as WAI-ARIA describes
 * it: the focus stays in the field, the arrows move, Enter chooses and Escape closes the list only.
 */
export class OperationPicker {
  private readonly input: JQuery;
  private readonly list: JQuery;
  private readonly question = $('.hikvision-question');
  private operations: Operation[] = [];
  /** What the open list offers. */
  private found: Operation[] = [];
  /** The index of the option that Enter would choose; -1 for none. */
  private active = -1;
  /** The chosen operation that would overwrite what the user typed. */
  private asked: Operation | undefined;

  constructor(private readonly node: EditorNode) {
    this.input = field(node, 'hikvision-picker');
    this.list = field(node, 'hikvision-operations');
    this.listen();
  }

  /** Gets the catalogue from the runtime. */
  load(): void {
    void $.getJSON('artemis-request/operations')
      .done((catalogue: Omit<Operation, 'label'>[]) => {
        this.operations = catalogue.map((operation) => ({
          ...operation,
          label: text(TYPE, `operations.${operation.id}`) || operation.id,
        }));
        this.showChosen();
      })
      .fail(() => this.input.prop('disabled', true).attr('placeholder', text(TYPE, 'picker.unavailable')));
  }

  private listen(): void {
    this.question.find('.hikvision-replace').on('click', () => {
      this.question.hide();
      if (this.asked) this.fill(this.asked);
    });
    this.question.find('.hikvision-keep').on('click', () => {
      this.question.hide();
      this.showChosen();
    });
    this.input
      .on('focus', () => this.input.trigger('select'))
      .on('click', () => this.open(''))
      .on('input', () => this.open(String(this.input.val())))
      .on('blur', () => {
        this.close();
        if (!this.question.is(':visible')) this.showChosen();
      })
      .on('keydown', (event) => this.onKey(event));
    for (const property of ['path', 'method']) this.field(property).on('change', () => this.showChosen());
  }

  private onKey(event: JQuery.KeyDownEvent): void {
    const chosen = this.found[this.active];
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault();
      if (this.list.is(':hidden')) this.open('');
      this.activate(event.key === 'ArrowDown' ? this.active + 1 : Math.max(this.active, 0) - 1);
    } else if (event.key === 'Enter' && chosen) {
      event.preventDefault();
      this.choose(chosen);
    } else if (event.key === 'Escape' && this.list.is(':visible')) {
      event.stopPropagation();
      this.close();
    }
  }

  private open(sought: string): void {
    this.close();
    const words = sought.toLowerCase().split(/\s+/);
    this.found = this.operations.filter(({ id, label, path }) =>
      words.every((word) => `${id} ${label} ${path}`.toLowerCase().includes(word)),
    );
    this.list.append(this.found.map((operation, index) => this.option(operation, index)));
    if (this.found.length === 0) {
      $('<li class="hikvision-details">').text(text(TYPE, 'picker.nothing')).appendTo(this.list);
    }
    this.list.show();
    this.input.attr('aria-expanded', 'true');
  }

  private option(operation: Operation, index: number): JQuery {
    return (
      $('<li>', { role: 'option', id: `node-input-hikvision-operation-${index}`, 'aria-selected': 'false' })
        .append($('<span>').text(operation.label), $('<span class="hikvision-details">').text(operation.path))
        // Before the input loses the focus.
        .on('mousedown', (event) => {
          event.preventDefault();
          this.choose(operation);
        })
    );
  }

  private close(): void {
    this.list.empty().hide();
    this.found = [];
    this.active = -1;
    this.input.attr('aria-expanded', 'false').removeAttr('aria-activedescendant');
  }

  private activate(index: number): void {
    const options = this.list.children('[role=option]');
    if (options.length === 0) return;
    this.active = (index + options.length) % options.length;
    options.attr('aria-selected', 'false');
    const option = options.eq(this.active).attr('aria-selected', 'true');
    this.input.attr('aria-activedescendant', option.attr('id') ?? '');
    option[0]?.scrollIntoView({ block: 'nearest' });
  }

  private choose(operation: Operation): void {
    this.close();
    this.input.val(operation.label);
    this.asked = operation;
    this.question.hide();
    if (this.isOwnPath() || this.isOwnBody()) this.question.show().find('.hikvision-replace').trigger('focus');
    else this.fill(operation);
  }

  private fill(operation: Operation): void {
    this.field('method').val(operation.method).trigger('change');
    this.fillTyped('path', 'str', operation.path);
    this.fillTyped('body', 'json', bodyOf(operation));
    this.showChosen();
  }

  private fillTyped(property: string, kind: string, value: string): void {
    const input = this.field(property);
    input.typedInput('type', kind);
    input.typedInput('value', value);
  }

  /** Names the operation that method and path make up, if there is one. */
  private showChosen(): void {
    const path = this.field('pathType').val() === 'str' ? this.field('path').typedInput('value') : undefined;
    const method = this.field('method').val();
    const chosen = this.operations.find((operation) => operation.path === path && operation.method === method);
    this.input.val(chosen?.label ?? '');
  }

  private isOwnPath(): boolean {
    const path = this.field('path').typedInput('value');
    const isFixed = this.field('pathType').val() === 'str';
    return path !== '' && !(isFixed && this.operations.some((operation) => operation.path === path));
  }

  private isOwnBody(): boolean {
    const body = this.field('body').typedInput('value');
    const kind = this.field('bodyType').val();
    if (kind === 'msg' && body === 'payload') return false;
    const isTemplate = ['', '{}'].includes(body) || this.operations.some((operation) => bodyOf(operation) === body);
    return !(kind === 'json' && isTemplate);
  }

  private field(property: string): JQuery {
    return field(this.node, property);
  }
}

function bodyOf({ body }: Operation): string {
  return JSON.stringify(body);
}
