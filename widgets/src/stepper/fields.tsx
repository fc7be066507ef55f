// The fields: run until, break at, inject.
import { useEffect, useState } from "preact/hooks";

type Send = (command: string, text?: string) => void;

interface UntilProps {
  send: Send;
  complete: (text: string) => Promise<string[]>;
  disabled: boolean;
}

let lists = 0;

export function Until({ send, complete, disabled }: UntilProps) {
  const [text, setText] = useState("");
  const [known, setKnown] = useState<string[]>([]);
  const [id] = useState(() => `ig-step-names-${++lists}`);
  const type = (value: string) => {
    setText(value);
    complete(value).then(setKnown, () => setKnown([]));
  };
  const ready = text.trim() !== "" && !disabled;
  return (
    <form
      class="ig-step-part ig-step-field"
      onSubmit={(event) => {
        event.preventDefault();
        // What stands there now: a key may come sooner than the next drawing.
        const now = new FormData(event.currentTarget).get("until");
        if (String(now).trim() && !disabled) send("until", String(now).trim());
      }}
    >
      <label>
        Run until
        <input
          type="text"
          name="until"
          list={id}
          value={text}
          placeholder="node, loop @3, loss > 2, nan"
          spellcheck={false}
          autocomplete="off"
          disabled={disabled}
          onInput={(event) => type(event.currentTarget.value)}
        />
      </label>
      <datalist id={id}>
        {known.map((name) => (
          <option key={name} value={name} />
        ))}
      </datalist>
      <button type="submit" disabled={disabled}>
        Run
      </button>
      <button
        type="button"
        disabled={!ready}
        onClick={() => send("break", text.trim())}
      >
        Always stop
      </button>
    </form>
  );
}

interface InjectProps {
  send: Send;
  names: string[];
  disabled: boolean;
}

export function Inject({ send, names, disabled }: InjectProps) {
  const [name, setName] = useState("");
  const [value, setValue] = useState("");
  const first = names[0] ?? "";
  // What stands at the node is offered; what was typed stays.
  useEffect(() => {
    if (!name || !names.includes(name)) setName(first);
  }, [first]);
  return (
    <form
      class="ig-step-part ig-step-field"
      onSubmit={(event) => {
        event.preventDefault();
        const now = new FormData(event.currentTarget);
        const text = `${now.get("tensor")} ${now.get("value")}`.trim();
        if (!disabled) send("inject", text);
      }}
    >
      <label>
        Inject into
        <input
          type="text"
          name="tensor"
          value={name}
          spellcheck={false}
          disabled={disabled}
          onInput={(event) => setName(event.currentTarget.value)}
        />
      </label>
      <label>
        the value
        <input
          type="text"
          name="value"
          value={value}
          placeholder="0.5 or [1, 2]"
          spellcheck={false}
          disabled={disabled}
          onInput={(event) => setValue(event.currentTarget.value)}
        />
      </label>
      <button type="submit" disabled={disabled}>
        Inject
      </button>
    </form>
  );
}
