import type { KubeObject } from "@polykind/apimachinery";
import type { CallFailure, TracedLine } from "@polykind/testing";
import { partialOf, type SimObject, stampOf } from "./etcd.ts";
import { answer, failureOf, statusOf } from "./status.ts";

/** One line of a watch. `torn`: the connection ends in the midst of it. */
export type Sent =
  | { readonly is: "ADDED" | "MODIFIED" | "DELETED" | "torn"; readonly object: KubeObject }
  | { readonly is: "BOOKMARK"; readonly version: number; readonly isEnd: boolean }
  | { readonly is: "ERROR"; readonly status: object; readonly failure: CallFailure }
  | { readonly is: "raw"; readonly text: string };

/** `object` as it is sent in a scope, read by a schema. */
export function shaped(
  object: SimObject,
  { shape, reading }: { readonly shape: "full" | "metadata"; readonly reading: number },
): KubeObject {
  const read: SimObject = { ...object, reading };
  return shape === "full" ? read : partialOf(object);
}

/** What a trace tells of a line; `undefined` where it never arrives. */
export function tracedOf(sent: Sent): TracedLine | undefined {
  switch (sent.is) {
    case "torn":
      return undefined;
    case "raw":
      return { is: "unreadable" };
    case "ERROR":
      return { is: "ERROR", failure: sent.failure };
    case "BOOKMARK":
      return { is: "BOOKMARK", version: String(sent.version), isInitialEventsEnd: sent.isEnd };
    default:
      return { is: sent.is, object: stampOf(sent.object) };
  }
}

/** A line as bytes. */
export function bytesOf(sent: Sent): Buffer {
  switch (sent.is) {
    case "torn": {
      const whole = json({ type: "MODIFIED", object: sent.object });
      return whole.subarray(0, whole.length / 2);
    }
    case "raw":
      return Buffer.from(`${sent.text}\n`);
    case "ERROR":
      return line({ type: "ERROR", object: sent.status });
    case "BOOKMARK": {
      const annotations = sent.isEnd ? { annotations: { "k8s.io/initial-events-end": "true" } } : {};
      return line({
        type: "BOOKMARK",
        object: { kind: "Gizmo", apiVersion: "sim.example.com/v1", metadata: { resourceVersion: String(sent.version), ...annotations } },
      });
    }
    default:
      return line({ type: sent.is, object: sent.object });
  }
}

const line = (value: object): Buffer => Buffer.from(`${JSON.stringify(value)}\n`);
/** A body as bytes. */
export const json = (value: object): Buffer => Buffer.from(JSON.stringify(value));

/** The line in which a watch says that it has failed. */
export function errorLine(name: string): Sent {
  return { is: "ERROR", status: statusOf(name), failure: failureOf(answer(name)) };
}
