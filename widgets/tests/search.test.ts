import { describe, expect, it } from "vitest";
import { find, understand } from "../src/graph/search";
import { modelOf } from "./small";

const MODEL = modelOf(`
  x = Placeholder() -> float32 (?, 784)
  layer1/w = VariableV2() @ /gpu:0 -> float32_ref (784, 10)
  layer1/MatMul = MatMul(x, layer1/w) -> float32 (?, 10)
  layer10/MatMul = MatMul(layer1/MatMul, layer1/MatMul) -> float32 (?, 10)
  MatMul = MatMul(layer10/MatMul, layer10/MatMul) -> float32 (10, 10)
  loss = Sum(MatMul)
`);
const found = (typed: string) => {
  const { hits, scopes } = find(MODEL, understand(typed));
  return [...scopes.map((key) => `${key}/`), ...hits.map((h) => MODEL.ops.name[h.op])];
};

describe("searching", () => {
  it("finds names and types, the nearest names first, whatever the case", () => {
    expect(found("matmul")).toEqual(["MatMul", "layer1/MatMul", "layer10/MatMul"]);
    expect(found("sum")).toEqual(["loss"]);
  });

  it("finds scopes by their own name and not by their parents'", () => {
    expect(found("layer1")).toEqual([
      "layer1/",
      "layer10/",
      "layer1/w",
      "layer1/MatMul",
      "layer10/MatMul",
    ]);
  });

  it("looks at one field when asked to", () => {
    expect(found("type:Variable")).toEqual(["layer1/w"]);
    expect(found("device: gpu")).toEqual(["layer1/w"]);
    expect(found("shape:784")).toEqual(["x", "layer1/w"]);
    expect(found("line:cell 1, line 6")).toEqual(["loss"]);
    expect(found("name:sum")).toEqual([]);
  });

  it("takes a pattern between slashes", () => {
    expect(found("/^layer\\d\\/.*Mul$/")).toEqual(["layer1/MatMul"]);
    expect(found("/LAYER1$/i")).toEqual(["layer1/"]);
    expect(found("type:/^(Sum|Place)/")).toEqual(["x", "loss"]);
    expect(found("layer1/")).toHaveLength(2);
  });

  it("says what is wrong with a pattern and finds nothing", () => {
    const query = understand("/layer(/");
    expect(query.error).toMatch(/^The pattern layer\( is not complete: \w/);
    expect(find(MODEL, query).total).toBe(0);
  });

  it("marks where it was found, and says what else matched", () => {
    const { hits } = find(MODEL, understand("atm"));
    expect(hits[0]).toEqual({ op: 2, span: [8, 11], because: "" });
    const shape = find(MODEL, understand("shape:784")).hits[0]!;
    expect(shape.because).toBe("float32 (?, 784)");
  });

  it("counts all and gives the first", () => {
    const result = find(MODEL, understand("matmul"), 1);
    expect([result.hits.length, result.total]).toEqual([1, 3]);
  });

  it("leaves values to Python", () => {
    const query = understand("value: 0.5");
    expect([query.field, query.text]).toEqual(["value", "0.5"]);
    expect(find(MODEL, query).total).toBe(0);
  });
});
