import type { KubeObject } from "@polykind/apimachinery";
import type { ServedKind } from "../kind/served-kind.ts";
import type { Change, Stored } from "../store/stored.ts";
import { type Shape, shaped } from "./shape.ts";

/** What a watch tells of an object. */
export type EventType = "ADDED" | "DELETED" | "MODIFIED";

/** One watch event on its way: the object in its served version, told by a change or as the present state. */
export interface Telling {
  readonly type: EventType;
  readonly object: KubeObject;
  /** By what the bytes are remembered: the change, or the state that is told as present. */
  readonly of: Change | Stored;
}

/** In which form an event is told. */
export interface EventForm {
  readonly kind: ServedKind;
  readonly shape: Shape;
  readonly now: number;
  readonly hasHeaders: boolean;
}

/** The bytes of watch events, each made once and shared by all watches that want the same form of it. */
export class EventBytes {
  readonly #bytesByKind = new WeakMap<ServedKind, Map<string, WeakMap<object, Buffer>>>();

  /** One line of a watch, with its line feed. Must not be written to. */
  of({ type, object, of }: Telling, { kind, shape, now, hasHeaders }: EventForm): Buffer {
    // A table tells ages: it must not be told again later.
    if (shape.as === "Table") return lineOf(type, shaped(object, shape, { kind, now, hasHeaders }));
    const memory = this.#memory(kind, `${type} ${shape.as}`);
    const known = memory.get(of);
    if (known !== undefined) return known;
    const bytes = lineOf(type, shaped(object, shape, { kind, now }));
    memory.set(of, bytes);
    return bytes;
  }

  #memory(kind: ServedKind, form: string): WeakMap<object, Buffer> {
    const forms = this.#bytesByKind.get(kind) ?? new Map<string, WeakMap<object, Buffer>>();
    this.#bytesByKind.set(kind, forms);
    const memory = forms.get(form) ?? new WeakMap<object, Buffer>();
    forms.set(form, memory);
    return memory;
  }
}

/** The line of one event. */
export function lineOf(type: string, object: unknown): Buffer {
  return Buffer.from(`{"type":"${type}","object":${JSON.stringify(object)}}\n`);
}
