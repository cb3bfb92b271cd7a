import { CRD_RESOURCE, type CustomResourceDefinition, type ListWatch, type Resource } from "@polykind/apimachinery";
import type { Client } from "@polykind/client";

/** What goes through the client of a manager, in milliseconds of `performance.now()`. */
export interface Seen {
  /** A watch event of a CRD has come. */
  crd(event: string, crd: CustomResourceDefinition): void;
  /** Objects are asked for; what is returned is called when the answer to a list has come. */
  asked(resource: Resource): () => void;
}

/** `client`, telling `seen` of what goes through it. */
export function seeing(client: Client, seen: Seen): Client {
  return new Proxy(client, {
    get(target, name) {
      if (name === "listWatch")
        return (...[resource, selection]: Parameters<Client["listWatch"]>): ListWatch =>
          resource === CRD_RESOURCE ? crdsSeen(target.listWatch(resource, selection), seen) : asks(target, { resource, selection, seen });
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === "function" ? (value.bind(target) as unknown) : value; // its fields are private
    },
  });
}

interface Asking {
  readonly resource: Resource;
  readonly selection: Parameters<Client["listWatch"]>[1];
  readonly seen: Seen;
}

function asks(client: Client, { resource, selection, seen }: Asking): ListWatch {
  const inner = client.listWatch(resource, selection);
  return {
    async list(call) {
      const answered = seen.asked(resource);
      const page = await inner.list(call);
      answered();
      return page;
    },
    watch(call) {
      seen.asked(resource);
      return inner.watch(call);
    },
  };
}

function crdsSeen(inner: ListWatch, seen: Seen): ListWatch {
  return {
    list: (call) => inner.list(call),
    async *watch(call) {
      for await (const lines of inner.watch(call)) {
        for (const line of lines) tell(line, seen);
        yield lines;
      }
    },
  };
}

function tell(line: Uint8Array, seen: Seen): void {
  const { type, object } = JSON.parse(Buffer.from(line).toString()) as { type: string; object: CustomResourceDefinition }; // A watch sends nothing else.
  seen.crd(type, object);
}
