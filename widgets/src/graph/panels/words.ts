// Names as words: on one line, of bearable length, whatever they hold.

/** What cannot be seen, or turns the text around it: `\n`, `\u202e`, lone surrogates. */
const UNSEEN = /[\p{C}\p{Zl}\p{Zp}]/gu;

/** A name with what cannot be seen written out, shortened in the middle. */
export function plain(text: string, limit = 0): string {
  const cut = limit && text.length > 4 * limit ? ends(text, 2 * limit) : text;
  const shown = cut.replace(UNSEEN, escaped);
  return limit ? ends(shown, limit) : shown;
}

function escaped(character: string): string {
  if (character === "\n" || character === "\t") return " ";
  const code = character.codePointAt(0) ?? 0;
  return code < 0x100
    ? `\\x${code.toString(16).padStart(2, "0")}`
    : `\\u${code.toString(16).padStart(4, "0")}`;
}

/** Beginning and end of a text, the end being what tells names of a scope apart. */
function ends(text: string, limit: number): string {
  const parts = [...text];
  if (parts.length <= limit) return text;
  const tail = Math.floor((limit - 1) / 2);
  return `${parts.slice(0, limit - 1 - tail).join("")}…${parts.slice(-tail).join("")}`;
}

/** The last part of a name: `MatMul` of `layer1/MatMul`. */
export function lastPart(name: string): string {
  return name.slice(name.lastIndexOf("/") + 1);
}
