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
  .hikvision-form .hikvision-checks { display: flex; flex: 1 1 0; width: 0; min-width: 0; flex-wrap: wrap; gap: 2px 14px; border-radius: 4px; }
  .hikvision-form .hikvision-checks > label { display: inline-flex; align-items: center; gap: 5px; width: auto; margin: 0; }
  .hikvision-form .hikvision-checks input { width: auto; margin: 0; }
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
  .hikvision-form .hikvision-cells { display: flex; flex-wrap: wrap; gap: 4px; align-items: center; }
  .hikvision-form .hikvision-cells > input, .hikvision-form .hikvision-cells > select { flex: 1 1 90px; width: 90px; margin: 0; }
  .hikvision-form .hikvision-cells > .hikvision-wide { flex-basis: 100%; }
  .hikvision-form textarea.hikvision-pasted { width: 100%; height: 90px; white-space: pre; box-sizing: border-box; }
  .red-ui-debug-msg .hikvision-sentence { padding: 2px 5px; white-space: normal; overflow-wrap: anywhere; }
  .hikvision-form .hikvision-unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
`;

/** Gives the editor the styles of our dialogs. */
export function addStyles(): void {
  $('<style>').text(STYLE).appendTo('head');
}
