// Models written by hand: a line for each operation.
import type { Model } from "../src/shared/types";

/** `name = Type(input, input:1) | waited, waited @ device -> dtype shape` */
const LINE =
  /^(?<name>\S+) = (?<type>\w+)\((?<inputs>[^)]*)\)(?: \| (?<waits>[^@>]*?))?(?: @ (?<device>\S+))?(?: -> (?<output>.+))?$/;

/** A model without frames, from one line an operation, sources first. */
export function modelOf(text: string): Model {
  const model: Model = {
    version: 1,
    title: "Graph",
    summary: "",
    ops: {
      name: [],
      type: [],
      device: [],
      kind: [],
      inputs: [],
      controls: [],
      outputs: [],
      home: [],
      line: [],
      code: [],
    },
    parents: {},
    scopes: {},
    frames: {},
    asked: [],
    settings: { open: [], hidden: [], aside: [] },
  };
  const lines = text.trim().split("\n");
  for (const [number, line] of lines.entries()) add(model, line.trim(), number + 1);
  return model;
}

const KINDS: Record<string, string> = {
  Const: "constant",
  Placeholder: "placeholder",
  VariableV2: "variable",
};

function add(model: Model, line: string, number: number): void {
  const parts = LINE.exec(line)?.groups;
  if (!parts) throw new Error(`cannot read ${line}`);
  const { ops } = model;
  const list = (words: string | undefined) =>
    (words ?? "").split(",").flatMap((word) => word.trim() || []);
  const id = (name: string) => {
    const op = ops.name.indexOf(name);
    if (op < 0) throw new Error(`${name} comes later or never`);
    return op;
  };
  const name = parts.name!;
  ops.inputs.push(
    list(parts.inputs).map((word) => {
      const [from, index] = word.split(":");
      return [id(from!), Number(index ?? 0)];
    }),
  );
  ops.controls.push(list(parts.waits).map(id));
  const [dtype, ...shape] = (parts.output ?? "float32 ()").split(" ");
  ops.outputs.push(parts.output === "none" ? [] : [[dtype!, shape.join(" ")]]);
  ops.name.push(name);
  ops.type.push(parts.type!);
  ops.device.push(parts.device ?? "");
  ops.kind.push(KINDS[parts.type!] ?? "operation");
  ops.home.push(name);
  ops.line.push(`cell 1, line ${number}`);
  ops.code.push(`${name} = ...`);
  let scope = name;
  while (scope.includes("/")) {
    const parent = scope.slice(0, scope.lastIndexOf("/"));
    model.parents[scope] = parent;
    model.scopes[parent] ??= { label: parent.split("/").at(-1)!, count: 0 };
    model.scopes[parent].count += 1;
    scope = parent;
  }
  model.parents[scope] = "";
}
