import assert from "node:assert/strict";
import { EventEmitter } from "node:events";
import { describe, test } from "node:test";
import { PolykindError } from "@polykind/core";
import { type Log, type LogOptions, openLog, silentLog } from "@polykind/telemetry";
import { ManualClock } from "@polykind/testing";

interface Line {
  readonly [field: string]: unknown;
}

/** A log that is read back. */
function openRecorded(options: LogOptions = {}): { readonly log: Log; readonly text: () => string; readonly lines: () => readonly Line[] } {
  const written: string[] = [];
  const log = openLog({ clock: new ManualClock(), destination: { write: (line) => written.push(line) }, ...options });
  return { log, text: () => written.join(""), lines: () => written.map((line) => JSON.parse(line) as Line) };
}

/** An object that throws whatever is asked of it. */
function revoked(): object {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}

describe("openLog in JSON", () => {
  test("writes one object a line, with time, level, message and fields", () => {
    const { log, text } = openRecorded();
    log.info("kind is running", { kind: "Session", epoch: 2 });
    assert.equal(text(), '{"level":"info","time":"2026-01-01T00:00:00.000Z","kind":"Session","epoch":2,"message":"kind is running"}\n');
  });

  for (const { level, written } of [
    { level: "debug", written: ["debug", "info", "warn", "error"] },
    { level: "info", written: ["info", "warn", "error"] },
    { level: "error", written: ["error"] },
    { level: "silent", written: [] },
  ] as const) {
    test(`writes ${written.length} of four levels at ${level}`, () => {
      const { log, lines } = openRecorded({ level });
      for (const each of ["debug", "info", "warn", "error"] as const) log[each](each);
      assert.deepEqual(
        lines().map((line) => line["level"]),
        written,
      );
    });
  }

  test("gives the fields of a child to all its lines, and to those of its own children", () => {
    const { log, lines } = openRecorded();
    log.child({ component: "manager" }).child({ kind: "Session" }).warn("late", { byMs: 5 });
    const [line] = lines();
    assert.deepEqual([line?.["component"], line?.["kind"], line?.["byMs"]], ["manager", "Session", 5]);
  });

  test("tells an error by message, causes, code and stack", () => {
    const { log, lines } = openRecorded();
    const cause = new PolykindError("API_UNREACHABLE", "cannot list sessions: refused");
    log.error("failed", { error: new PolykindError("TIMED_OUT", "cannot start Session", { cause }) });
    const error = lines()[0]?.["error"] as Line;
    assert.equal(error["message"], "cannot start Session: cannot list sessions: refused");
    assert.equal(error["code"], "TIMED_OUT");
    assert.match(String(error["stack"]), /log\.test/);
  });

  test("does not take % in a message for a placeholder", () => {
    const { log, lines } = openRecorded();
    log.info("50%s done %d %o");
    assert.equal(lines()[0]?.["message"], "50%s done %d %o");
  });

  test("lets no field take the place of time, level or message", () => {
    const { log, lines } = openRecorded();
    log.info("real", { time: "no", level: "no", message: "no" });
    const [line] = lines();
    assert.deepEqual(
      [line?.["time"], line?.["level"], line?.["message"], line?.["message_"]],
      ["2026-01-01T00:00:00.000Z", "info", "real", "no"],
    );
  });
});

describe("secrets in a log", () => {
  const canary = "kp8SvQ2xCanary9";
  for (const { why, fields } of [
    { why: "a field named token", fields: { token: canary } },
    { why: "a header", fields: { headers: { Authorization: canary } } },
    { why: "a field deep inside of lists", fields: { users: [{ auth: [{ clientSecret: canary }] }] } },
    { why: "a password that is a number is not told either", fields: { dbPassword: { value: canary } } },
    { why: "a key of a certificate", fields: { "client-key-data": canary, privateKey: canary, api_key: canary } },
    { why: "a cookie", fields: { "Set-Cookie": [canary] } },
    { why: "an HTTP credential inside of text", fields: { sent: `curl -H 'Authorization: Bearer ${canary}' host` } },
    { why: "a JSON web token inside of text", fields: { text: `got eyJhbGciOiJSUzI1NiJ9.${canary}.${canary} back` } },
    { why: "a password inside of an address", fields: { proxy: `http://me:${canary}@proxy.example.com:3128/` } },
    { why: "a secret in the message of an error", fields: { error: new Error(`refused: Bearer ${canary}`) } },
    ...["tls.key", "signingKey", "encryption_key", "id_rsa", "pwd", "dbPwd", "passphrase", "auth", "basicAuth"].map((name) => ({
      why: `a field named ${name}`,
      fields: { [name]: canary },
    })),
    { why: "what a Secret holds", fields: { object: { kind: "Secret", data: { web: canary }, stringData: { "web.txt": canary } } } },
    { why: "what a list of them holds", fields: { list: { kind: "SecretList", items: [{ data: { web: canary } }] } } },
    {
      why: "what kubectl remembers of one",
      fields: { annotations: { "kubectl.kubernetes.io/last-applied-configuration": `{"data":{"web":"${canary}"}}` } },
    },
    ...[`token=${canary}`, `?a=b&access_token=${canary}&c=d`, `password="two ${canary}"`, `secret='${canary}'`, `apiKey=a,b;${canary}`].map(
      (text) => ({ why: `what stands behind a name: ${text}`, fields: { text } }),
    ),
    { why: "what stands behind a name in JSON", fields: { body: `{"a":1,"dbPassword" : "a\\"${canary}"}` } },
    { why: "a password with an @ inside of an address", fields: { proxy: `http://me:p@${canary}@proxy.example.com:3128/` } },
    { why: "a password with a slash inside of an address", fields: { proxy: `http://me:p/${canary}@proxy.example.com:3128/` } },
    { why: "a name that is a credential inside of an address", fields: { proxy: `http://${canary}@proxy.example.com:3128/` } },
    { why: "a secret in a map", fields: { headers: new Map([["authorization", canary]]) } },
  ]) {
    test(`are replaced: ${why}`, () => {
      for (const format of ["json", "text"] as const) {
        const { log, text } = openRecorded({ format });
        log.info("sent", fields);
        log.child(fields).info("sent");
        assert.doesNotMatch(text(), new RegExp(canary));
        assert.match(text(), /\[redacted\]/);
      }
    });
  }

  test("are replaced in the message too", () => {
    const { log, text } = openRecorded();
    log.info(`sent Bearer ${canary}`);
    assert.doesNotMatch(text(), new RegExp(canary));
  });

  test("leave what is only about a secret, since it helps to find it", () => {
    const { log, lines } = openRecorded();
    const about = {
      tokenFile: "/run/token",
      secretName: "web-tls",
      kind: "Secret",
      author: "me",
      key: "default/web",
      keys: ["default/web"],
      objectKey: "default/web",
      secretKeyRef: { name: "web", key: "tls.key" },
      object: { kind: "ConfigMap", data: { "web.txt": "open" } },
      text: "cannot read secret: token expired; tokenFile=/run/token, kind=Secret",
      registry: "https://packages.example.com:8443/@polykind/core, see http://example.com/a@b",
      image: "images.example.com:5000/polykind@sha256:0123456789abcdef",
    };
    log.info("read", about);
    const { level: _, time: __, message: ___, ...told } = lines()[0] ?? {};
    assert.deepEqual(told, about);
  });

  test("take no time to look for, however a text is made", () => {
    const { log } = openRecorded();
    const texts = ["a.", "http://", "http://a:", "token", 'token"  ', "eyJ-", "Bearer ", 'password="\\\\'].map((part) => part.repeat(8192));
    const before = performance.now();
    log.info("odd", { texts });
    assert.ok(performance.now() - before < 5_000, `${performance.now() - before} ms`);
  });
});

describe("fields of a log line", () => {
  const circular: Record<string, unknown> = { name: "loop" };
  circular["self"] = circular;
  const throwing = Object.defineProperty({}, "bad", { enumerable: true, get: () => assert.fail("a getter") });
  for (const { why, fields } of [
    { why: "a circle", fields: { circular } },
    { why: "a getter that throws", fields: { throwing } },
    { why: "a bigint, a symbol and a function", fields: { big: 2n ** 70n, symbol: Symbol("s"), call: () => 1 } },
    { why: "an invalid date", fields: { at: new Date(Number.NaN) } },
    { why: "a key called __proto__", fields: JSON.parse('{"__proto__":{"a":1}}') as Line },
    { why: "an error whose code is anything", fields: { error: Object.assign(new Error("x"), { code: 5n }) } },
    { why: "an object that cannot be looked at", fields: { odd: revoked() } },
    { why: "fields that cannot be looked at", fields: revoked() as Line },
    { why: "a kind that cannot be read", fields: { odd: Object.defineProperty({}, "kind", { get: () => assert.fail("a getter") }) } },
    { why: "an object whose toJSON throws", fields: { odd: { toJSON: () => assert.fail("toJSON") } } },
  ]) {
    for (const format of ["json", "text"] as const) {
      test(`never make a ${format} line fail: ${why}`, () => {
        const { log, text } = openRecorded({ format });
        log.info("still told", fields);
        assert.match(text(), /still told/);
        assert.equal(text().match(/\n/g)?.length, 1);
      });
    }
  }

  test("are cut where they are huge, so that one line cannot flood a disk", () => {
    const { log, text } = openRecorded();
    log.info("x".repeat(1e6), { list: Array.from({ length: 1e5 }, () => "y"), text: "z".repeat(1e6) });
    assert.ok(text().length < 20_000, `${text().length} characters`);
  });

  test("are not looked at when the level is off", () => {
    const { log } = openRecorded({ level: "warn" });
    let reads = 0;
    const fields = Object.defineProperty({}, "counted", { enumerable: true, get: () => (reads += 1) });
    log.info("off", fields);
    assert.equal(reads, 0);
    log.warn("on", fields);
    assert.equal(reads, 1);
  });

  test("are cut where they are deep", () => {
    const { log, text } = openRecorded();
    log.info("deep", { a: { b: { c: { d: { e: { f: { g: { h: "not told" } } } } } } } });
    assert.match(text(), /"\[deep\]"/);
    assert.doesNotMatch(text(), /not told/);
  });
});

describe("a log that cannot be written", () => {
  for (const format of ["json", "text"] as const) {
    test(`takes nothing down, and says in ${format} how many lines were lost as soon as it can be written again`, () => {
      const written: string[] = [];
      const disk = { isFull: true };
      const write = (line: string): void => {
        if (disk.isFull) throw Object.assign(new Error("ENOSPC: no space left on device, write"), { code: "ENOSPC" });
        written.push(line);
      };
      const log = openLog({ clock: new ManualClock(), format, destination: { write } });
      log.info("one");
      log.child({ kind: "Session" }).warn("two");
      disk.isFull = false;
      log.info("three");
      log.info("four");
      const found = written.map((line) => /log lines .* lost|three|four/.exec(line)?.[0]);
      assert.deepEqual(found, ["log lines could not be written and are lost", "three", "four"]);
      assert.match(written[0] ?? "", format === "json" ? /"lines":2\b/ : / lines=2\n/);
    });
  }

  test("hears of failures that a stream tells of later", () => {
    const written: string[] = [];
    const stream = Object.assign(new EventEmitter(), { write: (line: string) => void written.push(line) });
    const log = openLog({ destination: stream });
    stream.emit("error", new Error("ENOSPC"));
    log.info("after");
    assert.deepEqual([written.length, written[0]?.includes('"lines":1')], [2, true]);
  });

  test("says nothing of a message that is none, and goes on", () => {
    const { log, lines } = openRecorded();
    log.info(5n as unknown as string); // As plugins in JavaScript may.
    log.info("after");
    assert.deepEqual(
      lines().map(({ message }) => message),
      ["log lines could not be written and are lost", "after"],
    );
  });
});

describe("openLog in text", () => {
  test("writes time, level, component, message and fields", () => {
    const clock = new ManualClock();
    const { log, text } = openRecorded({ format: "text", clock });
    log.child({ component: "manager" }).info("kind is running", { kind: "Session", note: "two words", n: 3, on: true, list: ["a"] });
    const at = new Date(clock.now()).toTimeString().slice(0, 8);
    assert.equal(text(), `${at} info  manager kind is running kind=Session note="two words" n=3 on=true list=["a"]\n`);
  });

  test("tells an error by its message alone", () => {
    const { log, text } = openRecorded({ format: "text" });
    log.error("failed", { error: new Error("no route") });
    assert.match(text(), /error failed error="no route"\n$/);
  });

  test("stays one line and moves no cursor, whatever it is told", () => {
    const { log, text } = openRecorded({ format: "text" });
    log.info("a\nb\r\u001b[2Jc\u2028d", { name: "x\ny" });
    assert.match(text(), /a\\nb\\u000d\\u001b\[2Jc\\u2028d name="x\\ny"\n$/);
  });
});

describe("silentLog", () => {
  test("takes everything and is its own child", () => {
    silentLog.error("nothing", { a: 1 });
    assert.equal(silentLog.child({}), silentLog);
  });
});
