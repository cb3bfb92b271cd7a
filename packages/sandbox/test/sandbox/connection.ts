import { on } from "node:events";
import { type ClientHttp2Session, type ClientHttp2Stream, connect } from "node:http2";
import type { Sandbox } from "@polykind/sandbox";

/** An answer as it came. */
export interface Answer {
  readonly status: number;
  readonly text: string;
  readonly json: JsonBody;
}

/** What tests read of a body. */
export interface JsonBody {
  readonly kind: string;
  readonly reason?: string;
  readonly message?: string;
  readonly metadata: { readonly name: string; readonly uid: string; readonly resourceVersion: string; readonly continue?: string };
  readonly items?: readonly JsonBody[];
  readonly status?: unknown;
}

/** One event of a watch. */
export interface WatchLine {
  readonly type: string;
  readonly object: JsonBody & { readonly code?: number };
}

/** An open watch, as a test looks at it. */
export interface OpenWatch extends AsyncIterable<WatchLine> {
  readonly stream: ClientHttp2Stream;
  next(): Promise<WatchLine | undefined>;
}

/** Talks to a sandbox over one HTTP/2 connection. */
export class Connection implements AsyncDisposable {
  readonly session: ClientHttp2Session;
  readonly #token: string;

  constructor({ url, kubeconfig }: Pick<Sandbox, "kubeconfig" | "url">) {
    const field = (name: string): string => new RegExp(`${name}: (.*)`).exec(kubeconfig)?.[1] ?? "";
    this.#token = field("token");
    this.session = connect(url, { ca: Buffer.from(field("certificate-authority-data"), "base64") });
  }

  async send(method: string, path: string, body?: unknown, headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
    const stream = this.open(method, path, { ...(body !== undefined && { "content-type": "application/json" }), ...headers });
    stream.end(body === undefined || body instanceof Uint8Array || typeof body === "string" ? body : JSON.stringify(body));
    const { promise, resolve } = Promise.withResolvers<number>();
    stream.once("response", (answer) => resolve(answer[":status"] ?? 0));
    const chunks = await Array.fromAsync(stream as AsyncIterable<Buffer>);
    const text = Buffer.concat(chunks).toString();
    return { status: await promise, text, json: (text.startsWith("{") ? JSON.parse(text) : {}) as JsonBody };
  }

  /** A request whose answer is not waited for. */
  open(method: string, path: string, headers: Readonly<Record<string, string>> = {}): ClientHttp2Stream {
    return this.session.request(
      { ":method": method, ":path": path, authorization: `Bearer ${this.#token}`, ...headers },
      { endStream: method === "GET" },
    );
  }

  /** Opens a watch, and resolves when the server has begun to answer. */
  async watch(path: string): Promise<OpenWatch> {
    const stream = this.open("GET", path);
    // Listened to from now on: what nobody reads is lost when the server ends the stream.
    const lines = linesOf(on(stream, "data", { close: ["end", "close"] }) as AsyncIterable<[Buffer]>);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    stream.once("response", () => resolve());
    stream.once("error", reject);
    await promise;
    return {
      stream,
      next: async () => {
        const { value, done } = await lines.next();
        return done === true ? undefined : value;
      },
      [Symbol.asyncIterator]: () => lines,
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.session.destroy();
  }
}

async function* linesOf(chunks: AsyncIterable<[Buffer]>): AsyncGenerator<WatchLine, undefined> {
  let rest = "";
  for await (const [chunk] of chunks) {
    rest += chunk.toString();
    const lines = rest.split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) yield JSON.parse(line) as WatchLine;
  }
  return undefined;
}

const ANYTHING = { type: "object", "x-kubernetes-preserve-unknown-fields": true };

/** A CRD whose objects may hold anything. */
export function crdOf(
  plural: string,
  kind: string,
  { description = "", scope = "Namespaced" }: { readonly description?: string; readonly scope?: string } = {},
): object {
  const group = "sandbox.example.com";
  const schema = description === "" ? ANYTHING : { ...ANYTHING, description };
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `${plural}.${group}` },
    spec: {
      group,
      scope,
      names: { plural, kind },
      versions: [{ name: "v1", served: true, storage: true, schema: { openAPIV3Schema: schema } }],
    },
  };
}

/** The collection of a kind of {@link crdOf}, in all namespaces. */
export function collectionOf(plural: string): string {
  return `/apis/sandbox.example.com/v1/${plural}`;
}

/** An object of a kind of {@link crdOf}. */
export function objectOf(kind: string, name: string, rest: object = {}): object {
  return { apiVersion: "sandbox.example.com/v1", kind, metadata: { name, namespace: "default" }, ...rest };
}
