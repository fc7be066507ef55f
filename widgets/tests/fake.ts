// A widget model without a kernel: what Python would hold, and what was sent to it.
import type { WidgetModel } from "../src/shared/types";

type Callback = (...args: never[]) => void;

export class FakeModel implements WidgetModel {
  sent: unknown[] = [];
  saves = 0;
  private listeners = new Map<string, Set<Callback>>();

  constructor(private traits: Record<string, unknown>) {}

  get(name: string): unknown {
    return this.traits[name];
  }

  set(name: string, value: unknown): void {
    this.traits[name] = value;
    this.fire(`change:${name}`);
  }

  save_changes(): void {
    this.saves += 1;
  }

  on(event: string, callback: Callback): void {
    const known = this.listeners.get(event) ?? new Set();
    this.listeners.set(event, known.add(callback));
  }

  off(event: string, callback: Callback): void {
    this.listeners.get(event)?.delete(callback);
  }

  send(content: unknown): void {
    this.sent.push(content);
  }

  /** What Python says: a custom message with its buffers. */
  receive(message: unknown, buffers: DataView[] = []): void {
    this.fire("msg:custom", message, buffers);
  }

  /** How many callbacks are left: none after a view is gone. */
  listening(): number {
    return [...this.listeners.values()].reduce((sum, set) => sum + set.size, 0);
  }

  private fire(event: string, ...args: unknown[]): void {
    for (const callback of [...(this.listeners.get(event) ?? [])])
      (callback as (...args: unknown[]) => void)(...args);
  }
}
