// The newest message of a kind, drawn once a frame however often it comes.
import { useEffect, useRef, useState } from "preact/hooks";
import { ask, type Message, useMessage } from "../shared/hooks";
import type { WidgetModel } from "../shared/types";

export interface News {
  fields: Message;
  buffers: DataView[];
}

/** The newest message of `kind`, or null; `question` asks for it on the first drawing,
 * since a second view of a widget may open when nothing changes any more. */
export function useNews(
  model: WidgetModel,
  kind: string,
  question: string,
): News | null {
  const [news, setNews] = useState<News | null>(null);
  const waiting = useRef<News | null>(null);
  const frame = useRef(0);
  const take = (next: News) => {
    waiting.current = next;
    if (frame.current) return;
    frame.current = requestAnimationFrame(() => {
      frame.current = 0;
      setNews(waiting.current);
    });
  };
  useMessage(model, (message, buffers) => {
    if (message.kind === kind) take({ fields: message, buffers });
  });
  useEffect(() => {
    ask(model, { ask: question }).then(
      (answer) => take({ fields: answer, buffers: answer.buffers }),
      () => {}, // without a kernel what is there stays
    );
    return () => {
      cancelAnimationFrame(frame.current);
      frame.current = 0;
    };
  }, [model, question]);
  return news;
}

/** Binary data as numbers; copied, since it may begin anywhere. */
export function doubles(view: DataView | undefined): Float64Array {
  return view ? new Float64Array(bytesOf(view)) : new Float64Array();
}

/** The same for single precision. */
export function floats(view: DataView | undefined): Float32Array {
  return view ? new Float32Array(bytesOf(view)) : new Float32Array();
}

function bytesOf(view: DataView): ArrayBuffer {
  const { buffer, byteOffset, byteLength } = view;
  return buffer.slice(byteOffset, byteOffset + byteLength) as ArrayBuffer;
}
