import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Notices } from "@polykind/core";

interface Told {
  readonly came: string;
  readonly went: number;
}

const never = (): never => assert.fail("no listener should have failed");

describe("Notices", () => {
  test("tells the listeners of one notice, in the order in which they came, and no others", () => {
    const notices = new Notices<Told>(never);
    const seen: unknown[] = [];
    notices.on("came", (who) => seen.push(["first", who]));
    notices.on("came", (who) => seen.push(["second", who]));
    notices.on("went", (count) => seen.push(count));
    notices.tell("came", "a");
    assert.deepEqual(seen, [
      ["first", "a"],
      ["second", "a"],
    ]);
  });

  test("spares the teller and the other listeners one that throws, and says which notice it was", () => {
    const failures: unknown[] = [];
    const notices = new Notices<Told>((failure) => failures.push(failure));
    const cause = new Error("broken");
    let isTold = false;
    notices.on("came", () => {
      throw cause;
    });
    notices.on("came", () => (isTold = true));
    notices.tell("came", "a");
    assert.equal(isTold, true);
    assert.deepEqual(failures, [{ notice: "came", cause }]);
  });

  test("does not call a listener that another one took back while the notice was being told", () => {
    const notices = new Notices<Told>(never);
    notices.on("came", () => end());
    const end = notices.on("came", () => assert.fail("it was taken back"));
    notices.tell("came", "a");
  });

  test("does not call a listener that came while the notice was being told", () => {
    const notices = new Notices<Told>(never);
    notices.on("came", () => void notices.on("came", () => assert.fail("it came too late")));
    notices.tell("came", "a");
  });

  test("holds no listener that was taken back, however often that was said", () => {
    const notices = new Notices<Told>(never);
    const ends = [notices.on("came", never), notices.on("went", never)];
    assert.equal(notices.listenerCount, 2);
    for (const end of [...ends, ...ends]) end();
    assert.equal(notices.listenerCount, 0);
  });
});
