import { describe, expect, it } from "vitest";
import {
  backward,
  between,
  chainTo,
  connection,
  reach,
  relationsOf,
} from "../src/graph/relations";
import type { Model } from "../src/shared/types";
import { modelOf } from "./small";

const NET = modelOf(`
  x = Placeholder()
  w = VariableV2()
  read = Identity(w)
  product = MatMul(x, read)
  relu = Relu(product)
  square = Mul(relu, relu)
  loss = Sum(square)
  init = Assign(w)
  seed = Fill(loss)
  grad_mul = Mul(seed, relu)
  grad_product = MatMul(x, grad_mul)
  step = ApplyGradientDescent(w, grad_product)
  train = NoOp() | step -> none
  lonely = Const()
`);
const relations = relationsOf(NET.ops);
const id = (name: string) => NET.ops.name.indexOf(name);
const names = (ops: Iterable<number>) =>
  [...ops].sort((a, b) => a - b).map((op) => NET.ops.name[op]);
const chainNames = (links: { op: number; waits: boolean }[] | null) =>
  links?.map(({ op, waits }) => (waits ? "~" : "") + NET.ops.name[op]);

describe("what is reached", () => {
  it("goes a number of steps in either direction", () => {
    expect(names(reach(relations, [id("relu")], "inputs", 1))).toEqual(["product"]);
    expect(names(reach(relations, [id("relu")], "inputs"))).toEqual([
      "x",
      "w",
      "read",
      "product",
    ]);
    expect(names(reach(relations, [id("relu")], "outputs", 1))).toEqual([
      "square",
      "grad_mul",
    ]);
  });

  it("counts waiting as a need, unless told not to", () => {
    expect(names(reach(relations, [id("step")], "outputs"))).toEqual(["train"]);
    const far = Number.POSITIVE_INFINITY;
    expect(names(reach(relations, [id("step")], "outputs", far, false))).toEqual([]);
  });

  it("comes to an end in a loop", () => {
    const loop = modelOf("a = Enter()\nb = Merge(a)\nc = NextIteration(b)");
    loop.ops.inputs[1]!.push([2, 0]);
    const found = reach(relationsOf(loop.ops), [1], "inputs");
    expect([...found].sort()).toEqual([0, 2]);
  });
});

describe("ways between two operations", () => {
  it("finds the shortest, in the order of the flow, asked either way round", () => {
    for (const pair of [
      [id("x"), id("loss")],
      [id("loss"), id("x")],
    ] as [number, number][]) {
      const found = connection(relations, ...pair)!;
      expect(chainNames(found.shortest)).toEqual([
        "x",
        "product",
        "relu",
        "square",
        "loss",
      ]);
      expect([found.from, found.to]).toEqual([id("x"), id("loss")]);
    }
  });

  it("finds everything on all of them", () => {
    const found = connection(relations, id("x"), id("grad_product"))!;
    expect(chainNames(found.shortest)).toEqual(["x", "grad_product"]);
    expect(names(found.all)).toEqual([
      "x",
      "product",
      "relu",
      "square",
      "loss",
      "seed",
      "grad_mul",
      "grad_product",
    ]);
  });

  it("says when there is none", () => {
    expect(connection(relations, id("lonely"), id("loss"))).toBeNull();
    expect(connection(relations, id("init"), id("loss"))).toBeNull();
  });

  it("is a single operation from itself to itself", () => {
    const found = connection(relations, id("x"), id("x"))!;
    expect(chainNames(found.shortest)).toEqual(["x"]);
    expect(names(found.all)).toEqual(["x"]);
  });
});

describe("why something is in a run", () => {
  it("is the chain from what was asked for", () => {
    expect(chainNames(chainTo(relations, [id("loss")], id("w")))).toEqual([
      "loss",
      "square",
      "relu",
      "product",
      "read",
      "w",
    ]);
  });

  it("waits only where no data flows", () => {
    const chain = chainTo(relations, [id("train")], id("grad_mul"));
    expect(chainNames(chain)).toEqual(["train", "~step", "grad_product", "grad_mul"]);
    // w is waited for by nobody: `step` takes it.
    expect(chainNames(chainTo(relations, [id("step")], id("w")))).toEqual([
      "step",
      "w",
    ]);
  });

  it("is nothing for what is not in the run", () => {
    expect(chainTo(relations, [id("loss")], id("train"))).toBeNull();
  });
});

describe("the gradient paths of a loss", () => {
  it("go from the trained variables, and back through the gradients", () => {
    const found = backward(
      relations,
      id("loss"),
      [id("w"), id("lonely")],
      [
        [id("grad_mul"), id("square")],
        [id("grad_product"), id("product")],
        [id("seed"), id("lonely")],
      ],
    );
    expect(names(found.variables)).toEqual(["w"]);
    expect(names(found.forward)).toEqual([
      "w",
      "read",
      "product",
      "relu",
      "square",
      "loss",
    ]);
    expect(names(found.gradients.keys())).toEqual(["grad_mul", "grad_product"]);
  });

  it("do not follow waiting: nothing is differentiated through it", () => {
    const model = modelOf("w = VariableV2()\nup = Assign(w)\nloss = Const() | up");
    expect(backward(relationsOf(model.ops), 2, [0], []).forward.size).toBe(0);
  });
});

/** Layers of `width`, each operation taking the two nearest of the layer before. */
function large(layers: number, width: number): Model {
  const second = width > 1 ? 1 : 0;
  const model = modelOf("x = Placeholder()");
  const { ops } = model;
  for (let layer = 1; layer < layers; layer++)
    for (let i = 0; i < width; i++) {
      const at = ops.name.length;
      ops.name.push(`l${layer}/op${i}`);
      ops.inputs.push(
        layer === 1
          ? [[0, 0]]
          : [
              [at - width, 0],
              [Math.max(1, at - width - second), 0],
            ],
      );
      ops.controls.push([]);
    }
  return model;
}

describe("a large graph", () => {
  it("is walked in no time, however long its chains are", () => {
    const chain = large(10_000, 1);
    const relations = relationsOf(chain.ops);
    const last = chain.ops.name.length - 1;
    expect(reach(relations, [last], "inputs").size).toBe(last);
    expect(chainTo(relations, [last], 0)).toHaveLength(last + 1);
    expect(between(relations, [0], [last]).size).toBe(last + 1);
  });

  it("counts each operation once, however many ways there are", () => {
    const grid = large(100, 100);
    const last = grid.ops.name.length - 1;
    const found = connection(relationsOf(grid.ops), 0, last)!;
    expect(found.shortest).toHaveLength(100);
    expect(found.all.size).toBeGreaterThan(4000);
  });
});
