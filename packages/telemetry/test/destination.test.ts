import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { openSync } from "node:fs";
import { describe, test } from "node:test";
import { StandardError } from "../src/destination.ts";

/** What the system makes of the writes, one after another: takes so many bytes, or fails with a code. Takes everything at last. */
function stand(answers: (number | string)[]): { readonly stderr: StandardError; readonly text: () => string; readonly left: () => number } {
  let text = "";
  const writeSome = (bytes: Buffer): number => {
    const answer = answers.shift() ?? bytes.length;
    if (typeof answer === "string") throw Object.assign(new Error(answer), { code: answer });
    text += bytes.subarray(0, answer).toString();
    return Math.min(answer, bytes.length);
  };
  return { stderr: new StandardError({ writeSome, patienceMs: 20 }), text: () => text, left: () => answers.length };
}

describe("standard error", () => {
  test("takes a line in parts, as small as they are", () => {
    const { stderr, text } = stand([1, 2]);
    stderr.write("a line\n");
    assert.equal(text(), "a line\n");
  });

  test("waits for a reader that has no room for a moment", () => {
    const { stderr, text } = stand(["EAGAIN", "EAGAIN"]);
    stderr.write("a line\n");
    assert.equal(text(), "a line\n");
  });

  test("writes nothing of a line that it could not begin", () => {
    const { stderr, text } = stand(["ENOSPC"]);
    assert.throws(() => stderr.write("lost\n"));
    stderr.write("told\n");
    assert.equal(text(), "told\n");
  });

  test("ends a line that it has begun before it begins another, so that lines stay whole", () => {
    const { stderr, text } = stand([2, "ENOSPC", "ENOSPC"]);
    stderr.write("begun\n");
    assert.throws(() => stderr.write("lost\n"));
    stderr.write("told\n");
    assert.equal(text(), "begun\ntold\n");
  });

  test("waits no second time for a reader that is stuck, or each line would take that long", () => {
    const { stderr, left } = stand(Array.from({ length: 5 }, () => "EAGAIN"));
    assert.throws(() => stderr.write("a\n"));
    assert.equal(left(), 2, "it looked after 0, 10 and 20 ms");
    assert.throws(() => stderr.write("b\n"));
    assert.equal(left(), 1, "it looked once");
  });

  test("ends no process when the disk behind it is full", { skip: process.platform !== "linux" }, () => {
    const code = `import { openLog } from "@polykind/telemetry"; const log = openLog(); for (let n = 0; n < 5; n++) log.info("line"); console.log("alive");`;
    const args = ["--conditions=@polykind/source", "--input-type=module", "--eval", code];
    const stdio = ["ignore", "pipe", openSync("/dev/full", "w")] as const;
    assert.equal(execFileSync(process.execPath, args, { cwd: import.meta.dirname, encoding: "utf8", stdio: [...stdio] }), "alive\n");
  });
});
