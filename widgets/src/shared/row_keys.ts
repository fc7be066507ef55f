// Walking a long table with the arrow keys: one stop for Tab, not one a row.

/** For a `tbody` whose rows each begin with a button: up, down, first and last. */
export function walkRows(event: KeyboardEvent): void {
  const steps: Record<string, number> = {
    ArrowDown: 1,
    ArrowUp: -1,
    PageDown: 10,
    PageUp: -10,
    Home: Number.NEGATIVE_INFINITY,
    End: Number.POSITIVE_INFINITY,
  };
  const step = steps[event.key];
  const body = event.currentTarget as HTMLElement;
  if (step === undefined) return;
  const buttons = [
    ...body.querySelectorAll<HTMLButtonElement>("td:first-child button"),
  ];
  const at = buttons.indexOf(document.activeElement as HTMLButtonElement);
  const next = buttons[Math.min(Math.max(at + step, 0), buttons.length - 1)];
  if (!next) return;
  event.preventDefault();
  event.stopPropagation();
  next.focus();
}

/** The row that Tab stops at: the selected one, else the first. */
export function tabStop(index: number, selected: number): 0 | -1 {
  return index === Math.max(selected, 0) ? 0 : -1;
}
