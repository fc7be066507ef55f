// How a view talks with Python: traits, messages, questions.
import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import type { WidgetModel } from "./types";

/** A trait's value, and how to change it for both sides. */
export function useTrait<T>(model: WidgetModel, name: string): [T, (value: T) => void] {
  const [value, setValue] = useState(() => model.get(name) as T);
  useEffect(() => {
    const follow = () => setValue(() => model.get(name) as T);
    follow(); // it may have changed between the first drawing and this
    model.on(`change:${name}`, follow);
    return () => model.off(`change:${name}`, follow);
  }, [model, name]);
  const change = useCallback(
    (next: T) => {
      model.set(name, next);
      model.save_changes();
    },
    [model, name],
  );
  return [value, change];
}

export interface Message {
  kind?: string;
  [key: string]: unknown;
}

/** Calls `handler` with every custom message and its binary buffers. */
export function useMessage(
  model: WidgetModel,
  handler: (message: Message, buffers: DataView[]) => void,
): void {
  const latest = useRef(handler);
  latest.current = handler;
  useEffect(() => {
    const receive = (message: Message, buffers: DataView[]) =>
      latest.current(message, buffers ?? []);
    model.on("msg:custom", receive);
    return () => model.off("msg:custom", receive);
  }, [model]);
}

export interface Answer extends Message {
  answer: string;
  error?: string;
  buffers: DataView[];
}

let questions = 0;

/** Asks Python (`View.on_ask`) and waits for the answer; rejects after `patience` ms. */
export function ask(
  model: WidgetModel,
  question: { ask: string; [key: string]: unknown },
  patience = 15000,
): Promise<Answer> {
  const number = ++questions;
  return new Promise((resolve, reject) => {
    const finish = () => {
      clearTimeout(timer);
      model.off("msg:custom", receive);
    };
    const receive = (message: Message, buffers: DataView[]) => {
      if (message.number !== number) return;
      finish();
      if (message.error) reject(new Error(String(message.error)));
      else resolve({ ...message, buffers: buffers ?? [] } as Answer);
    };
    const timer = setTimeout(() => {
      finish();
      reject(new Error("The kernel does not answer; it may be busy."));
    }, patience);
    model.on("msg:custom", receive);
    try {
      model.send({ ...question, number });
    } catch (error) {
      finish();
      reject(error);
    }
  });
}
