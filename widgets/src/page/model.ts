// A widget's model on a page without a kernel: traits are kept, questions are answered
// out of what was saved with the page.
import { errorWords } from "../shared/format";
import type { WidgetModel } from "../shared/types";
import { type Facts, Saved } from "./answers";

type Callback = (...args: never[]) => void;
type Question = { ask?: string; number?: number; [key: string]: unknown };

export class PageModel implements WidgetModel {
  private readonly listeners = new Map<string, Set<Callback>>();
  private readonly saved: Saved;

  constructor(
    private readonly traits: Record<string, unknown>,
    facts: Facts | null,
  ) {
    this.saved = new Saved(traits, facts);
  }

  get(name: string): unknown {
    return this.traits[name];
  }

  set(name: string, value: unknown): void {
    if (this.traits[name] === value) return;
    this.traits[name] = value;
    this.fire(`change:${name}`);
  }

  save_changes(): void {}

  on(event: string, callback: Callback): void {
    const known = this.listeners.get(event) ?? new Set();
    this.listeners.set(event, known.add(callback));
  }

  off(event: string, callback: Callback): void {
    this.listeners.get(event)?.delete(callback);
  }

  /** Answers a question as Python would, a moment later; everything else is in vain. */
  send(content: unknown): void {
    const question = content as Question;
    if (!question.ask) return;
    const reply = { answer: question.ask, number: question.number };
    queueMicrotask(() => {
      let fields: object;
      try {
        fields = this.saved.answer(question.ask!, question);
      } catch (error) {
        fields = { error: errorWords(error) };
      }
      this.fire("msg:custom", { ...reply, ...fields }, []);
    });
  }

  private fire(event: string, ...args: unknown[]): void {
    for (const callback of [...(this.listeners.get(event) ?? [])])
      (callback as (...args: unknown[]) => void)(...args);
  }
}
