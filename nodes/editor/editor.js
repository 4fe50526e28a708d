// @ts-check
/* What the edit dialogs of this package share. Every page of the package loads this file; only the first load counts. */

globalThis.hikvision ??= (() => {
  const PACKAGE = '@facecontroll/node-red-hikvision';

  /**
   * A text of a node's catalogue, '' when the catalogue does not have it.
   * @param {string} type
   * @param {string} key
   * @param {Record<string, unknown>} [params]
   */
  function text(type, key, params) {
    return RED._(textKey(type, key), { defaultValue: '', ...params });
  }

  /**
   * @param {string} type
   * @param {string} key
   */
  function textKey(type, key) {
    return `${PACKAGE}/${type}:${type}.${key}`;
  }

  /**
   * What stands on a node in a flow: its name, or what it does and on which terminal or gateway.
   * @param {EditorNode} node
   * @param {string} [what]
   */
  function label(node, what = node.type) {
    const config = RED.nodes.node(node.terminal || node.gateway || '');
    return node.name || [what, config?.name || config?.host].filter(Boolean).join(' · ');
  }

  /**
   * What a request does, for its label: method and the end of a fixed path; the node's type when the path comes with the message.
   * @param {EditorNode} node
   * @param {number} segments of the path that tell one request from another
   */
  function requestLabel(node, segments) {
    if (node['pathType'] !== 'str' || !node['path']) return node.type;
    const path = String(node['path']).split('?')[0] ?? '';
    return `${node['method']} ${path.split('/').filter(Boolean).slice(-segments).join('/')}`;
  }

  /**
   * A typed input's text type as a choice of known values. A value of an imported flow that is not among them stays available.
   * @param {EditorNode} node
   * @param {string} property
   * @param {string[]} values
   * @returns {TypedInputType}
   */
  function choice(node, property, values) {
    const current = node[`${property}Type`] === 'str' ? String(node[property]) : '';
    const known = current === '' || values.includes(current) ? values : [...values, current];
    return {
      value: 'str',
      label: text(node.type, `label.${property}`),
      icon: 'red/images/typedInput/az.svg',
      options: known.map((value) => ({ value, label: text(node.type, `option.${property}.${value}`) || value })),
    };
  }

  /**
   * The prefix of the ids of a node's inputs.
   * @param {EditorNode} node
   */
  function prefix(node) {
    return node._def.category === 'config' ? 'node-config-input' : 'node-input';
  }

  /**
   * Makes the opened dialog of a node work: typed inputs, texts that belong to an input, and the disclosure of rarely used fields,
   * which starts open when one of its fields is not as delivered.
   * @param {EditorNode} node
   * @param {Record<string, TypedProperty>} [typed] the types of each typed property, the usual one first
   */
  function prepare(node, typed = {}) {
    const form = $(`#${prefix(node)}-name`)
      .closest('.hikvision-form')
      .attr('data-node', node.id);
    for (const [property, choices] of Object.entries(typed)) {
      const { types, typeField } = Array.isArray(choices) ? { types: choices, typeField: `${property}Type` } : choices;
      const input = $(`#${prefix(node)}-${property}`);
      const labelId = `${prefix(node)}-${property}-label`;
      input.closest('.form-row').find('label').attr('id', labelId);
      const [usual] = types;
      input.typedInput({
        types,
        default: typeof usual === 'object' ? usual.value : (usual ?? 'str'),
        typeField: `#${prefix(node)}-${typeField}`,
      });
      input.closest('.form-row').find('.red-ui-typedInput-input').attr('aria-labelledby', labelId);
      explainTyped(node, property, input);
    }
    form.find('i.fa').attr('aria-hidden', 'true');
    form.find('.hikvision-hint').each((index, element) => {
      const id = `${prefix(node)}-hint-${index}`;
      $(element).attr('id', id);
      $(element).closest('.form-row').find('input, select').filter(':not([type=hidden])').attr('aria-describedby', id);
    });
    form.find('details').each((_index, details) => {
      $(details)
        .find('input, select')
        .each((_inner, element) => {
          const property = element.id.slice(prefix(node).length + 1);
          const usual = node._def.defaults[property]?.value;
          if (usual !== undefined && String(node[property] ?? usual) !== String(usual)) $(details).prop('open', true);
        });
    });
  }

  /**
   * Says at a typed input what is wrong with it: the editor's own tooltip hangs on the plain input, which is hidden behind it.
   * @param {EditorNode} node
   * @param {string} property
   * @param {EditorElements} input
   */
  function explainTyped(node, property, input) {
    const shown = input.next('.red-ui-typedInput-container');
    /** @type {{ delete(): void } | undefined} */
    let tooltip;
    const explain = () => {
      const verdict = node._def.defaults[property]?.validate?.call(node, input.val(), {});
      tooltip?.delete();
      tooltip = typeof verdict === 'string' ? RED.popover.tooltip(shown, verdict) : undefined;
      shown.find('.red-ui-typedInput-input').attr('aria-invalid', String(tooltip !== undefined));
    };
    input.on('change', explain);
    explain();
  }

  /**
   * Shows the fields of an address that matter for the chosen protocol and certificate check.
   * @param {EditorNode} node
   */
  function connection(node) {
    const field = (/** @type {string} */ name) => $(`#node-config-input-${name}`);
    const show = () => {
      const https = field('protocol').val() === 'https';
      const certificate = field('certificate').val();
      field('port').attr('placeholder', https ? '443' : '80');
      field('certificate').closest('.form-row').toggle(https);
      field('tls').closest('.form-row').toggle(https);
      field('fingerprint')
        .closest('.form-row')
        .toggle(https && certificate === 'pin');
      $('.hikvision-certificate-hint').text(text(node.type, `hint.certificate.${certificate}`));
    };
    field('protocol').on('change', show);
    field('certificate').on('change', show);
    show();
  }

  const ICONS = {
    passed: 'fa-check-circle',
    warned: 'fa-exclamation-triangle',
    failed: 'fa-times-circle',
    unknown: 'fa-question-circle',
  };

  /**
   * The test of a config node: asks the runtime with the fields as they stand in the dialog and lists what it found.
   * @param {EditorNode} node
   * @param {string} action the last part of the address of the runtime's endpoint
   * @param {string[]} fields sent along; a stored secret travels as the editor's placeholder
   */
  function examination(node, action, fields) {
    const { type } = node;
    const form = $('#node-config-input-name').closest('.hikvision-form');
    const [run, pin, copy] = ['run', 'pin', 'copy'].map((name) => form.find(`.hikvision-${name}`));
    const outcome = form.find('.hikvision-outcome');
    if (!run || !pin || !copy) return;
    const field = (/** @type {string} */ name) => $(`#node-config-input-${name}`);
    /** The number of the examination whose answer is still wanted. */
    let wanted = 0;
    /** @type {Examination | undefined} */
    let answer;
    /** The settings with which the login was rejected last: the same once more is a try lost. */
    let rejected = '';

    const forget = () => {
      wanted += 1;
      answer = undefined;
      outcome.empty();
      pin.hide();
      copy.hide();
      run.prop('disabled', false);
    };
    const say = (/** @type {string} */ message, className = 'hikvision-message') => {
      $('<div>').addClass(className).text(message).appendTo(outcome);
    };

    run.on('click', () => {
      forget();
      const asked = wanted;
      const deployed = RED.nodes.originalFlow()?.some(({ id }) => id === node.id) ?? false;
      const values = fields.map((name) => {
        const input = field(name);
        const value = input.is('[type=checkbox]') ? input.prop('checked') : input.val();
        // The editor's own value for "no config node chosen".
        return [name, value === '_ADD_' ? '' : value];
      });
      for (const name of fields) {
        const verdict = node._def.defaults[name]?.validate?.call(node, field(name).val(), {});
        if (typeof verdict === 'string') {
          say(verdict, 'hikvision-message hikvision-refused');
          return;
        }
      }
      const settings = JSON.stringify(values);
      if (rejected === settings) {
        rejected = '';
        say(text(type, 'examination.sameLogin'), 'hikvision-message hikvision-refused');
        return;
      }
      run.prop('disabled', true);
      say(text(type, 'examination.running'));
      $.ajax({
        url: `${type}/${deployed ? node.id : '_new'}/${action}`,
        type: 'POST',
        contentType: 'application/json',
        data: JSON.stringify(Object.fromEntries(values)),
        dataType: 'json',
      })
        .done((reply) => {
          if (asked !== wanted) return;
          forget();
          answer = /** @type {Examination} */ (reply);
          const isRejected = answer.findings.some(
            ({ id, state, failure }) => id === 'login' && state === 'failed' && !failure,
          );
          rejected = isRejected ? settings : '';
          findingList(type, answer).appendTo(outcome);
          const isAccepted = answer.findings.some(({ id, state }) => isCertificate(id) && state === 'passed');
          pin.toggle(answer.fingerprint !== undefined && !isAccepted);
          copy.show();
        })
        .fail(({ status, responseJSON }) => {
          if (asked !== wanted) return;
          forget();
          say(refusal(type, status, responseJSON), 'hikvision-message hikvision-refused');
        });
    });
    pin.on('click', () => {
      if (answer?.fingerprint === undefined) return;
      field('certificate').val('pin').trigger('change');
      field('fingerprint').val(answer.fingerprint).trigger('change');
      say(text(type, 'examination.pinned'));
    });
    copy.on('click', () => {
      RED.clipboard.copyText(JSON.stringify(answer?.report, null, 2), copy, textKey(type, 'examination.copied'));
    });
    // An answer about other settings must neither be believed nor pinned.
    for (const name of fields.filter((name) => name !== 'certificate' && name !== 'fingerprint')) {
      field(name).on('change input', forget);
    }
  }

  /**
   * @param {string} type
   * @param {Examination} answer
   */
  function findingList(type, answer) {
    const list = $('<ul>').addClass('hikvision-findings');
    for (const { id, state, text: sentence = state, params = {}, advice, failure } of answer.findings) {
      const supported = Object.keys(params)
        .filter((name) => params[name] === true)
        .map((name) => text(type, `finding.${id}.param.${name}`) || name);
      const values = { ...params, supported: supported.join(', ') };
      const body = $('<div>').append($('<div>').text(text(type, `finding.${id}.${sentence}`, values) || id));
      const say = (/** @type {string} */ className, /** @type {string} */ what) => {
        if (what !== '') $('<div>').addClass(className).text(what).appendTo(body);
      };
      if (isCertificate(id) && answer.certificate !== undefined) {
        const { subject, issuer, validFrom, validTo } = answer.certificate;
        const days = { validFrom: validFrom.slice(0, 10), validTo: validTo.slice(0, 10) };
        const { fingerprint } = answer;
        say('hikvision-details', text(type, 'examination.certificate', { subject, issuer, ...days, fingerprint }));
      }
      if (failure) say('hikvision-details', explanation(failure.what));
      say(
        'hikvision-advice',
        [
          ...(failure ? [explanation(failure.hint)] : []),
          ...(advice ? [text(type, `finding.${id}.${advice === true ? 'advice' : advice}`, values)] : []),
        ]
          .filter(Boolean)
          .join('\n'),
      );
      $('<li>')
        .addClass(`hikvision-${state}`)
        .append(
          $('<i>', { class: `fa ${ICONS[state]}`, 'aria-hidden': 'true', title: text(type, `examination.${state}`) }),
          $('<span>')
            .addClass('hikvision-unseen')
            .text(`${text(type, `examination.${state}`)}: `),
          body,
        )
        .appendTo(list);
    }
    return list;
  }

  /** @param {string} id */
  function isCertificate(id) {
    return id === 'certificate' || id === 'tls';
  }

  /**
   * A sentence of an error, in the editor's language.
   * @param {ErrorText} sentence
   */
  function explanation({ catalogue, key, params }) {
    return text(catalogue, `errors.${key}`, params);
  }

  /**
   * Why the runtime did not examine.
   * @param {string} type
   * @param {number} status
   * @param {unknown} reply
   */
  function refusal(type, status, reply) {
    if (status === 401 || status === 403) return text(type, 'examination.forbidden');
    if (status !== 400) return text(type, 'examination.unavailable', { status });
    const { error, params = {}, failure } = /** @type {Refused} */ (reply ?? {});
    if (failure) {
      // The field by the name that it has in the dialog.
      const field = text(type, `label.${params['field']}`) || params['field'];
      return [failure.what, failure.hint]
        .map((sentence) => explanation({ ...sentence, params: { ...sentence.params, field } }))
        .join(' ');
    }
    return text(type, `refused.${error}`, params) || text(type, 'refused.other', { error });
  }

  /** @param {unknown} value */
  function isSubstituted(value) {
    return /^\$\{[^}]+\}$/.test(String(value));
  }

  /**
   * A property as it stands in the node's own open dialog, else in the node.
   * @param {EditorNode} node
   * @param {string} property
   */
  function current(node, property) {
    const input = $(`.hikvision-form[data-node="${node.id}"] #${prefix(node)}-${property}`);
    return String((input.length > 0 ? input.val() : node[property]) ?? '');
  }

  const validate = {
    /**
     * @param {string} type
     * @param {string} property
     * @param {(value: string, node: EditorNode) => string | undefined} rule gives the key of what is wrong
     * @returns {Validator}
     */
    text(type, property, rule) {
      return function (value, opt) {
        if (isSubstituted(value)) return true;
        const wrong = rule(String(value ?? '').trim(), this);
        return wrong === undefined || (opt ? text(type, `invalid.${property}.${wrong}`) : false);
      };
    },

    /**
     * @param {string} type
     * @param {string} property
     * @param {{ required?: boolean, typeField?: string, applies?: (node: EditorNode) => boolean, literal?: (value: string) => boolean }} rule
     *   `applies` tells whether the field is used at all, `literal` judges a fixed text
     * @returns {Validator}
     */
    typed(type, property, { required = false, typeField = `${property}Type`, applies = () => true, literal }) {
      return function (value, opt) {
        if (isSubstituted(value) || !applies(this)) return true;
        const wrong = (/** @type {string} */ why) => (opt ? why : false);
        const inputType = current(this, typeField);
        const given = String(value ?? '');
        if (given === '') return !required || wrong(text(type, `invalid.${property}.blank`));
        if (inputType === 'str') {
          return !literal || literal(given) || wrong(text(type, `invalid.${property}.literal`));
        }
        const verdict = RED.utils.validateTypedProperty(value, inputType, opt);
        return verdict === true || wrong(`${text(type, `label.${property}`)}: ${verdict}`);
      };
    },

    /**
     * @param {string} type
     * @param {string} property
     * @param {NumberRule} rule
     * @returns {Validator}
     */
    number(type, property, { min, max = Infinity, integer = false, blank = false }) {
      return function (value, opt) {
        const given = String(value ?? '').trim();
        if (isSubstituted(given) || (blank && given === '')) return true;
        const number = given === '' ? NaN : Number(given);
        if (number >= min && number <= max && (!integer || Number.isInteger(number))) return true;
        return opt ? text(type, `invalid.${property}`, { min, max }) : false;
      };
    },

    /**
     * @param {string} type
     * @returns {Validator}
     */
    host(type) {
      return validate.text(type, 'host', (value) => {
        if (value === '') return 'blank';
        if (/^[a-z]+:\/\//i.test(value)) return 'protocol';
        if (/[/?#@\s]/.test(value)) return 'path';
        const isIPv6 = /^\[?[0-9a-f]*:[0-9a-f:.]*:[0-9a-f:.]*\]?$/i.test(value);
        if (value.includes(':') && !isIPv6) return 'port';
        return undefined;
      });
    },

    /**
     * @param {string} type
     * @returns {Validator}
     */
    fingerprint(type) {
      return validate.text(type, 'fingerprint', (value, node) => {
        if (current(node, 'protocol') !== 'https' || current(node, 'certificate') !== 'pin') return undefined;
        if (value === '') return 'blank';
        return /^[0-9a-f]{2}(:[0-9a-f]{2}){31}$/i.test(value) ? undefined : 'format';
      });
    },
  };

  const STYLE = `
    .hikvision-form .form-row { display: flex; flex-wrap: wrap; align-items: center; }
    .hikvision-form .form-row > label { flex: none; box-sizing: border-box; width: 160px; margin: 0; padding-right: 8px; }
    .hikvision-form .form-row > input[type='text'],
    .hikvision-form .form-row > input[type='password'],
    .hikvision-form .form-row > select,
    .hikvision-form .form-row > div:not([class]),
    .hikvision-form .form-row > .red-ui-typedInput-container { flex: 1 1 0; width: auto !important; min-width: 0; }
    .hikvision-form .form-row > input.hikvision-short { flex: none; width: 110px !important; }
    .hikvision-form .form-row > input[type='checkbox'] { flex: none; width: auto; margin: 0 8px 0 160px; }
    .hikvision-form .form-row > input[type='checkbox'] + label { flex: 1 1 0; width: 0; min-width: 0; padding: 0; }
    .hikvision-form .hikvision-unit { margin-left: 8px; }
    /* The editor opens a dialog as wide as its content wants: sentences want no width of their own. */
    .hikvision-form .hikvision-hint, .hikvision-form .hikvision-notice, .hikvision-form .hikvision-outcome,
    .hikvision-form .hikvision-operations, .hikvision-form .hikvision-question { width: 0; min-width: 100%; box-sizing: border-box; }
    .hikvision-form .hikvision-hint { flex: 0 0 auto; margin: 3px 0 0; padding-left: 160px;
      color: var(--red-ui-secondary-text-color); font-size: 12px; line-height: 1.35; }
    .hikvision-form h4 { margin: 18px 0 8px; padding-bottom: 3px; border-bottom: 1px solid var(--red-ui-secondary-border-color);
      font-size: 14px; font-weight: 600; }
    .hikvision-form summary { margin: 18px 0 10px; cursor: pointer; font-weight: 600; }
    .hikvision-form .hikvision-actions { gap: 8px; }
    .hikvision-form .hikvision-message { color: var(--red-ui-secondary-text-color); }
    .hikvision-form .hikvision-refused { color: var(--red-ui-text-color-error); }
    .hikvision-form .hikvision-findings { list-style: none; margin: 0 0 8px; border: 1px solid var(--red-ui-secondary-border-color);
      border-radius: 4px; }
    .hikvision-form .hikvision-findings li { display: flex; gap: 8px; padding: 5px 9px; line-height: 1.4; }
    .hikvision-form .hikvision-findings li + li { border-top: 1px solid var(--red-ui-secondary-border-color); }
    .hikvision-form .hikvision-findings li > i { flex: none; width: 14px; line-height: 1.4; }
    .hikvision-form .hikvision-findings li > div { min-width: 0; overflow-wrap: anywhere; }
    .hikvision-form .hikvision-passed > i { color: var(--red-ui-text-color-success); }
    .hikvision-form .hikvision-warned > i { color: var(--red-ui-text-color-warning); }
    .hikvision-form .hikvision-failed > i { color: var(--red-ui-text-color-error); }
    .hikvision-form .hikvision-unknown { color: var(--red-ui-secondary-text-color); }
    .hikvision-form .hikvision-details { color: var(--red-ui-secondary-text-color); font-size: 12px; white-space: pre-line; }
    .hikvision-form .hikvision-advice { margin-top: 2px; padding-left: 8px; white-space: pre-line;
      border-left: 3px solid var(--red-ui-secondary-border-color); }
    .hikvision-form .hikvision-notice { margin-bottom: 14px; padding: 8px 12px; border-radius: 4px; line-height: 1.4;
      background: var(--red-ui-form-tips-background); color: var(--red-ui-primary-text-color); }
    .hikvision-form .hikvision-operations { flex: 0 0 auto; max-height: 260px; margin: 2px 0 0; padding: 0 0 0 160px;
      overflow-y: auto; list-style: none; }
    .hikvision-form .hikvision-operations li { padding: 4px 8px; cursor: pointer; color: var(--red-ui-list-item-color);
      background: var(--red-ui-list-item-background); }
    .hikvision-form .hikvision-operations li:hover { background: var(--red-ui-list-item-background-hover); }
    .hikvision-form .hikvision-operations li[aria-selected='true'] { background: var(--red-ui-list-item-background-selected); }
    .hikvision-form .hikvision-operations .hikvision-details { margin-left: 8px; }
    .hikvision-form .hikvision-question { flex: 0 0 auto; padding: 6px 0 0 160px; }
    .hikvision-form .hikvision-unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  `;
  $('<style>').text(STYLE).appendTo($('head'));

  return { text, label, requestLabel, current, choice, prepare, connection, examination, validate };
})();
