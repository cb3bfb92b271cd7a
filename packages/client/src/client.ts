import {
  apiVersionOf,
  decodeList,
  groupKindText,
  isStatus,
  type KubeObject,
  type ListPage,
  type ListWatch,
  type Manifest,
  type ObjectName,
  objectPathOf,
  pathOf,
  type Resource,
} from "@polykind/apimachinery";
import { type Clock, isPolykindError, type Random, systemClock } from "@polykind/core";
import { type Log, silentLog } from "@polykind/telemetry";
import { parseBody, protocolError, type Received, requireJson } from "./answer.ts";
import type { Credentials, Headers } from "./credentials/types.ts";
import { Discovery, type KindQuery } from "./discovery.ts";
import { LINE_BYTES_MAX } from "./framing.ts";
import { type DiscoveredResource, groupResources } from "./group-resources.ts";
import { openListWatch } from "./list-watch.ts";
import { acceptOf, selectorsOf, withQuery } from "./query.ts";
import { type Call, Requester } from "./requester.ts";
import { Limiter, type Limits } from "./transport/limiter.ts";
import { DEFAULT_TIMES, Transport, type TransportTimes } from "./transport/transport.ts";
import type { CallOptions, Client, DeleteOptions, Patch, Selection, WriteOptions } from "./types.ts";
import { deleteBodyOf, patchBodyOf, writeQueryOf } from "./write.ts";

/** What a client is made of. */
export interface ClientOptions {
  readonly credentials: Credentials;
  /** Default: {@link systemClock}. */
  readonly clock?: Clock;
  /** For jitter. Default: `Math.random`. */
  readonly random?: Random;
  /** Default: nothing is written. */
  readonly log?: Log;
  /** Default: `polykind`. */
  readonly userAgent?: string;
  /** Calls at a time, in all and of one resource; watches do not count. Default: 100 and 10. */
  readonly limits?: Partial<Limits>;
  readonly times?: Partial<TransportTimes>;
  /** The longest line of a watch, in bytes. Default: 16 MiB. */
  readonly maxLineBytes?: number;
}

/** A client of the server that `credentials` name. Opens nothing before the first call. */
export function openClient(options: ClientOptions): Client {
  return new ApiClient(options);
}

const CALL_WITHIN_MS = 30_000;
const JSON_TYPE = "application/json";

/** The part of a SelfSubjectAccessReview that answers. */
interface Review {
  readonly status?: { readonly allowed?: unknown };
}

type Sent = Pick<Call, "method" | "path" | "kind" | "key"> & {
  /** Where what is said of the resource was found. Absent: nowhere. */
  readonly group?: string;
  readonly body?: unknown;
  readonly contentType?: string;
  readonly accept?: string;
};

class ApiClient implements Client {
  readonly host: string;
  readonly #requester: Requester;
  readonly #transport: Transport;
  readonly #discovery: Discovery;
  readonly #maxLineBytes: number;
  readonly #headers = new Map<string, Headers>();
  #closed: Promise<void> | undefined;

  constructor(options: ClientOptions) {
    const { credentials, clock = systemClock, random = Math.random, log = silentLog, userAgent = "polykind" } = options;
    this.host = credentials.server.host;
    this.#maxLineBytes = options.maxLineBytes ?? LINE_BYTES_MAX;
    this.#transport = new Transport({ credentials, clock, random, times: { ...DEFAULT_TIMES, ...options.times } });
    const limiter = new Limiter({ total: 100, perKey: 10, ...options.limits });
    this.#requester = new Requester({ credentials, transport: this.#transport, limiter, clock, random, log, userAgent });
    this.#discovery = new Discovery((path, signal) => this.#read(path, { signal }), clock);
  }

  async get<T extends KubeObject = KubeObject>(
    resource: Resource,
    name: ObjectName,
    options: CallOptions & { readonly subresource?: string } = {},
  ): Promise<T> {
    const { subresource } = options;
    const path = objectPathOf(resource, { ...name, ...(subresource !== undefined && { subresource }) });
    return this.#object<T>({ method: "GET", path, kind: "read", key: pathOf(resource), group: resource.group }, options);
  }

  async list<T extends KubeObject = KubeObject>(
    resource: Resource,
    options: CallOptions & Selection & { readonly limit?: number; readonly continue?: string } = {},
  ): Promise<ListPage<T>> {
    const { limit, continue: token, shape } = options;
    const path = withQuery(pathOf(resource, options), { ...selectorsOf(options), limit, continue: token });
    const received = await this.#send(
      { method: "GET", path, kind: "read", key: pathOf(resource), group: resource.group, accept: acceptOf(shape, "list") },
      options,
    );
    requireJson(received, { method: "GET", path: pathOf(resource, options), host: this.host }, received.body);
    return decodeList<T>(received.body, { apiVersion: apiVersionOf(resource), kind: resource.kind });
  }

  async create<T extends KubeObject = KubeObject>(resource: Resource, manifest: Manifest, options: WriteOptions = {}): Promise<T> {
    const { namespace, name } = manifest.metadata;
    const target = {
      ...(namespace !== undefined && { namespace }),
      ...(options.subresource !== undefined && { name: name ?? "", subresource: options.subresource }),
    };
    const path = withQuery(pathOf(resource, target), writeQueryOf(options));
    return this.#object<T>({ method: "POST", path, kind: "write", key: pathOf(resource), group: resource.group, body: manifest }, options);
  }

  async patch<T extends KubeObject = KubeObject>(
    resource: Resource,
    name: ObjectName,
    patch: Patch,
    options: WriteOptions = {},
  ): Promise<T> {
    const { subresource } = options;
    const force = patch.type === "apply" ? (patch.force ?? false) || undefined : undefined;
    const path = withQuery(objectPathOf(resource, { ...name, ...(subresource !== undefined && { subresource }) }), {
      ...writeQueryOf(options),
      force,
    });
    return this.#object<T>(
      { method: "PATCH", path, kind: "write", key: pathOf(resource), group: resource.group, ...patchBodyOf(patch) },
      options,
    );
  }

  async delete(resource: Resource, name: ObjectName, options: DeleteOptions = {}): Promise<KubeObject | undefined> {
    const sent: Sent = {
      method: "DELETE",
      path: objectPathOf(resource, name),
      kind: "write",
      key: pathOf(resource),
      group: resource.group,
      body: deleteBodyOf(options),
    };
    const answer = parseBody(await this.#send(sent, options), { method: "DELETE", path: sent.path, host: this.host });
    return isStatus(answer) ? undefined : (answer as KubeObject); // the server sends a Status or the object
  }

  async deleteCollection(resource: Resource, options: DeleteOptions & Selection = {}): Promise<void> {
    const path = withQuery(pathOf(resource, options), selectorsOf(options));
    await this.#send(
      { method: "DELETE", path, kind: "write", key: pathOf(resource), group: resource.group, body: deleteBodyOf(options) },
      options,
    );
  }

  listWatch(resource: Resource, selection: Selection = {}): ListWatch {
    return openListWatch({ requester: this.#requester, resource, selection, maxLineBytes: this.#maxLineBytes });
  }

  async resourceFor(kind: KindQuery, { signal, timeoutMs = CALL_WITHIN_MS }: CallOptions = {}): Promise<Resource> {
    using within = this.#requester.within({ signal, timeoutMs }, { method: "DISCOVER", path: groupKindText(kind) });
    return await this.#discovery.resourceFor(kind, within.signal);
  }

  resourcesOf(group: string, options: CallOptions = {}): Promise<readonly DiscoveredResource[]> {
    return groupResources(group, (path) => this.#read(path, options));
  }

  forgetDiscovery(group: string): void {
    this.#discovery.forget(group);
  }

  async canI(
    access: { readonly verb: string; readonly group: string; readonly plural: string; readonly namespace?: string },
    options: CallOptions = {},
  ): Promise<boolean> {
    const { verb, group, plural, namespace } = access;
    const body = {
      apiVersion: "authorization.k8s.io/v1",
      kind: "SelfSubjectAccessReview",
      spec: { resourceAttributes: { verb, group, resource: plural, ...(namespace !== undefined && { namespace }) } },
    };
    const path = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";
    // It stores nothing, so it may be asked again like any read.
    const review = (await this.#json({ method: "POST", path, kind: "read", key: path, body }, options)) as Review | null; // checked in the next line
    return review?.status?.allowed === true;
  }

  async serverVersion(options: CallOptions = {}): Promise<string> {
    const version = (await this.#read("/version", options)) as { readonly gitVersion?: unknown } | null; // checked in the next line
    if (typeof version?.gitVersion === "string") return version.gitVersion;
    throw protocolError({ method: "GET", path: "/version", host: this.host }, "the answer has no gitVersion");
  }

  openStreams(): { readonly sessions: number; readonly streams: number } {
    return this.#transport.open();
  }

  close(): Promise<void> {
    return (this.#closed ??= this.#close());
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    await this.#requester.close();
    await this.#transport.close();
  }

  #read(path: string, options: CallOptions): Promise<unknown> {
    return this.#json({ method: "GET", path, kind: "read", key: path }, options);
  }

  async #object<T extends KubeObject>(sent: Sent, options: CallOptions): Promise<T> {
    const answer = await this.#json(sent, options);
    if (typeof answer === "object" && answer !== null && "kind" in answer && "metadata" in answer) return answer as T; // the caller knows the kind it asked for
    throw protocolError({ method: sent.method, path: sent.path, host: this.host }, "the answer is no Kubernetes object");
  }

  async #json(sent: Sent, options: CallOptions): Promise<unknown> {
    const path = sent.path.split("?", 1)[0] ?? sent.path;
    return parseBody(await this.#send(sent, options), { method: sent.method, path, host: this.host });
  }

  /** Of the few that there are each is one object: what requests have in common is encoded once. */
  #headersOf(accept: string, contentType: string | undefined): Headers {
    const name = `${accept} ${contentType ?? ""}`;
    const known = this.#headers.get(name);
    if (known !== undefined) return known;
    const headers = { accept, ...(contentType !== undefined && { "content-type": contentType }) };
    this.#headers.set(name, headers);
    return headers;
  }

  async #send(
    { body, contentType = JSON_TYPE, accept = JSON_TYPE, group, ...sent }: Sent,
    { signal, timeoutMs = CALL_WITHIN_MS }: CallOptions,
  ): Promise<Received> {
    const headers = this.#headersOf(accept, body === undefined ? undefined : contentType);
    const bytes = body === undefined ? {} : { body: Buffer.from(JSON.stringify(body)) };
    try {
      return await this.#requester.call({ ...sent, ...bytes, headers, timeoutMs, signal });
    } catch (cause) {
      // It is gone, or served otherwise: who looks for the kind again asks anew.
      if (group !== undefined && isPolykindError(cause, "KIND_NOT_SERVED")) this.#discovery.forget(group);
      throw cause;
    }
  }
}
