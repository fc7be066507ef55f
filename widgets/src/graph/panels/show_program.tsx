// Asks Python for the program of what is selected.

import { useState } from "preact/hooks";
import { errorWords } from "../../shared/format";
import type { Places } from "./links";
import { plain } from "./words";

interface Props {
  at: Places;
  selected: string;
  /** Only the button, beside others. */
  short?: boolean;
}

export function ShowProgram({ at, selected, short = false }: Props) {
  const [words, setWords] = useState("");
  const { model, actions } = at;
  const chosen = model.ops.name.includes(selected)
    ? [selected]
    : model.asked.map((op) => model.ops.name[op]!);
  const ask = async () => {
    setWords("Compiling …");
    try {
      // The answer is the trait `program`, which every view of the graph then has.
      await actions.ask({ ask: "program", fetches: chosen });
      setWords("");
    } catch (error) {
      setWords(errorWords(error));
    }
  };
  return (
    <>
      {!short && (
        <p class="ig-muted">
          The program that a session compiles for a fetch, line by line beside its
          operations.
        </p>
      )}
      {chosen.length > 0 && (
        <button type="button" onClick={ask}>
          {short ? "of the selection" : `Compile ${plain(lastOf(chosen), 40)}`}
        </button>
      )}
      {words && (
        <p role="status" class="ig-muted">
          {plain(words, 300)}
        </p>
      )}
    </>
  );
}

function lastOf(names: string[]): string {
  return names.length > 1
    ? `${names[0]} and ${names.length - 1} more`
    : (names[0] ?? "");
}
